"""A ReadPlan becomes statements: one for its rows, one for its count, one a level for each expanded collection.

What follows a page is a union of disjoint ranges in the order of the result: for the order (a, b, key) and a last row
(x, y, k) the rows with a = x, b = y and key > k; then a = x and b > y; then a > x. Each range is a scan of an index
where there is one; the store runs them one after another until the page is full. Null sorts below every value.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from peewee import SQL, Alias, Node, Ordering, Select, fn
from peewee import Expression as SqlExpression

from odata_service.edm.types import INT64, Kind, kind_of
from odata_service.plan.model import Column, CountPlan, ReadPlan, ToMany, VersionColumn
from odata_service.semantics.tree import Constant, Expression, OrderItem, Parameter, PropertyAccess
from odata_service.sql.expression import balanced, condition, value
from odata_service.sql.mapping import Mapping
from odata_service.sql.source import Tables, child_tables, parent_number, path_tables, select
from odata_service.sql.statement import Statement, constant, filled, slot, statement_of


@dataclass(frozen=True, slots=True)
class BuiltChild:
    """The statement of an expanded collection, that of its counts, and what is expanded further."""

    plan: ToMany
    rows: Statement
    counts: Statement | None
    decimals: tuple[int, ...]
    children: "tuple[BuiltChild, ...]"


@dataclass(frozen=True, slots=True)
class BuiltRead:
    """The statements of a ReadPlan: `ranges` are run one after another until the page is full.

    `decimals` are the places of values that are kept encoded. `limit` and `count` tell what the plan asks for.
    """

    plan: ReadPlan
    ranges: tuple[Statement, ...]
    count: Statement | None
    decimals: tuple[int, ...]
    children: tuple[BuiltChild, ...]


@dataclass(frozen=True, slots=True)
class BuiltCount:
    """The statement of a CountPlan."""

    plan: CountPlan
    statement: Statement


def build_read(plan: ReadPlan, mapping: Mapping) -> BuiltRead:
    """The statements of a read."""
    ranges = tuple(statement_of(query) for query in _ranges(plan, mapping))
    count = build_count(CountPlan(plan.source, plan.where), mapping).statement if plan.count else None
    children = tuple(_child(child, mapping) for child in plan.expands)
    return BuiltRead(plan, ranges, count, _decimals(plan), children)


def build_count(plan: CountPlan, mapping: Mapping) -> BuiltCount:
    """The statement of a count."""
    tables = path_tables(plan.source, mapping)
    if plan.where is not None:
        tables.conditions.append(condition(plan.where, tables.access))
    return BuiltCount(plan, statement_of(select(tables, [fn.count(SQL("*"))])))


def _ranges(plan: ReadPlan, mapping: Mapping) -> Iterator[Select]:
    for restriction in _restrictions(plan):
        tables = path_tables(plan.source, mapping)
        if plan.where is not None:
            tables.conditions.append(condition(plan.where, tables.access))
        for part in restriction:
            tables.conditions.append(part.build(tables))
        columns = [_column(column, tables) for column in plan.columns]
        order = [_ordering(item, tables) for item in plan.order]
        query = select(tables, columns).order_by(*order).limit(filled("limit"))
        yield query if plan.skip is None else query.offset(_number(plan.skip))


@dataclass(frozen=True, slots=True)
class _Restriction:
    """One condition of a range: how the value of an item of the order stands to that of the last row."""

    item: OrderItem
    comparison: str
    value: Expression | None

    def build(self, tables: Tables) -> Node:
        """The condition in SQL; without a value it speaks of null."""
        left = value(self.item.expression, tables.access)
        right = constant(None) if self.value is None else value(self.value, tables.access)
        return SqlExpression(left, self.comparison, right)


def _restrictions(plan: ReadPlan) -> Iterator[tuple[_Restriction, ...]]:
    """The ranges that follow the last row, nearest first; without one a single range without bounds."""
    if plan.seek is None:
        yield ()
        return
    values = plan.seek.values
    for place in reversed(range(len(plan.order))):
        same = tuple(_equal(item, known) for item, known in zip(plan.order[:place], values[:place], strict=True))
        for beyond in _beyond(plan.order[place], values[place]):
            yield (*same, beyond)


def _equal(item: OrderItem, known: Expression) -> _Restriction:
    return _Restriction(item, "=", known) if isinstance(known, Parameter) else _Restriction(item, "IS", None)


def _beyond(item: OrderItem, known: Expression) -> Iterator[_Restriction]:
    """Where an item's values lie behind a known one, in order: nulls come first upwards and last downwards."""
    is_null_value = isinstance(known, Constant) and known.value is None
    if not item.descending:
        yield _Restriction(item, "IS NOT", None) if is_null_value else _Restriction(item, ">", known)
    elif not is_null_value:
        yield _Restriction(item, "<", known)
        if _is_nullable(item.expression):
            yield _Restriction(item, "IS", None)


