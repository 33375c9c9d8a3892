"""Casts in PostgreSQL, by way of literal text (URL Conventions 5.1.1.10.1): null where a value has no like."""

from collections.abc import Callable, Mapping

from peewee import Cast, Node

from odata_service.edm.temporal import (
    TICKS_PER_DAY,
    TICKS_PER_HOUR,
    TICKS_PER_MINUTE,
    TICKS_PER_SECOND,
)
from odata_service.edm.types import INT64, PRIMITIVE_TYPES, Kind, TypeRef, kind_of
from odata_service.sql.families import literal_forms as forms
from odata_service.sql.families.casts import Casting, Casts, always, floating, instant, shown
from odata_service.sql.families.postgresql_instants import INSTANT_OR_NULL, TICKS_OF_INSTANT, written

_BEYOND_DOUBLE = "1.7976931348623158079e308"
"""From here on a number is nearer to infinity than to the largest Edm.Double."""


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
    """A number with all the digits that it shows; null for what is no number."""
    return _FINITE([node], (Kind.FLOAT,)) if source is Kind.FLOAT else Cast(node, "numeric")


_FINITE = written("CASE WHEN abs({0}) < 'Infinity' THEN CAST(CAST({0} AS text) AS numeric) END")


def _in_range(node: Node, target: TypeRef) -> Node:
    row = PRIMITIVE_TYPES[target.name]
    text = f"CASE WHEN {{0}} BETWEEN {row.minimum} AND {row.maximum} THEN CAST({{0}} AS bigint) END"
    return written(text)([node], (Kind.DECIMAL,))


def _formed(pattern: str, result: str) -> Callable[[Node], Node]:
    """A text that has a form in another type; `pattern` is that of the whole text."""
    build = written(f"CASE WHEN {{0}} ~ '^({pattern})$' THEN {result} END")
    return lambda node: build([node], (Kind.STRING,))


_integer_text = _formed(forms.INTEGER, "CAST({0} AS numeric)")
_decimal_text = _formed(forms.NUMBER, "CAST({0} AS numeric)")
_decimal = written("CASE WHEN {0} = 0 OR abs({0}) >= 1e-400 AND abs({0}) < 1e401 THEN {0} END")
_special = written("CASE WHEN {0} IN ('INF', '-INF', 'NaN') THEN replace({0}, 'INF', 'Infinity') END")
_float = written(
    f"coalesce(CASE WHEN abs({{0}}) >= {_BEYOND_DOUBLE} THEN CASE WHEN {{0}} < 0 THEN '-Infinity' ELSE 'Infinity' END "
    "WHEN abs({0}) > 3e-324 THEN CAST(CAST({0} AS double precision) AS text) WHEN {0} IS NOT NULL THEN '0' END, {1})"
)
_rounded_single = written(
    f"CASE WHEN abs({{0}}) < 7.1e-46 THEN 0 WHEN abs({{0}}) < {forms.LARGEST_SINGLE} OR abs({{0}}) >= 'Infinity' "
    "THEN CAST(CAST({0} AS real) AS double precision) END"
)
_local_text = _formed(
    forms.INSTANT,
    r"substr({0}, 1, 10) || 'T' || substr({0}, 12, 5) || coalesce(substring({0} FROM ':\d\d(:\d\d)[.Zz+-]'), ':00')"
    r" || coalesce('.' || nullif(rtrim(substring({0} FROM '\.(\d+)'), '0'), ''), '')",
)
_offset = written(
    r"coalesce(CAST(extract(epoch FROM CAST(substring({0} FROM '[+-]\d\d:\d\d$') AS interval)) AS bigint), 0) "
    rf"* {TICKS_PER_SECOND}"
)


def _float_text(node: Node) -> Node:
    """A text as a float: what is too large for one is infinite, what is too small zero, as in Python."""
    parts = [_decimal_text(node), _special([node], (Kind.STRING,))]
    return Cast(_float(parts, (Kind.DECIMAL, Kind.STRING)), "double precision")


def _ticks(digits: str, ticks: int) -> str:
    return f"coalesce(CAST(substring({{0}} FROM '{digits}') AS numeric), 0) * {ticks}"


_duration_ticks = _formed(
    forms.DURATION,
    " + ".join(
        (
            _ticks(r"(\d+)D", TICKS_PER_DAY),
            _ticks(r"(\d+)H", TICKS_PER_HOUR),
            _ticks(r"(\d+)M", TICKS_PER_MINUTE),
            _ticks(r"(\d+(?:\.\d+)?)S", TICKS_PER_SECOND),
        )
    ).join(("(", ")"))
    + " * CASE WHEN left({0}, 1) = '-' THEN -1 ELSE 1 END",
)
_time = _formed(
    forms.TIME_OF_DAY,
    "CASE WHEN length({0}) = 5 THEN {0} || ':00' WHEN length({0}) = 8 THEN {0} ELSE rtrim(rtrim({0}, '0'), '.') END",
)
_boolean = _formed("[Tt][Rr][Uu][Ee]|[Ff][Aa][Ll][Ss][Ee]", "CAST({0} AS boolean)")
_guid = _formed(forms.GUID, "CAST({0} AS uuid)")
_date = _formed(forms.DATE, "CAST({0} AS date)")
_binary = _formed(
    forms.BINARY,
    "decode(rpad(translate(rtrim({0}, '='), '-_', '+/'), (length(rtrim({0}, '=')) + 3) / 4 * 4, '='), 'base64')",
)

_FROM_TEXT: Mapping[Kind, Casting] = {
    Kind.BOOLEAN: always(_boolean),
    Kind.INTEGER: lambda node, target: _in_range(_integer_text(node), target),
    Kind.DECIMAL: lambda node, _: _decimal([_decimal_text(node)], (Kind.DECIMAL,)),
    Kind.FLOAT: floating(_float_text, _rounded_single),
    Kind.GUID: always(_guid),
    Kind.BINARY: always(_binary),
    Kind.DATE: always(_date),
    Kind.TIME_OF_DAY: always(_time),
    Kind.INSTANT: instant(
        lambda node: TICKS_OF_INSTANT([_local_text(node)], (Kind.STRING,)),
        _offset,
        written("{0} - {1}"),
        INSTANT_OR_NULL,
    ),
    Kind.DURATION: lambda node, _: _in_range(_duration_ticks(node), INT64),
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

CASTS = Casts(_number, _rounded_single, _FROM_TEXT, _TO_TEXT)
