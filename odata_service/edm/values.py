"""Primitive values as Python holds them, their literal text, and the one canonical form of each (ABNF 7).

| EDM type | Python value |
|---|---|
| Boolean | `bool` |
| Byte … Int64 | `int` |
| Decimal | `decimal.Decimal` |
| Single, Double | `float`, with inf and nan |
| String | `str` |
| Guid | `str`, 36 characters, lower case |
| Binary | `bytes` |
| Date | `str`, `YYYY-MM-DD` |
| TimeOfDay | `str`, `hh:mm:ss` with a fraction only where it is not zero, no trailing zeros |
| DateTimeOffset | `str`, UTC, `YYYY-MM-DDThh:mm:ss[.f…]`, at most 7 digits, no trailing zeros, NO zone letter |
| Duration | `int`, in units of 100 nanoseconds |
| an enumeration | `int`, the number of the member, or the union of those of several |
| Geography…, Geometry… | `str`, GeoJSON without blanks |
| Untyped | `str`, JSON without blanks |

The text forms sort as the values they stand for, so they are stored and compared as they are. Years are 0001 to 9999.
Texts are matched against the ABNF before they are converted: Python's own converters take too much. Every failure is a
`ValueError` whose message is a sentence for the client.
"""

import math
import re
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from decimal import Decimal

from odata_service.edm.temporal import (
    TICKS_PER_SECOND,
    parse_date,
    parse_duration,
    parse_instant,
    parse_time_of_day,
    print_duration,
)
from odata_service.edm.types import PRIMITIVE_TYPES, Kind, TypeRef, kind_of
from odata_service.edm.wkt import parse_wkt, print_wkt

PrimitiveValue = bool | int | Decimal | float | str | bytes

_INTEGER = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?\d{1,400}(?:\.\d{1,400})?(?:[eE][+-]?\d{1,4})?", re.ASCII)
_GUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_BINARY = re.compile(r"[A-Za-z0-9_-]*={0,2}", re.ASCII)
_SPECIAL_FLOATS = {"INF": math.inf, "-INF": -math.inf, "NaN": math.nan}
_LARGEST_SINGLE = 3.4028235677973366e38


def parse(text: str, type_ref: TypeRef) -> PrimitiveValue:
    """The value of a literal's text, without the quotes and prefixes of URLs.

    >>> parse("2024-02-29T12:00:00.50+02:00", TypeRef("Edm.DateTimeOffset"))
    '2024-02-29T10:00:00.5'
    """
    return _PARSERS[_kind(type_ref)](text, type_ref.primitive)


def parser(type_ref: TypeRef) -> Callable[[str], PrimitiveValue]:
    """`parse` for one type, looked up once: for many values."""
    read, wanted = _PARSERS[_kind(type_ref)], type_ref.primitive
    return lambda text: read(text, wanted)


def print_value(value: PrimitiveValue, type_ref: TypeRef) -> str:
    """The literal text of a value, the inverse of `parse`.

    >>> print_value("2024-02-29T10:00:00.5", TypeRef("Edm.DateTimeOffset"))
    '2024-02-29T10:00:00.5Z'
    """
    match _kind(type_ref), value:
        case Kind.ENUMERATION, int():
            return print_members(value, type_ref)
        case Kind.BOOLEAN, _:
            return "true" if value else "false"
        case Kind.INSTANT, str():
            return value + "Z"
        case Kind.DURATION, int():
            return print_duration(value)
        case Kind.BINARY, bytes():
            return urlsafe_b64encode(value).decode("ascii")
        case Kind.DECIMAL, Decimal():
            return print_decimal(value)
        case Kind.FLOAT, float():
            return print_float(value)
        case ((Kind.GEOGRAPHY | Kind.GEOMETRY), str()):
            return print_wkt(value, type_ref)
        case _:
            return str(value)


