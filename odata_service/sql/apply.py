"""$apply becomes nested SELECTs: each transformation is put on top of the rows that the one before it gives.

What only restricts or adds to rows (`filter`, `compute`) joins the SELECT at hand. What counts, cuts or groups them
closes it: it becomes a subquery, and the next SELECT begins over that. Entities stay entities: of them the subquery has
the key, by which their table stands beside it again, so that all their properties and what they lead to can be asked
for. Inside a `groupby` the properties it is grouped by partition everything: one statement makes all groups.
(Data Aggregation 3.2 to 3.4)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import assert_never

from peewee import JOIN, SQL, CompoundSelectQuery, Entity, Function, Node, Select, Source, Table, fn
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin
from peewee import Ordering as SqlOrdering

from odata_service.plan.apply import PART, PLACE, apart
from odata_service.plan.model import ApplySource, JoinedSource, PathSource
from odata_service.plan.model import Source as PlanSource
from odata_service.semantics.access import access_along
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.transformations import (
    Aggregate,
    Aggregating,
    Computing,
    Concatenating,
    Filtering,
    Grouping,
    Ordering,
    Ranking,
    Relating,
    Result,
    Slicing,
    Transformation,
    Transformations,
)
from odata_service.semantics.tree import Constant, PropertyAccess
from odata_service.sql.aggregates import Finish, aggregated, reached
from odata_service.sql.cross_join import joined_tables
from odata_service.sql.expression import balanced, condition, ordering_value, value
from odata_service.sql.hierarchy import related_nodes
from odata_service.sql.mapping import Mapping
from odata_service.sql.source import Tables, path_tables, select

Keys = tuple[PropertyAccess, ...]

_ALL_ROWS = 2**63 - 1
"""As many rows as there may be: some databases take no OFFSET without a LIMIT."""


@dataclass(slots=True)
class Rows:
    """The rows of a SELECT that is still open: its tables and conditions, and what is known of its rows.

    `whole`: they are entities, with `members` beside; else the members are all they have. `open` tells that members
    are worked out in this SELECT, and not yet columns. `loose`: some of the rows are no entities. `restricted`: some
    that were there when the group began may be gone, and with them whole groups.
    """

    tables: Tables
    members: Keys = ()
    whole: bool = True
    order: tuple[OrderItem, ...] = ()
    open: bool = False
    loose: bool = False
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """What a sequence is run in: the properties that groups are made by, and the rows that these were made of."""

    keys: Keys = ()
    rows: Rows | None = None


def source_tables(source: PlanSource, mapping: Mapping) -> Tables:
    """The tables of a plan's source."""
    if isinstance(source, PathSource):
        return path_tables(source, mapping)
    if isinstance(source, JoinedSource):
        return joined_tables(source, mapping)
    return _Building(mapping, source.path).run(source.pipeline.steps, _beginning(source, mapping), Group()).tables


def _beginning(source: ApplySource, mapping: Mapping) -> Rows:
    return Rows(path_tables(source.path, mapping))


