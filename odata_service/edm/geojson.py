"""Geography and geometry: strict GeoJSON in, its one canonical text out (JSON Format 7.1, RFC 7946).

Members stand in the order type, coordinates, crs. The reference system is written where it is not the usual one: 4326
for geography, 0 for geometry.
"""

import math
import re
from collections.abc import Callable, Mapping
from decimal import Decimal

from odata_service.edm.json_text import write_exact
from odata_service.edm.types import Kind, TypeRef, kind_of

_SHAPES = {"Collection": "GeometryCollection", "": None}
_EPSG = re.compile(r"(?:urn:ogc:def:crs:)?EPSG:{1,2}(\d{1,9})", re.ASCII)
_ADVICE = 'Write GeoJSON, such as {"type":"Point","coordinates":[142.1,64.1]}.'


def read_geo(value: object, type_ref: TypeRef) -> str:
    """The canonical text of a GeoJSON object; `ValueError` says what is wrong with it."""
    usual = usual_srid(type_ref)
    if not isinstance(value, dict):
        raise ValueError(f"A value of {type_ref.name} is an object. {_ADVICE}")
    shape = _shape(value)
    wanted = _wanted(type_ref)
    if wanted is not None and value["type"] != wanted:
        raise ValueError(f"{type_ref.name} is a {wanted}, and not a {value['type']}.")
    found = _srid(value["crs"]) if value.get("crs") is not None else None
    declared = type_ref.primitive.facets.srid
    fixed = declared if isinstance(declared, int) else usual if declared is None else None
    if found is not None and fixed is not None and found != fixed:
        raise ValueError(f"The reference system is EPSG:{found}, and this property's is EPSG:{fixed}.")
    srid = found if found is not None else fixed if fixed is not None else usual
    if srid != usual:
        shape["crs"] = {"type": "name", "properties": {"name": f"EPSG:{srid}"}}
    return write_exact(shape)


def usual_srid(type_ref: TypeRef) -> int:
    """The reference system that a value of a type has where none is said: WGS 84, or an unnamed plane."""
    return 4326 if kind_of(type_ref) is Kind.GEOGRAPHY else 0


def _wanted(type_ref: TypeRef) -> str | None:
    """The GeoJSON type that values of an EDM type have; None for any."""
    name = type_ref.primitive.name.removeprefix("Edm.Geography").removeprefix("Edm.Geometry")
    return _SHAPES.get(name, name)


def _shape(value: Mapping[str, object]) -> dict[str, object]:
    name = value.get("type")
    if name == "GeometryCollection":
        _check_members(value, "geometries")
        parts = value.get("geometries")
        if not isinstance(parts, list):
            raise ValueError("A GeometryCollection has an array 'geometries'.")
        return {"type": name, "geometries": [_part(part) for part in parts]}
    read = _COORDINATES.get(name) if isinstance(name, str) else None
    if read is None:
        raise ValueError(f"The type of a GeoJSON object is one of {', '.join((*_COORDINATES, 'GeometryCollection'))}.")
    _check_members(value, "coordinates")
    return {"type": name, "coordinates": read(value.get("coordinates"))}


def _part(part: object) -> dict[str, object]:
    if not isinstance(part, dict) or part.get("crs") is not None:
        raise ValueError("Each of the 'geometries' is a GeoJSON object without a reference system of its own.")
    return _shape(part)


def _check_members(value: Mapping[str, object], content: str) -> None:
    for name in value:
        if name not in {"type", content, "crs"} and "@" not in name:
            raise ValueError(
                f"'{name}' is no member of a GeoJSON {value['type']} here: it has type, {content} and crs."
            )


def _srid(crs: object) -> int:
    properties = crs.get("properties") if isinstance(crs, dict) and crs.get("type") == "name" else None
    name = properties.get("name") if isinstance(properties, dict) else None
    found = _EPSG.fullmatch(name) if isinstance(name, str) else None
    if found is None:
        raise ValueError('A reference system is {"type":"name","properties":{"name":"EPSG:4326"}}.')
    return int(found[1])


def _position(value: object) -> list[float]:
    if not isinstance(value, list) or not 2 <= len(value) <= 4:
        raise ValueError("A position is an array of 2 to 4 numbers: longitude, latitude, height, measure.")
    return [_coordinate(part) for part in value]


def _coordinate(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError("A coordinate is a number.")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if math.isinf(number):
        raise ValueError("A coordinate is beyond every range.")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _positions(value: object, least: int, what: str) -> list[list[float]]:
    if not isinstance(value, list) or len(value) < least:
        raise ValueError(f"The coordinates of {what} are an array of at least {least} positions.")
    return [_position(part) for part in value]


def _line(value: object) -> list[list[float]]:
    return _positions(value, 2, "a LineString")


def _ring(value: object) -> list[list[float]]:
    ring = _positions(value, 4, "a polygon's ring")
    if ring[0] != ring[-1]:
        raise ValueError("A polygon's ring ends where it begins.")
    return ring


def _each(read: Callable[[object], object], what: str) -> Callable[[object], list[object]]:
    def read_all(value: object) -> list[object]:
        if not isinstance(value, list):
            raise ValueError(f"The coordinates of {what} are an array.")
        return [read(part) for part in value]

    return read_all


_polygon = _each(_ring, "a Polygon")

_COORDINATES: Mapping[str, Callable[[object], object]] = {
    "Point": _position,
    "LineString": _line,
    "Polygon": _polygon,
    "MultiPoint": _each(_position, "a MultiPoint"),
    "MultiLineString": _each(_line, "a MultiLineString"),
    "MultiPolygon": _each(_polygon, "a MultiPolygon"),
}