def fit(value: PrimitiveValue, type_ref: TypeRef) -> PrimitiveValue:
    """The value as its type and facets admit it (CSDL 7.2); a Single is rounded to 32 bits.

    >>> from odata_service.edm.types import Facets
    >>> fit("abc", TypeRef("Edm.String", facets=Facets(max_length=2)))
    Traceback (most recent call last):
    ...
    ValueError: The text has 3 characters, and at most 2 are allowed.
    """
    type_ref = type_ref.primitive
    facets = type_ref.facets
    match _kind(type_ref), value:
        case Kind.INTEGER, int():
            return _in_range(value, type_ref)
        case Kind.STRING, str() if isinstance(facets.max_length, int) and len(value) > facets.max_length:
            raise ValueError(f"The text has {len(value)} characters, and at most {facets.max_length} are allowed.")
        case Kind.BINARY, bytes() if isinstance(facets.max_length, int) and len(value) > facets.max_length:
            raise ValueError(f"The value has {len(value)} bytes, and at most {facets.max_length} are allowed.")
        case Kind.DECIMAL, Decimal():
            return _fit_decimal(value, type_ref)
        case Kind.FLOAT, float() if type_ref.name == "Edm.Single" and math.isfinite(value):
            return _single(value)
        case ((Kind.INSTANT | Kind.TIME_OF_DAY), str()):
            return _fit_fraction(value, facets.precision)
        case Kind.DURATION, int():
            return _fit_duration(value, facets.precision)
        case _:
            return value


def print_decimal(value: Decimal) -> str:
    """A Decimal without exponent, with the digits it has; what is no number by the standard's name (JSON 7.1).

    >>> print_decimal(Decimal("1E+2")), print_decimal(Decimal("-Infinity"))
    ('100', '-INF')
    """
    return format(value, "f").replace("Infinity", "INF")


def print_exponential(value: Decimal) -> str:
    """A Decimal with an exponent where that is shorter, with the digits it has (JSON Format 3.2).

    >>> [print_exponential(Decimal(text)) for text in ("1E+30", "0.000000012", "12.50", "-Infinity")]
    ['1E+30', '1.2E-8', '12.50', '-INF']
    """
    return min(print_decimal(value), f"{value:E}", key=len)


def print_float(value: float) -> str:
    """The shortest text that gives this float again, with the standard's names for the special ones.

    >>> print_float(-math.inf)
    '-INF'
    """
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "INF" if value > 0 else "-INF"
    return repr(value)


def _kind(type_ref: TypeRef) -> Kind:
    row = PRIMITIVE_TYPES.get(type_ref.name)
    kind = row.kind if row is not None else kind_of(type_ref.element)
    if kind is None:
        raise ValueError(f"'{type_ref}' is not a primitive type.")
    return kind


def _parse_boolean(text: str, type_ref: TypeRef) -> bool:
    folded = text.lower()
    if folded not in {"true", "false"}:
        raise _not_a(text, type_ref, "Write true or false.")
    return folded == "true"


def _parse_integer(text: str, type_ref: TypeRef) -> int:
    if not _INTEGER.fullmatch(text):
        raise _not_a(text, type_ref, "Write digits, with a sign where it is negative.")
    return _in_range(int(text), type_ref)


def _in_range(value: int, type_ref: TypeRef) -> int:
    row = PRIMITIVE_TYPES[type_ref.name]
    if not row.minimum <= value <= row.maximum:
        raise ValueError(f"{value} is out of the range of {type_ref.name}: {row.minimum} to {row.maximum}.")
    return value


def _parse_decimal(text: str, type_ref: TypeRef) -> Decimal:
    if not _DECIMAL.fullmatch(text):
        raise _not_a(text, type_ref, "Write a number such as 12.50.")
    value = Decimal(text)
    if abs(value.adjusted()) > 400:
        raise ValueError(f"{text} is out of the range of Edm.Decimal.")
    return value


