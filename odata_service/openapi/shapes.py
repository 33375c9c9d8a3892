"""Geography and geometry as JSON Schema: the GeoJSON that values are (OData to OpenAPI Mapping, 4.5.3; RFC 7946)."""

from collections.abc import Mapping

from odata_service.openapi.components import Json

_POSITION: Json = {
    "type": "array",
    "description": "Longitude, latitude, height, measure.",
    "minItems": 2,
    "maxItems": 4,
    "items": {"type": "number"},
}


def _several(items: Json, least: int = 0) -> Json:
    return {"type": "array", "items": items, **({"minItems": least} if least else {})}


_LINE = _several(_POSITION, 2)
_POLYGON = _several(_several(_POSITION, 4))
_COORDINATES: Mapping[str, Json] = {
    "Point": _POSITION,
    "LineString": _LINE,
    "Polygon": _POLYGON,
    "MultiPoint": _several(_POSITION),
    "MultiLineString": _several(_LINE),
    "MultiPolygon": _several(_POLYGON),
}
_COLLECTION = "GeometryCollection"
_SYSTEM: Json = {
    "type": ["object", "null"],
    "description": "The reference system, where it is not the usual one.",
    "required": ["type", "properties"],
    "properties": {
        "type": {"type": "string", "enum": ["name"]},
        "properties": {
            "type": "object",
            "required": ["name"],
            "properties": {"name": {"type": "string", "pattern": "^(urn:ogc:def:crs:)?EPSG:{1,2}[0-9]{1,9}$"}},
        },
    },
}
_CLOSED: Json = {"patternProperties": {"@": {}}, "additionalProperties": False}
"""A shape has no other members than annotations."""


def shape_schema(name: str) -> Json:
    """The schema of a shape by the name of its type: of one kind, or of any, as Edm.Geography is.

    >>> shape_schema("Edm.GeographyPoint")["properties"]["type"]
    {'type': 'string', 'enum': ['Point']}
    """
    kind = name.removeprefix("Edm.Geography").removeprefix("Edm.Geometry")
    if kind in _COORDINATES:
        return _shape(kind, _COORDINATES[kind])
    parts: Json = {"type": "object", "required": ["type"], "properties": {"type": {"enum": list(_COORDINATES)}}}
    collection: Json = {
        "type": "object",
        "required": ["type", "geometries"],
        "properties": {
            "type": {"type": "string", "enum": [_COLLECTION]},
            "geometries": {"type": "array", "items": parts},
            "crs": _SYSTEM,
        },
        **_CLOSED,
    }
    if kind == "Collection":
        return collection
    return {"anyOf": [*(_shape(known, coordinates) for known, coordinates in _COORDINATES.items()), collection]}


def _shape(kind: str, coordinates: Json) -> Json:
    return {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"type": "string", "enum": [kind]}, "coordinates": coordinates, "crs": _SYSTEM},
        **_CLOSED,
    }
