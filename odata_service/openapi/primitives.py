"""Primitive values as JSON Schema: a table of the types, and what facets add (OData to OpenAPI Mapping, 4.5.3)."""

import re
from collections.abc import Mapping
from decimal import Decimal

from odata_service.edm.types import PRIMITIVE_TYPES, Facets, Kind, TypeRef
from odata_service.openapi.components import Json
from odata_service.openapi.shapes import shape_schema

_YEAR = r"(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
_OFFSET = r"([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_FINEST = 7
"""The digits of a second's fraction that values have, unless facets say fewer."""
_NO_NUMBER: Json = {"enum": ["-INF", "INF", "NaN"]}
_MOST = 3.4028234663852886e38
"""The greatest Edm.Single."""

_BY_KIND: Mapping[Kind, Json] = {
    Kind.BOOLEAN: {"type": "boolean"},
    Kind.DECIMAL: {"type": "number", "format": "decimal"},
    Kind.FLOAT: {"anyOf": [{"type": "number", "format": "double"}, _NO_NUMBER]},
    Kind.STRING: {"type": "string"},
    Kind.GUID: {"type": "string", "format": "uuid", "pattern": "^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$"},
    Kind.BINARY: {"type": "string", "format": "base64url", "pattern": "^[A-Za-z0-9_-]*={0,2}$"},
    Kind.DATE: {"type": "string", "format": "date", "pattern": f"^{_YEAR}$"},
    Kind.DURATION: {
        "type": "string",
        "pattern": r"^[+-]?P(?=[0-9T])([0-9]+D)?(T(?=[0-9])([0-9]+H)?([0-9]+M)?([0-9]+(\.[0-9]+)?S)?)?$",
    },
    Kind.STREAM: {"type": "string", "format": "base64url"},
    Kind.UNTYPED: {},
}
_FORMATS = {"Edm.Byte": "uint8", "Edm.SByte": "int8", "Edm.Int16": "int16", "Edm.Int32": "int32", "Edm.Int64": "int64"}


def primitive_schema(type_ref: TypeRef) -> Json:
    """The schema of a single value that is not null, of a primitive type, an enumeration or a type definition."""
    if type_ref.is_enumeration:
        return _enumeration(type_ref)
    behind = type_ref.primitive
    row = PRIMITIVE_TYPES.get(behind.name)
    if row is None:
        return {}
    match row.kind:
        case Kind.INTEGER:
            return _integer(behind.name)
        case Kind.INSTANT:
            pattern = f"^{_YEAR}[Tt]{_TIME}{_seconds(behind.facets)}{_OFFSET}$"
            return {"type": "string", "format": "date-time", "pattern": pattern}
        case Kind.TIME_OF_DAY:
            return {"type": "string", "pattern": f"^{_TIME}({_seconds(behind.facets)})?$"}
        case Kind.DECIMAL:
            return {**_BY_KIND[Kind.DECIMAL], **_bounds(behind.facets)}
        case Kind.STRING if isinstance(behind.facets.max_length, int):
            return {"type": "string", "maxLength": behind.facets.max_length}
        case Kind.FLOAT if behind.name == "Edm.Single":
            return {"anyOf": [{"type": "number", "format": "float", "minimum": -_MOST, "maximum": _MOST}, _NO_NUMBER]}
        case Kind.GEOGRAPHY | Kind.GEOMETRY:
            return shape_schema(behind.name)
        case kind:
            return dict(_BY_KIND[kind])


def or_null(found: Json) -> Json:
    """The schema of what may be null too.

    >>> or_null({"type": "string"}), or_null({"$ref": "#/x"})
    ({'type': ['string', 'null']}, {'anyOf': [{'$ref': '#/x'}, {'type': 'null'}]})
    """
    if not found:
        return found
    if isinstance(found.get("type"), str) and "enum" not in found:
        return {**found, "type": [found["type"], "null"]}
    if "anyOf" in found and len(found) == 1:
        options = found["anyOf"]
        assert isinstance(options, list), "anyOf lists schemas"
        return {"anyOf": [*options, {"type": "null"}]}
    return {"anyOf": [found, {"type": "null"}]}


def _integer(name: str) -> Json:
    row = PRIMITIVE_TYPES[name]
    return {"type": "integer", "format": _FORMATS[name], "minimum": row.minimum, "maximum": row.maximum}


def _enumeration(type_ref: TypeRef) -> Json:
    definition = type_ref.definition
    assert definition is not None and definition.values is not None, "it is an enumeration"
    if definition.is_flags:
        digits = len(str(sum(definition.values.values())))
        member = f"({'|'.join(map(re.escape, definition.values))}|[0-9]{{1,{digits}}})"
        return {"type": "string", "pattern": f"^{member}(,{member})*$"}
    return {"type": "string", "enum": list(definition.values)}


def _seconds(facets: Facets) -> str:
    digits = _FINEST if facets.precision is None else min(facets.precision, _FINEST)
    fraction = rf"(\.[0-9]{{1,{digits}}})?" if digits else ""
    return f":[0-5][0-9]{fraction}"


def _bounds(facets: Facets) -> Json:
    """The range of a Decimal with so many digits, and its step."""
    scale = facets.scale if isinstance(facets.scale, int) else None
    bounds: Json = {}
    if facets.precision is not None and scale is not None and facets.precision <= 15:
        most = (10**facets.precision - 1) * Decimal(1).scaleb(-scale)
        bounds = {"minimum": _number(-most), "maximum": _number(most)}
    if scale is not None and scale <= 15:
        bounds["multipleOf"] = _number(Decimal(1).scaleb(-scale))
    return bounds


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
