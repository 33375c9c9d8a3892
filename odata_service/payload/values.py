"""Primitive values in JSON, out and in (JSON Format 7.1)."""

import math
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable
from decimal import Decimal
from functools import lru_cache, partial
from struct import pack, unpack

import orjson

from odata_service.edm.geojson import read_geo
from odata_service.edm.temporal import print_duration
from odata_service.edm.types import PRIMITIVE_TYPES, Kind, TypeRef, kind_of
from odata_service.edm.values import (
    PrimitiveValue,
    fit,
    parse,
    print_decimal,
    print_exponential,
    print_float,
    print_members,
    print_value,
)
from odata_service.payload.format import Format

JsonValue = object

_AS_TEXT = frozenset(
    {Kind.GUID, Kind.DATE, Kind.TIME_OF_DAY, Kind.INSTANT, Kind.DURATION, Kind.BINARY, Kind.ENUMERATION}
)
_WHOLE_NUMBER_LIMIT = 2**63
_REMEMBERED = 1_000
"""How many values of an enumeration are remembered as members, and how many numbers of 32 bits as shorter ones."""
_MOST_DIGITS_OF_SINGLE = 9
"""As many tell every number of 32 bits apart."""


def _decimal_number(value: Decimal) -> orjson.Fragment | str:
    return orjson.Fragment(print_decimal(value).encode("ascii")) if value.is_finite() else print_decimal(value)


def _exponential_number(value: Decimal) -> orjson.Fragment | str:
    text = print_exponential(value)
    return orjson.Fragment(text.encode("ascii")) if value.is_finite() else text


def _float(value: float) -> float | str:
    return value if math.isfinite(value) else print_float(value)


@lru_cache(_REMEMBERED)
def _single(value: float) -> float | str:
    """The shortest number that is this one in 32 bits: 3.14, of which 64 bits have made 3.140000104904175.

    Whole numbers stay as they are.
    """
    if not math.isfinite(value):
        return print_float(value)
    if value.is_integer():
        return value
    shorter = (float(f"{value:.{digits}g}") for digits in range(1, _MOST_DIGITS_OF_SINGLE + 1))
    return next((known for known in shorter if _as_single(known) == value), value)


def _as_single(value: float) -> float:
    rounded: float = unpack("<f", pack("<f", value))[0]
    return rounded


def _binary(value: bytes) -> str:
    return urlsafe_b64encode(value).decode("ascii").rstrip("=")


def _geo(value: str) -> orjson.Fragment:
    return orjson.Fragment(value.encode())


WRITERS: dict[Kind, Callable[..., JsonValue]] = {
    Kind.BOOLEAN: bool,
    Kind.FLOAT: _float,
    Kind.BINARY: _binary,
    Kind.INSTANT: lambda value: value + "Z",
    Kind.DURATION: print_duration,
    Kind.GEOGRAPHY: _geo,
    Kind.GEOMETRY: _geo,
}
"""From a value that is not null to what orjson writes; kinds that are not here are written as they are."""
_DECIMALS: dict[tuple[bool, bool], Callable[[Decimal], JsonValue]] = {
    (False, False): _decimal_number,
    (False, True): _exponential_number,
    (True, False): print_decimal,
    (True, True): print_exponential,
}
"""Those of decimals: as strings or not, with an exponent where it is shorter or not."""


def writer_for(type_ref: TypeRef, format: Format) -> Callable[..., JsonValue] | None:
    """The function that a value of a type goes through in a format, or None where it is written as it is."""
    kind = kind_of(type_ref)
    if kind is Kind.ENUMERATION:
        return lru_cache(_REMEMBERED)(partial(print_members, type_ref=type_ref))
    if type_ref.primitive.name == "Edm.Single":
        return _single
    if format.ieee754 and type_ref.primitive.name == "Edm.Int64":
        return str
    if kind is Kind.DECIMAL:
        return _DECIMALS[format.ieee754, format.exponents]
    return WRITERS.get(kind) if kind is not None else None


