"""Insert, Update and Delete become statements. Every change of an entity moves its version on.

A guarded write names the acceptable versions in its own WHERE, so that the check and the change are one.
"""

from collections.abc import Sequence

from peewee import Column, Entity, Expression, Node, Select, Table, fn

from odata_service.edm.model import EntitySet, Property
from odata_service.plan.model import Delete, Insert, Update
from odata_service.sql.expression import balanced
from odata_service.sql.mapping import VERSION, Mapping, TableMapping, is_stored
from odata_service.sql.statement import Statement, constant, filled, slot, statement_of


def build_write(plan: Insert | Update | Delete, mapping: Mapping) -> Statement:
    """The statement of a write; its values are numbered in the plan's order."""
    table = mapping.tables[plan.entity_set.name]
    match plan:
        case Insert():
            return _insert(plan, table)
        case Update():
            return _update(plan, table)
        case Delete():
            target = Table(table.name)
            return statement_of(target.delete().where(_where(target, plan, table, 0)))


def build_upsert(entity_set: EntitySet, properties: Sequence[Property], mapping: Mapping) -> Statement:
    """An insert that becomes an update of the given properties where the key exists, for bulk loads."""
    table = mapping.tables[entity_set.name]
    target = Table(table.name)
    row = _row(target, properties, table)
    changed = [name for name in (table.columns[part.name].name for part in properties) if name not in table.key]
    update: dict[Node, Node] = {Column(target, name): Entity("excluded", name) for name in changed}
    version = Column(target, VERSION)
    update[version] = Expression(version, "+", constant(1))
    keys = [Column(target, name) for name in table.key]
    return statement_of(target.insert(row).on_conflict(conflict_target=keys, update=update))


def _insert(plan: Insert, table: TableMapping) -> Statement:
    target = Table(table.name)
    return statement_of(target.insert(_row(target, plan.properties, table)))


def _row(target: Table, properties: Sequence[Property], table: TableMapping) -> dict[Node, Node]:
    row: dict[Node, Node] = {
        Column(target, table.columns[part.name].name): slot(place, part.type)
        for place, part in enumerate(properties)
        if is_stored(part)
    }
    row[Column(target, VERSION)] = filled("version")
    return row


def _update(plan: Update, table: TableMapping) -> Statement:
    target = Table(table.name)
    changes: dict[Node, Node] = {
        Column(target, table.columns[part.name].name): slot(place, part.type)
        for place, part in enumerate(plan.properties)
    }
    version = Column(target, VERSION)
    changes[version] = Expression(version, "+", constant(1))
    return statement_of(target.update(changes).where(_where(target, plan, table, len(plan.properties))))


def _where(target: Table, plan: Update | Delete, table: TableMapping, first: int) -> Node:
    parts: list[Node] = [
        Expression(Column(target, table.columns[part.name].name), "=", slot(first + place, part.type))
        for place, part in enumerate(plan.key)
    ]
    if plan.guarded:
        versions = Select([fn.json_each(filled("versions"))], [Entity("value")])
        parts.append(Expression(Column(target, VERSION), "IN", versions))
    return balanced("AND", parts)
