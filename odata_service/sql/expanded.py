"""Expanded collections: one statement a level for the rows of all parents, each parent's page and count among them.

Mostly all rows of all parents are few, and read as they are; the store cuts each parent's to its page. Where there are
many, or each parent is asked for a part of its own, a window numbers the rows of each parent, at twice the cost: those
of its page are told from the rest in the database. Where counts are asked for too, each row says how many its parent
has; the first one comes even where the page is empty.
"""

from collections.abc import Sequence

from msgspec import Struct
from peewee import SQL, Alias, Case, Entity, Node, Select, fn
from peewee import Expression as SqlExpression

from odata_service.edm.types import INT64
from odata_service.plan.model import ApplySource, PathSource, ReadPlan, ToMany
from odata_service.semantics.transformations import Pipeline, added_member
from odata_service.sql.apply import source_tables, transformed, transformed_groups
from odata_service.sql.code import asking
from odata_service.sql.columns import Coded, Decoders, coded_of, column_node, decoders_of, ordering
from odata_service.sql.expression import balanced, condition, number, varying
from odata_service.sql.families import Encode
from odata_service.sql.found import Check, checks_of
from odata_service.sql.mapping import Mapping
from odata_service.sql.rows import Group, Rows
from odata_service.sql.slots import filled
from odata_service.sql.source import Tables, child_tables, select
from odata_service.sql.stages import Stage
from odata_service.sql.statement import Statement

PARENT = added_member("$parent", INT64)
"""The number of the parent that a row belongs to."""


class BuiltChild(Struct, frozen=True):
    """The statement of an expanded collection, and what is expanded further.

    A row has the plan's columns and the number of its parent; with counts also how many the parent has and whether the
    row is of its page. Where counts are all that is asked for, it is the parent's number and its count alone. `whole`
    reads all rows of all parents, up to a number; None where that is not what is asked for.
    """

    plan: ToMany
    statement: Statement
    decoders: Decoders
    children: "tuple[BuiltChild, ...]"
    encoders: tuple[Encode | None, ...]
    whole: Statement | None = None
    checks: tuple[Check, ...] = ()
    coded: Coded = ()
    stages: Sequence[Stage] = ()


def build_child(child: ToMany, mapping: Mapping) -> BuiltChild:
    """The statements of an expanded collection and of those inside it."""
    tables, encoders = _child_tables(child, mapping)
    query = _counts(tables) if child.count_only else _pages(child.plan, tables)
    statement, plan = asking(query, mapping), child.plan
    children = tuple(build_child(nested, mapping) for nested in plan.expands)
    is_part = child.count_only or plan.count or plan.limit is not None or plan.skip is not None
    whole, stages = None, tuple(tables.stages)
    if child.parent and not is_part:
        whole = asking(_whole(plan, _child_tables(child, mapping)[0]), mapping)
    checks = checks_of(plan, source_tables(plan.source, mapping))
    coded = coded_of(plan)
    decoders = decoders_of(plan, mapping)
    return BuiltChild(child, statement, decoders, children, encoders, whole, checks, coded, stages)


def _child_tables(child: ToMany, mapping: Mapping) -> tuple[Tables, tuple[Encode | None, ...]]:
    """The tables of the rows of all parents, and how the parents' keys are sent; rows without parents have a 0."""
    if mapping.askings is not None:
        mapping.askings.begin()
    tables, encoders = _all_rows(child, mapping)
    if child.plan.where is not None:
        tables.conditions.append(condition(child.plan.where, tables))
    return tables, encoders


def _all_rows(child: ToMany, mapping: Mapping) -> tuple[Tables, tuple[Encode | None, ...]]:
    source = child.plan.source
    if child.is_group:
        return _of_groups(child, mapping)
    if not child.parent:
        tables = source_tables(source, mapping)
        tables.results[PARENT] = SQL("0")
        return tables, ()
    path = source.path if isinstance(source, ApplySource) else source
    assert isinstance(path, PathSource), "expanded entities are those of a set"
    join = mapping.join(child.parent_set, child.parent_type, child.navigation)
    tables = child_tables(join, path.entity_set, mapping)
    assert tables.parents is not None, "an expanded collection has parents"
    encoders = tables.parents.encoders
    if isinstance(source, ApplySource):
        tables = _transformed(source.pipeline, path.entity_type, tables, mapping)
    return tables, encoders


