"""Expanded collections: one statement a level for the rows of all parents, each parent's page and count among them.

Mostly all rows of all parents are few, and read as they are; the store cuts each parent's to its page. Where each
parent is asked for a part of its own, the keys of this are found parent by parent, by an index of what leads to it.
Where the database does not do so, or all rows are many, a window numbers the keys of each parent's rows, and those of
its page are looked up; or it numbers the rows themselves, at a greater cost. With counts each row says how many its
parent has; the first one comes even where the page is empty.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct
from msgspec.structs import replace
from peewee import JOIN, SQL, Alias, Case, EnclosedNodeList, Node, Select, fn
from peewee import Expression as SqlExpression
from peewee import Join as Joined
from peewee import Source as Rows

from odata_service.plan.model import ApplySource, PathSource, ReadPlan, Source, ToMany
from odata_service.sql.apply import source_tables
from odata_service.sql.code import asking
from odata_service.sql.columns import Coded, Decoders, coded_of, column_node, decoders_of, ordering
from odata_service.sql.expression import balanced, condition, number, varying
from odata_service.sql.families import Encode
from odata_service.sql.found import Check, checks_of
from odata_service.sql.mapping import Mapping
from odata_service.sql.nested import PARENT, nested_tables
from odata_service.sql.related import child_tables
from odata_service.sql.slots import filled
from odata_service.sql.source import Tables, select
from odata_service.sql.stages import Stage
from odata_service.sql.statement import Statement


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


def build_child(child: ToMany, mapping: Mapping, around: Sequence[ToMany] = ()) -> BuiltChild:
    """The statements of an expanded collection, which is inside of those `around`, and of those inside it."""
    chain = (*around, child)
    query, tables, encoders = _query(chain, mapping)
    statement, plan = asking(query, mapping), child.plan
    children = tuple(build_child(nested, mapping, chain) for nested in plan.expands)
    is_part = child.count_only or plan.count or plan.limit is not None or plan.skip is not None
    whole = None
    if child.parent and not is_part:
        whole = asking(_whole(plan, _child_tables(chain, mapping)[0]), mapping)
    checks, decoders = checks_of(plan, tables), decoders_of(plan, tables)
    return BuiltChild(
        child, statement, decoders, children, encoders, whole, checks, coded_of(plan), tuple(tables.stages)
    )


def _query(chain: Sequence[ToMany], mapping: Mapping) -> tuple[Select, Tables, tuple[Encode | None, ...]]:
    """The SELECT of the pages or counts of all parents, its tables, and how the parents' keys are sent.

    Pages are found by the keys of their rows where these are a table's, in which the database looks them up, and no
    code is asked for values around them.
    """
    child = chain[-1]
    tables, encoders = _child_tables(chain, mapping)
    if child.count_only:
        return _counts(tables), tables, encoders
    paging = _paging(child, mapping)
    query = paging(child.plan, tables)
    if paging is _pages or mapping.askings is None or not mapping.askings.known:
        return query, tables, encoders
    tables, encoders = _child_tables(chain, mapping)
    return _pages(child.plan, tables), tables, encoders


def _paging(child: ToMany, mapping: Mapping) -> Callable[[ReadPlan, Tables], Select]:
    """What reads the pages of all parents at the least cost."""
    dialect, plan = mapping.family.dialect, child.plan
    if not child.parent or not isinstance(plan.source, PathSource) or not dialect.looks_up:
        return _pages
    is_part = not plan.count and (plan.limit is not None or plan.skip is not None)
    is_found = is_part and dialect.limits_each and _is_indexed(child, plan.source.entity_set.name, mapping)
    return _pages_by_parent if is_found else _pages_by_key


def _is_indexed(child: ToMany, target: str, mapping: Mapping) -> bool:
    """Whether an index of a table leads from a parent to its rows, which is known of tables that are ours."""
    join, table = mapping.join(child.parent_set, child.parent_type, child.navigation), mapping.tables[target]
    if table.existing or target in mapping.ruled:
        return False
    if join.link is not None:
        return not join.link.existing
    return any(known[: len(join.target)] == join.target for known in (table.key, *table.indexes, *table.unique))


def _child_tables(chain: Sequence[ToMany], mapping: Mapping) -> tuple[Tables, tuple[Encode | None, ...]]:
    """The tables of the rows of all parents, and how the parents' keys are sent; rows without parents have a 0."""
    if mapping.askings is not None:
        mapping.askings.begin()
    tables, encoders = _all_rows(chain, mapping)
    where = chain[-1].plan.where
    if where is not None:
        tables.conditions.append(condition(where, tables))
    return tables, encoders


