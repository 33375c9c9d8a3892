"""Insert, Update and Delete become statements. Every change of an entity moves its version on.

A guarded write names the acceptable versions in its own WHERE, so that the check and the change are one.
"""

from collections.abc import Iterator, Sequence
from uuid import NAMESPACE_OID, uuid5

from peewee import SQL, Column, Entity, Expression, Node, Select, Table

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import EntitySet, SourceKind
from odata_service.edm.values import PrimitiveValue
from odata_service.plan.model import Delete, DropStream, Insert, Link, PutStream, Unlink, Update, Write
from odata_service.sql.existing import decoder_of, key_conditions, selected_column, version_of
from odata_service.sql.expression import balanced
from odata_service.sql.families import Upsert
from odata_service.sql.links import build_link
from odata_service.sql.mapping import (
    ID,
    PARENT,
    STREAM_TABLE,
    TYPE,
    VERSION,
    ColumnMapping,
    Mapping,
    TableMapping,
    kept_type,
)
from odata_service.sql.numbers import next_number
from odata_service.sql.slots import Filled, filled
from odata_service.sql.statement import Statement, statement_of


def build_write(plan: Write, mapping: Mapping) -> Statement:
    """The statement of a write; its values are numbered in the plan's order."""
    match plan:
        case Insert():
            return _insert(plan, mapping)
        case Update():
            return _update(plan, mapping)
        case Delete():
            target = Table(mapping.tables[plan.entity_set.name].name)
            return statement_of(target.delete().where(_where(target, plan, mapping, 0)), mapping.family)
        case Link() | Unlink():
            return build_link(plan, mapping)
        case PutStream():
            return _put_stream(mapping)
        case DropStream():
            target = Table(STREAM_TABLE)
            key = mapping.stream_columns()[:2]
            same = [
                Expression(Column(target, part.name), "=", _slot(place, part, mapping))
                for place, part in enumerate(key)
            ]
            return statement_of(target.delete().where(balanced("AND", same)), mapping.family)


def _put_stream(mapping: Mapping) -> Statement:
    owner, name, media_type, version, value = mapping.stream_columns()
    stated = (owner, name, media_type, value)
    target = Table(STREAM_TABLE)
    row: dict[Node, Node] = {
        Column(target, part.name): _slot(place, part, mapping) for place, part in enumerate(stated)
    }
    row[Column(target, version.name)] = filled("version")
    changed = (media_type.name, version.name, value.name)
    return statement_of(
        mapping.family.upsert(Upsert(target, row, (owner.name, name.name), changed, None)), mapping.family
    )


def _slot(place: int, column: ColumnMapping, mapping: Mapping) -> Node:
    return mapping.codec(column).slot(place, column.type)


def build_upsert(plan: Insert, mapping: Mapping) -> Statement:
    """An insert that becomes an update of the given leaves where the key exists, for bulk loads.

    Where the rows leave a part of the key to the database, each is a new entity.
    """
    table = mapping.tables[plan.entity_set.name]
    target = Table(table.name)
    row = {**_row(target, plan, mapping), **_defaults(target, plan, mapping)}
    names = [column.name for _, _, column in _columns(plan, plan.leaves, mapping)]
    typed = [TYPE] if TYPE in table.hidden else []
    if not set(table.key) <= {*names, ID, PARENT}:
        return statement_of(target.insert(row), mapping.family)
    wanted = Upsert(
        target,
        row,
        table.key,
        tuple(name for name in (*names, *typed) if name not in table.key),
        None if table.existing else VERSION,
        table.existing or bool(table.unique),
    )
    return statement_of(mapping.family.upsert(wanted), mapping.family)


def _defaults(target: Table, plan: Insert, mapping: Mapping) -> dict[Node, Node]:
    """The defaults of what a derived type adds, where nothing is stated: its columns have none of their own."""
    schema, stated = mapping.schema, {leaf.path for leaf in plan.leaves}
    found: dict[Node, Node] = {}
    for name, part in schema.properties(plan.entity_type).items():
        path = schema.member_path(plan.entity_set.entity_type, plan.entity_type, name)
        if path != name and path not in stated and isinstance(part.default, PrimitiveValue):
            column = mapping.tables[plan.entity_set.name].columns[path]
            found[Column(target, column.name)] = mapping.codec(column).constant(part.default)
    return found


def build_name(source: EntitySet, mapping: Mapping) -> Statement:
    """The statement that reads the own name of the entity with a key, the values being those of the key."""
    key = () if source.is_single else tuple(leaf for _, leaf in mapping.schema.key_leaves(source.entity_type))
    return build_row(Delete(source, source.entity_type, key), (ID,), mapping)


def build_row(plan: Delete, columns: Sequence[str], mapping: Mapping) -> Statement:
    """The statement that reads columns of the row that a plan ends, filled as that of the plan."""
    target = Table(mapping.tables[plan.entity_set.name].name)
    found = Select([target], [Column(target, name) for name in columns])
    return statement_of(found.where(_where(target, plan, mapping, 0)), mapping.family)


