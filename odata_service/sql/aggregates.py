"""Aggregates of $apply in SQL: what a grouping SELECT works out, and what becomes of it (Data Aggregation 3.2.1).

An average is a sum and a count inside, and their quotient behind: a quotient written by a family may need its operands
more than once, and aggregates have no place in a subquery of it.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal

from peewee import SQL, Case, Function, Node, NodeList, Ordering, Window, fn
from peewee import Expression as SqlExpression

from odata_service.edm.types import DECIMAL, DOUBLE, INT64, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.semantics.transformations import Aggregate, Ranking
from odata_service.semantics.tree import Constant, Expression, PropertyAccess
from odata_service.sql.aggregate_columns import aggregate_column
from odata_service.sql.expression import value
from odata_service.sql.families import Family
from odata_service.sql.related import follow
from odata_service.sql.source import Tables

Columns = list[Node]
Finish = Callable[[Callable[[int], Node]], dict[PropertyAccess, Node]]
"""From what finds a column by its place to the values of the aliases."""


def aggregated(items: Sequence[Aggregate], tables: Tables) -> tuple[Columns, Finish]:
    """The columns of aggregates that share a path, which is followed first."""
    for step in items[0].path if items else ():
        follow(tables, step)
    columns: Columns = []
    finishes: list[tuple[Aggregate, int]] = []
    for item in items:
        finishes.append((item, len(columns)))
        columns += _columns(item, tables)
    family = tables.family

    def finish(column: Callable[[int], Node]) -> dict[PropertyAccess, Node]:
        return {item.alias: _finished(item, place, column, family) for item, place in finishes}

    return columns, finish


def _columns(item: Aggregate, tables: Tables) -> list[Node]:
    operand = item.operand
    if operand is None:
        return [fn.count(SQL("*"))]
    if item.custom is not None:
        text = item.custom.statement(tables.family.name)
        assert text is not None, "what has no SQL is worked out by code"
        return [_of_values(text, value(operand, tables))]
    if item.method == "average":
        total = aggregate_column("sum", operand, tables)
        return [total, fn.nullif(aggregate_column("count", operand, tables), SQL("0"))]
    return [aggregate_column(item.method, operand, tables)]


def _of_values(text: str, operand: Node) -> Node:
    """An aggregate that is written as text, with `{0}` for the value of each row."""
    first, *others = text.split("{0}")
    parts: list[Node] = [SQL(first)]
    for other in others:
        parts += [operand, SQL(other)]
    return NodeList([SQL("("), *parts, SQL(")")], glue="")


def _finished(item: Aggregate, place: int, column: Callable[[int], Node], family: Family) -> Node:
    """The value of an alias; a group of which there were no rows has counted nothing."""
    if item.method in {"count", "countdistinct"}:
        return fn.coalesce(column(place), SQL("0"))
    if item.method != "average":
        return column(place)
    operand = item.operand
    assert operand is not None, "an average is one of values"
    wide = DECIMAL if kind_of(operand.type) is Kind.DECIMAL else DOUBLE
    total, count = column(place), family.operations.convert(column(place + 1), INT64, wide)
    if kind_of(operand.type) is Kind.INTEGER:
        total = family.operations.convert(total, INT64, wide)
    if wide == DOUBLE:
        return SqlExpression(SqlExpression(total, "*", SQL("1e0")), "/", count)
    kind = Kind.DECIMAL
    return family.operations.arithmetic["div", kind, kind]([total, count], (kind, kind))


def reached(step: Ranking, tables: Tables, partition: list[Node] | None, order: Sequence[Ordering]) -> Node:
    """1 where the sum of the values before a row has not yet reached the measure, else 0.

    It is what the sum with the row has beyond the row's own value: SQLite runs no function of ours over no rows.
    """
    family = tables.family
    wide = DOUBLE if Kind.FLOAT in {kind_of(step.value.type), kind_of(step.amount.type)} else DECIMAL
    kind = kind_of(wide) or Kind.DECIMAL
    zero = value(Constant(_NUMBERS[kind](0), wide), tables)
    own, amount = (_widened(part, wide, tables) for part in (step.value, step.amount))
    own = fn.coalesce(own, zero)
    name = family.operations.aggregates.decimal_sum if kind is Kind.DECIMAL else "sum"
    bounds = {"start": Window.preceding(), "end": Window.CURRENT_ROW}
    before = Function(name, (own,)).over(partition_by=partition, order_by=order, **bounds)

    def worked_out(operator: str, left: Node, right: Node) -> Node:
        return family.operations.arithmetic[operator, kind, kind]([left, right], (kind, kind))

    summed = worked_out("sub", before, own)
    if step.measure == "percent":
        hundred = value(Constant(_NUMBERS[kind](100), wide), tables)
        total = Function(name, (own,)).over(partition_by=partition)
        summed, amount = worked_out("mul", summed, hundred), worked_out("mul", total, amount)
    return Case(None, [(SqlExpression(summed, "<", amount), SQL("1"))], SQL("0"))


def _widened(node: Expression, wide: TypeRef, tables: Tables) -> Node:
    inner = value(node, tables)
    same = kind_of(node.type) is kind_of(wide)
    return inner if same else tables.family.operations.convert(inner, node.type, wide)


_NUMBERS: Mapping[Kind, Callable[[int], PrimitiveValue]] = {Kind.DECIMAL: Decimal, Kind.FLOAT: float}
