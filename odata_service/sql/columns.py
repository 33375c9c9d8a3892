"""The columns of a plan's rows, their order, and what decodes the values that are read."""

from peewee import SQL, Node, Ordering

from odata_service.edm.types import BINARY, GUID, INT64, STRING, TypeRef
from odata_service.plan.model import (
    CodedColumn,
    Column,
    IdColumn,
    LeafColumn,
    ReadPlan,
    StreamColumn,
    TypeColumn,
    ValueColumn,
    VersionColumn,
)
from odata_service.semantics.resolved import OrderItem
from odata_service.semantics.tree import Expression, PropertyAccess
from odata_service.sql.expression import ordering_value, value
from odata_service.sql.families import Codec, Decode
from odata_service.sql.source import Tables

Decoders = tuple[tuple[int, Decode], ...]
"""Places of a row with what decodes the value there."""


Coded = tuple[tuple[int, CodedColumn], ...]
"""Places of a row with what code makes of its other values."""


def coded_of(plan: ReadPlan) -> Coded:
    """Which places of the plan's rows code fills in."""
    return tuple((place, column) for place, column in enumerate(plan.columns) if isinstance(column, CodedColumn))


def is_nullable(node: Expression) -> bool:
    """Whether a value may be null, as far as its declaration goes."""
    if not isinstance(node, PropertyAccess) or node.owner is not None or node.cast is not None:
        return True
    return node.property.type.nullable or node.property.computation is not None


def column_node(column: Column, tables: Tables) -> Node:
    """What a statement selects for a column of a plan."""
    if isinstance(column, CodedColumn):
        return SQL("NULL")
    if isinstance(column, VersionColumn | TypeColumn):
        return tables.hidden(column)
    kept = _kept(column, tables)
    if kept is not None:
        return _selected(*kept)
    assert isinstance(column, ValueColumn), "leaves are kept"
    return value(column.expression, tables)


def _kept(column: ValueColumn | LeafColumn | IdColumn | StreamColumn, tables: Tables) -> tuple[Node, Codec] | None:
    """The column as it is and how it keeps values; None for what is worked out."""
    match column:
        case LeafColumn():
            return tables.leaf(column.path, column.owner)
        case IdColumn():
            return tables.name(column.owner)
        case StreamColumn():
            return tables.stream(column)
        case ValueColumn(PropertyAccess() as access):
            return tables.kept(access)
        case _:
            return None


def _selected(node: Node, codec: Codec) -> Node:
    """A column as a statement gives it out: as it is where that can be decoded."""
    return node if codec.plain is None or codec.decode is not None else codec.plain(node)


def ordering(item: OrderItem, tables: Tables) -> Ordering:
    """Null stands below every value; where the database has it otherwise, this is said, though not needlessly."""
    node = ordering_value(item.expression, tables)
    direction, place = ("DESC", "last") if item.descending else ("ASC", "first")
    said = tables.family.dialect.states_nulls and (bool(tables.results) or is_nullable(item.expression))
    return Ordering(node, direction, nulls=place if said else None)


def decoders_of(plan: ReadPlan, tables: Tables) -> Decoders:
    """Which places of the plan's rows are decoded, and how; `tables` are those that they come from."""
    found = ((place, _decoder(column, tables)) for place, column in enumerate(plan.columns))
    return tuple((place, decode) for place, decode in found if decode is not None)


def _decoder(column: Column, tables: Tables) -> Decode | None:
    if isinstance(column, VersionColumn | TypeColumn | CodedColumn):
        return None
    kept = _kept(column, tables)
    if kept is not None and (kept[1].plain is None or kept[1].decode is not None):
        return kept[1].decode
    return tables.family.value_codec(_type_of(column)).decode


def _type_of(column: ValueColumn | LeafColumn | IdColumn | StreamColumn) -> TypeRef:
    match column:
        case ValueColumn() | LeafColumn():
            return column.type
        case IdColumn():
            return GUID
        case StreamColumn():
            return {"type": STRING, "version": INT64, "value": BINARY}[column.part]
