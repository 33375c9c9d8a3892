"""Relations between entities that are there: pairs in a table of links, or a foreign key on either side.

The values of each statement are what others refer to the source's entity by, then that of the target's: the key of one
in a set, the own name of any other.
"""

from collections.abc import Sequence

from peewee import SQL, BaseQuery, Column, Expression, Node, Table

from odata_service.edm.model import EntitySet
from odata_service.plan.model import Link, Unlink
from odata_service.sql.expression import balanced
from odata_service.sql.mapping import VERSION, ColumnMapping, LinkTable, Mapping
from odata_service.sql.statement import Statement, statement_of

Filling = Sequence[tuple[ColumnMapping, int]]
"""Columns, each with the place of its value."""


def build_link(plan: Link | Unlink, mapping: Mapping) -> Statement:
    """The statement that relates two entities, or ends their relation."""
    join = mapping.join(plan.source, plan.owner, plan.navigation)
    target = mapping.target(plan.source, plan.owner, plan.navigation)
    own, other = _identity(plan.source, mapping), _identity(target, mapping)
    first = [(column, place) for place, column in enumerate(own)]
    second = [(column, place) for place, column in enumerate(other, len(own))]
    if join.link is not None:
        return statement_of(_pair(plan, join.link, mapping), mapping.family)
    if join.source == tuple(column.name for column in own):
        keys = list(zip(_named(target, join.target, mapping), range(len(own)), strict=True))
        return statement_of(_foreign_key(plan, target, keys, second, mapping), mapping.family)
    places = range(len(own), len(own) + len(other))
    keys = list(zip(_named(plan.source, join.source, mapping), places, strict=True))
    return statement_of(_foreign_key(plan, plan.source, keys, first, mapping), mapping.family)


def _identity(source: EntitySet, mapping: Mapping) -> tuple[ColumnMapping, ...]:
    return tuple(_named(source, mapping.tables[source.name].identity, mapping))


def _named(source: EntitySet, names: Sequence[str], mapping: Mapping) -> list[ColumnMapping]:
    known = {column.name: column for column in mapping.tables[source.name].all_columns()}
    return [known[name] for name in names]


def _pair(plan: Link | Unlink, link: LinkTable, mapping: Mapping) -> BaseQuery:
    table = Table(link.name)
    filling = [(column, place) for place, column in enumerate((*link.source, *link.target))]
    if isinstance(plan, Link):
        return table.insert({Column(table, column.name): _slot(column, place, mapping) for column, place in filling})
    return table.delete().where(_same(table, filling, mapping))


def _foreign_key(plan: Link | Unlink, holder: EntitySet, keys: Filling, row: Filling, mapping: Mapping) -> BaseQuery:
    """An update of the side that holds the key of the other; a relation ends only where it is the one that is there."""
    table = Table(mapping.tables[holder.name].name)
    changes: dict[Node, Node] = {
        Column(table, column.name): _slot(column, place, mapping) if isinstance(plan, Link) else SQL("NULL")
        for column, place in keys
    }
    if not mapping.tables[holder.name].existing:
        changes[Column(table, VERSION)] = Expression(Column(table, VERSION), "+", SQL("1"))
    where = row if isinstance(plan, Link) else [*row, *keys]
    return table.update(changes).where(_same(table, where, mapping))


def _same(table: Table, filling: Filling, mapping: Mapping) -> Node:
    tests = [Expression(Column(table, column.name), "=", _slot(column, place, mapping)) for column, place in filling]
    return balanced("AND", tests)


def _slot(column: ColumnMapping, place: int, mapping: Mapping) -> Node:
    return mapping.codec(column).slot(place, column.type)
