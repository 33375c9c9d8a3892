"""What each operation is in MariaDB: canonical functions, arithmetic, conversions.

A division by zero gives null here, so the divisor is asked first. Floats have no infinity: the largest number stands
for it in quotients and comparisons.
"""

import sys
from collections.abc import Mapping, Sequence

from peewee import SQL, Cast, Node, NodeList

from odata_service.edm.pattern_ways import trimmed
from odata_service.edm.patterns import print_pattern
from odata_service.edm.temporal import TICKS_PER_DAY, TICKS_PER_SECOND
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.semantics.functions import REPLACE
from odata_service.sql.families.family import Aggregates, Build, Operations, pattern_of
from odata_service.sql.families.mariadb_casts import CASTS
from odata_service.sql.families.mariadb_instants import (
    DATE_OF_DAYS,
    DECIMAL,
    INSTANT_OF_TICKS,
    TICKS_OF_INSTANT,
    failing,
    written,
)
from odata_service.sql.families.mariadb_shapes import SHAPES
from odata_service.sql.families.written import by_kind, moved_instant, substring
from odata_service.sql.slots import filled, held

_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
_INSTANT, _DATE, _DURATION = Kind.INSTANT, Kind.DATE, Kind.DURATION
_BLANKS = "".join(
    rf"\\x{{{first:04X}}}-\\x{{{last:04X}}}"
    for first, last in (
        (0x9, 0xD),
        (0x1C, 0x20),
        (0x85, 0x85),
        (0xA0, 0xA0),
        (0x1680, 0x1680),
        (0x2000, 0x200A),
        (0x2028, 0x2029),
        (0x202F, 0x202F),
        (0x205F, 0x205F),
        (0x3000, 0x3000),
    )
)
"""The characters that `trim` takes away: all white space."""


def _part(name: str, start: int) -> Build:
    """A whole number cut out of an instant or time of day; of a date the database has a function."""
    of_instant = written(f"CAST(SUBSTRING({{0}}, {start}, {4 if name == 'year' else 2}) AS SIGNED)")
    of_time = written(f"CAST(SUBSTRING({{0}}, {start - 11}, 2) AS SIGNED)")
    return by_kind({_DATE: written(f"{name.upper()}({{0}})"), _INSTANT: of_instant}, of_time)


def _fraction(start: int) -> Build:
    """The digits behind the second, as a fraction of one."""
    return written(f"CAST(CONCAT('0', SUBSTRING({{0}}, {start})) AS {DECIMAL})")


def _rounded(name: str) -> Build:
    """Half goes away from zero for floats too, by way of the digits that they show; large ones are whole."""
    of_float = written(f"CASE WHEN ABS({{0}}) < 1e17 THEN {name}(CAST({{0}} AS {DECIMAL})) + 0e0 ELSE {{0}} END")
    return by_kind({Kind.FLOAT: of_float}, written(f"{name}({{0}})"))


_EDGES = {"^": "^", "$": r"\z", "b": r"\b", "B": r"\B"}


def _matches(arguments: Sequence[Node], kinds: Sequence[Kind]) -> Node:
    text = print_pattern(trimmed(pattern_of(arguments[1])), _EDGES, r"\x{{{:X}}}")
    return written("{0} REGEXP {1}")([arguments[0], held(text)], kinds)


FUNCTIONS: Mapping[str, Build] = {
    "concat": written("CONCAT({0}, {1})"),
    "contains": written("INSTR({0}, {1}) > 0"),
    "startswith": written("LEFT({0}, CHAR_LENGTH({1})) = {1}"),
    "endswith": written("RIGHT({0}, CHAR_LENGTH({1})) = {1}"),
    "indexof": written("INSTR({0}, {1}) - 1"),
    "length": written("CHAR_LENGTH({0})"),
    "substring": substring(
        written("CASE WHEN {1} < 0 THEN RIGHT({0}, -{1}) ELSE SUBSTRING({0}, {1} + 1) END"),
        written("LEFT({0}, GREATEST({1}, 0))"),
    ),
    REPLACE: written("REPLACE({0}, {1}, {2})"),
    "tolower": written("LOWER({0})"),
    "toupper": written("REPLACE(UPPER({0}), 'ß', 'SS')"),  # the one common letter whose capital has another length
    "trim": written(f"REGEXP_REPLACE({{0}}, '^[{_BLANKS}]+|[{_BLANKS}]+\\\\z', '')"),
    "date": written("CAST(SUBSTRING({0}, 1, 10) AS DATE)"),
    "time": written("SUBSTRING({0}, 12)"),
    "year": _part("year", 1),
    "month": _part("month", 6),
    "day": _part("day", 9),
    "hour": _part("hour", 12),
    "minute": _part("minute", 15),
    "second": _part("second", 18),
    "fractionalseconds": by_kind({_INSTANT: _fraction(20)}, _fraction(9)),
    "totaloffsetminutes": written("CHAR_LENGTH({0}) * 0"),
    "totalseconds": written(f"CAST({{0}} AS {DECIMAL}) / {TICKS_PER_SECOND}"),
    "now": lambda _, __: filled("now"),
    "mindatetime": written("'0001-01-01T00:00:00'"),
    "maxdatetime": written("'9999-12-31T23:59:59.9999999'"),
    "round": _rounded("ROUND"),
    "floor": _rounded("FLOOR"),
    "ceiling": _rounded("CEILING"),
    "matchespattern": _matches,
    **SHAPES,
}


def _ticks(node: Node) -> Node:
    return TICKS_OF_INSTANT([node], (_INSTANT,))


