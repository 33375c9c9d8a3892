"""Entities as rows of a table: a member of a complex value, or of one expanded entity, stands under its path.

Collections, and values that no declaration describes, are JSON in a cell. What is null has no cell; `transfer.rows`
reads the same form.
"""

from collections.abc import Iterator, Mapping

import orjson

from odata_service.edm.leaves import is_plain
from odata_service.edm.model import NavigationProperty, Property, Schema
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


def cells_of(entity: Mapping[str, object], entity_type: str, schema: Schema) -> dict[str, object]:
    """The cells of an entity by column: texts, numbers, truth values; its type where it is not that of the set."""
    cells = dict(_cells(entity, entity_type, "", schema))
    if cells.get(TYPE) == f"#{entity_type}":
        del cells[TYPE]
    return cells


def _cells(members: Mapping[str, object], declared: str, prefix: str, schema: Schema) -> Iterator[tuple[str, object]]:
    told = members.get(TYPE)
    holder = declared if told is None else str(told).removeprefix("#")
    shown = {name: value for name, value in members.items() if value is not None}
    if prefix and not shown:
        yield prefix + TYPE, f"#{holder}"  # it has nothing in it, and is not null
    parts: Mapping[str, Property] = {}
    leading: Mapping[str, NavigationProperty] = {}
    if schema.structured_type(holder) is not None:
        parts, leading = schema.properties(holder), schema.navigation_properties(holder)
    is_open = bool(parts) and schema.is_open(holder)
    for name, value in shown.items():
        part, path = parts.get(name), prefix + name
        inner = leading[name].target if name in leading else _spread(part, schema)
        if inner is not None and isinstance(value, dict):
            yield from _cells(value, inner, f"{path}/", schema)
        elif part is not None or inner is not None:
            yield path, value if part is not None and _is_plain(part) else _text(value)
        elif is_open or name.removesuffix(TYPE) in ("", *parts):
            yield from _undeclared(path, value, is_told=f"{name}{TYPE}" in members)
        elif not name.endswith(TYPE):
            yield path, next(_undeclared(path, value, is_told=True))[1]


def _spread(part: Property | None, schema: Schema) -> str | None:
    """The type of a value that has a cell for each member: it is complex, and declares them all; None otherwise."""
    if part is None or not schema.is_taken_apart(part.type):
        return None
    name = part.type.name
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
