"""The canonical functions over Python values, none of them null (URL Conventions 5.1.1.5 to 5.1.1.12)."""

import math
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal

from odata_service.edm import shapes
from odata_service.edm.patterns import automaton_of
from odata_service.edm.temporal import TICKS_PER_SECOND
from odata_service.edm.values import PrimitiveValue
from odata_service.semantics.functions import REPLACE

Value = PrimitiveValue | None


def _substring(text: str, start: int, length: int | None = None) -> str:
    first = max(len(text) + start, 0) if start < 0 else start
    return text[first:] if length is None else text[first : first + max(length, 0)]


def _rounded(rounding: str) -> Callable[[PrimitiveValue], PrimitiveValue]:
    def run(value: PrimitiveValue) -> PrimitiveValue:
        if isinstance(value, float) and not math.isfinite(value):
            return value
        exact = value if isinstance(value, Decimal) else Decimal(repr(value))
        whole = exact.quantize(Decimal(1), rounding=rounding, context=Context(prec=400))
        return float(whole) if isinstance(value, float) else whole

    return run


def _part(of_instant: slice, of_other: slice) -> Callable[[str], int]:
    """A number cut out of a temporal text: that of an instant has a T in it, that of a date ten characters."""
    return lambda text: int(text[of_instant if "T" in text else of_other])


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "concat": lambda one, other: one + other,
    "contains": lambda text, part: part in text,
    "startswith": lambda text, part: text.startswith(part),
    "endswith": lambda text, part: text.endswith(part),
    "indexof": lambda text, part: text.find(part),
    "length": len,
    "substring": _substring,
    REPLACE: lambda text, sought, other: text.replace(sought, other) if sought else text,
    "tolower": str.lower,
    "toupper": str.upper,
    "trim": str.strip,
    "date": lambda instant: instant[:10],
    "time": lambda instant: instant[11:],
    "year": lambda text: int(text[:4]),
    "month": lambda text: int(text[5:7]),
    "day": lambda text: int(text[8:10]),
    "hour": _part(slice(11, 13), slice(0, 2)),
    "minute": _part(slice(14, 16), slice(3, 5)),
    "second": _part(slice(17, 19), slice(6, 8)),
    "fractionalseconds": lambda text: Decimal(f"0.{text.partition('.')[2] or 0}"),
    "totaloffsetminutes": lambda _: 0,
    "totalseconds": lambda ticks: Decimal(ticks) / TICKS_PER_SECOND,
    "mindatetime": lambda: "0001-01-01T00:00:00",
    "maxdatetime": lambda: "9999-12-31T23:59:59.9999999",
    "round": _rounded(ROUND_HALF_UP),
    "floor": _rounded(ROUND_FLOOR),
    "ceiling": _rounded(ROUND_CEILING),
    "matchespattern": lambda text, pattern: automaton_of(pattern).is_in(text),
    "geo.intersects": shapes.intersects,
}

MEASURES: dict[str, Callable[..., float | None]] = {"geo.distance": shapes.distance, "geo.length": shapes.length}


def _place_of(whole: tuple[object, ...], part: tuple[object, ...]) -> int:
    places = range(len(whole) - len(part) + 1)
    return next((place for place in places if whole[place : place + len(part)] == part), -1)


def _has_subset(whole: tuple[object, ...], part: tuple[object, ...]) -> bool:
    return all(whole.count(member) >= part.count(member) for member in part)


def _has_subsequence(whole: tuple[object, ...], part: tuple[object, ...]) -> bool:
    rest = iter(whole)
    return all(any(member == other for other in rest) for member in part)


COLLECTION_FUNCTIONS: dict[str, Callable[..., object]] = {
    "concat": lambda one, other: one + other,
    "contains": lambda whole, part: _place_of(whole, part) >= 0,
    "endswith": lambda whole, part: not part or whole[-len(part) :] == part,
    "hassubsequence": _has_subsequence,
    "hassubset": _has_subset,
    "indexof": _place_of,
    "length": len,
    "startswith": lambda whole, part: whole[: len(part)] == part,
    "substring": _substring,
}
