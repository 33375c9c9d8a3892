"""Values as Python code writes them become EDM values: dates, UUIDs, numbers, mappings, sequences (`edm.values`)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID

from odata_service.edm.geojson import read_geo
from odata_service.edm.json_text import write_exact
from odata_service.edm.leaves import is_tagged_value
from odata_service.edm.model import Schema
from odata_service.edm.structured import ComplexValue, TypedValue, Value, named_type
from odata_service.edm.temporal import TICKS_PER_SECOND
from odata_service.edm.types import IDENTIFIER, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, fit, parse

_TYPE = "@odata.type"
TOLD: Mapping[type, str] = {
    datetime: "Edm.DateTimeOffset",
    date: "Edm.Date",
    time: "Edm.TimeOfDay",
    timedelta: "Edm.Duration",
    UUID: "Edm.Guid",
    Decimal: "Edm.Decimal",
    bytes: "Edm.Binary",
}
"""The types of values that JSON would not show; a datetime is a date, too, and stands before it."""
_TICKS_PER_MICROSECOND = TICKS_PER_SECOND // 1_000_000
_PARSED = frozenset(
    {Kind.GUID, Kind.DATE, Kind.TIME_OF_DAY, Kind.DURATION, Kind.BINARY, Kind.ENUMERATION, Kind.DECIMAL}
)


def native_value(value: object, type_ref: TypeRef, schema: Schema) -> Value:
    """The value of a type that a Python object stands for; `ValueError` where it stands for none.

    >>> from odata_service.edm.build import SchemaBuilder
    >>> native_value(date(2024, 1, 31), TypeRef("Edm.Date"), SchemaBuilder().freeze())
    '2024-01-31'
    """
    if value is None:
        if not type_ref.nullable or type_ref.collection:
            raise ValueError(f"None is no value of {type_ref}.")
        return None
    if is_tagged_value(type_ref):
        return _dynamic(value, schema)
    if type_ref.collection:
        if not isinstance(value, Iterable) or isinstance(value, str | bytes | Mapping):
            raise _unlike(value, type_ref)
        return tuple(native_value(item, type_ref.element, schema) for item in value)
    if kind_of(type_ref) is None:
        return _structured(value, type_ref, schema)
    return fit(_primitive(value, type_ref), type_ref)


def native_members(values: Mapping[str, object], holder: str, schema: Schema) -> dict[str, Value]:
    """The members of an instance of a structured type; `ValueError` for a name that it does not declare.

    Those that an open type does not declare are its dynamic properties.
    """
    declared, is_open = schema.properties(holder), schema.is_open(holder)
    found: dict[str, Value] = {}
    for name, value in values.items():
        if name in declared:
            found[name] = native_value(value, declared[name].type, schema)
        elif is_open and IDENTIFIER.fullmatch(name):
            found[name] = _dynamic(value, schema)
        elif name != _TYPE:
            raise ValueError(f"'{holder}' has no property '{name}'.")
    return found


def _dynamic(value: object, schema: Schema) -> TypedValue:
    """A value that no declaration tells the type of: that which Python tells, or JSON that shows it."""
    if isinstance(value, TypedValue):
        return value
    told = value.get(_TYPE) if isinstance(value, Mapping) else None
    named = named_type(str(told).removeprefix("#"), schema) if told is not None else None
    if named is not None and kind_of(named) is None and not named.collection:
        return TypedValue(native_value(value, named, schema), named)
    found = next((name for known, name in TOLD.items() if isinstance(value, known)), None)
    if found is None:
        return TypedValue(None if value is None else write_exact(_exact(value)))
    type_ref = TypeRef(found)
    return TypedValue(native_value(value, type_ref, schema), type_ref)


def type_among(values: Mapping[str, object], declared: str, schema: Schema) -> str:
    """The type that an object says it is of by `@odata.type`, or the declared one."""
    stated = str(values.get(_TYPE, declared)).removeprefix("#")
    if not schema.is_derived(stated, declared):
        raise ValueError(f"'{stated}' is not derived from '{declared}'.")
    return stated


def _structured(value: object, type_ref: TypeRef, schema: Schema) -> Value:
    if isinstance(value, ComplexValue):
        return value
    if not isinstance(value, Mapping):
        raise _unlike(value, type_ref)
    name = type_among(value, type_ref.name, schema)
    return ComplexValue(name, native_members(value, name, schema), _TYPE in value)


def _primitive(value: object, type_ref: TypeRef) -> PrimitiveValue:
    match kind_of(type_ref), value:
        case Kind.BOOLEAN, bool():
            return value
        case ((Kind.INTEGER | Kind.ENUMERATION | Kind.DURATION), int()) if not isinstance(value, bool):
            return value
        case Kind.DECIMAL, Decimal():
            return value
        case Kind.DECIMAL, int() | float() if not isinstance(value, bool):
            return Decimal(str(value))
        case Kind.FLOAT, int() | float() | Decimal() if not isinstance(value, bool):
            return float(value)
        case ((Kind.STRING | Kind.UNTYPED), str()):
            return value
        case Kind.BINARY, bytes():
            return value
        case ((Kind.GEOGRAPHY | Kind.GEOMETRY), _):
            return value if isinstance(value, str) else read_geo(_exact(value), type_ref)
        case _:
            return _parsed(value, type_ref)


def _parsed(value: object, type_ref: TypeRef) -> PrimitiveValue:
    """What has a literal form of its own."""
    match kind_of(type_ref), value:
        case Kind.GUID, UUID():
            return str(value)
        case Kind.INSTANT, datetime() if value.tzinfo is not None:
            return parse(value.isoformat(), type_ref)
        case Kind.INSTANT, str():
            return parse(value if value[-1:] == "Z" or value[-6:-5] in {"+", "-"} else f"{value}Z", type_ref)
        case Kind.DATE, date() if not isinstance(value, datetime):
            return value.isoformat()
        case Kind.TIME_OF_DAY, time() if value.tzinfo is None:
            return parse(value.isoformat(), type_ref)
        case Kind.DURATION, timedelta():
            return value // timedelta(microseconds=1) * _TICKS_PER_MICROSECOND
        case kind, str() if kind in _PARSED:
            return parse(value, type_ref)
        case _:
            raise _unlike(value, type_ref)


def _exact(value: object) -> object:
    """JSON with numbers as the strict reader has them."""
    match value:
        case float():
            return Decimal(str(value))
        case Mapping():
            return {name: _exact(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_exact(inner) for inner in value]
        case _:
            return value


def _unlike(value: object, type_ref: TypeRef) -> ValueError:
    return ValueError(f"{value!r:.60} is no value of {type_ref}.")