def _date_plus(sign: str) -> Build:
    """A date moved by a duration goes back to the beginning of the day that it comes to."""
    moved = written(f"DATEDIFF({{0}}, '0001-01-01') + FLOOR({sign}CAST({{1}} AS {DECIMAL}) / {TICKS_PER_DAY})")
    return lambda arguments, kinds: DATE_OF_DAYS([moved(arguments, kinds)], (_DURATION,))


def _guarded(quotient: str) -> Build:
    """A quotient or remainder that fails where the divisor is zero, and the dividend is not null."""
    return written(f"CASE WHEN {{1}} = 0 AND {{0}} IS NOT NULL THEN {failing('{1} = 0')} ELSE {quotient} END")


def _scaled(operator: str, *, duration_first: bool = True) -> Build:
    """A duration times a number, or through it, without the fraction of a tick. `DIV` fails beyond 64 bits."""
    ticks, number = ("{0}", "{1}") if duration_first else ("{1}", "{0}")
    result = f"(CAST({ticks} AS {DECIMAL}) {operator} CAST({number} AS {DECIMAL})) DIV 1"
    return _guarded(result) if operator == "/" else written(result)


_FLOAT_QUOTIENT = written(
    "CASE WHEN {1} <> 0 THEN {0} / {1} WHEN {0} = 0 THEN NULL "
    f"ELSE SIGN({{0}}) * IF({{1}} IS NULL, NULL, {sys.float_info.max!r}) END"
)

ARITHMETIC: Mapping[tuple[str, Kind, Kind], Build] = {
    ("has", Kind.ENUMERATION, Kind.ENUMERATION): written("({0} & {1}) = {1}"),
    **{
        (operator, Kind.INTEGER, Kind.INTEGER): written(f"CAST({{0}} AS SIGNED) {sign} CAST({{1}} AS SIGNED)")
        for operator, sign in (("add", "+"), ("sub", "-"), ("mul", "*"))
    },
    ("div", Kind.INTEGER, Kind.INTEGER): _guarded("CAST({0} AS SIGNED) DIV {1}"),
    ("mod", Kind.INTEGER, Kind.INTEGER): _guarded("CAST({0} AS SIGNED) MOD {1}"),
    **{
        (operator, kind, kind): written(f"{{0}} {sign} {{1}}")
        for operator, sign in (("add", "+"), ("sub", "-"), ("mul", "*"))
        for kind in (Kind.DECIMAL, Kind.FLOAT)
    },
    ("div", Kind.FLOAT, Kind.FLOAT): _FLOAT_QUOTIENT,
    ("divby", Kind.FLOAT, Kind.FLOAT): _FLOAT_QUOTIENT,
    ("mod", Kind.FLOAT, Kind.FLOAT): written("{0} MOD {1}"),
    ("div", Kind.DECIMAL, Kind.DECIMAL): _guarded("{0} / {1}"),
    ("divby", Kind.DECIMAL, Kind.DECIMAL): _guarded("{0} / {1}"),
    ("mod", Kind.DECIMAL, Kind.DECIMAL): _guarded("{0} MOD {1} + 0"),  # MOD alone gives -0, which is no 0 to it
    ("add", _INSTANT, _DURATION): moved_instant(written("{0} + {1}"), TICKS_OF_INSTANT, INSTANT_OF_TICKS),
    ("sub", _INSTANT, _DURATION): moved_instant(written("{0} - {1}"), TICKS_OF_INSTANT, INSTANT_OF_TICKS),
    ("sub", _INSTANT, _INSTANT): lambda arguments, _: written("{0} - {1}")([_ticks(part) for part in arguments], ()),
    ("add", _DATE, _DURATION): _date_plus(""),
    ("sub", _DATE, _DURATION): _date_plus("-"),
    ("sub", _DATE, _DATE): written(f"DATEDIFF({{0}}, {{1}}) * {TICKS_PER_DAY}"),
    ("add", _DURATION, _DURATION): written("{0} + {1}"),
    ("sub", _DURATION, _DURATION): written("{0} - {1}"),
    **{("mul", _DURATION, kind): _scaled("*") for kind in _NUMBERS},
    **{("mul", kind, _DURATION): _scaled("*", duration_first=False) for kind in _NUMBERS},
    **{(operator, _DURATION, kind): _scaled("/") for operator in ("div", "divby") for kind in _NUMBERS},
}


def _convert(node: Node, source: TypeRef, target: TypeRef) -> Node:
    """What promotion puts in: to a wider number."""
    match kind_of(source), kind_of(target):
        case _, Kind.DECIMAL:
            return Cast(node, DECIMAL)
        case Kind.INTEGER | Kind.DECIMAL, Kind.FLOAT:
            return Cast(node, "DOUBLE")
        case _:
            return node


def _whole(node: Node) -> Node:
    """A sum of whole numbers, which is a decimal here: a cast alone would cut off what is beyond 64 bits."""
    most, least = 2**63 - 1, -(2**63)
    above = (SQL(" + CASE WHEN "), node, SQL(f" > {most} THEN {most}"))
    below = (SQL(" WHEN "), node, SQL(f" < {least} THEN {least} ELSE 0 END)"))
    return NodeList([SQL("(CAST("), node, SQL(" AS SIGNED)"), *above, *below], glue="")


OPERATIONS = Operations(
    FUNCTIONS,
    ARITHMETIC,
    {
        **dict.fromkeys((Kind.INTEGER, _DURATION), written("-CAST({0} AS SIGNED) DIV 1")),
        **dict.fromkeys((Kind.DECIMAL, Kind.FLOAT), written("-({0})")),
    },
    _convert,
    CASTS.cast,
    aggregates=Aggregates(whole=_whole),
    backtracks=True,
)