def from_json(value: JsonValue, type_ref: TypeRef, *, quotes: bool = False) -> PrimitiveValue:
    """The value of a type that a parsed JSON value stands for; `ValueError` says what is wrong with it.

    With `quotes` numbers of every type may be strings, else those of Edm.Int64, Edm.Decimal and of floating point.
    """
    kind = kind_of(type_ref)
    assert kind is not None, "structured values are read elsewhere"
    match kind, value:
        case Kind.BOOLEAN, bool():
            return value
        case Kind.STRING, str():
            return fit(value, type_ref)
        case ((Kind.GEOGRAPHY | Kind.GEOMETRY), _):
            return read_geo(value, type_ref)
        case Kind.ENUMERATION, int() if not isinstance(value, bool):
            return parse(str(value), type_ref)
        case _, str() if kind in _AS_TEXT or kind in {Kind.DECIMAL, Kind.FLOAT} or _is_quoted(type_ref, quotes):
            return fit(parse(value, type_ref), type_ref)
        case Kind.INTEGER, int() if not isinstance(value, bool):
            return fit(value, type_ref)
        case Kind.INTEGER, Decimal() if value == value.to_integral_value() and abs(value) < _WHOLE_NUMBER_LIMIT:
            return fit(int(value), type_ref)
        case Kind.DECIMAL, int() | Decimal() if not isinstance(value, bool):
            return fit(Decimal(value), type_ref)
        case Kind.FLOAT, int() | Decimal() if not isinstance(value, bool):
            return fit(_finite(value, type_ref), type_ref)
        case _:
            raise ValueError(f"{shown(value)} is not an {type_ref.name}. {_FORMS[kind]}")


def _is_quoted(type_ref: TypeRef, quotes: bool) -> bool:
    return type_ref.primitive.name == "Edm.Int64" or (quotes and kind_of(type_ref) is Kind.INTEGER)


def reader_for(type_ref: TypeRef, *, quotes: bool = False) -> Callable[[JsonValue], PrimitiveValue]:
    """`from_json` for one type: what is as usual is taken as it is, all else goes the whole way."""

    def read(value: JsonValue) -> PrimitiveValue:
        return from_json(value, type_ref, quotes=quotes)

    match kind_of(type_ref):
        case Kind.BOOLEAN:
            return lambda value: value if isinstance(value, bool) else read(value)
        case Kind.STRING:
            stated = type_ref.primitive.facets.max_length
            limit = stated if isinstance(stated, int) else sys.maxsize
            return lambda value: value if isinstance(value, str) and len(value) <= limit else read(value)
        case Kind.INTEGER:
            row = PRIMITIVE_TYPES[type_ref.primitive.name]
            return lambda value: value if type(value) is int and row.minimum <= value <= row.maximum else read(value)
        case _:
            return read


def raw_value(value: object, type_ref: TypeRef) -> tuple[bytes, str]:
    """The bytes of `/$value` and their media type (Protocol 11.2.3.1)."""
    if isinstance(value, bytes):
        return value, "application/octet-stream"
    assert isinstance(value, PrimitiveValue), "properties hold primitive values"
    if type_ref.primitive.name == "Edm.Single" and isinstance(value, float):
        return str(_single(value)).encode("ascii"), "text/plain;charset=utf-8"
    return print_value(value, type_ref).encode("utf-8"), "text/plain;charset=utf-8"


_FORMS = {
    Kind.BOOLEAN: "Write true or false, without quotes.",
    Kind.INTEGER: "Write a whole number, without quotes.",
    Kind.DECIMAL: "Write a number.",
    Kind.FLOAT: 'Write a number, or "INF", "-INF" or "NaN".',
    Kind.STRING: "Write text in double quotes.",
    Kind.GUID: "Write a GUID in double quotes, as 8-4-4-4-12 hexadecimal digits.",
    Kind.BINARY: "Write base64url in double quotes.",
    Kind.DATE: 'Write "2024-01-31".',
    Kind.TIME_OF_DAY: 'Write "12:30:00".',
    Kind.INSTANT: 'Write "2024-01-31T12:30:00Z".',
    Kind.DURATION: 'Write "P1DT2H".',
    Kind.ENUMERATION: "Write the name of a member in double quotes, or its number.",
    Kind.STREAM: "Streams are not written in JSON.",
}


def _finite(value: int | Decimal, type_ref: TypeRef) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise ValueError(f"{str(value)[:40]} is out of the range of {type_ref.name}.")
    return number


def shown(value: JsonValue) -> str:
    """A JSON value as an error quotes it."""
    match value:
        case bool():
            return str(value).lower()
        case dict():
            return "An object"
        case list():
            return "An array"
        case str():
            return f'"{value[:60]}"'
        case _:
            return str(value)[:60]
