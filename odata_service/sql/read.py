"""A ReadPlan becomes statements: one for its rows, one for its count, one a level for each expanded collection.

What follows a page is a union of disjoint ranges in the order of the result: for the order (a, b, key) and a last row
(x, y, k) the rows with a = x, b = y and key > k; then a = x and b > y; then a > x. Each range is a scan of an index
where there is one; the store runs them one after another until the page is full. Null sorts below every value.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from peewee import SQL, Alias, Node, Ordering, Select, fn
from peewee import Expression as SqlExpression

from odata_service.edm.types import BINARY, GUID, INT64, STRING, TypeRef
from odata_service.plan.model import (
    ApplySource,
    Column,
    CountPlan,
    IdColumn,
    LeafColumn,
    PathSource,
    ReadPlan,
    StreamColumn,
    ToMany,
    TypeColumn,
    ValueColumn,
    VersionColumn,
)
from odata_service.plan.model import Source as PlanSource
from odata_service.semantics.tree import Constant, Expression, OrderItem, Parameter, PropertyAccess
from odata_service.sql.apply import source_tables
from odata_service.sql.expression import balanced, condition, ordering_value, seek_comparison, value
from odata_service.sql.families import Codec, Decode, Encode
from odata_service.sql.mapping import Mapping
from odata_service.sql.slots import filled
from odata_service.sql.source import Tables, child_tables, path_tables, select
from odata_service.sql.statement import Statement, statement_of

Decoders = tuple[tuple[int, Decode], ...]
"""Places of a row with what decodes the value there."""


@dataclass(frozen=True, slots=True)
class BuiltChild:
    """The statement of an expanded collection, that of its counts, and what is expanded further."""

    plan: ToMany
    rows: Statement
    counts: Statement | None
    decoders: Decoders
    children: "tuple[BuiltChild, ...]"
    encoders: tuple[Encode | None, ...]


@dataclass(frozen=True, slots=True)
class BuiltRead:
    """The statements of a ReadPlan: `ranges` are run one after another until the page is full.

    `decoders` say which places of a row are decoded, and how. `limit` and `count` tell what the plan asks for. `given`
    says what the store sends of the keys of entities that an operation gave.
    """

    plan: ReadPlan
    ranges: tuple[Statement, ...]
    count: Statement | None
    decoders: Decoders
    children: tuple[BuiltChild, ...]
    given: tuple[Encode | None, ...] = ()


@dataclass(frozen=True, slots=True)
class BuiltCount:
    """The statement of a CountPlan; `given` as in `BuiltRead`."""

    plan: CountPlan
    statement: Statement
    given: tuple[Encode | None, ...] = ()


def build_read(plan: ReadPlan, mapping: Mapping) -> BuiltRead:
    """The statements of a read."""
    ranges = tuple(statement_of(query, mapping.family) for query in _ranges(plan, mapping))
    count = build_count(CountPlan(plan.source, plan.where), mapping).statement if plan.count else None
    children = tuple(_child(child, mapping) for child in plan.expands)
    given = _given(plan.source, mapping)
    return BuiltRead(plan, ranges, count, _decoders(plan, mapping), children, given)


def build_count(plan: CountPlan, mapping: Mapping) -> BuiltCount:
    """The statement of a count."""
    tables = source_tables(plan.source, mapping)
    if plan.where is not None:
        tables.conditions.append(condition(plan.where, tables))
    return BuiltCount(
        plan, statement_of(select(tables, [fn.count(SQL("*"))]), mapping.family), _given(plan.source, mapping)
    )


def _given(source: PlanSource, mapping: Mapping) -> tuple[Encode | None, ...]:
    path = source if isinstance(source, PathSource) else source.path
    parents = path_tables(path, mapping).parents
    return parents.encoders if parents is not None else ()


def _ranges(plan: ReadPlan, mapping: Mapping) -> Iterator[Select]:
    for restriction in _restrictions(plan):
        tables = source_tables(plan.source, mapping)
        if plan.where is not None:
            tables.conditions.append(condition(plan.where, tables))
        for part in restriction:
            tables.conditions.append(part.build(tables))
        columns = [_column(column, tables) for column in plan.columns]
        order = [_ordering(item, tables) for item in plan.order]
        query = select(tables, columns).order_by(*order).limit(filled("limit"))
        yield query if plan.skip is None else query.offset(_number(plan.skip, tables))


@dataclass(frozen=True, slots=True)
class _Restriction:
    """One condition of a range: how the value of an item of the order stands to that of the last row."""

    item: OrderItem
    comparison: str
    value: Expression | None

    def build(self, tables: Tables) -> Node:
        """The condition in SQL; without a value it speaks of null."""
        if self.value is None:
            return SqlExpression(ordering_value(self.item.expression, tables), self.comparison, SQL("NULL"))
        return seek_comparison(self.comparison, self.item.expression, self.value, tables)


def _restrictions(plan: ReadPlan) -> Iterator[tuple[_Restriction, ...]]:
    """The ranges that follow the last row, nearest first; without one a single range without bounds."""
    if plan.seek is None:
        yield ()
        return
    values, nullable = plan.seek.values, isinstance(plan.source, ApplySource)
    for place in reversed(range(len(plan.order))):
        same = tuple(_equal(item, known) for item, known in zip(plan.order[:place], values[:place], strict=True))
        for beyond in _beyond(plan.order[place], values[place], nullable=nullable):
            yield (*same, beyond)


def _equal(item: OrderItem, known: Expression) -> _Restriction:
    return _Restriction(item, "=", known) if isinstance(known, Parameter) else _Restriction(item, "IS", None)


def _beyond(item: OrderItem, known: Expression, *, nullable: bool) -> Iterator[_Restriction]:
    """Where an item's values lie behind a known one, in order: nulls come first upwards and last downwards."""
    is_null_value = isinstance(known, Constant) and known.value is None
    if not item.descending:
        yield _Restriction(item, "IS NOT", None) if is_null_value else _Restriction(item, ">", known)
    elif not is_null_value:
        yield _Restriction(item, "<", known)
        if nullable or _is_nullable(item.expression):
            yield _Restriction(item, "IS", None)