def _parse_float(text: str, type_ref: TypeRef) -> float:
    special = _SPECIAL_FLOATS.get(text)
    if special is not None:
        return special
    if not _DECIMAL.fullmatch(text):
        raise _not_a(text, type_ref, "Write a number such as 1.5e3, or INF, -INF or NaN.")
    value = float(text)
    return _single(value) if type_ref.name == "Edm.Single" and math.isfinite(value) else value


def as_float(value: float | Decimal, type_ref: TypeRef) -> float | None:
    """A number as a Double or a Single; None beyond the range of a Single.

    >>> as_float(2147483647, TypeRef("Edm.Single"))
    2147483648.0
    """
    found = float(value)
    if type_ref.name != "Edm.Single" or not math.isfinite(found):
        return found
    return _single(found) if abs(found) < _LARGEST_SINGLE else None


def _single(value: float) -> float:
    if abs(value) >= _LARGEST_SINGLE:
        raise ValueError(f"{value!r} is out of the range of Edm.Single.")
    rounded: float = struct.unpack("<f", struct.pack("<f", value))[0]
    return rounded


def _parse_string(text: str, type_ref: TypeRef) -> str:
    return text


def _parse_guid(text: str, type_ref: TypeRef) -> str:
    if not _GUID.fullmatch(text):
        raise _not_a(text, type_ref, "Write 32 hexadecimal digits as 8-4-4-4-12.")
    return text.lower()


def _parse_binary(text: str, type_ref: TypeRef) -> bytes:
    bare = text.rstrip("=")
    if not _BINARY.fullmatch(text) or len(bare) % 4 == 1:
        raise _not_a(text, type_ref, "Write base64url: letters, digits, - and _.")
    try:
        return urlsafe_b64decode(bare + "=" * (-len(bare) % 4))
    except Base64Error as error:
        raise _not_a(text, type_ref, "Write base64url: letters, digits, - and _.") from error


def print_members(value: int, type_ref: TypeRef) -> str:
    """The members of an enumeration value, separated by commas; the number itself where no member has it (ABNF 7)."""
    members = _members(type_ref)
    for name, number in members.items():
        if number == value:
            return name
    found = []
    rest = value
    for name, number in members.items():
        if _is_flags(type_ref) and number and rest & number == number:
            found.append(name)
            rest &= ~number
    return ",".join(found) if found and not rest else str(value)


def _parse_members(text: str, type_ref: TypeRef) -> int:
    """The number of a member, of several for flags, by name or by number."""
    members = _members(type_ref)
    value = 0
    parts = [part.strip() for part in text.split(",")]
    for part in parts:
        number = members.get(part)
        if number is None and _INTEGER.fullmatch(part) and _may_stand_for(int(part), type_ref):
            number = int(part)
        if number is None or (len(parts) > 1 and not _is_flags(type_ref)):
            raise _not_a(text, type_ref, _member_advice(members, len(parts), is_flags=_is_flags(type_ref)))
        value |= number
    return value


def _may_stand_for(number: int, type_ref: TypeRef) -> bool:
    """Whether a number is a member's, or that of flags which need not all have names."""
    if not _is_flags(type_ref):
        return number in _members(type_ref).values()
    assert type_ref.definition is not None, "enumerations have a definition"
    row = PRIMITIVE_TYPES[type_ref.definition.underlying]
    return row.minimum <= number <= row.maximum


def _member_advice(members: Mapping[str, int], stated: int, *, is_flags: bool) -> str:
    if stated > 1 and not is_flags:
        return "Write one member."
    known = ", ".join(list(members)[:20])
    return f"Write members of {known}." if stated > 1 else f"Write one of {known}."


def _members(type_ref: TypeRef) -> Mapping[str, int]:
    assert type_ref.definition is not None and type_ref.definition.values is not None, "enumerations have members"
    return type_ref.definition.values


def _is_flags(type_ref: TypeRef) -> bool:
    return type_ref.definition is not None and type_ref.definition.is_flags


def _unreadable(text: str, type_ref: TypeRef) -> PrimitiveValue:
    raise ValueError(f"Values of {type_ref.name} have no literal that is read here.")


