"""What each operation is in PostgreSQL: canonical functions, arithmetic, conversions.

Instants are text: arithmetic counts the ticks of 100 ns since 0001-01-01 behind them, and makes a text of the result.
"""

from collections.abc import Mapping, Sequence

from peewee import Cast, Node

from odata_service.edm.patterns import print_pattern
from odata_service.edm.temporal import TICKS_PER_DAY, TICKS_PER_SECOND
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.semantics.functions import REPLACE
from odata_service.sql.families.family import Aggregates, Build, Operations, pattern_of
from odata_service.sql.families.postgresql_casts import CASTS
from odata_service.sql.families.postgresql_instants import DATE_OF_DAYS, INSTANT_OF_TICKS, TICKS_OF_INSTANT, written
from odata_service.sql.families.postgresql_shapes import SHAPES
from odata_service.sql.families.written import by_kind, moved_instant, substring, wrapped
from odata_service.sql.slots import filled, held

_NUMBERS = (Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT)
_INSTANT, _DATE, _DURATION = Kind.INSTANT, Kind.DATE, Kind.DURATION
_BLANKS = (
    *range(9, 14),
    *range(28, 33),
    0x85,
    0xA0,
    0x1680,
    *range(0x2000, 0x200B),
    0x2028,
    0x2029,
    0x202F,
    0x205F,
    0x3000,
)
"""The characters that `trim` takes away: all white space."""
_BLANK_TEXT = "".join(f"\\{code:04X}" for code in _BLANKS)


def _part(name: str, start: int) -> Build:
    """A whole number cut out of an instant or time of day; of a date the database has a field."""
    of_date = written(f"CAST(extract({name} FROM {{0}}) AS bigint)")
    of_instant = written(f"CAST(substr({{0}}, {start}, {4 if name == 'year' else 2}) AS bigint)")
    of_time = written(f"CAST(substr({{0}}, {start - 11}, 2) AS bigint)")
    return by_kind({_DATE: of_date, _INSTANT: of_instant}, of_time)


def _fraction(start: int) -> Build:
    """The digits behind the second, as a fraction of one."""
    return written(f"CAST('0' || substr({{0}}, {start}) AS numeric)")


def _rounded(name: str) -> Build:
    """Half goes away from zero for floats too, by way of the digits that they show."""
    of_float = written(f"CAST({name}(CAST(CAST({{0}} AS text) AS numeric)) AS double precision)")
    return by_kind({Kind.FLOAT: of_float}, written(f"{name}({{0}})"))


_EDGES = {"^": "^", "$": "$", "b": r"\y", "B": r"\Y"}


def _matches(arguments: Sequence[Node], kinds: Sequence[Kind]) -> Node:
    pattern = print_pattern(pattern_of(arguments[1]), _EDGES, r"\U{:08X}")
    return written("{0} ~ {1}")([arguments[0], Cast(held(pattern), "text")], kinds)


FUNCTIONS: Mapping[str, Build] = {
    "concat": written("{0} || {1}"),
    "contains": written("strpos({0}, {1}) > 0"),
    "startswith": written("left({0}, length({1})) = {1}"),
    "endswith": written("right({0}, length({1})) = {1}"),
    "indexof": written("CAST(strpos({0}, {1}) AS bigint) - 1"),
    "length": written("CAST(length({0}) AS bigint)"),
    "substring": substring(
        written(
            "CASE WHEN {1} < 0 THEN right({0}, CAST(-{1} AS integer)) ELSE substr({0}, CAST({1} AS integer) + 1) END"
        ),
        written("left({0}, CAST(CASE WHEN {1} < 0 THEN 0 ELSE {1} END AS integer))"),
    ),
    REPLACE: written("replace({0}, {1}, {2})"),
    "tolower": written('lower({0} COLLATE "und-x-icu") COLLATE "C"'),
    "toupper": written('upper({0} COLLATE "und-x-icu") COLLATE "C"'),
    "trim": written(f"btrim({{0}}, U&'{_BLANK_TEXT}')"),
    "date": written("CAST(substr({0}, 1, 10) AS date)"),
    "time": written("substr({0}, 12)"),
    "year": _part("year", 1),
    "month": _part("month", 6),
    "day": _part("day", 9),
    "hour": _part("hour", 12),
    "minute": _part("minute", 15),
    "second": _part("second", 18),
    "fractionalseconds": by_kind({_INSTANT: _fraction(20)}, _fraction(9)),
    "totaloffsetminutes": written("CAST(length({0}) * 0 AS bigint)"),
    "totalseconds": written(f"CAST({{0}} AS numeric) / {TICKS_PER_SECOND}"),
    "now": lambda _, __: Cast(filled("now"), "text"),
    "mindatetime": written("CAST('0001-01-01T00:00:00' AS text)"),
    "maxdatetime": written("CAST('9999-12-31T23:59:59.9999999' AS text)"),
    "round": _rounded("round"),
    "floor": _rounded("floor"),
    "ceiling": _rounded("ceil"),
    "matchespattern": _matches,
    **SHAPES,
}


