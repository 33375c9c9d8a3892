"""Casts in PostgreSQL, by way of literal text (URL Conventions 5.1.1.10.1): a text that is none fails the request."""

from collections.abc import Callable, Mapping

from peewee import Cast, Node

from odata_service.edm.temporal import (
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    TICKS_PER_MINUTE,
    TICKS_PER_SECOND,
)
from odata_service.edm.types import PRIMITIVE_TYPES, Kind, TypeRef, kind_of
from odata_service.sql.families.casts import Casting, Casts, always, floating, instant, shown
from odata_service.sql.families.postgresql_instants import INSTANT_OF_TICKS, TICKS_OF_INSTANT, written

_LITERAL = r"^[+-]?\d+(\.\d+)?([eE][+-]?\d{1,4})?$"
_DATE = r"\d{4,4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_TIME = r"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,7}0{0,5})?)?"
_OFFSET = r"([Zz]|[+-]([01]\d|2[0-3]):[0-5]\d)"
_GUID = r"^[0-9A-Fa-f]{8,8}(-[0-9A-Fa-f]{4,4}){3,3}-[0-9A-Fa-f]{12,12}$"
_DURATION = (
    r"^[+-]?P(?=.)(\d{1,8}D)?(T(?=\d)(\d{1,9}H)?(\d{1,10}M)?(\d{1,11}(\.\d{1,7}0{0,5})?S)?)?$"  # as edm.temporal has it
)


def _number(node: Node, source: Kind | None, target: TypeRef) -> Node:
    exact = _exact(node, source)
    match kind_of(target):
        case Kind.FLOAT:
            return Cast(node, "double precision")
        case Kind.DECIMAL:
            return exact
        case _:
            return _in_range(written("round({0})")([exact], (Kind.DECIMAL,)), target)


def _exact(node: Node, source: Kind | None) -> Node:
    """A number with all the digits that it shows."""
    shown = Cast(node, "text") if source is Kind.FLOAT else node
    return Cast(shown, "numeric")


def _in_range(node: Node, target: TypeRef) -> Node:
    row = PRIMITIVE_TYPES[target.name]
    text = (
        f"CASE WHEN {{0}} BETWEEN {row.minimum} AND {row.maximum} THEN CAST({{0}} AS bigint) "
        "ELSE CAST('out of range: ' || CAST({0} AS text) AS bigint) END"
    )
    return written(text)([node], (Kind.DECIMAL,))


def _checked(pattern: str, result: str, sql_type: str) -> Callable[[Node], Node]:
    """A text that has a form in another type; any other fails, since no type reads it."""
    failing = "CAST('cannot be cast: ' || {0} AS bigint)"
    if sql_type != "bigint":
        failing = f"CAST(CAST({failing} AS text) AS {sql_type})"
    build = written(f"CASE WHEN {{0}} ~ '{pattern}' THEN {result} ELSE {failing} END")
    return lambda node: build([node], (Kind.STRING,))


_integer_text = _checked(r"^[+-]?\d{1,40}$", "CAST({0} AS numeric)", "numeric")
_float_text = _checked(
    r"^(-?INF|NaN)$|" + _LITERAL, "CAST(replace({0}, 'INF', 'Infinity') AS double precision)", "double precision"
)
_local_text = _checked(
    f"^{_DATE}[Tt]{_TIME}{_OFFSET}$",
    r"substr({0}, 1, 10) || 'T' || substr({0}, 12, 5) || coalesce(substring({0} FROM ':\d\d(:\d\d)[.Zz+-]'), ':00')"
    r" || coalesce('.' || nullif(rtrim(substring({0} FROM '\.(\d+)'), '0'), ''), '')",
    "text",
)
_offset = written(
    r"coalesce(CAST(extract(epoch FROM CAST(substring({0} FROM '[+-]\d\d:\d\d$') AS interval)) AS bigint), 0) "
    rf"* {TICKS_PER_SECOND}"
)


def _ticks(digits: str, ticks: int) -> str:
    return f"coalesce(CAST(substring({{0}} FROM '{digits}') AS numeric), 0) * {ticks}"


