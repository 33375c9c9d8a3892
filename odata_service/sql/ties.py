"""What ties other rows to an entity, and what becomes of them when it ends (CSDL 8.6).

Pairs in tables of links go, hidden foreign keys become null: nothing may lead to a later entity that has the same key.
What `OnDelete` says of related entities is done before. Tables that others made keep their own rules.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as ReadOnly

from msgspec import Struct
from peewee import JOIN, SQL, Column, Expression, Node, Select, Source, Table

from odata_service.database import Stored
from odata_service.edm.model import EntitySet, NavigationProperty
from odata_service.edm.sources import navigation_members
from odata_service.edm.values import PrimitiveValue
from odata_service.sql.expression import balanced
from odata_service.sql.mapping import ID, PARENT, VERSION, ColumnMapping, Join, LinkTable, Mapping, TableMapping
from odata_service.sql.slots import filled
from odata_service.sql.source import equal_columns
from odata_service.sql.statement import Statement, statement_of


class Related(Struct, frozen=True):
    """The entities that a navigation property leads to: `find` gives their rows, with the columns of `row_columns`.

    They end with the entity, or, if `refused`, there must be none.
    """

    navigation: str
    target: EntitySet
    find: Statement
    refused: bool


Tie = Related | Statement
"""What is to be done where an entity ends: about related ones, or a statement that lets go of what refers to it.

All are filled with the row of the entity, see `row_values`; a null there is equal to nothing.
"""


def ties_of(source: EntitySet, mapping: Mapping) -> tuple[Tie, ...]:
    """All ties of a source's entities, those first that `OnDelete` speaks of."""
    own = [tie for join, known, target in _members(source, mapping) for tie in _own(join, known, target, mapping)]
    others = [tie for name, join in _incoming(source, mapping) for tie in _others(name, join, mapping)]
    related = [tie for tie in own if isinstance(tie, Related)]
    released = {tie.text: tie for tie in (*own, *others) if isinstance(tie, Statement)}
    return (*related, *released.values())


def row_columns(source: EntitySet, mapping: Mapping) -> tuple[str, ...]:
    """The columns of a row that tell it and what refers to it; its own name, where it has one, is the first."""
    table = mapping.tables[source.name]
    referred = [join.source for join, _, _ in _members(source, mapping)]
    referred += [join.target for _, join in _incoming(source, mapping)]
    named = (ID,) if ID in table.hidden else ()
    return tuple(dict.fromkeys((*named, *table.key, *(name for names in referred for name in names))))


def end_of(source: EntitySet, mapping: Mapping) -> Statement:
    """The statement that ends one row."""
    table = mapping.tables[source.name]
    target = Table(table.name)
    return statement_of(target.delete().where(_own_values(target, table.key, table.key)), mapping.family)


def row_values(columns: Sequence[str], row: Sequence[object]) -> dict[str, Stored]:
    """What the statements of ties are filled with: a row's values by what stands in them."""
    return {_own_value(name): value for name, value in zip(columns, row, strict=True)}  # type: ignore[misc]  # what a cursor gives of a key is what a driver takes


def _members(source: EntitySet, mapping: Mapping) -> Iterator[tuple[Join, NavigationProperty, EntitySet]]:
    """The navigation properties of a source's entities that lead to tables of ours, but for what is contained."""
    for _, owner, navigation in navigation_members(source.entity_type, mapping.schema):
        target = mapping.schema.target(source, owner, navigation)
        if target is not None and not navigation.contains_target and not mapping.tables[target.name].existing:
            yield mapping.join(source, owner, navigation), navigation, target


def _incoming(source: EntitySet, mapping: Mapping) -> Iterator[tuple[str, Join]]:
    """The joins that lead here, each with the name of the source where it begins."""
    targets = mapping.schema.sources.targets
    for place, join in mapping.joins.items():
        if targets[place] == source.name and not mapping.tables[place[0]].existing:
            yield place[0], join


def _own(join: Join, navigation: NavigationProperty, target: EntitySet, mapping: Mapping) -> Iterator[Tie]:
    """The ties of a navigation property of the entity."""
    if navigation.on_delete in ("Cascade", "None"):
        yield _related(navigation, target, join, mapping)
    if join.link is not None:
        yield from _released_pairs(join.link, join.link.source, join.source, mapping)
    elif navigation.on_delete in ("SetNull", "SetDefault"):
        yield from _unset(join, mapping.tables[target.name], navigation.on_delete, mapping)


def _others(name: str, join: Join, mapping: Mapping) -> Iterator[Tie]:
    """The ties of a navigation property that leads to the entity."""
    table = mapping.tables[name]
    if join.link is not None:
        yield from _released_pairs(join.link, join.link.target, join.target, mapping)
    elif set(join.source) <= table.hidden.keys() - {ID, PARENT}:
        yield _changed(table, dict.fromkeys(join.source, SQL("NULL")), join.target, mapping)


def _released_pairs(
    link: LinkTable, side: Sequence[ColumnMapping], columns: tuple[str, ...], mapping: Mapping
) -> Iterator[Tie]:
    if not link.existing:
        target = Table(link.name)
        mine = _own_values(target, [column.name for column in side], columns)
        yield statement_of(target.delete().where(mine), mapping.family)


def _related(navigation: NavigationProperty, target: EntitySet, join: Join, mapping: Mapping) -> Related:
    table = Table(mapping.tables[target.name].name).alias("t0")
    rows: Source = table
    keyed, names = table, join.target
    if join.link is not None:
        keyed, names = Table(join.link.name).alias("l0"), tuple(column.name for column in join.link.source)
        pairs = tuple(column.name for column in join.link.target)
        rows = keyed.join(table, JOIN.INNER, on=equal_columns(keyed, pairs, table, join.target))
    found = Select([rows], [Column(table, name) for name in row_columns(target, mapping)])
    find = statement_of(found.where(_own_values(keyed, names, join.source)), mapping.family)
    return Related(navigation.name, target, find, navigation.on_delete == "None")


def _unset(join: Join, table: TableMapping, action: str, mapping: Mapping) -> Iterator[Tie]:
    """The foreign keys of related entities, set to null or to their defaults; a key of theirs is none."""
    if set(join.target) & {*table.key, *table.identity}:
        return
    columns = {column.name: column for column in table.all_columns()}
    changes: dict[str, Node] = {}
    for name in join.target:
        default = columns[name].default if action == "SetDefault" else None
        changes[name] = mapping.codec(columns[name]).constant(default if isinstance(default, PrimitiveValue) else None)
    yield _changed(table, changes, join.source, mapping)


def _changed(
    table: TableMapping, changes: ReadOnly[str, Node], columns: tuple[str, ...], mapping: Mapping
) -> Statement:
    """The statement that changes the rows whose foreign key has the values of an entity's columns."""
    target = Table(table.name)
    version = Column(target, VERSION)
    assigned: dict[Node, Node] = {Column(target, name): value for name, value in changes.items()}
    if not set(changes) <= set(table.hidden):
        assigned[version] = Expression(version, "+", SQL("1"))
    mine = _own_values(target, tuple(changes), columns)
    return statement_of(target.update(assigned).where(mine), mapping.family)


def _own_values(table: Source, names: Sequence[str], columns: Sequence[str]) -> Node:
    """That columns have the values of an entity's columns."""
    pairs = zip(names, columns, strict=True)
    return balanced("AND", [Expression(Column(table, name), "=", filled(_own_value(own))) for name, own in pairs])


def _own_value(column: str) -> str:
    return f"own {column}"
