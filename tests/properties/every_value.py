"""Bodies with every value that a model admits, as the service writes them back: strategies made from the model."""

import string
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from decimal import Decimal
from struct import pack, unpack
from typing import Any

from hypothesis import strategies as st

from odata_service.edm.model import EntityType, Property, Schema
from odata_service.edm.temporal import print_duration
from odata_service.edm.types import PRIMITIVE_TYPES, Kind, TypeRef, kind_of
from odata_service.edm.values import print_decimal, print_members

Json = st.SearchStrategy[Any]
Members = st.SearchStrategy[dict[str, Any]]

_DEEPEST = 2
_TEXTS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=8)
_FRACTIONS = st.integers(0, 9_999_999).map(lambda ticks: f".{ticks:07}".rstrip("0").rstrip("."))
_CLOCKS = st.builds(lambda time, fraction: f"{time:%H:%M:%S}{fraction}", st.times(), _FRACTIONS)
_DATES = st.dates().map(lambda date: date.isoformat())
_COORDINATES = st.floats(-180, 180, allow_subnormal=False) | st.integers(-180, 180)
_POSITIONS = st.lists(_COORDINATES, min_size=2, max_size=3)
_POINTS = _POSITIONS.map(lambda position: {"type": "Point", "coordinates": position})
_RAW = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | _TEXTS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(string.ascii_letters, min_size=1), inner, max_size=3)
    ),
    max_leaves=5,
)


def entities(entity_type: str, schema: Schema) -> Members:
    """Bodies of entities without their key."""
    declared = schema.types[entity_type]
    assert isinstance(declared, EntityType)
    keys = {part.path.partition("/")[0] for part in declared.key}
    parts = [part for part in schema.properties(entity_type).values() if part.name not in keys]
    return _instances(entity_type, parts, schema, 0)


def _instances(name: str, parts: list[Property], schema: Schema, depth: int) -> Members:
    members = [_member(part, schema, depth) for part in parts]
    dynamic = _dynamic(schema, depth) if schema.is_open(name) else st.just({})
    return st.tuples(*members, dynamic).map(lambda found: {key: value for part in found for key, value in part.items()})


def _member(part: Property, schema: Schema, depth: int) -> Members:
    name = part.name
    if kind_of(part.type.element) is not Kind.UNTYPED:
        return _values(part.type, schema, depth).map(lambda value: {name: value})
    match part.type.name:
        case "Edm.PrimitiveType":
            return _tagged(name, "#Date", _DATES) | _plain(name, st.none() | st.booleans() | _TEXTS)
        case "Edm.ComplexType":
            return _plain(name, st.none() | _stated("every.Place", schema, depth))
        case _ if part.type.collection:
            return _plain(name, st.lists(_RAW, max_size=3)) | _tagged(
                name, "#Collection(Guid)", st.lists(_scalar(TypeRef("Edm.Guid")), max_size=2)
            )
        case _:
            return _plain(name, _RAW) | _tagged(name, "#Duration", _scalar(TypeRef("Edm.Duration")))


def _dynamic(schema: Schema, depth: int) -> Members:
    """Dynamic properties: what JSON shows by itself, and what says of which type it is."""
    choices: list[Members] = [
        st.just({}),
        _plain("free", _TEXTS | st.booleans() | st.integers(-(2**53), 2**53)),
        _tagged("when", "#DateTimeOffset", _scalar(TypeRef("Edm.DateTimeOffset"))),
        _tagged("exact", "#Decimal", _scalar(TypeRef("Edm.Decimal"))),
        _tagged("ids", "#Collection(Int64)", st.lists(_scalar(TypeRef("Edm.Int64")), max_size=3)),
        _plain("place", _stated("every.Place", schema, depth)),
    ]
    return st.lists(st.one_of(choices), max_size=3).map(
        lambda found: {name: value for part in found for name, value in part.items()}
    )


def _plain(name: str, values: Json) -> Members:
    return values.map(lambda value: {name: value})


def _tagged(name: str, type_name: str, values: Json) -> Members:
    return values.map(lambda value: {f"{name}@odata.type": type_name, name: value})


def _stated(name: str, schema: Schema, depth: int) -> Members:
    parts = list(schema.properties(name).values())
    return _instances(name, parts, schema, depth + 1).map(lambda members: {"@odata.type": f"#{name}", **members})