def _ticks(node: Node) -> Node:
    return TICKS_OF_INSTANT([node], (_INSTANT,))


def _date_plus(sign: str) -> Build:
    """A date moved by a duration goes back to the beginning of the day that it comes to."""
    moved = written(
        f"({{0}} - DATE '0001-01-01') + CAST(floor({sign}CAST({{1}} AS numeric) / {TICKS_PER_DAY}) AS bigint)"
    )
    return lambda arguments, kinds: DATE_OF_DAYS([moved(arguments, kinds)], (_DURATION,))


def _scaled(operator: str, *, duration_first: bool = True) -> Build:
    """A duration times a number, or through it, without the fraction of a tick.

    `/` rounds where the quotient is long, and `div` does not. NaN is none, and what is infinite is out of range.
    """
    ticks, number = ("{0}", "{1}") if duration_first else ("{1}", "{0}")
    whole, exact = f"CAST({ticks} AS numeric)", f"CAST(CAST({number} AS text) AS numeric)"
    result = f"div({whole}, {exact})" if operator == "/" else f"trunc({whole} {operator} {exact})"
    return written(f"CAST(CAST(NULLIF({result}, 'NaN') AS numeric(40, 0)) AS bigint)")


_FLOAT_QUOTIENT = written(
    "CASE WHEN {1} <> 0 THEN {0} / {1} WHEN {0} = 0 OR {0} = 'NaN' OR {0} IS NULL OR {1} IS NULL THEN NULL "
    "WHEN ({0} > 0) = (CAST({1} AS text) NOT LIKE '-%') THEN double precision 'Infinity' "
    "ELSE double precision '-Infinity' END"
)
_FLOAT_REMAINDER = written(
    "CASE WHEN {1} = 0 THEN NULL ELSE CAST(CAST(CAST({0} AS text) AS numeric) % CAST(CAST({1} AS text) AS numeric) "
    "AS double precision) END"
)
_SCALE = "0." + "0" * 40
"""Added to a dividend, it makes the quotient as long."""

ARITHMETIC: Mapping[tuple[str, Kind, Kind], Build] = {
    ("has", Kind.ENUMERATION, Kind.ENUMERATION): written("({0} & {1}) = {1}"),
    **{
        (operator, Kind.INTEGER, Kind.INTEGER): written(f"CAST({{0}} AS bigint) {sign} {{1}}")
        for operator, sign in (("add", "+"), ("sub", "-"), ("mul", "*"), ("div", "/"), ("mod", "%"))
    },
    **{
        (operator, kind, kind): written(f"{{0}} {sign} {{1}}")
        for operator, sign in (("add", "+"), ("sub", "-"), ("mul", "*"))
        for kind in (Kind.DECIMAL, Kind.FLOAT)
    },
    ("div", Kind.FLOAT, Kind.FLOAT): _FLOAT_QUOTIENT,
    ("divby", Kind.FLOAT, Kind.FLOAT): _FLOAT_QUOTIENT,
    ("mod", Kind.FLOAT, Kind.FLOAT): _FLOAT_REMAINDER,
    ("div", Kind.DECIMAL, Kind.DECIMAL): written(f"({{0}} + {_SCALE}) / {{1}}"),
    ("divby", Kind.DECIMAL, Kind.DECIMAL): written(f"({{0}} + {_SCALE}) / {{1}}"),
    ("mod", Kind.DECIMAL, Kind.DECIMAL): written("{0} % {1}"),
    ("add", _INSTANT, _DURATION): moved_instant(written("{0} + {1}"), TICKS_OF_INSTANT, INSTANT_OF_TICKS),
    ("sub", _INSTANT, _DURATION): moved_instant(written("{0} - {1}"), TICKS_OF_INSTANT, INSTANT_OF_TICKS),
    ("sub", _INSTANT, _INSTANT): lambda arguments, _: written("{0} - {1}")([_ticks(part) for part in arguments], ()),
    ("add", _DATE, _DURATION): _date_plus(""),
    ("sub", _DATE, _DURATION): _date_plus("-"),
    ("sub", _DATE, _DATE): written(f"({{0}} - {{1}}) * {TICKS_PER_DAY}"),
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
            return Cast(node, "numeric")
        case Kind.INTEGER | Kind.DECIMAL | Kind.FLOAT, Kind.FLOAT:
            return Cast(node, "double precision")
        case _:
            return node


OPERATIONS = Operations(
    FUNCTIONS,
    ARITHMETIC,
    {kind: written("-({0})") for kind in (*_NUMBERS, _DURATION)},
    _convert,
    CASTS.cast,
    wrapped(written("{0} IS DISTINCT FROM 'NaN'")),
    Aggregates(
        whole=wrapped(written("CAST({0} AS bigint)")),
        least={
            Kind.BOOLEAN: wrapped(written("bool_and({0})")),
            Kind.GUID: wrapped(written("CAST(min(CAST({0} AS text)) AS uuid)")),
        },
        greatest={
            Kind.BOOLEAN: wrapped(written("bool_or({0})")),
            Kind.GUID: wrapped(written("CAST(max(CAST({0} AS text)) AS uuid)")),
        },
    ),
)
