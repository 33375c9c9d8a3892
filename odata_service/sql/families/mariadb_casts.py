"""Casts in MariaDB, by way of literal text (URL Conventions 5.1.1.10.1): null where a value has no like."""

import sys
from collections.abc import Callable, Mapping

from peewee import Cast, Node

from odata_service.edm.temporal import TICKS_PER_DAY, TICKS_PER_HOUR, TICKS_PER_MINUTE, TICKS_PER_SECOND
from odata_service.edm.types import INT64, PRIMITIVE_TYPES, Kind, TypeRef, kind_of
from odata_service.sql.families import literal_forms as forms
from odata_service.sql.families.casts import Casting, Casts, always, floating, instant, shown
from odata_service.sql.families.mariadb_instants import DECIMAL, INSTANT_OR_NULL, TICKS_OF_INSTANT, written

_LARGEST = repr(sys.float_info.max)
_FITTING = "ABS({0}) < 1e35"
_EXACT = written(f"CASE WHEN {_FITTING} THEN CAST({{0}} AS {DECIMAL}) END")
"""Decimals have 35 digits before the point; what has more would be cut without a word."""


def _number(node: Node, source: Kind, target: TypeRef) -> Node:
    match kind_of(target):
        case Kind.FLOAT:
            return Cast(node, "DOUBLE")
        case Kind.DECIMAL:
            return _EXACT([node], (source,))
        case _:
            return _in_range(written("ROUND({0})")([_EXACT([node], (source,))], (Kind.DECIMAL,)), target)


def _checked(test: str, result: str, sql_type: str, kind: Kind) -> Callable[[Node], Node]:
    """A value that passes a test in another type, and null for any other."""
    build = written(f"CAST(CASE WHEN {test} THEN {result} END AS {sql_type})")
    return lambda node: build([node], (kind,))


def _in_range(node: Node, target: TypeRef) -> Node:
    row = PRIMITIVE_TYPES[target.name]
    return _checked(f"{{0}} BETWEEN {row.minimum} AND {row.maximum}", "{0}", "SIGNED", Kind.DECIMAL)(node)


def _formed(pattern: str, result: str, sql_type: str, further: str = "") -> Callable[[Node], Node]:
    """A text that has a form in another type; `pattern` is that of the whole text, `further` what else is asked."""
    test = f"{{0}} REGEXP '^(?:{pattern})\\\\z'{further and f' AND {further}'}"
    return _checked(test, result, sql_type, Kind.STRING)


_decimal = _formed(forms.NUMBER, f"CAST({{0}} AS {DECIMAL})", DECIMAL, "ABS(CAST({0} AS DOUBLE)) < 1e35")
_integer_text = _formed(forms.INTEGER, f"CAST({{0}} AS {DECIMAL})", DECIMAL, "ABS(CAST({0} AS DOUBLE)) < 1e35")
_float = _formed(
    f"-?INF|{forms.NUMBER}",
    f"CASE {{0}} WHEN 'INF' THEN {_LARGEST} WHEN '-INF' THEN -{_LARGEST} ELSE CAST({{0}} AS DOUBLE) END",
    "DOUBLE",
)
_rounded_single = written(
    f"CASE WHEN ABS({{0}}) < {forms.LARGEST_SINGLE} THEN CAST(CAST({{0}} AS FLOAT) AS DOUBLE) "
    f"WHEN ABS({{0}}) = {_LARGEST} THEN {{0}} END"
)
_local_text = _formed(
    forms.INSTANT,
    "CONCAT(SUBSTRING({0}, 1, 10), 'T', SUBSTRING({0}, 12, 5), IF(SUBSTRING({0}, 17, 1) = ':', SUBSTRING({0}, 17, 3), "
    "':00'), TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM CONCAT('.', "
    "REGEXP_SUBSTR({0}, '(?<=[.])[0-9]+')))))",
    "CHAR",
)
_offset = written(
    "TIME_TO_SEC(CONCAT(COALESCE(NULLIF(REPLACE(REGEXP_SUBSTR({0}, '[+-][0-9][0-9]:[0-9][0-9]\\\\z'), '+', ''), ''), "
    f"'00:00'), ':00')) * {TICKS_PER_SECOND}"
)


def _counted(digits: str, ticks: int) -> str:
    return f"CAST(CONCAT('0', REGEXP_SUBSTR({{0}}, '{digits}')) AS {DECIMAL}) * {ticks}"


_duration_parts = (
    ("[0-9]+(?=D)", TICKS_PER_DAY),
    ("[0-9]+(?=H)", TICKS_PER_HOUR),
    ("[0-9]+(?=M)", TICKS_PER_MINUTE),
    ("[0-9]+([.][0-9]+)?(?=S)", TICKS_PER_SECOND),
)
_duration_ticks = _formed(
    forms.DURATION,
    f"({' + '.join(_counted(*part) for part in _duration_parts)}) * IF(LEFT({{0}}, 1) = '-', -1, 1)",
    DECIMAL,
)
_time = _formed(
    forms.TIME_OF_DAY,
    "CASE CHAR_LENGTH({0}) WHEN 5 THEN CONCAT({0}, ':00') WHEN 8 THEN {0} "
    "ELSE TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM {0})) END",
    "CHAR",
)
_boolean = _formed("(?i)true|false", "LOWER({0}) = 'true'", "SIGNED")
_guid = _formed(forms.GUID, "LOWER({0})", "CHAR")
_date = _formed(forms.DATE, "CAST({0} AS DATE)", "DATE")
_binary = _formed(
    forms.BINARY,
    "FROM_BASE64(REPLACE(REPLACE(RPAD(TRIM(TRAILING '=' FROM {0}), "
    "(CHAR_LENGTH(TRIM(TRAILING '=' FROM {0})) + 3) DIV 4 * 4, '='), '-', '+'), '_', '/'))",
    "BINARY",
)

