"""Entities as rows of a table: a member of a complex value, or of one expanded entity, stands under its path.

Collections, and values that no declaration describes, are JSON in a cell. What is null has no cell; `transfer.rows`
reads the same form.
"""

from collections.abc import Iterator, Mapping

import orjson
from msgspec import Struct

from odata_service.edm.leaves import is_plain
from odata_service.edm.model import Property, Schema
from odata_service.edm.types import Kind, kind_of
from odata_service.plan.model import ComplexField, EntityShape, ToOneShape

TYPE = "@odata.type"
PLACES = frozenset({Kind.GEOGRAPHY, Kind.GEOMETRY})
UNTYPED = "#Untyped"
"""Stands beside the cell of an undeclared property that has JSON in it, and no type to tell."""


def columns_of(shape: EntityShape) -> dict[str, None]:
    """The columns that every result of a shape has, in order; rows may have more."""
    found: dict[str, None] = dict.fromkeys([TYPE] if shape.type is not None else [])
    for part in (shape, *shape.parts):
        for field in part.fields:
            found |= dict.fromkeys(_columns(field) if isinstance(field, ComplexField) else [field.name])
        for inner in part.expands:
            below = columns_of(inner.shape) if isinstance(inner, ToOneShape) else None
            found |= dict.fromkeys([inner.name] if below is None else [f"{inner.name}/{name}" for name in below])
    return found


def _columns(field: ComplexField) -> Iterator[str]:
    if any(variant.dynamic is not None for variant in field.variants):
        yield field.name
        return
    for variant in field.variants:
        for inner in variant.fields:
            below = _columns(inner) if isinstance(inner, ComplexField) else [inner.name]
            yield from (f"{field.name}/{name}" for name in below)


class _Holder(Struct, frozen=True):
    """What a type says of its instances: the names of their properties, and which have values that are cells.

    `inside` are the other properties, and those that lead to entities: the type of what has cells of its own, or None.
    """

    declared: frozenset[str]
    plain: frozenset[str]
    inside: Mapping[str, str | None]
    is_open: bool


class Cells:
    """The cells of the entities of a schema."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._holders: dict[str, _Holder] = {}

    def of(self, entity: Mapping[str, object], entity_type: str) -> dict[str, object]:
        """The cells of an entity by column: texts, numbers, truth values; its type where it is not that of the set."""
        cells = dict(self._cells(entity, entity_type, ""))
        if cells.get(TYPE) == f"#{entity_type}":
            del cells[TYPE]
        return cells

    def _cells(self, members: Mapping[str, object], declared: str, prefix: str) -> Iterator[tuple[str, object]]:
        told = members.get(TYPE)
        name_of_type = declared if told is None else str(told).removeprefix("#")
        holder = self._holder(name_of_type)
        is_empty = True
        for name, value in members.items():
            if value is None:
                continue
            is_empty = False
            if name in holder.plain:
                yield prefix + name, value
            else:
                yield from self._cells_of_member(members, name, holder, prefix)
        if prefix and is_empty:
            yield prefix + TYPE, f"#{name_of_type}"  # it has nothing in it, and is not null

    def _cells_of_member(
        self, members: Mapping[str, object], name: str, holder: _Holder, prefix: str
    ) -> Iterator[tuple[str, object]]:
        value, path = members[name], prefix + name
        inner = holder.inside.get(name)
        if inner is not None and isinstance(value, dict):
            yield from self._cells(value, inner, f"{path}/")
        elif name in holder.inside:
            yield path, _text(value)
        elif holder.is_open or name.removesuffix(TYPE) in ("", *holder.declared):
            yield from _undeclared(path, value, is_told=f"{name}{TYPE}" in members)
        elif not name.endswith(TYPE):
            yield path, next(_undeclared(path, value, is_told=True))[1]

    def _holder(self, name: str) -> _Holder:
        known = self._holders.get(name)
        if known is None:
            known = self._holders[name] = self._holder_of(name)
        return known

    def _holder_of(self, name: str) -> _Holder:
        schema = self._schema
        if schema.structured_type(name) is None:
            return _Holder(frozenset(), frozenset(), {}, is_open=False)
        parts, leading = schema.properties(name), schema.navigation_properties(name)
        plain = frozenset(part.name for part in parts.values() if _is_plain(part)) - leading.keys()
        inside = {part.name: self._spread(part) for part in parts.values() if part.name not in plain}
        inside |= {found.name: found.target for found in leading.values()}
        return _Holder(frozenset(parts), plain, inside, is_open=bool(parts) and schema.is_open(name))

    def _spread(self, part: Property) -> str | None:
        """The type of a value that has a cell for each member: it is complex, and declares them all; None otherwise."""
        schema, name = self._schema, part.type.name
        if not schema.is_taken_apart(part.type):
            return None
        return None if any(map(schema.is_open, (name, *schema.derived_from(name)))) else name


def _is_plain(part: Property) -> bool:
    """Whether values are one text, number or truth value; places are objects."""
    return is_plain(part.type) and kind_of(part.type) not in PLACES


def _text(value: object) -> str:
    return orjson.dumps(value).decode()


def _undeclared(path: str, value: object, *, is_told: bool) -> Iterator[tuple[str, object]]:
    """The cell of a value that no declaration describes; beside it the type that its JSON shows and a cell does not."""
    text = _text(value)
    match text[0]:
        case '"':
            yield path, orjson.loads(text)
            return
        case "t" | "f":
            shown_type = "#Boolean"
        case "[" | "{":
            shown_type, value = UNTYPED, text
        case _:
            shown_type = "#Double"
    yield path, value
    if not is_told:
        yield path + TYPE, shown_type