_PARSERS: dict[Kind, Callable[[str, TypeRef], PrimitiveValue]] = {
    Kind.BOOLEAN: _parse_boolean,
    Kind.INTEGER: _parse_integer,
    Kind.DECIMAL: _parse_decimal,
    Kind.FLOAT: _parse_float,
    Kind.STRING: _parse_string,
    Kind.GUID: _parse_guid,
    Kind.BINARY: _parse_binary,
    Kind.DATE: lambda text, _: parse_date(text),
    Kind.TIME_OF_DAY: lambda text, _: parse_time_of_day(text),
    Kind.INSTANT: lambda text, _: parse_instant(text),
    Kind.DURATION: lambda text, _: parse_duration(text),
    Kind.ENUMERATION: _parse_members,
    Kind.UNTYPED: _unreadable,
    Kind.STREAM: _unreadable,
    Kind.GEOGRAPHY: parse_wkt,
    Kind.GEOMETRY: parse_wkt,
}


BEGINNINGS: Mapping[Kind, PrimitiveValue] = {
    Kind.BOOLEAN: False,
    Kind.INTEGER: 0,
    Kind.DECIMAL: Decimal(0),
    Kind.FLOAT: 0.0,
    Kind.STRING: "",
    Kind.GUID: "00000000-0000-0000-0000-000000000000",
    Kind.BINARY: b"",
    Kind.DATE: "0001-01-01",
    Kind.TIME_OF_DAY: "00:00:00",
    Kind.INSTANT: "0001-01-01T00:00:00",
    Kind.DURATION: 0,
}
"""The value of each kind that stands for none where there must be one."""


def beginning(type_ref: TypeRef) -> PrimitiveValue | None:
    """What a value begins as that must not be null, and that nothing and nobody states; None where there is no such.

    >>> beginning(TypeRef("Edm.Int64"))
    0
    """
    if type_ref.is_enumeration and type_ref.definition is not None and type_ref.definition.values:
        return next(iter(type_ref.definition.values.values()))
    kind = kind_of(type_ref)
    return BEGINNINGS.get(kind) if kind is not None else None


def _fit_decimal(value: Decimal, type_ref: TypeRef) -> Decimal:
    precision, scale = type_ref.facets.precision, type_ref.facets.scale
    _, digits, exponent = value.normalize().as_tuple()
    assert isinstance(exponent, int), "decimals are finite"
    fraction = max(-exponent, 0)
    if isinstance(scale, int) and fraction > scale:
        raise ValueError(
            f"{print_decimal(value)} has {fraction} digits behind the point, and at most {scale} are allowed."
        )
    whole = max(len(digits) + exponent, 0)
    counted = len(digits) if scale == "floating" else whole + (scale if isinstance(scale, int) else fraction)
    if precision is not None and counted > precision:
        raise ValueError(f"{print_decimal(value)} has more digits than the {precision} that are allowed.")
    return value


def _fit_fraction(value: str, precision: int | None) -> str:
    digits = len(value.partition(".")[2])
    if precision is not None and digits > precision:
        raise ValueError(f"'{value}' has {digits} digits behind the second, and at most {precision} are allowed.")
    return value


def _fit_duration(ticks: int, precision: int | None) -> int:
    fraction = f"{abs(ticks) % TICKS_PER_SECOND:07}".rstrip("0")
    if precision is not None and len(fraction) > precision:
        raise ValueError(
            f"'{print_duration(ticks)}' has {len(fraction)} digits behind the second, "
            f"and at most {precision} are allowed."
        )
    return ticks


def _not_a(text: str, type_ref: TypeRef, advice: str) -> ValueError:
    shown = text if len(text) <= 80 else text[:80] + "…"
    article = "an" if type_ref.name.startswith("Edm.") else "a"
    return ValueError(f"'{shown}' is not {article} {type_ref.name}. {advice}")
