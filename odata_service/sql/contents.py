"""What goes with an entity: the rows that it contains, and what these contain in turn (Protocol 11.4.5)."""

from msgspec import Struct
from peewee import BaseQuery, Column, Expression, Node, Select, Table

from odata_service.edm.model import EntitySet
from odata_service.edm.sources import navigation_members
from odata_service.sql.families import Encode, Parents
from odata_service.sql.mapping import PARENT, STREAM_TABLE, Mapping
from odata_service.sql.statement import Statement, statement_of
from odata_service.sql.ties import row_columns


class Part(Struct, frozen=True):
    """The statements about the rows of one source that are parts of some entities, told by these entities' names.

    `find` gives the rows, with the columns of `row_columns`, `delete` ends them. `encode` is how a name stands among
    the `parents`.
    """

    source: EntitySet
    find: Statement
    delete: Statement
    encode: Encode | None


def parts_of(source: EntitySet, mapping: Mapping) -> tuple[Part, ...]:
    """What entities of a source contain, a part for each containment navigation property."""
    contained = {
        target.name: target
        for _, owner, navigation in navigation_members(source.entity_type, mapping.schema)
        if navigation.contains_target and (target := mapping.schema.target(source, owner, navigation)) is not None
    }
    return tuple(_part(target, mapping) for target in contained.values())


def streams_of(mapping: Mapping) -> Statement:
    """The statement that ends the streams of the entities of some names."""
    owner, target = mapping.stream_columns()[0], Table(STREAM_TABLE)
    parents = mapping.family.parents([mapping.codec(owner)])
    mine = Expression(Column(target, owner.name), "IN", Select([parents.source], [parents.key[0]]))
    return statement_of(target.delete().where(mine), mapping.family)


def _part(source: EntitySet, mapping: Mapping) -> Part:
    table = mapping.tables[source.name]
    target, parents = Table(table.name), mapping.family.parents([mapping.codec(table.hidden[PARENT])])
    is_part = _is_part(target, parents)
    find = Select([target], [Column(target, name) for name in row_columns(source, mapping)]).where(is_part)
    delete: BaseQuery = target.delete().where(is_part)
    return Part(source, statement_of(find, mapping.family), statement_of(delete, mapping.family), parents.encoders[0])


def _is_part(target: Table, parents: Parents) -> Node:
    return Expression(Column(target, PARENT), "IN", Select([parents.source], [parents.key[0]]))