_FROM_TEXT: Mapping[Kind, Casting] = {
    Kind.BOOLEAN: always(_boolean),
    Kind.INTEGER: lambda node, target: _in_range(_integer_text(node), target),
    Kind.DECIMAL: always(_decimal),
    Kind.FLOAT: floating(_float, _rounded_single),
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


def _plain_number(argument: str) -> str:
    return f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM CAST(CAST({argument} AS {DECIMAL}) AS CHAR)))"


_SHOWN_NUMBER = written("CAST(ABS({0}) AS CHAR)")
_SCIENTIFIC = written(
    "CASE WHEN {0} REGEXP 'e-' THEN REGEXP_REPLACE({0}, 'e-([0-9])\\\\z', 'e-0\\\\1') "
    "WHEN {0} REGEXP 'e' THEN REGEXP_REPLACE({0}, 'e', 'e+') "
    "WHEN LEFT({0}, 2) = '0.' THEN CONCAT(REGEXP_REPLACE({0}, '^0[.]0*([1-9])', '\\\\1.'), 'e-', "
    "LPAD(CHAR_LENGTH(REGEXP_SUBSTR({0}, '(?<=[.])0*')) + 1, 2, '0')) "
    "ELSE CONCAT(LEFT({0}, 1), '.', TRIM(TRAILING '0' FROM SUBSTRING({0}, 2)), 'e+', CHAR_LENGTH({0}) - 1) END"
)
_SHOWN_FLOAT = written(
    "CASE WHEN {0} = 0 THEN '0.0' WHEN ABS({0}) >= 1e-4 AND ABS({0}) < 1e16 "
    f"THEN CONCAT({_plain_number('CAST({0} AS CHAR)')}, IF({{0}} = TRUNCATE({{0}}, 0), '.0', '')) "
    "ELSE CONCAT(IF({0} < 0, '-', ''), REPLACE({1}, '.e', 'e')) END"
)


def _shown_float(node: Node, _: TypeRef) -> Node:
    """A float with the fewest digits, and an exponent where it is very large or small."""
    scientific = _SCIENTIFIC([_SHOWN_NUMBER([node], (Kind.FLOAT,))], (Kind.STRING,))
    return _SHOWN_FLOAT([node, scientific], (Kind.FLOAT, Kind.STRING))


def _part(ticks: int, modulo: int, letter: str) -> str:
    return f"COALESCE(CONCAT(NULLIF(ABS({{0}}) DIV {ticks} MOD {modulo}, 0), '{letter}'), '')"


_SECONDS = _plain_number(f"NULLIF(ABS({{0}}) MOD {TICKS_PER_MINUTE}, 0) / {TICKS_PER_SECOND}")
_SHOWN_DURATION = written(
    "CASE WHEN {0} IS NULL THEN NULL WHEN {0} = 0 THEN 'PT0S' ELSE CONCAT(IF({0} < 0, '-P', 'P'), "
    f"{_part(TICKS_PER_DAY, 10**9, 'D')}, IF({{0}} MOD {TICKS_PER_DAY} = 0, '', CONCAT('T', "
    f"{_part(TICKS_PER_HOUR, 24, 'H')}, {_part(TICKS_PER_MINUTE, 60, 'M')}, "
    f"COALESCE(CONCAT({_SECONDS}, 'S'), '')))) END"
)


_TO_TEXT: Mapping[Kind, Casting] = {
    Kind.BOOLEAN: shown(written("IF({0}, 'true', IF({0} IS NULL, NULL, 'false'))"), Kind.BOOLEAN),
    Kind.INTEGER: shown(written("CAST({0} AS CHAR)"), Kind.INTEGER),
    Kind.DECIMAL: shown(written(_plain_number("{0}")), Kind.DECIMAL),
    Kind.FLOAT: _shown_float,
    Kind.GUID: always(lambda node: node),
    Kind.BINARY: shown(
        written("REPLACE(REPLACE(REPLACE(TO_BASE64({0}), '+', '-'), '/', '_'), CHAR(10 USING utf8mb4), '')"),
        Kind.BINARY,
    ),
    Kind.DATE: shown(written("CAST({0} AS CHAR)"), Kind.DATE),
    Kind.TIME_OF_DAY: always(lambda node: node),
    Kind.INSTANT: shown(written("CONCAT({0}, 'Z')"), Kind.INSTANT),
    Kind.DURATION: shown(_SHOWN_DURATION, Kind.DURATION),
}

CASTS = Casts(_number, _rounded_single, _FROM_TEXT, _TO_TEXT)