_duration = _checked(
    _DURATION,
    "CAST("
    + " + ".join(
        (
            _ticks(r"(\d+)D", TICKS_PER_DAY),
            _ticks(r"(\d+)H", TICKS_PER_HOUR),
            _ticks(r"(\d+)M", TICKS_PER_MINUTE),
            _ticks(r"(\d+(?:\.\d+)?)S", TICKS_PER_SECOND),
        )
    ).join(("(", ")"))
    + " * CASE WHEN left({0}, 1) = '-' THEN -1 ELSE 1 END AS bigint)",
    "bigint",
)
_time = _checked(
    f"^{_TIME}$",
    "CASE WHEN length({0}) = 5 THEN {0} || ':00' WHEN length({0}) = 8 THEN {0} ELSE rtrim(rtrim({0}, '0'), '.') END",
    "text",
)
_boolean = _checked("^([Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee])$", "CAST({0} AS boolean)", "boolean")
_decimal = _checked(_LITERAL, "CAST({0} AS numeric)", "numeric")
_guid = _checked(_GUID, "CAST({0} AS uuid)", "uuid")
_date = _checked(f"^{_DATE}$", "CAST({0} AS date)", "date")
_binary = _checked(
    "^([A-Za-z0-9_-]{4,4})*([A-Za-z0-9_-]{2,3})?={0,2}$",
    "decode(rpad(translate(rtrim({0}, '='), '-_', '+/'), (length(rtrim({0}, '=')) + 3) / 4 * 4, '='), 'base64')",
    "bytea",
)

_FROM_TEXT: Mapping[Kind, Casting] = {
    Kind.BOOLEAN: always(_boolean),
    Kind.INTEGER: lambda node, target: _in_range(_integer_text(node), target),
    Kind.DECIMAL: always(_decimal),
    Kind.FLOAT: floating(_float_text, "real", "double precision"),
    Kind.GUID: always(_guid),
    Kind.BINARY: always(_binary),
    Kind.DATE: always(_date),
    Kind.TIME_OF_DAY: always(_time),
    Kind.INSTANT: instant(
        lambda node: TICKS_OF_INSTANT([_local_text(node)], (Kind.STRING,)),
        _offset,
        written("{0} - {1}"),
        INSTANT_OF_TICKS,
    ),
    Kind.DURATION: always(_duration),
}

_SHOWN_FLOAT = written(
    "CASE WHEN {0} = 'NaN' THEN 'NaN' WHEN {0} = 'Infinity' THEN 'INF' WHEN {0} = '-Infinity' THEN '-INF' "
    "WHEN {0} <> 0 AND abs({0}) NOT BETWEEN 1e-4 AND 9999999999999998 THEN CAST({0} AS text) "
    "ELSE CAST(CAST(CAST({0} AS text) AS numeric) AS text) || CASE WHEN {0} = trunc({0}) THEN '.0' ELSE '' END END"
)


def _part(ticks: int, modulo: int, letter: str) -> str:
    return f"coalesce(nullif(abs({{0}}) / {ticks} % {modulo}, 0) || '{letter}', '')"


_SHOWN_DURATION = written(
    "CASE WHEN {0} IS NULL THEN NULL WHEN {0} = 0 THEN 'PT0S' ELSE CASE WHEN {0} < 0 THEN '-P' ELSE 'P' END || "
    f"{_part(TICKS_PER_DAY, 10**9, 'D')} || CASE WHEN {{0}} % {TICKS_PER_DAY} <> 0 THEN 'T' || "
    f"{_part(TICKS_PER_HOUR, 24, 'H')} || {_part(TICKS_PER_MINUTE, 60, 'M')} || "
    f"coalesce(trim_scale(nullif(abs({{0}}) % {TICKS_PER_MINUTE}, 0) / CAST({TICKS_PER_SECOND} AS numeric)) || 'S', "
    "'') "
    "ELSE '' END END"
)


_TO_TEXT: Mapping[Kind, Casting] = {
    Kind.BOOLEAN: shown(written("CAST({0} AS text)"), Kind.BOOLEAN),
    Kind.INTEGER: shown(written("CAST({0} AS text)"), Kind.INTEGER),
    Kind.DECIMAL: shown(written("CAST(trim_scale({0}) AS text)"), Kind.DECIMAL),
    Kind.FLOAT: shown(_SHOWN_FLOAT, Kind.FLOAT),
    Kind.GUID: shown(written("CAST({0} AS text)"), Kind.GUID),
    Kind.BINARY: shown(written("translate(encode({0}, 'base64'), '+/' || chr(10), '-_')"), Kind.BINARY),
    Kind.DATE: shown(written("CAST({0} AS text)"), Kind.DATE),
    Kind.TIME_OF_DAY: always(lambda node: node),
    Kind.INSTANT: shown(written("{0} || 'Z'"), Kind.INSTANT),
    Kind.DURATION: shown(_SHOWN_DURATION, Kind.DURATION),
}

CASTS = Casts(_number, _FROM_TEXT, _TO_TEXT)