def _is_nullable(node: Expression) -> bool:
    if not isinstance(node, PropertyAccess) or node.owner is not None or node.cast is not None:
        return True
    return node.property.type.nullable


def _column(column: Column, tables: Tables) -> Node:
    if isinstance(column, VersionColumn | TypeColumn):
        return tables.hidden(column)
    kept = _kept(column, tables)
    if kept is not None:
        return _selected(*kept)
    assert isinstance(column, ValueColumn), "leaves are kept"
    return value(column.expression, tables)


def _kept(column: ValueColumn | LeafColumn | IdColumn | StreamColumn, tables: Tables) -> tuple[Node, Codec] | None:
    """The column as it is and how it keeps values; None for what is worked out."""
    match column:
        case LeafColumn():
            return tables.leaf(column.path, column.owner)
        case IdColumn():
            return tables.name(column.owner)
        case StreamColumn():
            return tables.stream(column)
        case ValueColumn(PropertyAccess() as access):
            return tables.kept(access)
        case _:
            return None


def _selected(node: Node, codec: Codec) -> Node:
    """A column as a statement gives it out: as it is where that can be decoded."""
    return node if codec.plain is None or codec.decode is not None else codec.plain(node)


def _ordering(item: OrderItem, tables: Tables) -> Ordering:
    """Null stands below every value; where the database has it otherwise, this is said, though not needlessly."""
    node = ordering_value(item.expression, tables)
    direction, place = ("DESC", "last") if item.descending else ("ASC", "first")
    said = tables.family.dialect.states_nulls and (bool(tables.results) or _is_nullable(item.expression))
    return Ordering(node, direction, nulls=place if said else None)


