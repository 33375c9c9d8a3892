"""$apply becomes nested SELECTs: each transformation is put on top of the rows that the one before it gives.

What only restricts or adds to rows (`filter`, `compute`) joins the SELECT at hand. What counts, cuts or groups them
closes it: it becomes a subquery, and the next SELECT begins over that. Entities stay entities: of them the subquery has
the key, by which their table stands beside it again, so that all their properties and what they lead to can be asked
for. Inside a `groupby` the properties it is grouped by partition everything: one statement makes all groups.
(Data Aggregation 3.2 to 3.4)
"""

from collections.abc import Sequence
from functools import partial
from typing import assert_never

from msgspec import Struct
from msgspec.structs import replace
from peewee import JOIN, SQL, CompoundSelectQuery, Entity, Function, Node, Select, Source, fn
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin
from peewee import Ordering as SqlOrdering

from odata_service.plan.apply import PLACE
from odata_service.plan.model import JoinedSource, PathSource
from odata_service.plan.model import Source as PlanSource
from odata_service.semantics.combinations import combined
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.transformations import (
    PART,
    THERE,
    Aggregate,
    Aggregating,
    Calling,
    Computing,
    Concatenating,
    Filtering,
    Gathering,
    Grouping,
    Joining,
    Nesting,
    Ordering,
    Ranking,
    Related,
    Relating,
    Slicing,
    Spread,
    Subset,
    TopLevels,
    Transformation,
    Transformations,
    Traversing,
)
from odata_service.semantics.tree import PropertyAccess
from odata_service.sql.aggregates import Finish, aggregated, reached
from odata_service.sql.cross_join import joined_tables
from odata_service.sql.expression import condition, value
from odata_service.sql.hierarchy import Search
from odata_service.sql.joins import joined
from odata_service.sql.mapping import Mapping
from odata_service.sql.nodes import landed, node_rows, node_source, spread_out, traversed
from odata_service.sql.paths import path_tables
from odata_service.sql.rows import Closing, Group, Keys, Rows, forked, joined_on, named, places
from odata_service.sql.source import Tables, select
from odata_service.sql.stages import called, is_coded, values_of
from odata_service.sql.subqueries import Subquery
from odata_service.sql.top_levels import drill_state, limited

_ALL_ROWS = 2**63 - 1
"""As many rows as there may be: some databases take no OFFSET without a LIMIT."""


def source_tables(source: PlanSource, mapping: Mapping) -> Tables:
    """The tables of a plan's source."""
    if isinstance(source, PathSource):
        return path_tables(source, mapping)
    if isinstance(source, JoinedSource):
        return joined_tables(source, mapping)
    building = Building(Closing(mapping))
    made = building.run(source.pipeline.steps, begun_rows(source.path, mapping), Group())
    return building.closing.finished(made).tables


def begun_rows(path: PathSource | JoinedSource, mapping: Mapping) -> Rows:
    """The rows before the first transformation."""
    if isinstance(path, PathSource):
        return Rows(path_tables(path, mapping), path.entity_type)
    begun = combined(path.members, mapping.schema)
    holder = path.members[0].access.source_type
    return Rows(joined_tables(path, mapping), holder, begun.members, whole=False, related=begun.related)


