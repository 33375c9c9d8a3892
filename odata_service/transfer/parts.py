"""A row taken apart: its type, what it states of itself, the entities that it contains, its streams.

A stream stands in a row as base64 under the name of its property, that of a media entity under `$value_base64`; what
`@odata.mediaContentType` says in front of either is its media type.
"""

from base64 import b64decode, urlsafe_b64decode
from collections.abc import Iterator, Mapping

from msgspec import Struct

from odata_service.edm.annotations import MEDIA_TYPE, Annotation, annotation_value
from odata_service.edm.model import EntitySet, NavigationProperty, Schema
from odata_service.edm.nested import property_steps
from odata_service.edm.sources import has_names
from odata_service.errors import PayloadError
from odata_service.payload.read_nested import holder_of, without
from odata_service.payload.read_values import ValueReader, told_type
from odata_service.semantics.resolved import MEDIA
from odata_service.transfer.cells import TYPE

MEDIA_CELL = "$value_base64"
_UNKNOWN = "application/octet-stream"
_MEDIA_TYPE_CELLS = ("@odata.mediaContentType", "@mediaContentType")

Cells = Mapping[str, object]


class StreamPart(Struct, frozen=True):
    """A stream of a row's entity."""

    name: str
    media_type: str
    value: bytes


class Nested(Struct, frozen=True):
    """The rows that an entity contains by a navigation property, and where they live."""

    navigation: NavigationProperty
    source: EntitySet
    rows: tuple[Cells, ...]


class PartedRow(Struct, frozen=True):
    """A row: `holder` is the type of its entity, `cells` what is kept in its table."""

    holder: str
    cells: Cells
    nested: tuple[Nested, ...] = ()
    streams: tuple[StreamPart, ...] = ()

    @property
    def has_parts(self) -> bool:
        """Whether there is more to it than what its table keeps."""
        return bool(self.nested or self.streams)


def is_parted(source: EntitySet, schema: Schema) -> bool:
    """Whether rows of a source may be of several types, or hold more than values."""
    return schema.is_polymorphic(source.entity_type) or has_names(source, schema)


def parted(row: Cells, source: EntitySet, schema: Schema) -> PartedRow:
    """The row taken apart; `ValueError` where a part is not what it should be."""
    if row.get(TYPE, "") is None:  # the cell of a table that has a column for it
        row = {name: cell for name, cell in row.items() if name != TYPE}
    holder = _holder(row, source, schema)
    row = _own(row, holder, source, schema)
    contained = {
        name: (navigation, target)
        for name, navigation in schema.navigation_properties(holder).items()
        if navigation.contains_target and (target := schema.target(source, holder, navigation)) is not None
    }
    streams = {name: part.annotations for name, part in schema.stream_properties(holder).items()}
    if schema.has_stream(holder):
        streams[MEDIA_CELL] = schema.entity_type(holder).annotations
    apart = [property_steps(name) for name in (*contained, *streams)]
    cells = without(row, apart, lambda name, known: name in known)
    return PartedRow(holder, cells, tuple(_nested(row, contained, schema)), tuple(_streams(row, streams, schema)))


def _own(row: Cells, holder: str, source: EntitySet, schema: Schema) -> Cells:
    """The row without what is empty and other types of its source declare: a table has columns for all of them."""
    own, others = schema.properties(holder), schema.derived_from(source.entity_type)

    def is_foreign(name: str) -> bool:
        return name not in own and any(name in schema.properties(known) for known in others)

    return {name: cell for name, cell in row.items() if cell is not None or not is_foreign(name.partition("/")[0])}


def _nested(
    row: Cells, contained: Mapping[str, tuple[NavigationProperty, EntitySet]], schema: Schema
) -> Iterator[Nested]:
    """What the entity of a row contains, by itself or in its complex values."""
    for path, (navigation, target) in contained.items():
        holder, name = holder_of(row, path, schema), path.rpartition("/")[2]
        if holder is not None and name in holder:
            yield Nested(navigation, target, _rows(path, holder[name]))


def _holder(row: Cells, source: EntitySet, schema: Schema) -> str:
    told = told_type(row)
    if told is None:
        holder = source.entity_type
    else:
        try:
            holder = ValueReader(schema).check_type(told, source.entity_type, "")
        except PayloadError as error:
            raise ValueError(error.message) from error
    if schema.entity_type(holder).abstract:
        known = [name for name in schema.derived_from(holder) if not schema.entity_type(name).abstract]
        raise ValueError(f"'{holder}' is abstract: '@odata.type' says which of {', '.join(known)} it is.")
    return holder


def _rows(name: str, cell: object) -> tuple[Cells, ...]:
    found = cell if isinstance(cell, list) else [] if cell is None else [cell]
    for row in found:
        if not isinstance(row, dict):
            raise ValueError(f"'{name}' holds entities: an object each.")
    return tuple(found)


def _streams(row: Cells, names: Mapping[str, tuple[Annotation, ...]], schema: Schema) -> Iterator[StreamPart]:
    for name, annotations in names.items():
        holder, last = holder_of(row, name, schema), name.rpartition("/")[2]
        cell = None if holder is None else holder.get(last)
        if holder is None or cell is None:
            continue
        prefix = "" if name == MEDIA_CELL else last
        stated = next((holder[prefix + known] for known in _MEDIA_TYPE_CELLS if prefix + known in holder), None)
        usual = annotation_value(annotations, MEDIA_TYPE)
        media_type = next((str(known) for known in (stated, usual) if isinstance(known, str)), _UNKNOWN)
        yield StreamPart(MEDIA if name == MEDIA_CELL else name, media_type, _bytes(name, cell))


def _bytes(name: str, cell: object) -> bytes:
    if not isinstance(cell, str):
        raise ValueError(f"'{name}' holds a stream as text in base64.")
    padded = cell + "=" * (-len(cell) % 4)
    try:
        return urlsafe_b64decode(padded) if {"-", "_"} & set(cell) else b64decode(padded, validate=True)
    except ValueError as error:
        raise ValueError(f"'{name}' is not base64: {error}.") from error
