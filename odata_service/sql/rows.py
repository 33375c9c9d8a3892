"""The rows between two transformations of $apply: what is known of them, and how a SELECT of them is closed.

A SELECT that is closed becomes a subquery. Of entities it keeps the key, by which their table stands beside it again;
so it is with the single entities that rows are related to, whose keys are members. (Data Aggregation 3.1.)
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace
from peewee import JOIN, SQL, CompoundSelectQuery, Entity, Node, Select, Source
from peewee import Alias as Named
from peewee import Expression as SqlExpression
from peewee import Join as SqlJoin
from peewee import Ordering as SqlOrdering

from odata_service.plan.apply import PLACE, apart
from odata_service.semantics.access import chain_of, key_of_source
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.transformations import PART, Related, Result
from odata_service.semantics.tree import Constant, NavigationAccess, PropertyAccess
from odata_service.sql.expression import balanced, ordering_value, value, varying
from odata_service.sql.mapping import Mapping
from odata_service.sql.source import Tables, select
from odata_service.sql.subqueries import Subquery

if TYPE_CHECKING:  # stages are made of rows
    from odata_service.sql.stages import Stage

Keys = tuple[PropertyAccess, ...]


class Rows(Struct):
    """The rows of a SELECT that is still open: its tables and conditions, and what is known of its rows.

    `whole`: they are entities, with `members` beside; else the members are all they have. `open` tells that members
    are worked out in this SELECT, and not yet columns. `loose`: some of the rows are no entities. `restricted`: some
    that were there when the group began may be gone, and with them whole groups. `related` are the single entities
    that the rows have, whose keys are among the members. `replaced` are members that entities have otherwise.
    """

    tables: Tables
    entity_type: str
    members: Keys = ()
    whole: bool = True
    order: tuple[OrderItem, ...] = ()
    open: bool = False
    loose: bool = False
    restricted: bool = False
    related: tuple[Related, ...] = ()
    replaced: Keys = ()

    @property
    def result(self) -> Result:
        """What the rows have, as the resolver has it."""
        return Result(self.members, self.whole, related=self.related, replaced=self.replaced)


class Group(Struct, frozen=True):
    """What a sequence is run in: the properties that groups are made by, and the rows that these were made of.

    `related` are the entities among what groups are made by.
    """

    keys: Keys = ()
    rows: Rows | None = None
    related: tuple[Related, ...] = ()


class Closing(Struct):
    """Makes subqueries of SELECTs, each with a number of its own in the statement; `stages` are run before it."""

    mapping: Mapping
    taken: int = 0
    stages: "list[Stage]" = field(default_factory=list)

    def number(self) -> int:
        """A number that nothing else in the statement has."""
        self.taken += 1
        return self.taken

    def finished(self, rows: Rows) -> Rows:
        """The last rows of a statement, which know what is run before it."""
        rows.tables.stages = self.stages
        return rows

    def key(self, rows: Rows) -> Keys:
        """The key of the entities."""
        return key_of_source(rows.tables.entity_set, self.mapping.schema)

    def identity(self, rows: Rows) -> Keys:
        """What no two rows have alike."""
        parts = tuple(known for known in (PART, PLACE) if known in rows.members)
        joined = (member for member in rows.members if rows.result.around(member) or member in rows.replaced)
        return tuple(dict.fromkeys((*parts, *self.key(rows), *joined)))

    def sorted(self, rows: Rows) -> list[SqlOrdering]:
        """The order of rows, in which no two are equal."""
        rest: tuple[OrderItem, ...]
        if PART in rows.members:
            rest = (OrderItem(PART), OrderItem(PLACE))
        else:
            rest = tuple(apart(rows.result, self.key(rows), rows.order))
        return varying(ordering(item, rows.tables) for item in (*rows.order, *rest))

    def found(self, member: PropertyAccess, rows: Rows) -> Node:
        """A member of rows, or null where these have none of it."""
        is_there = member in rows.members or (rows.whole and self._is_declared(member, rows))
        return value(member if is_there else Constant(None, member.type), rows.tables)

    def _is_declared(self, member: PropertyAccess, rows: Rows) -> bool:
        """Whether entities have a property by their type."""
        first = chain_of(member)[0]
        schema = self.mapping.schema
        if isinstance(first, NavigationAccess):
            return schema.navigation_properties(first.source_type).get(first.navigation.name) == first.navigation
        if first.cast is not None:
            return True
        return schema.properties(rows.entity_type).get(first.property.name) == first.property

    def columns(self, rows: Rows) -> list[Node]:
        """The columns of a SELECT that is to be closed: the key of entities, and the members."""
        keys = [value(key, rows.tables) for key in self.key(rows)] if rows.whole else []
        return named(keys, [value(member, rows.tables) for member in rows.members])

    def closed(self, rows: Rows) -> Rows:
        """The rows with their members as columns."""
        return self.over(select(rows.tables, self.columns(rows)), rows)

    def settled(self, rows: Rows) -> Rows:
        """The rows with nothing left to be worked out in their SELECT."""
        return self.closed(rows) if rows.open else rows

    def over(self, query: Select | CompoundSelectQuery, rows: Rows) -> Rows:
        """A SELECT over a query that gives these rows."""
        name = f"q{self.number()}"
        inner = Subquery(query, name)
        results: dict[PropertyAccess, Node] = {
            member: Entity(name, f"c{place}") for place, member in enumerate(rows.members)
        }
        tables = self.tables(rows, inner, results)
        if rows.whole:
            pairs = [
                SqlExpression(Entity(name, f"k{place}"), "=", value(key, replace(tables, results={})))
                for place, key in enumerate(self.key(rows))
            ]
            tables.joined = SqlJoin(inner, tables.root, JOIN.LEFT_OUTER if rows.loose else JOIN.INNER, joined_on(pairs))
        return replace(rows, tables=self.with_related(tables, rows.related), open=False)

    def tables(self, rows: Rows, joined: Source, results: dict[PropertyAccess, Node]) -> Tables:
        """The tables of the next SELECT."""
        entity_set = rows.tables.entity_set
        root = self.mapping.rows(entity_set.name, "t0")
        return Tables(self.mapping, entity_set, root, joined, [], results=results)

    def with_related(self, tables: Tables, related: Sequence[Related]) -> Tables:
        """The tables with those of related entities beside, each found by the key that is among the results."""
        for known in related:
            if not known.whole or known.access in tables.aliases:
                continue
            target = tables.alias(known.source)
            apart_from = replace(tables, results={}, aliases={known.access: (target, known.source)})
            pairs = [SqlExpression(tables.results[key], "=", value(key, apart_from)) for key in known.key]
            tables.joined = SqlJoin(tables.joined, target, JOIN.LEFT_OUTER, joined_on(pairs))
            tables.aliases[known.access] = target, known.source
        return tables


def ordering(item: OrderItem, tables: Tables) -> SqlOrdering:
    """An item of an order: null stands below every value."""
    direction, place = ("DESC", "last") if item.descending else ("ASC", "first")
    said = tables.family.dialect.states_nulls
    return SqlOrdering(ordering_value(item.expression, tables), direction, nulls=place if said else None)


def joined_on(pairs: Sequence[Node]) -> Node:
    """That all of some conditions hold."""
    return balanced("AND", pairs) if pairs else SQL("1 = 1")


def named(keys: Sequence[Node], members: Sequence[Node]) -> list[Node]:
    """The columns of a subquery: the key of entities as k0 and so on, members as c0."""
    return [
        *(Named(node, f"k{place}") for place, node in enumerate(keys)),
        *(Named(node, f"c{place}") for place, node in enumerate(members)),
    ]


def places(count: int) -> list[Node]:
    """The first columns of a SELECT by their places."""
    return [SQL(str(place + 1)) for place in range(count)]


def forked(rows: Rows) -> Rows:
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