def _transformed(pipeline: Pipeline, entity_type: str, tables: Tables, mapping: Mapping) -> Tables:
    """What transformations make of the collection of each parent, those included that have no members."""
    parents = tables.parents
    assert parents is not None, "an expanded collection has parents"
    tables.results[PARENT] = parents.number
    numbers = Select([parents.source], [Alias(parents.number, "n")]).alias("p")
    alone = Tables(mapping, tables.entity_set, tables.root, numbers, [], results={PARENT: Entity("p", "n")})
    every = Rows(alone, entity_type, (PARENT,))
    begun = Rows(tables, entity_type, (PARENT,), restricted=True)
    return transformed(pipeline.steps, begun, Group((PARENT,), every), mapping).tables


def _of_groups(child: ToMany, mapping: Mapping) -> tuple[Tables, tuple[Encode | None, ...]]:
    """What transformations make of each group, which is told by what its rows are equal in."""
    source, group = child.plan.source, child.group
    assert isinstance(source, ApplySource) and group is not None, "a group is one of what transformations leave"
    return transformed_groups(source, group, PARENT, mapping)


def _whole(plan: ReadPlan, tables: Tables) -> Select:
    """The rows of all parents, parent by parent, each with its parent's number behind it."""
    parent = _parent_number(tables)
    columns = [column_node(column, tables) for column in plan.columns]
    order = varying(ordering(item, tables) for item in plan.order)
    return select(tables, [*columns, Alias(parent, "parent")]).order_by(parent, *order).limit(filled("most"))


def _pages(plan: ReadPlan, tables: Tables) -> Select:
    """The rows of each parent's page, each with its parent's number behind it."""
    parent = _parent_number(tables)
    columns = [column_node(column, tables) for column in plan.columns]
    order = varying(ordering(item, tables) for item in plan.order)
    named = [*(Alias(column, f"c{place}") for place, column in enumerate(columns)), Alias(parent, "parent")]
    windows = [fn.row_number().over(partition_by=[parent], order_by=order).alias("place")]
    if plan.count:
        windows.append(fn.count(SQL("*")).over(partition_by=[parent]).alias("total"))
    inner = select(tables, [*named, *windows]).alias("w")
    place, shown = inner.c.place, _page(plan, inner.c.place, tables)
    found = [*(getattr(inner.c, f"c{index}") for index in range(len(columns))), inner.c.parent]
    if plan.count:
        found += [inner.c.total, Case(None, [(shown, SQL("1"))], SQL("0"))]
        shown = balanced("OR", [shown, SqlExpression(place, "=", SQL("1"))])
    return Select([inner], found).where(shown).order_by(inner.c.parent, place).limit(filled("most"))


def _page(plan: ReadPlan, place: Node, tables: Tables) -> Node:
    """That a row's place among its parent's rows lies behind `skip`, within `limit`, and within the page."""
    skip = SQL("0") if plan.skip is None else number(plan.skip, tables)
    ends = [filled("page")] if plan.limit is None else [filled("page"), number(plan.limit, tables)]
    parts: list[Node] = [SqlExpression(place, "<=", SqlExpression(skip, "+", end)) for end in ends]
    return balanced("AND", parts if plan.skip is None else [SqlExpression(place, ">", skip), *parts])


def _counts(tables: Tables) -> Select:
    parent = _parent_number(tables)
    return select(tables, [parent, fn.count(SQL("*"))]).group_by(parent)


def _parent_number(tables: Tables) -> Node:
    """Which of the page's parents a row belongs to."""
    return tables.results[PARENT] if tables.parents is None else tables.parents.number
