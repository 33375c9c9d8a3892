"""Literal text to values: which type a literal has, and how the text of a slot becomes a value of its type.

Whether a literal fits depends on its kind when the URL is resolved and on its text when it is bound: requests of one
shape share a plan, so both fail the same way.
"""

from collections.abc import Callable, Sequence
from functools import lru_cache

from odata_service.edm.types import (
    BINARY,
    BOOLEAN,
    DATE,
    DATE_TIME_OFFSET,
    DECIMAL,
    DOUBLE,
    DURATION,
    GUID,
    INT32,
    INT64,
    NULL,
    STRING,
    TIME_OF_DAY,
    Facets,
    TypeRef,
)
from odata_service.edm.values import PrimitiveValue, parser
from odata_service.errors import LimitExceeded, NotSupported, TypeMismatch
from odata_service.semantics.resolved import AllQuery, Query, QueryOptions
from odata_service.semantics.tree import Constant, Expression, Parameter
from odata_service.settings import Limits
from odata_service.url.syntax import LiteralKind

_TYPES = {
    LiteralKind.NULL: NULL,
    LiteralKind.BOOLEAN: BOOLEAN,
    LiteralKind.DECIMAL: DECIMAL,
    LiteralKind.DOUBLE: DOUBLE,
    LiteralKind.STRING: STRING,
    LiteralKind.GUID: GUID,
    LiteralKind.DATE: DATE,
    LiteralKind.TIME_OF_DAY: TIME_OF_DAY,
    LiteralKind.DATE_TIME_OFFSET: DATE_TIME_OFFSET,
    LiteralKind.DURATION: DURATION,
    LiteralKind.BINARY: BINARY,
    LiteralKind.SEGMENT: STRING,
    LiteralKind.SEARCHED: STRING,
}

_GEO = {LiteralKind.GEOGRAPHY: "Edm.Geography", LiteralKind.GEOMETRY: "Edm.Geometry"}


def literal_type(kind: LiteralKind, text: str) -> TypeRef:
    """The type of a literal by itself; integers have the smallest of Int32, Int64 and Decimal that holds them."""
    if kind is LiteralKind.INTEGER:
        value = int(text[:25])
        return INT32 if -(2**31) <= value < 2**31 else INT64 if -(2**63) <= value < 2**63 else DECIMAL
    if kind in _GEO:
        return TypeRef(_GEO[kind], facets=Facets(srid="variable"))
    found = _TYPES.get(kind)
    if found is None:
        raise NotSupported(f"{kind.value} literals are not supported.", hint="Leave the comparison out.")
    return found


def converter(kind: LiteralKind, type_ref: TypeRef) -> Callable[[str], PrimitiveValue | None]:
    """The function from a literal's text to a value of the type; `TypeMismatch` for a text that does not fit.

    A date stands for an instant, the first of its day in UTC.
    """
    if type_ref.name == "Edm.String":
        return _same
    if kind is LiteralKind.DATE and type_ref.name == DATE_TIME_OFFSET.name:
        return _first_of_day
    return _converter(type_ref) if type_ref.definition is not None else _known_converter(type_ref)


def _first_of_day(text: str) -> PrimitiveValue | None:
    return _known_converter(DATE_TIME_OFFSET)(f"{text}T00:00:00Z")


@lru_cache(maxsize=1_000)
def _known_converter(type_ref: TypeRef) -> Callable[[str], PrimitiveValue | None]:
    return _converter(type_ref)


def _converter(type_ref: TypeRef) -> Callable[[str], PrimitiveValue | None]:
    read = parser(type_ref)

    def convert(text: str) -> PrimitiveValue:
        try:
            return read(text)
        except ValueError as error:
            raise TypeMismatch(str(error)) from error

    return convert


def number_of(node: Expression | None, values: Sequence[PrimitiveValue | None]) -> int | None:
    """The number of `$top` or `$skip` in a request with these values, None where the option is not given."""
    match node:
        case None:
            return None
        case Parameter(slot):
            known: object = values[slot]
        case Constant(known):
            pass
        case _:
            raise AssertionError("$top and $skip are numbers")
    assert isinstance(known, int), "$top and $skip are numbers"
    return known


def check_top(query: Query | AllQuery, values: Sequence[PrimitiveValue | None], limits: Limits) -> None:
    """`LimitExceeded` for a `$top`, nested ones among them, beyond its limit in a request with these values."""
    if limits.max_top:
        _check_top(query.options, values, limits.max_top, "$top")


def _check_top(
    options: QueryOptions, values: Sequence[PrimitiveValue | None], most: int, target: str, path: str = "$expand"
) -> None:
    """`target` is the option of this level, `path` where the next level stands."""
    top = number_of(options.top, values)
    if top is not None and top > most:
        raise LimitExceeded(
            f"$top={top} is more than {most} (--max-top).",
            target=target,
            hint="Leave it out and follow the next links, or use $skip for what comes behind.",
        )
    for item in options.expand:
        inner = f"{path}/{item.navigation.name}"
        _check_top(item.options, values, most, f"{inner}/$top", f"{inner}/$expand")


def _same(text: str) -> str:
    return text