def generated_key(row: Sequence[object], plan: Insert, mapping: Mapping) -> tuple[object, ...]:
    """The parts of a key that an insert gives back, as values of the model."""
    decoders = (decoder_of(column, mapping) for _, _, column in _columns(plan, plan.generated, mapping))
    return tuple(value if decode is None else decode(value) for value, decode in zip(row, decoders, strict=True))


def _insert(plan: Insert, mapping: Mapping) -> Statement:
    table = mapping.tables[plan.entity_set.name]
    target = Table(table.name)
    insert = target.insert(_row(target, plan, mapping))
    if plan.generated:
        made = [selected_column(target, column, mapping) for _, _, column in _columns(plan, plan.generated, mapping)]
        insert = insert.returning(*made)
    return statement_of(insert, mapping.family)


def _row(target: Table, plan: Insert, mapping: Mapping) -> dict[Node, Node]:
    table = mapping.tables[plan.entity_set.name]
    row: dict[Node, Node] = {
        Column(target, column.name): mapping.codec(column).slot(place, leaf.type)
        for place, leaf, column in _columns(plan, plan.leaves, mapping)
    }
    for name, value in _hidden(plan.entity_set, plan.entity_type, mapping):
        row[Column(target, name)] = value
    if not table.existing:
        row[Column(target, VERSION)] = filled("version")
    if plan.numbered:
        ((_, leaf, column),) = _columns(plan, plan.generated, mapping)
        among = _same_parent(Entity(table.name, PARENT), table, mapping) if PARENT in table.key else None
        row[Column(target, column.name)] = next_number(table.name, column.name, leaf.type, among)
    return row


def _same_parent(column: Node, table: TableMapping, mapping: Mapping) -> Expression:
    return Expression(column, "=", mapping.codec(table.hidden[PARENT]).hold(Filled("parent")))


def _columns(
    plan: Insert | Update | Delete, leaves: Sequence[Leaf], mapping: Mapping
) -> Iterator[tuple[int, Leaf, ColumnMapping]]:
    """The columns of leaves, each with its place among them."""
    columns = mapping.tables[plan.entity_set.name].columns
    for place, leaf in enumerate(leaves):
        yield place, leaf, columns[leaf.path]


def _hidden(source: EntitySet, entity_type: str, mapping: Mapping) -> Iterator[tuple[str, Node]]:
    """What a new row says of itself: its type, its own name, and the name of the entity that contains it."""
    known = mapping.tables[source.name].hidden
    if TYPE in known:
        yield TYPE, mapping.codec(known[TYPE]).hold(kept_type(entity_type, mapping.schema))
    if ID in known:
        yield ID, _own_name(source, mapping)
    if PARENT in known:
        yield PARENT, mapping.codec(known[PARENT]).hold(Filled("parent"))


def _own_name(source: EntitySet, mapping: Mapping) -> Node:
    """The name of a row: that of a singleton is always the same, so that there is but one."""
    codec = mapping.codec(mapping.tables[source.name].hidden[ID])
    if source.kind is not SourceKind.SINGLETON:
        return codec.hold(Filled("id"))
    return codec.constant(str(uuid5(NAMESPACE_OID, source.name)))


def _update(plan: Update, mapping: Mapping) -> Statement:
    table = mapping.tables[plan.entity_set.name]
    target = Table(table.name)
    changes: dict[Node, Node] = {
        Column(target, column.name): mapping.codec(column).slot(place, leaf.type)
        for place, leaf, column in _columns(plan, plan.leaves, mapping)
    }
    if not table.existing:
        version = Column(target, VERSION)
        changes[version] = Expression(version, "+", SQL("1"))
    if not changes:
        unchanged = Column(target, table.key[0])
        changes = {unchanged: unchanged}
    where = _where(target, plan, mapping, len(plan.leaves))
    return statement_of(target.update(changes).where(where), mapping.family)


def _where(target: Table, plan: Update | Delete, mapping: Mapping, first: int) -> Node:
    table = mapping.tables[plan.entity_set.name]
    parts: list[Node] = []
    for place, leaf, column in _columns(plan, plan.key, mapping):
        plain = mapping.family.value_codec(leaf.type).slot(first + place, leaf.type)
        wanted = mapping.codec(column).slot(first + place, leaf.type), plain
        parts += key_conditions(target, column, wanted, mapping)
    if TYPE in table.hidden and isinstance(plan, Update):
        parts.append(
            Expression(
                Column(target, TYPE),
                "=",
                mapping.codec(table.hidden[TYPE]).hold(kept_type(plan.entity_type, mapping.schema)),
            )
        )
    if PARENT in table.key:
        parts.append(_same_parent(Column(target, PARENT), table, mapping))
    if ID in table.key:
        parts.append(Expression(Column(target, ID), "=", _own_name(plan.entity_set, mapping)))
    if plan.guarded:
        parts.append(Expression(version_of(target, table, mapping), "IN", mapping.family.versions()))
    return balanced("AND", parts)