def _number(node: Expression, tables: Tables) -> Node:
    slot = tables.family.value_codec(INT64).slot
    return slot(node.slot, INT64) if isinstance(node, Parameter) else value(node, tables)


def _decoders(plan: ReadPlan, mapping: Mapping) -> Decoders:
    """Which places of the plan's rows are decoded, and how."""
    tables = source_tables(plan.source, mapping)
    found = ((place, _decoder(column, tables)) for place, column in enumerate(plan.columns))
    return tuple((place, decode) for place, decode in found if decode is not None)


def _decoder(column: Column, tables: Tables) -> Decode | None:
    if isinstance(column, VersionColumn | TypeColumn):
        return None
    kept = _kept(column, tables)
    if kept is not None and (kept[1].plain is None or kept[1].decode is not None):
        return kept[1].decode
    return tables.family.value_codec(_type_of(column)).decode


def _type_of(column: ValueColumn | LeafColumn | IdColumn | StreamColumn) -> TypeRef:
    match column:
        case ValueColumn() | LeafColumn():
            return column.type
        case IdColumn():
            return GUID
        case StreamColumn():
            return {"type": STRING, "version": INT64, "value": BINARY}[column.part]


def _child(child: ToMany, mapping: Mapping) -> BuiltChild:
    plan = child.plan
    rows = statement_of(_child_rows(child, mapping), mapping.family)
    counts = statement_of(_child_counts(child, mapping), mapping.family) if plan.count else None
    children = tuple(_child(nested, mapping) for nested in plan.expands)
    parents = _child_tables(child, mapping).parents
    assert parents is not None, "an expanded collection has parents"
    return BuiltChild(child, rows, counts, _decoders(plan, mapping), children, parents.encoders)


def _child_tables(child: ToMany, mapping: Mapping) -> Tables:
    assert isinstance(child.plan.source, PathSource), "expanded entities are those of a set"
    join = mapping.join(child.parent_set, child.parent_type, child.navigation)
    tables = child_tables(join, child.plan.source.entity_set, mapping)
    if child.plan.where is not None:
        tables.conditions.append(condition(child.plan.where, tables))
    return tables


def _child_rows(child: ToMany, mapping: Mapping) -> Select:
    """The rows of all parents, each with its parent's number behind it; a window where each parent has its own page."""
    plan = child.plan
    tables = _child_tables(child, mapping)
    number = _parent_number(tables)
    columns = [_column(column, tables) for column in plan.columns]
    order = [_ordering(item, tables) for item in plan.order]
    if plan.limit is None and plan.skip is None:
        return select(tables, [*columns, number]).order_by(number, *order)
    named = [Alias(column, f"c{place}") for place, column in enumerate(columns)]
    place = fn.row_number().over(partition_by=[number], order_by=order).alias("place")
    inner = select(tables, [*named, Alias(number, "parent"), place]).alias("w")
    outer = Select([inner], [*(getattr(inner.c, f"c{place}") for place in range(len(columns))), inner.c.parent])
    return outer.where(_window(plan, inner.c.place, tables)).order_by(inner.c.parent, inner.c.place)


def _window(plan: ReadPlan, place: Node, tables: Tables) -> Node:
    """That a row's place among its parent's rows lies behind `skip` and within `limit`."""
    skip = SQL("0") if plan.skip is None else _number(plan.skip, tables)
    parts: list[Node] = [SqlExpression(place, ">", skip)]
    if plan.limit is not None:
        parts.append(SqlExpression(place, "<=", SqlExpression(skip, "+", _number(plan.limit, tables))))
    return balanced("AND", parts)


def _child_counts(child: ToMany, mapping: Mapping) -> Select:
    tables = _child_tables(child, mapping)
    number = _parent_number(tables)
    return select(tables, [number, fn.count(SQL("*"))]).group_by(number)


def _parent_number(tables: Tables) -> Node:
    """Which of the page's parents a row belongs to."""
    assert tables.parents is not None, "an expanded collection has parents"
    return tables.parents.number