class Building(Struct):
    """One statement as its subqueries are made."""

    closing: Closing

    @property
    def mapping(self) -> Mapping:
        """The tables of the model."""
        return self.closing.mapping

    def run(self, steps: Transformations, rows: Rows, group: Group) -> Rows:
        """The rows behind a sequence, which is run in each group by itself."""
        for step in steps:
            rows = self.step(step, rows, group)
        return rows

    def step(self, step: Transformation, rows: Rows, group: Group) -> Rows:
        """The rows behind one transformation."""
        match step:
            case Computing():
                return self.compute(step, rows)
            case Aggregating():
                return self.aggregate(step, rows, group)
            case Gathering():
                return self.gather(step, rows, group)
            case Grouping():
                return replace(self.grouped(step, rows, group), restricted=True)
            case Joining():
                return replace(joined(step, rows, self.closing, self.run), restricted=True)
            case Nesting():
                return self.nest(step, rows, group)
            case Calling():
                return replace(called(step, self.closing.settled(rows), group.keys, self.closing), restricted=True)
            case Concatenating():
                return replace(self.concatenate(step, rows, group), restricted=True)
            case Ordering(items):
                rows.order = (*items, *rows.order)
                return rows
            case _:
                return replace(self.subset(step, rows, group), restricted=True)

    def subset(self, step: Subset, rows: Rows, group: Group) -> Rows:
        """The rows that are left of those before."""
        match step:
            case Filtering(predicate):
                rows.tables.conditions.append(condition(predicate, rows.tables))
                return rows
            case Slicing():
                return self.slice(step, rows, group.keys)
            case Ranking():
                return self.rank(step, rows, group.keys)
            case Relating():
                return self.relate(step, rows, group)
            case Traversing():
                return traversed(step, self.closing.settled(rows), self.begin(step), self.closing)
            case TopLevels():
                return limited(step, self.closing.settled(rows), self.closing)
            case _:
                assert_never(step)

    def grouped(self, step: Grouping, rows: Rows, group: Group) -> Rows:
        """What a sequence makes of each group, or the groups themselves."""
        begun, inner = self.within(step, rows, group)
        if step.steps is not None:
            made = self.run(step.steps, begun, inner)
        else:
            assert inner.rows is not None, "groups are made of rows"
            made = self.combinations(inner.rows, inner.keys, inner.related)
        return landed(step.spreads, made, self.closing) if step.spreads else made

    def within(self, step: Grouping, rows: Rows, group: Group) -> tuple[Rows, Group]:
        """The rows that a sequence is run on in each group, and the groups.

        Those of recursive hierarchies have the rows at a node and below it.
        """
        keys, alone = tuple(dict.fromkeys((*group.keys, *step.keys))), step.alone
        rows = self.closing.settled(rows)
        for spread in step.spreads:
            rows = spread_out(spread, self.closing.settled(rows), self.groups(spread), self.closing)
        every = rows
        if alone is not None:
            every = node_rows(alone, rows, self.groups(alone), self.closing, group.rows)
        begun = replace(forked(rows), restricted=every is not rows)
        return begun, Group(keys, every, tuple(dict.fromkeys((*group.related, *step.related))))

    def groups(self, spread: Spread) -> Rows:
        """The nodes that are groups."""
        return self.run(spread.subset, node_source(spread.hierarchy, self.mapping), Group())

    def begin(self, step: Traversing) -> Rows | None:
        """The nodes that a traversal begins with; None where it does with the roots."""
        if step.start is None:
            return None
        return self.run(step.start, node_source(step.hierarchy, self.mapping), Group())

    def compute(self, step: Computing, rows: Rows) -> Rows:
        """Further members, worked out where they are asked for; what builds on such ones makes them columns first."""
        rows = self.closing.settled(rows)
        worked_out = [(alias, value(expression, rows.tables)) for alias, expression in step.items]
        rows.tables.results.update(worked_out)
        rows.members = (*rows.members, *(alias for alias, _ in worked_out))
        rows.open = True
        is_opened = any(alias.property.type.collection for alias, _ in worked_out)
        return self.closing.closed(rows) if is_opened else rows  # MariaDB opens columns, and no subqueries

    def slice(self, step: Slicing, rows: Rows, keys: Keys) -> Rows:
        """The first rows, or all but these, of the whole or of each group."""
        count = value(step.count, rows.tables)
        if keys:
            numbered, place = self.numbered(rows, keys, fn.row_number(), self.closing.sorted(rows))
            test = SqlExpression(place, "<=" if step.operator == "top" else ">", count)
            numbered.tables.conditions.append(test)
            return numbered
        order, columns = self.closing.sorted(rows), self.closing.columns(rows)
        query = select(rows.tables, columns).order_by(*order)
        if step.operator == "top":
            return self.closing.over(query.limit(count), rows)
        return self.closing.over(query.limit(SQL(str(_ALL_ROWS))).offset(count), rows)

    def rank(self, step: Ranking, rows: Rows, keys: Keys) -> Rows:
        """The rows with the greatest or least values, until the measure is reached, in the order of these."""
        tables = rows.tables
        rows.order = (OrderItem(step.value, step.descending), *rows.order)
        order = self.closing.sorted(rows)
        if step.measure == "count":
            numbered, place = self.numbered(rows, keys, fn.row_number(), order)
            amount = value(step.amount, numbered.tables)
            numbered.tables.conditions.append(SqlExpression(place, "<=", amount))
            return numbered
        test = reached(step, tables, self.partition(rows, keys), order)
        kept, wanted = self.numbered(rows, (), test, None)
        kept.tables.conditions.append(SqlExpression(wanted, "=", SQL("1")))
        return kept

    def relate(self, step: Relating, rows: Rows, group: Group) -> Rows:
        """The rows whose node is above or below those of what the start leaves, in each group of those of its own."""
        keys = group.keys
        is_beside = bool(keys) and rows.tables.parents is not None
        rows = self.closing.closed(rows) if rows.open or is_beside else rows
        start = self.run(step.start, forked(rows), replace(group, rows=rows)).tables
        groups = tuple(f"g{place}" for place in range(len(keys)))
        columns = zip((*keys, step.member), (*groups, "n"), strict=True)
        begin = select(start, [Named(value(access, start), column) for access, column in columns])
        limit = None if step.distance is None else value(step.distance, rows.tables)
        name = f"h{self.closing.number()}"
        nodes = Search(step, name, self.mapping, limit, groups).found(begin)
        member = value(step.member, rows.tables)
        if not keys:
            if step.state is not None:
                rows = drill_state(step, step.state, rows, nodes)
            rows.tables.conditions.append(SqlExpression(member, "IN", nodes))
            return rows
        tables, beside = rows.tables, Subquery(nodes, f"{name}r", 2)
        pairs: list[Node] = [SqlExpression(member, "=", Entity(f"{name}r", "n"))]
        for key, column in zip(keys, groups, strict=True):
            pairs.append(SqlExpression(value(key, tables), tables.family.dialect.same, Entity(f"{name}r", column)))
        tables.joined = SqlJoin(tables.joined, beside, JOIN.INNER, joined_on(pairs))
        return rows

    def numbered(
        self, rows: Rows, keys: Keys, function: Node, order: Sequence[SqlOrdering] | None
    ) -> tuple[Rows, Node]:
        """The rows with a number beside, and the number."""
        window: Node = function
        if order is not None:
            assert isinstance(function, Function), "a window is one of a function"
            window = function.over(partition_by=self.partition(rows, keys), order_by=order)
        query = select(rows.tables, [*self.closing.columns(rows), Named(window, "n")])
        result = self.closing.over(query, rows)
        return result, Entity(f"q{self.closing.taken}", "n")

    def partition(self, rows: Rows, keys: Keys) -> list[Node] | None:
        """What a window is made by."""
        return [value(key, rows.tables) for key in keys] or None

    def combinations(self, rows: Rows, keys: Keys, related: tuple[Related, ...]) -> Rows:
        """Each combination of some properties once."""
        rows = self.closing.settled(rows)
        return self.closing.over(
            self.distinct(rows, keys), Rows(rows.tables, rows.entity_type, keys, whole=False, related=related)
        )

    def distinct(self, rows: Rows, keys: Keys) -> Select:
        """The SELECT of each combination of some properties."""
        columns: list[Node] = [Named(value(key, rows.tables), f"c{place}") for place, key in enumerate(keys)]
        return select(rows.tables, columns).group_by(*places(len(keys)))

    def nest(self, step: Nesting, rows: Rows, group: Group) -> Rows:
        """What is nested is read by statements of its own: here are the instances that it is put into."""
        if step.navigation is not None:
            return rows
        if group.rows is not None:
            made = self.combinations(forked(group.rows), group.keys, group.related)
            made.tables.results[THERE] = SQL("1")
            return replace(made, members=(*made.members, THERE), open=True)
        return self.closing.over(
            Select(columns=[Named(SQL("1"), "c0")]), Rows(rows.tables, rows.entity_type, (THERE,), whole=False)
        )

    def aggregate(self, step: Aggregating, rows: Rows, group: Group) -> Rows:
        """The aggregates of each group; those that see other rows than the first are made apart, and put beside.

        A group of which no rows are left has its aggregates too, so that all groups stand first then.
        """
        rows = self.closing.settled(rows)
        parts = {item: (item.source, item.path, item if self.is_coded(item) else None) for item in step.items}
        sources = sorted(dict.fromkeys(parts.values()), key=any)
        made = []
        if group.rows is not None and (rows.restricted or any(sources[0])):
            made.append(self.made(self.distinct(forked(group.rows), group.keys), lambda _: {}))
        for source in sources:
            items = tuple(item for item, part in parts.items() if part == source)
            made.append(self.aggregates(items, self.run(source[0], forked(rows), group), group.keys))
        return self.beside(made, rows, group, tuple(item.alias for item in step.items))

    def gather(self, step: Gathering, rows: Rows, group: Group) -> Rows:
        """The rows with aggregates of all rows, or of those of each group, beside them.

        Rows beside the parents of an expanded collection are closed first: a join does not see what a comma is before.
        """
        rows = self.closing.closed(rows) if rows.open or rows.tables.parents is not None else rows
        found: dict[PropertyAccess, Node] = {}
        same, alone = rows.tables.family.dialect.same, (*group.keys, *self.closing.identity(rows))
        keys = [alone if item.each else group.keys for item in step.items]
        own = [[value(key, rows.tables) for key in known] for known in keys]
        joined: Source = rows.tables.joined
        for item, known, nodes in zip(step.items, keys, own, strict=True):
            inner = replace(group, keys=known, rows=rows) if item.each else group
            made = self.aggregates((item,), self.run(item.source, forked(rows), inner), known)
            pairs = [SqlExpression(node, same, made.column(place)) for place, node in enumerate(nodes)]
            joined = SqlJoin(joined, made.query, JOIN.LEFT_OUTER, joined_on(pairs))
            found.update(made.finish(partial(_behind, made, len(known))))
        rows.tables.joined = joined
        rows.tables.results.update(found)
        return self.closing.closed(replace(rows, members=(*rows.members, *found), open=True))

    def aggregates(self, items: Sequence[Aggregate], rows: Rows, keys: Keys) -> "Made":
        """Aggregates of the same rows; one that code works out comes alone."""
        if self.is_coded(items[0]):
            query = values_of(items[0], rows, keys, self.closing)
            return self.made(query, lambda column: {items[0].alias: column(0)})
        grouped = [value(key, rows.tables) for key in keys]
        columns, finish = aggregated(items, rows.tables)
        named: list[Node] = [Named(node, f"c{place}") for place, node in enumerate((*grouped, *columns))]
        query = select(rows.tables, named)
        return self.made(query.group_by(*places(len(keys))) if keys else query, finish)

    def is_coded(self, item: Aggregate) -> bool:
        """Whether code works an aggregate out."""
        return is_coded(item, self.mapping.family)

    def made(self, query: Select, finish: Finish) -> "Made":
        """A SELECT as a subquery with a name of its own."""
        name = f"q{self.closing.number()}"
        return Made(Subquery(query, name), name, finish)

    def beside(self, made: "list[Made]", rows: Rows, group: Group, aliases: Keys) -> Rows:
        """Several SELECTs that group by the same as one: each group of the first, and what the others have of it."""
        (first, *others), keys = made, group.keys
        results: dict[PropertyAccess, Node] = {key: first.column(place) for place, key in enumerate(keys)}
        joined: Source = first.query
        results.update(first.finish(partial(_behind, first, len(keys))))
        for other in others:
            same = rows.tables.family.dialect.same
            pairs = [SqlExpression(first.column(place), same, other.column(place)) for place in range(len(keys))]
            joined = SqlJoin(joined, other.query, JOIN.LEFT_OUTER, joined_on(pairs))
            results.update(other.finish(partial(_behind, other, len(keys))))
        tables = self.closing.with_related(self.closing.tables(rows, joined, results), group.related)
        return Rows(tables, rows.entity_type, (*keys, *aliases), whole=False, related=group.related)

    def concatenate(self, step: Concatenating, rows: Rows, group: Group) -> Rows:
        """The rows of several sequences, each with the number of its kind and its place among them."""
        parts = [self.run(part.steps, forked(rows), group) for part in step.parts]
        members = [member for part in parts for member in part.members if member not in {PART, PLACE}]
        result = Rows(
            rows.tables,
            rows.entity_type,
            (*dict.fromkeys(members), PART, PLACE),
            whole=any(part.whole for part in parts),
            loose=any(part.loose or not part.whole for part in parts),
            related=tuple(dict.fromkeys(known for part in parts for known in part.related)),
            replaced=tuple(dict.fromkeys(member for part in parts for member in part.replaced)),
        )
        kinds, queries = 0, []
        for part, pipeline in zip(parts, step.parts, strict=True):
            queries.append(self.part(part, result, kinds))
            kinds += len(pipeline.kinds)
        union: Select | CompoundSelectQuery = queries[0]
        for query in queries[1:]:
            union = CompoundSelectQuery(union, "UNION ALL", query)
        return self.closing.over(union, result)

    def part(self, rows: Rows, result: Rows, kinds: int) -> Select:
        """The rows of a part with the columns of all parts; `kinds` are those of the parts before it."""
        tables = rows.tables
        columns: list[Node] = []
        if result.whole:
            columns += [self.closing.found(key, rows) for key in self.closing.key(result)]
        place = fn.row_number().over(order_by=self.closing.sorted(rows))
        number = SqlExpression(value(PART, tables), "+", SQL(str(kinds))) if PART in rows.members else SQL(str(kinds))
        shown = [self.closing.found(member, rows) for member in result.members[:-2]]
        return select(tables, named(columns, (*shown, number, place)))


class Made(Struct, frozen=True):
    """A SELECT that groups, as a subquery of a name, and what becomes of its columns behind the grouping ones."""

    query: Source
    name: str
    finish: Finish

    def column(self, place: int) -> Node:
        """A column by its place."""
        return Entity(self.name, f"c{place}")


def _behind(made: Made, keys: int, place: int) -> Node:
    return made.column(keys + place)
