"""Literals of V2 become those of V4, and keys in V4's JSON become V2's key predicates (V2 Overview 6.1, URI 2.2).

| V2 | V4 |
|---|---|
| `datetime'2024-03-04T12:00'` | `2024-03-04T12:00:00Z`; beside an Edm.Date `2024-03-04` |
| `datetimeoffset'2024-03-04T12:00:00+01:00'` | `2024-03-04T12:00:00+01:00` |
| `time'PT12H30M'` | `12:30:00` |
| `guid'…'`, `12L`, `1.5M`, `1.5d`, `1.5f` | `…`, `12`, `1.5`, `1.5`, `1.5` |
| `2M`, `2d`, `2f` where no property tells the type | `2.0`, `2e0`, `2e0` |
| `INFD`, `-INFf`, `NaNd` | `INF`, `-INF`, `NaN` |
| `1`, `0` beside an Edm.Boolean | `true`, `false` |
| `X'CAFE'`, `binary'CAFE'` | `binary'yv4'` |
| `'PT1H'` beside an Edm.Duration, `'Red'` beside an enumeration | `duration'PT1H'`, `ns.Colour'Red'` |
"""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from urllib.parse import quote

from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import BadRequest

_PREFIXED = re.compile(r"(datetimeoffset|datetime|time|guid|binary|X)'((?:[^']|'')*)'", re.IGNORECASE)
LITERAL = (
    r"(?:(?:datetimeoffset|datetime|time|guid|binary|X)'|')(?:[^']|'')*'"
    r"|(?<![\w.)])-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?[LMDFlmdf]?(?![\w.-])"
)
"""The pattern of a literal, without regard to case."""
AS_IT_IS = "AS_IT_IS"
"""What a slot says in place of a type whose literal stays as it is."""
_is_placeholder = re.compile(r"'\0(\d+)'").fullmatch
_NUMBER = re.compile(r"(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([LMDF]?)", re.IGNORECASE | re.ASCII)
_BOOLEANS = {"1": "true", "0": "false"}
_UNBOUNDED = re.compile(r"(-?INF|NaN)[DF]", re.IGNORECASE)
_TIME = re.compile(
    r"P(?:0{1,4}Y)?(?:0{1,2}M)?(?:0{1,2}D)?T(?=\d)(?:(\d{1,2})H)?(?:(\d{1,4})M)?(?:(\d{1,5})(\.\d{1,7})?S)?",
    re.ASCII,
)
_INSTANT = re.compile(
    r"(\d{4}-\d\d-\d\d)T((?:[01]\d|2[0-3]):[0-5]\d)(:[0-5]\d(?:\.\d+)?)?(Z|[+-]\d\d:\d\d)?",
    re.IGNORECASE | re.ASCII,
)
_SAFE = "()',=:"
_is_plain = re.compile(r"[A-Za-z0-9._~-]*").fullmatch
_SECONDS_PER_DAY = 86_400


def v4_literal(text: str, beside: TypeRef | None) -> str:
    """A V2 literal as V4 writes it, given the type of what it is compared with or stands for, if that is known."""
    kind = kind_of(beside) if beside is not None else None
    name = beside.name if beside is not None else ""
    placeholder = _is_placeholder(text)
    if placeholder:
        return f"\0{placeholder[1]}~{kind.name if kind is not None else ''}~{name}\0"
    return v4_text(text, kind, name)


def kept_literal(text: str) -> str:
    """A literal that is the same in V4."""
    placeholder = _is_placeholder(text)
    return f"\0{placeholder[1]}~{AS_IT_IS}~\0" if placeholder else text


def v4_text(text: str, kind: Kind | None, name: str) -> str:
    """A V2 literal as V4 writes it, given the kind and the name of the type that it is of, if they are known."""
    if text.startswith("'"):
        return _of_text(text, kind, name)
    prefixed = _PREFIXED.fullmatch(text)
    if prefixed:
        return _PREFIXES[prefixed[1].lower()](prefixed[2].replace("''", "'"), kind)
    number = _NUMBER.fullmatch(text)
    if number is None:
        unbounded = _UNBOUNDED.fullmatch(text)
        return unbounded[1] if unbounded else text
    if kind is Kind.BOOLEAN:
        return _BOOLEANS.get(text, text)
    return number[1] if kind is not None else _typed(number[1], number[2].lower())