def _all_rows(chain: Sequence[ToMany], mapping: Mapping) -> tuple[Tables, tuple[Encode | None, ...]]:
    child = chain[-1]
    source = child.plan.source
    if not child.parent:
        tables = source_tables(_from_beginning(child), mapping)
        tables.results[PARENT] = SQL("0")
        return tables, ()
    if isinstance(source, ApplySource):
        return nested_tables(chain, mapping)
    assert isinstance(source, PathSource), "expanded entities are those of a set"
    join = mapping.join(child.parent_set, child.parent_type, child.navigation)
    tables = child_tables(join, source.entity_set, mapping)
    assert tables.parents is not None, "an expanded collection has parents"
    return tables, tables.parents.encoders


def _from_beginning(child: ToMany) -> Source:
    """The source of a collection that all instances make, with what was done to these before."""
    source = child.plan.source
    if child.group is None or not isinstance(source, ApplySource):
        return source
    steps = (*child.group.before, *source.pipeline.steps)
    return replace(source, pipeline=replace(source.pipeline, steps=steps))


def _whole(plan: ReadPlan, tables: Tables) -> Select:
    """The rows of all parents, parent by parent, each with its parent's number behind it."""
    parent = _parent_number(tables)
    columns = [column_node(column, tables) for column in plan.columns]
    order = varying(ordering(item, tables) for item in plan.order)
    return select(tables, [*columns, Alias(parent, "parent")]).order_by(parent, *order).limit(filled("most"))


def _pages(plan: ReadPlan, tables: Tables) -> Select:
    """The rows of each parent's page, each with its parent's number behind it."""
    numbered, columns = _numbered(plan, tables, [column_node(column, tables) for column in plan.columns])
    return _page_of(plan, numbered, (numbered, columns), tables)


def _pages_by_key(plan: ReadPlan, tables: Tables) -> Select:
    """The same where the rows are those of a table: what is numbered are keys, and rows are looked up for a page alone.

    Sorting whole rows to number them costs several times as much.
    """
    numbered, key = _numbered(plan, tables, tables.key())
    rows = _rows_alone(tables)
    same = [SqlExpression(known, "=", column) for known, column in zip(key, rows.key(), strict=True)]
    rows.joined = Joined(numbered, rows.root, JOIN.INNER, balanced("AND", same))
    columns = [column_node(column, rows) for column in plan.columns]
    return _page_of(plan, numbered, (rows.joined, columns), tables)


def _pages_by_parent(plan: ReadPlan, tables: Tables) -> Select:
    """The same where keys are found parent by parent: in the order of an index no more rows are read than are shown."""
    rows = _rows_alone(tables)
    rows.parents, number_of_parent = tables.parents, _parent_number(tables)
    most = filled("page") if plan.limit is None else fn.min(filled("page"), number(plan.limit, tables))
    order = varying(ordering(item, tables) for item in plan.order)
    page = select(replace(tables, parents=None), list(tables.key())).order_by(*order).limit(most)
    found = page if plan.skip is None else page.offset(number(plan.skip, tables))
    key = rows.key()
    rows.conditions.append(SqlExpression(key[0] if len(key) == 1 else EnclosedNodeList(key), "IN", found))
    columns = [column_node(column, rows) for column in plan.columns]
    again = varying(ordering(item, rows) for item in plan.order)
    shown = select(rows, [*columns, Alias(number_of_parent, "parent")])
    return shown.order_by(number_of_parent, *again).limit(filled("most"))


def _rows_alone(tables: Tables) -> Tables:
    """The rows of a table whatever leads to them."""
    table = tables.mapping.rows(tables.entity_set.name, "t0")
    return Tables(tables.mapping, tables.entity_set, table, table, [])


def _numbered(plan: ReadPlan, tables: Tables, columns: Sequence[Node]) -> tuple[Rows, Sequence[Node]]:
    """Some columns of the rows with their parent, their place among its rows and how many it has; and their names."""
    parent = _parent_number(tables)
    order = varying(ordering(item, tables) for item in plan.order)
    named = [*(Alias(column, f"c{place}") for place, column in enumerate(columns)), Alias(parent, "parent")]
    windows = [fn.row_number().over(partition_by=[parent], order_by=order).alias("place")]
    if plan.count:
        windows.append(fn.count(SQL("*")).over(partition_by=[parent]).alias("total"))
    numbered = select(tables, [*named, *windows]).alias("w")
    return numbered, [getattr(numbered.c, f"c{index}") for index in range(len(columns))]


def _page_of(plan: ReadPlan, numbered: Rows, shown: tuple[Rows, Sequence[Node]], tables: Tables) -> Select:
    """What is shown of numbered rows, a source and its columns, where they are of a parent's page."""
    source, columns = shown
    place = numbered.c.place
    is_shown = _page(plan, place, tables)
    found = [*columns, numbered.c.parent]
    if plan.count:
        found += [numbered.c.total, Case(None, [(is_shown, SQL("1"))], SQL("0"))]
        is_shown = balanced("OR", [is_shown, SqlExpression(place, "=", SQL("1"))])
    return Select([source], found).where(is_shown).order_by(numbered.c.parent, place).limit(filled("most"))


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
