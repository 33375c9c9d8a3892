"""Insert, Update and Delete become statements. Every change of an entity moves its version on.

A guarded write names the acceptable versions in its own WHERE, so that the check and the change are one.
"""

from collections.abc import Sequence

from peewee import SQL, Column, Expression, Node, Table

from odata_service.edm.model import EntitySet, Property
from odata_service.plan.model import Delete, Insert, Update
from odata_service.sql.existing import decoder_of, key_conditions, selected_column, version_of
from odata_service.sql.expression import balanced
from odata_service.sql.families import Upsert
from odata_service.sql.mapping import VERSION, Mapping, TableMapping, is_stored
from odata_service.sql.slots import filled
from odata_service.sql.statement import Statement, statement_of


def build_write(plan: Insert | Update | Delete, mapping: Mapping) -> Statement:
    """The statement of a write; its values are numbered in the plan's order."""
    match plan:
        case Insert():
            return _insert(plan, mapping)
        case Update():
            return _update(plan, mapping)
        case Delete():
            target = Table(mapping.tables[plan.entity_set.name].name)
            return statement_of(target.delete().where(_where(target, plan, mapping, 0)), mapping.family)


def build_upsert(entity_set: EntitySet, properties: Sequence[Property], mapping: Mapping) -> Statement:
    """An insert that becomes an update of the given properties where the key exists, for bulk loads.

    Where the rows leave a part of the key to the database, each is a new entity.
    """
    table = mapping.tables[entity_set.name]
    target = Table(table.name)
    names = [table.columns[part.name].name for part in properties]
    if not set(table.key) <= set(names):
        return statement_of(target.insert(_row(target, properties, table, mapping)), mapping.family)
    wanted = Upsert(
        target,
        _row(target, properties, table, mapping),
        table.key,
        tuple(name for name in names if name not in table.key),
        None if table.existing else VERSION,
    )
    return statement_of(mapping.family.upsert(wanted), mapping.family)


def generated_key(row: Sequence[object], plan: Insert, mapping: Mapping) -> tuple[object, ...]:
    """The parts of a key that an insert gives back, as values of the model."""
    columns = mapping.tables[plan.entity_set.name].columns
    decoders = (decoder_of(columns[part.name], mapping) for part in plan.generated)
    return tuple(value if decode is None else decode(value) for value, decode in zip(row, decoders, strict=True))


def _insert(plan: Insert, mapping: Mapping) -> Statement:
    table = mapping.tables[plan.entity_set.name]
    target = Table(table.name)
    insert = target.insert(_row(target, plan.properties, table, mapping))
    if plan.generated:
        made = [selected_column(target, table.columns[part.name], mapping) for part in plan.generated]
        insert = insert.returning(*made)
    return statement_of(insert, mapping.family)


def _row(target: Table, properties: Sequence[Property], table: TableMapping, mapping: Mapping) -> dict[Node, Node]:
    row: dict[Node, Node] = {
        Column(target, table.columns[part.name].name): _value(place, part, table, mapping)
        for place, part in enumerate(properties)
        if is_stored(part)
    }
    if not table.existing:
        row[Column(target, VERSION)] = filled("version")
    return row


def _value(place: int, part: Property, table: TableMapping, mapping: Mapping) -> Node:
    return mapping.codec(table.columns[part.name]).slot(place, part.type)


def _update(plan: Update, mapping: Mapping) -> Statement:
    table = mapping.tables[plan.entity_set.name]
    target = Table(table.name)
    changes: dict[Node, Node] = {
        Column(target, table.columns[part.name].name): _value(place, part, table, mapping)
        for place, part in enumerate(plan.properties)
    }
    if not table.existing:
        version = Column(target, VERSION)
        changes[version] = Expression(version, "+", SQL("1"))
    if not changes:
        unchanged = Column(target, table.key[0])
        changes = {unchanged: unchanged}
    where = _where(target, plan, mapping, len(plan.properties))
    return statement_of(target.update(changes).where(where), mapping.family)


def _where(target: Table, plan: Update | Delete, mapping: Mapping, first: int) -> Node:
    table = mapping.tables[plan.entity_set.name]
    parts: list[Node] = []
    for place, part in enumerate(plan.key, first):
        plain = mapping.family.value_codec(part.type).slot(place, part.type)
        wanted = _value(place, part, table, mapping), plain
        parts += key_conditions(target, table.columns[part.name], wanted, mapping)
    if plan.guarded:
        parts.append(Expression(version_of(target, table, mapping), "IN", mapping.family.versions()))
    return balanced("AND", parts)