@dataclass(slots=True)
class _Building:
    """One statement as its subqueries are made: each has a number of its own."""

    mapping: Mapping
    path: PathSource
    taken: int = field(default=0)

    def run(self, steps: Transformations, rows: Rows, group: Group) -> Rows:
        """The rows behind a sequence, which is run in each group by itself."""
        for step in steps:
            rows = self.step(step, rows, group)
        return rows

    def step(self, step: Transformation, rows: Rows, group: Group) -> Rows:
        """The rows behind one transformation."""
        match step:
            case Filtering(predicate):
                rows.tables.conditions.append(condition(predicate, rows.tables))
                rows.restricted = True
                return rows
            case Ordering(items):
                rows.order = (*items, *rows.order)
                return rows
            case Computing():
                return self.compute(step, rows)
            case Slicing():
                return replace(self.slice(step, rows, group.keys), restricted=True)
            case Ranking():
                return replace(self.rank(step, rows, group.keys), restricted=True)
            case Relating():
                return replace(self.relate(step, rows), restricted=True)
            case Aggregating():
                return self.aggregate(step, rows, group)
            case Grouping():
                return replace(self.grouped(step, rows, group), restricted=True)
            case Concatenating():
                return replace(self.concatenate(step, rows, group), restricted=True)
            case _:
                assert_never(step)

    def grouped(self, step: Grouping, rows: Rows, group: Group) -> Rows:
        """What a sequence makes of each group, or the groups themselves."""
        keys = tuple(dict.fromkeys((*group.keys, *step.keys)))
        if not step.steps:
            return self.combinations(rows, keys)
        rows = replace(self.closed(rows) if rows.open else rows, restricted=False)
        return self.run(step.steps, _forked(rows), Group(keys, rows))

    def compute(self, step: Computing, rows: Rows) -> Rows:
        """Further members, worked out where they are asked for; what builds on such ones makes them columns first."""
        if rows.open:
            rows = self.closed(rows)
        worked_out = [(alias, value(expression, rows.tables)) for alias, expression in step.items]
        rows.tables.results.update(worked_out)
        rows.members = (*rows.members, *(alias for alias, _ in worked_out))
        rows.open = True
        return rows

    def slice(self, step: Slicing, rows: Rows, keys: Keys) -> Rows:
        """The first rows, or all but these, of the whole or of each group."""
        count = value(step.count, rows.tables)
        if keys:
            numbered, place = self.numbered(rows, keys, fn.row_number(), self.sorted(rows))
            test = SqlExpression(place, "<=" if step.operator == "top" else ">", count)
            numbered.tables.conditions.append(test)
            return numbered
        order, columns = self.sorted(rows), self.columns(rows)
        query = select(rows.tables, columns).order_by(*order)
        if step.operator == "top":
            return self.over(query.limit(count), rows)
        return self.over(query.limit(SQL(str(_ALL_ROWS))).offset(count), rows)

    def rank(self, step: Ranking, rows: Rows, keys: Keys) -> Rows:
        """The rows with the greatest or least values, until the measure is reached."""
        tables, first = rows.tables, OrderItem(step.value, step.descending)
        order = self.sorted(replace(rows, order=(first, *rows.order)))
        amount = value(step.amount, tables)
        if step.measure == "count":
            numbered, place = self.numbered(rows, keys, fn.row_number(), order)
            numbered.tables.conditions.append(SqlExpression(place, "<=", amount))
            return numbered
        test = reached(step, tables, self.partition(rows, keys), order)
        kept, wanted = self.numbered(rows, (), test, None)
        kept.tables.conditions.append(SqlExpression(wanted, "=", SQL("1")))
        return kept

    def relate(self, step: Relating, rows: Rows) -> Rows:
        """The rows whose node is above or below those of what the start leaves."""
        if rows.open:
            rows = self.closed(rows)
        start = self.run(step.start, _forked(rows), Group())
        named: list[Node] = [Named(value(step.member, start.tables), "n")]
        begin = select(start.tables, named)
        self.taken += 1
        limit = None if step.distance is None else value(step.distance, rows.tables)
        nodes = related_nodes(step, begin, f"h{self.taken}", self.mapping, limit)
        rows.tables.conditions.append(SqlExpression(value(step.member, rows.tables), "IN", nodes))
        return rows

    def numbered(
        self, rows: Rows, keys: Keys, function: Node, order: Sequence[SqlOrdering] | None
    ) -> tuple[Rows, Node]:
        """The rows with a number beside, and the number."""
        window: Node = function
        if order is not None:
            assert isinstance(function, Function), "a window is one of a function"
            window = function.over(partition_by=self.partition(rows, keys), order_by=order)
        query = select(rows.tables, [*self.columns(rows), Named(window, "n")])
        result = self.over(query, rows)
        return result, Entity(f"q{self.taken}", "n")

    def partition(self, rows: Rows, keys: Keys) -> list[Node] | None:
        """What a window is made by."""
        return [value(key, rows.tables) for key in keys] or None

    def sorted(self, rows: Rows) -> list[SqlOrdering]:
        """The order of rows, in which no two are equal."""
        rest: tuple[OrderItem, ...]
        if PART in rows.members:
            rest = (OrderItem(PART), OrderItem(PLACE))
        else:
            rest = tuple(apart(Result(rows.members, rows.whole), self.key(rows), rows.order))
        return [self.ordering(item, rows.tables) for item in (*rows.order, *rest)]

    def ordering(self, item: OrderItem, tables: Tables) -> SqlOrdering:
        """An item of an order: null stands below every value."""
        direction, place = ("DESC", "last") if item.descending else ("ASC", "first")
        said = tables.family.dialect.states_nulls
        return SqlOrdering(ordering_value(item.expression, tables), direction, nulls=place if said else None)

    def key(self, rows: Rows) -> Keys:
        """The key of the entities."""
        source, schema = rows.tables.entity_set, self.mapping.schema
        if source.is_single:
            return ()
        return tuple(
            access_along(leaf.path, source.entity_type, schema) for _, leaf in schema.key_leaves(source.entity_type)
        )

    def combinations(self, rows: Rows, keys: Keys) -> Rows:
        """Each combination of some properties once."""
        if rows.open:
            rows = self.closed(rows)
        return self.over(self.distinct(rows, keys), Rows(rows.tables, keys, whole=False))

    def distinct(self, rows: Rows, keys: Keys) -> Select:
        """The SELECT of each combination of some properties."""
        columns: list[Node] = [Named(value(key, rows.tables), f"c{place}") for place, key in enumerate(keys)]
        return select(rows.tables, columns).group_by(*_places(len(keys)))

    def aggregate(self, step: Aggregating, rows: Rows, group: Group) -> Rows:
        """The aggregates of each group; those that see other rows than the first are made apart, and put beside.

        A group of which no rows are left has its aggregates too, so that all groups stand first then.
        """
        if rows.open:
            rows = self.closed(rows)
        sources = sorted(dict.fromkeys((item.source, item.path) for item in step.items), key=any)
        made = []
        if group.rows is not None and (rows.restricted or any(sources[0])):
            made.append(self.made(self.distinct(_forked(group.rows), group.keys), lambda _: {}))
        for source in sources:
            items = tuple(item for item in step.items if (item.source, item.path) == source)
            made.append(self.aggregates(items, self.run(source[0], _forked(rows), group), group.keys))
        return self.beside(made, rows, group.keys, tuple(item.alias for item in step.items))

    def aggregates(self, items: Sequence[Aggregate], rows: Rows, keys: Keys) -> "Made":
        """Aggregates of the same rows."""
        grouped = [value(key, rows.tables) for key in keys]
        columns, finish = aggregated(items, rows.tables)
        named: list[Node] = [Named(node, f"c{place}") for place, node in enumerate((*grouped, *columns))]
        query = select(rows.tables, named)
        return self.made(query.group_by(*_places(len(keys))) if keys else query, finish)

    def made(self, query: Select, finish: Finish) -> "Made":
        """A SELECT as a subquery with a name of its own."""
        self.taken += 1
        return Made(query.alias(f"q{self.taken}"), f"q{self.taken}", finish)

    def beside(self, made: "list[Made]", rows: Rows, keys: Keys, aliases: Keys) -> Rows:
        """Several SELECTs that group by the same as one: each group of the first, and what the others have of it."""
        first, *others = made
        results: dict[PropertyAccess, Node] = {key: first.column(place) for place, key in enumerate(keys)}
        joined: Source = first.query
        results.update(first.finish(partial(_behind, first, len(keys))))
        for other in others:
            same = rows.tables.family.dialect.same
            pairs = [SqlExpression(first.column(place), same, other.column(place)) for place in range(len(keys))]
            on = balanced("AND", pairs) if pairs else SQL("1 = 1")
            joined = SqlJoin(joined, other.query, JOIN.LEFT_OUTER, on)
            results.update(other.finish(partial(_behind, other, len(keys))))
        tables = self.tables(rows, joined, results)
        return Rows(tables, (*keys, *aliases), whole=False)

    def concatenate(self, step: Concatenating, rows: Rows, group: Group) -> Rows:
        """The rows of several sequences, each with the number of its kind and its place among them."""
        parts = [self.run(part.steps, _forked(rows), group) for part in step.parts]
        members = [member for part in parts for member in part.members if member not in {PART, PLACE}]
        result = Rows(
            rows.tables,
            (*dict.fromkeys(members), PART, PLACE),
            whole=any(part.whole for part in parts),
            loose=any(part.loose or not part.whole for part in parts),
        )
        kinds, queries = 0, []
        for part, pipeline in zip(parts, step.parts, strict=True):
            queries.append(self.part(part, result, kinds))
            kinds += len(pipeline.kinds)
        union: Select | CompoundSelectQuery = queries[0]
        for query in queries[1:]:
            union = CompoundSelectQuery(union, "UNION ALL", query)
        return self.over(union, result)

    def part(self, rows: Rows, result: Rows, kinds: int) -> Select:
        """The rows of a part with the columns of all parts; `kinds` are those of the parts before it."""
        tables = rows.tables
        columns: list[Node] = []
        if result.whole:
            columns += [self.found(key, rows) for key in self.key(result)]
        place = fn.row_number().over(order_by=self.sorted(rows))
        number = SqlExpression(value(PART, tables), "+", SQL(str(kinds))) if PART in rows.members else SQL(str(kinds))
        shown = [self.found(member, rows) for member in result.members[:-2]]
        return select(tables, _named(columns, (*shown, number, place)))

    def found(self, member: PropertyAccess, rows: Rows) -> Node:
        """A member of rows, or null where these have none of it."""
        is_there = member in rows.members or (rows.whole and self.is_declared(member, rows))
        return value(member if is_there else Constant(None, member.type), rows.tables)

    def is_declared(self, member: PropertyAccess, rows: Rows) -> bool:
        """Whether entities have a property by their type."""
        if member.owner is not None or member.cast is not None:
            return True
        declared = self.mapping.schema.properties(self.path.entity_type).get(member.property.name)
        return declared == member.property

    def columns(self, rows: Rows) -> list[Node]:
        """The columns of a SELECT that is to be closed: the key of entities, and the members."""
        keys = [value(key, rows.tables) for key in self.key(rows)] if rows.whole else []
        return _named(keys, [value(member, rows.tables) for member in rows.members])

    def closed(self, rows: Rows) -> Rows:
        """The rows with their members as columns."""
        return self.over(select(rows.tables, self.columns(rows)), rows)

    def over(self, query: Select | CompoundSelectQuery, rows: Rows) -> Rows:
        """A SELECT over a query that gives these rows."""
        self.taken += 1
        name = f"q{self.taken}"
        inner = query.alias(name)
        results: dict[PropertyAccess, Node] = {
            member: Entity(name, f"c{place}") for place, member in enumerate(rows.members)
        }
        tables = self.tables(rows, inner, results)
        if rows.whole:
            joined = JOIN.LEFT_OUTER if rows.loose else JOIN.INNER
            pairs = [
                SqlExpression(Entity(name, f"k{place}"), "=", value(key, replace(tables, results={})))
                for place, key in enumerate(self.key(rows))
            ]
            on = balanced("AND", pairs) if pairs else SQL("1 = 1")
            tables.joined = SqlJoin(inner, tables.root, joined, on)
        return replace(rows, tables=tables, open=False)

    def tables(self, rows: Rows, joined: Source, results: dict[PropertyAccess, Node]) -> Tables:
        """The tables of the next SELECT."""
        entity_set = rows.tables.entity_set
        root = Table(self.mapping.tables[entity_set.name].name).alias("t0")
        return Tables(self.mapping, entity_set, root, joined, [], results=results)


@dataclass(frozen=True, slots=True)
class Made:
    """A SELECT that groups, as a subquery of a name, and what becomes of its columns behind the grouping ones."""

    query: Source
    name: str
    finish: Finish

    def column(self, place: int) -> Node:
        """A column by its place."""
        return Entity(self.name, f"c{place}")


def _behind(made: Made, keys: int, place: int) -> Node:
    return made.column(keys + place)


def _named(keys: Sequence[Node], members: Sequence[Node]) -> list[Node]:
    return [
        *(Named(node, f"k{place}") for place, node in enumerate(keys)),
        *(Named(node, f"c{place}") for place, node in enumerate(members)),
    ]


def _places(count: int) -> list[Node]:
    """The first columns of a SELECT by their places."""
    return [SQL(str(place + 1)) for place in range(count)]


def _forked(rows: Rows) -> Rows:
    """The same rows for another use."""
    tables = rows.tables
    return replace(
        rows,
        tables=replace(
            tables,
            conditions=list(tables.conditions),
            aliases=dict(tables.aliases),
            streams=dict(tables.streams),
            results=dict(tables.results),
        ),
    )