def _is_nullable(node: Expression) -> bool:
    return not isinstance(node, PropertyAccess) or node.owner is not None or node.property.type.nullable


def _column(column: Column, tables: Tables) -> Node:
    if isinstance(column, VersionColumn):
        return tables.version(column.owner)
    return value(column.expression, tables.access)


def _ordering(item: OrderItem, tables: Tables) -> Ordering:
    return Ordering(value(item.expression, tables.access), "DESC" if item.descending else "ASC")


def _number(node: Expression) -> Node:
    return slot(node.slot, INT64) if isinstance(node, Parameter) else value(node, _no_access)


def _no_access(node: object) -> Node:
    raise AssertionError("$top and $skip are numbers")


def _decimals(plan: ReadPlan) -> tuple[int, ...]:
    return tuple(
        place
        for place, column in enumerate(plan.columns)
        if not isinstance(column, VersionColumn) and kind_of(column.type) is Kind.DECIMAL
    )


def _child(child: ToMany, mapping: Mapping) -> BuiltChild:
    plan = child.plan
    rows = _child_rows(child, mapping)
    counts = statement_of(_child_counts(child, mapping)) if plan.count else None
    children = tuple(_child(nested, mapping) for nested in plan.expands)
    return BuiltChild(child, statement_of(rows), counts, _decimals(plan), children)


def _child_tables(child: ToMany, mapping: Mapping) -> Tables:
    join = mapping.joins[child.parent_set.name, child.navigation.name]
    tables = child_tables(join, child.plan.source.entity_set, mapping)
    if child.plan.where is not None:
        tables.conditions.append(condition(child.plan.where, tables.access))
    return tables


def _child_rows(child: ToMany, mapping: Mapping) -> Select:
    """The rows of all parents, each with its parent's number behind it; a window where each parent has its own page."""
    plan = child.plan
    tables = _child_tables(child, mapping)
    columns = [_column(column, tables) for column in plan.columns]
    order = [_ordering(item, tables) for item in plan.order]
    if plan.limit is None and plan.skip is None:
        return select(tables, [*columns, parent_number()]).order_by(parent_number(), *order)
    named = [Alias(column, f"c{place}") for place, column in enumerate(columns)]
    number = fn.row_number().over(partition_by=[parent_number()], order_by=order).alias("place")
    inner = select(tables, [*named, Alias(parent_number(), "parent"), number]).alias("w")
    outer = Select([inner], [*(getattr(inner.c, f"c{place}") for place in range(len(columns))), inner.c.parent])
    return outer.where(_window(plan, inner.c.place)).order_by(inner.c.parent, inner.c.place)


def _window(plan: ReadPlan, place: Node) -> Node:
    """That a row's place among its parent's rows lies behind `skip` and within `limit`."""
    skip = constant(0) if plan.skip is None else _number(plan.skip)
    parts: list[Node] = [SqlExpression(place, ">", skip)]
    if plan.limit is not None:
        parts.append(SqlExpression(place, "<=", SqlExpression(skip, "+", _number(plan.limit))))
    return balanced("AND", parts)


def _child_counts(child: ToMany, mapping: Mapping) -> Select:
    tables = _child_tables(child, mapping)
    return select(tables, [parent_number(), fn.count(SQL("*"))]).group_by(parent_number())
