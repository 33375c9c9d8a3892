"""What rows of several types say of themselves: the column that names the type of each."""

from collections.abc import Sequence

from peewee import Case, Column, EnclosedNodeList, Expression, Node, Source

from odata_service.edm.model import EntitySet, Schema
from odata_service.sql.mapping import TYPE, kept_type
from odata_service.sql.slots import held


def type_name(table: Source, entity_set: EntitySet, schema: Schema) -> Node:
    """The name of a row's type; rows have the old name of one that has been renamed."""
    column = Column(table, TYPE)
    names = (entity_set.entity_type, *schema.derived_from(entity_set.entity_type))
    renamed = [(kept, name) for name in names if (kept := kept_type(name, schema)) != name]
    return Case(column, [(held(kept), held(name)) for kept, name in renamed], column) if renamed else column


def is_of(table: Source, types: Sequence[str], schema: Schema) -> Node:
    """That a row's type is one of some."""
    members = [held(kept_type(name, schema)) for name in types]
    return Expression(Column(table, TYPE), "IN", EnclosedNodeList(members))