def _values(type_ref: TypeRef, schema: Schema, depth: int, *, is_column: bool = True) -> Json:
    if type_ref.collection:
        items = _values(type_ref.element, schema, depth, is_column=False)
        return st.lists(items, max_size=0 if depth > _DEEPEST else 3)
    nothing = st.none() if type_ref.nullable else st.nothing()
    if kind_of(type_ref) is not None:
        return nothing | _scalar(type_ref, is_column=is_column)
    if depth > _DEEPEST and type_ref.nullable:
        return st.none()
    return nothing | st.one_of([_complex(name, type_ref, schema, depth) for name in _concrete(type_ref.name, schema)])


def _complex(name: str, type_ref: TypeRef, schema: Schema, depth: int) -> Members:
    members = _instances(name, list(schema.properties(name).values()), schema, depth + 1)
    if name == type_ref.name:
        return members
    return members.map(lambda found: {"@odata.type": f"#{name}", **found})


def _concrete(name: str, schema: Schema) -> list[str]:
    known = (name, *schema.derived_from(name))
    return [found for found in known if (declared := schema.structured_type(found)) and not declared.abstract]


def _scalar(type_ref: TypeRef, *, is_column: bool = True) -> Json:
    """The values of a primitive type as JSON; large numbers are text, as IEEE754Compatible has them."""
    type_ref = type_ref.primitive
    kind = kind_of(type_ref)
    if type_ref.definition is not None:
        numbers = st.sampled_from(list((type_ref.definition.values or {}).values()))
        return (st.integers(0, 15) if type_ref.definition.is_flags else numbers).map(
            lambda number: print_members(number, type_ref)
        )
    match kind:
        case Kind.INTEGER:
            row = PRIMITIVE_TYPES[type_ref.name]
            whole = st.integers(row.minimum, row.maximum)
            return whole.map(str) if type_ref.name == "Edm.Int64" else whole
        case Kind.DECIMAL:
            return st.integers(-(10**9), 10**9).map(lambda digits: _shortest(Decimal(digits).scaleb(-3)))
        case Kind.FLOAT:
            singles = st.floats(width=32, allow_nan=False, allow_infinity=False).map(_as_written)
            doubles = st.floats(allow_nan=False, allow_infinity=False)
            finite: Json = singles if type_ref.name == "Edm.Single" else doubles
            return finite if is_column else finite | st.sampled_from(["INF", "-INF", "NaN"])
        case _:
            return _OTHERS[type_ref.name]


def _as_written(value: float) -> float:
    """A number of 32 bits as people write it: a whole one with all its digits, another with as few as tell it apart."""
    if value.is_integer():
        return value
    shorter = (float(f"{value:.{digits}g}") for digits in range(1, 10))
    return next(known for known in shorter if unpack("f", pack("f", known))[0] == value)


def _shortest(value: Decimal) -> str:
    return print_decimal(value.normalize())


_OTHERS: Mapping[str, Json] = {
    "Edm.Boolean": st.booleans(),
    "Edm.String": _TEXTS,
    "Edm.Guid": st.uuids().map(str),
    "Edm.Binary": st.binary(max_size=8).map(lambda value: urlsafe_b64encode(value).decode().rstrip("=")),
    "Edm.Date": _DATES,
    "Edm.TimeOfDay": _CLOCKS,
    "Edm.DateTimeOffset": st.builds(lambda date, clock: f"{date}T{clock}Z", _DATES, _CLOCKS),
    "Edm.Duration": st.integers(-(10**17), 10**17).map(print_duration),
    "Edm.GeographyPoint": _POINTS,
    "Edm.Geography": _POINTS
    | st.lists(_POSITIONS, min_size=2, max_size=4).map(lambda line: {"type": "LineString", "coordinates": line})
    | st.lists(_POINTS, max_size=2).map(lambda parts: {"type": "GeometryCollection", "geometries": parts}),
    "Edm.GeometryPolygon": st.lists(_POSITIONS, min_size=3, max_size=4).map(
        lambda ring: {
            "type": "Polygon",
            "coordinates": [[*ring, ring[0]]],
            "crs": {"type": "name", "properties": {"name": "EPSG:31467"}},
        }
    ),
}
