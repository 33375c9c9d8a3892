"""A ReadPlan becomes statements: one for its rows, one for its count, one a level for each expanded collection.

What follows a page is a union of disjoint ranges in the order of the result: for the order (a, b, key) and a last row
(x, y, k) the rows with a = x, b = y and key > k; then a = x and b > y; then a > x. Each range is a scan of an index
where there is one; the store runs them one after another until the page is full. Null sorts below every value.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field
from peewee import SQL, Node, Select, fn
from peewee import Expression as SqlExpression

from odata_service.plan.model import (
    ApplySource,
    CountPlan,
    JoinedSource,
    ReadPlan,
)
from odata_service.plan.model import Source as PlanSource
from odata_service.semantics.resolved import GivenStep, OrderItem
from odata_service.semantics.tree import Constant, Expression, Parameter
from odata_service.sql.apply import source_tables
from odata_service.sql.code import Askings, Page, asking
from odata_service.sql.columns import Coded, Decoders, coded_of, column_node, decoders_of, is_nullable, ordering
from odata_service.sql.expanded import BuiltChild, build_child
from odata_service.sql.expression import number, ordering_value, seek_comparison, varying
from odata_service.sql.families import Encode
from odata_service.sql.found import Check, checks_of
from odata_service.sql.mapping import Mapping, with_askings
from odata_service.sql.narrowing import Tests, conditions_of, tests_of
from odata_service.sql.paths import path_tables
from odata_service.sql.rules import under_rules
from odata_service.sql.slots import filled
from odata_service.sql.source import Tables, select
from odata_service.sql.stages import Stage
from odata_service.sql.statement import Statement


class BuiltRead(Struct, frozen=True):
    """The statements of a ReadPlan: `ranges` are run one after another until the page is full.

    `decoders` say which places of a row are decoded, and how; `checks` which are looked at before. `limit` and `count`
    tell what the plan asks for. `given` says what the store sends of the keys of entities that an operation gave.
    `tests` are those of `sql.narrowing`. `coded` are the places that code fills in. `stages` are run before.
    """

    plan: ReadPlan
    ranges: tuple[Statement, ...]
    count: Statement | None
    decoders: Decoders
    children: tuple[BuiltChild, ...]
    given: tuple[Encode | None, ...] = ()
    tests: Tests = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    coded: Coded = ()
    stages: Sequence[Stage] = ()


class BuiltCount(Struct, frozen=True):
    """The statement of a CountPlan; `given`, `tests` and `stages` as in `BuiltRead`."""

    plan: CountPlan
    statement: Statement
    given: tuple[Encode | None, ...] = ()
    tests: Tests = field(default_factory=dict)
    stages: Sequence[Stage] = ()


def build_read(plan: ReadPlan, mapping: Mapping, unserved: frozenset[int] = frozenset()) -> BuiltRead:
    """The statements of a read, where no index of texts finds what is in the slots that are `unserved`."""
    askings = Askings()
    counted = CountPlan(plan.source, plan.where, plan.rules)
    count = build_count(counted, mapping, unserved).statement if plan.count else None
    mapping = under_rules(with_askings(mapping, askings), plan.rules)
    made = [(asking(query, mapping), tables) for query, tables in _ranges(plan, mapping, unserved)]
    ranges = tuple(statement for statement, _ in made)
    tables = made[0][1] if made else source_tables(plan.source, mapping)
    children = tuple(build_child(child, mapping) for child in plan.expands)
    given = _given(plan.source, mapping)
    tests = tests_of(plan.where, plan.source, mapping)
    checks, decoders = checks_of(plan, tables), decoders_of(plan, tables)
    return BuiltRead(
        plan, ranges, count, decoders, children, given, tests, checks, coded_of(plan), tuple(tables.stages)
    )


def build_count(plan: CountPlan, mapping: Mapping, unserved: frozenset[int] = frozenset()) -> BuiltCount:
    """The statement of a count; `unserved` as for `build_read`."""
    mapping = under_rules(with_askings(mapping, Askings()), plan.rules)
    tables = source_tables(plan.source, mapping)
    tables.conditions += conditions_of(plan.where, plan.source, tables, unserved)
    statement = asking(select(tables, [fn.count(SQL("*"))]), mapping)
    given, tests = _given(plan.source, mapping), tests_of(plan.where, plan.source, mapping)
    return BuiltCount(plan, statement, given, tests, tuple(tables.stages))


def _given(source: PlanSource, mapping: Mapping) -> tuple[Encode | None, ...]:
    path = source.path if isinstance(source, ApplySource) else source
    if isinstance(path, JoinedSource) or not any(isinstance(step, GivenStep) for step in path.steps):
        return ()
    parents = path_tables(path, mapping).parents
    assert parents is not None, "the keys of what an operation gave are sent"
    return parents.encoders


def _ranges(plan: ReadPlan, mapping: Mapping, unserved: frozenset[int]) -> Iterator[tuple[Select, Tables]]:
    """The statements of the ranges, with the tables that each of them selects from."""
    askings = mapping.askings
    assert askings is not None, "reads may ask code"
    for restriction in _restrictions(plan):
        askings.begin()
        tables = source_tables(plan.source, mapping)
        tables.conditions += conditions_of(plan.where, plan.source, tables, unserved)
        for part in restriction:
            tables.conditions.append(part.build(tables))
        called = askings.called
        columns = [column_node(column, tables) for column in plan.columns]
        shown = askings.called
        order = varying(ordering(item, tables) for item in plan.order)
        query = select(tables, columns).order_by(*order).limit(filled("limit"))
        offset = None if plan.skip is None else number(plan.skip, tables)
        if called == 0 and askings.called == shown:
            askings.of_page(Page(order, offset))
        yield query if offset is None else query.offset(offset), tables


class _Restriction(Struct, frozen=True):
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
        if nullable or is_nullable(item.expression):
            yield _Restriction(item, "IS", None)