def iso_instant(text: str) -> str:
    """An instant of V2, with its seconds and its zone stated; `BadRequest` for what is none."""
    found = _INSTANT.fullmatch(text.strip())
    if found is None:
        raise BadRequest(f"'{text[:60]}' is no date with a time.", hint="Write datetime'2024-03-04T12:00:00'.")
    return f"{found[1]}T{found[2]}{found[3] or ':00'}{(found[4] or 'Z').upper()}"


def iso_time(text: str) -> str:
    """The time of day that an Edm.Time is, as V4 writes it; `BadRequest` for what is none.

    >>> iso_time("PT9H30M"), iso_time("PT23H0M1.5S"), iso_time("P0DT90M")
    ('09:30:00', '23:00:01.5', '01:30:00')
    """
    found = _TIME.fullmatch(text.strip())
    hours, minutes, seconds, fraction = found.groups() if found is not None else (24, 0, 0, None)
    in_seconds = int(hours or 0) * 3_600 + int(minutes or 0) * 60 + int(seconds or 0)
    if in_seconds >= _SECONDS_PER_DAY:
        raise BadRequest(f"'{text[:60]}' is no time of day.", hint="Write time'PT12H30M15S'.")
    return f"{in_seconds // 3_600:02}:{in_seconds // 60 % 60:02}:{in_seconds % 60:02}{fraction or ''}"


def v2_time(text: str) -> str:
    """An Edm.TimeOfDay as an Edm.Time.

    >>> v2_time("09:30:00.5")
    'PT9H30M0.5S'
    """
    hours, minutes, seconds = text.split(":")
    whole, dot, fraction = seconds.partition(".")
    return f"PT{int(hours)}H{int(minutes)}M{int(whole)}{dot}{fraction}S"


def key_text(kind: Kind | None, type_name: str) -> Callable[[object], str]:
    """What writes a part of a key, given as V4's JSON has it, as a percent-encoded literal of V2."""
    return _KEYS.get(kind, _SUFFIXED.get(type_name, str)) if kind is not None else str


def _typed(number: str, suffix: str) -> str:
    """A number of which nothing but its suffix tells the type: 2M and 2d do not divide as 2 does."""
    if suffix == "m" and number.lstrip("-").isdecimal():
        return f"{number}.0"
    return f"{number}e0" if suffix in {"d", "f"} and "e" not in number.lower() else number


def _of_text(text: str, kind: Kind | None, name: str) -> str:
    if kind is Kind.ENUMERATION:
        return f"{name}{text}"
    return f"duration{text}" if kind is Kind.DURATION else text


def _instant(text: str, kind: Kind | None) -> str:
    instant = iso_instant(text)
    return instant[:10] if kind is Kind.DATE else instant


def _binary(text: str, _: Kind | None) -> str:
    try:
        content = bytes.fromhex(text)
    except ValueError as error:
        hint = "Write an even number of hexadecimal digits: X'CAFE'."
        raise BadRequest(f"'{text[:60]}' is no binary literal.", hint=hint) from error
    return f"binary'{urlsafe_b64encode(content).decode('ascii').rstrip('=')}'"


def _time(text: str, _: Kind | None) -> str:
    return iso_time(text)


def _guid(text: str, _: Kind | None) -> str:
    return text


_PREFIXES: Mapping[str, Callable[[str, Kind | None], str]] = {
    "datetime": _instant,
    "datetimeoffset": _instant,
    "time": _time,
    "guid": _guid,
    "binary": _binary,
    "x": _binary,
}


def _quoted(value: object) -> str:
    if _is_plain(str(value)):  # most keys are, and a page has a thousand
        return f"'{value}'"
    doubled = str(value).replace("'", "''")
    return f"'{quote(doubled, safe=_SAFE)}'"


_KEYS: Mapping[Kind | None, Callable[[object], str]] = {
    Kind.STRING: _quoted,
    Kind.ENUMERATION: _quoted,
    Kind.DURATION: _quoted,
    Kind.GUID: lambda value: f"guid'{value}'",
    Kind.DATE: lambda value: f"datetime'{value}T00:00:00'",
    Kind.INSTANT: lambda value: f"datetimeoffset'{value}'",
    Kind.TIME_OF_DAY: lambda value: f"time'{v2_time(str(value))}'",
    Kind.DECIMAL: lambda value: f"{value}M",
    Kind.BOOLEAN: lambda value: str(value).lower(),
}
_SUFFIXED: Mapping[str, Callable[[object], str]] = {"Edm.Int64": lambda value: f"{value}L"}
