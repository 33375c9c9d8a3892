"""Functions registered with SQLite where SQL has none: Unicode, exact decimals, time arithmetic, failing division.

All of them answer null for a null argument. An error of the request's own making, such as a division by zero, is kept
until the driver reports that the statement failed: SQLite itself tells only that some function did.
"""

import hashlib
import json
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from functools import partial
from threading import local

from odata_service.database.conversions import Conversion, unreadable
from odata_service.database.decimals import decode_decimal, encode_decimal
from odata_service.edm import shapes
from odata_service.edm.json_text import write_exact
from odata_service.edm.patterns import automaton_of
from odata_service.edm.temporal import (
    TICKS_PER_DAY,
    TICKS_PER_SECOND,
    date_of_day_number,
    day_number,
    instant_of_ticks,
    ticks_of_instant,
)
from odata_service.edm.types import PRIMITIVE_TYPES, TypeRef
from odata_service.edm.values import PrimitiveValue, as_float, parse, print_value
from odata_service.errors import ArithmeticFailure, ODataError

Stored = int | float | str | bytes | None

_EXACT = Context(prec=60)
_SPARE_BITS = 5
"""An ETag has at most 18 digits, which are 59 bits."""
_STATE = local()


def take_failure() -> Exception | None:
    """The error that a function raised in this thread since this was last asked."""
    failure: Exception | None = getattr(_STATE, "failure", None)
    _STATE.failure = None
    return failure


def _fail(error: ODataError) -> ODataError:
    _STATE.failure = error
    return error


@contextmanager
def calling(code: Callable[[str, tuple[Stored, ...]], Stored]) -> Iterator[None]:
    """A time in which statements of this thread may call code, by its name and with values."""
    around = getattr(_STATE, "code", None)
    _STATE.code = code
    try:
        yield
    finally:
        _STATE.code = around


def _code(name: Stored, *values: Stored) -> Stored:
    try:
        made: Stored = _STATE.code(str(name), values)
    except Exception as error:
        _STATE.failure = error
        raise
    return made


def _decimal(value: Stored) -> Decimal:
    if isinstance(value, str):
        return decode_decimal(value)
    assert isinstance(value, int | float), "numbers are integers, floats or encoded decimals"
    return Decimal(value) if isinstance(value, int) else Decimal(repr(value))


def _decimal_operation(operation: Callable[[Decimal, Decimal], Decimal]) -> Callable[[Stored, Stored], Stored]:
    def run(left: Stored, right: Stored) -> Stored:
        if left is None or right is None:
            return None
        try:
            return encode_decimal(operation(_decimal(left), _decimal(right)))
        except ArithmeticError as error:
            raise _fail(ArithmeticFailure("A number is divided by zero or out of range.")) from error

    return run


def _rounded(rounding: str) -> Callable[[Stored], Stored]:
    def run(value: Stored) -> Stored:
        if value is None:
            return None
        if isinstance(value, float) and not math.isfinite(value):
            return value
        whole = _decimal(value).quantize(Decimal(1), rounding=rounding, context=Context(prec=400))
        return float(whole) if isinstance(value, float) else encode_decimal(whole)

    return run


def _integer_division(left: Stored, right: Stored) -> Stored:
    if left is None or right is None:
        return None
    if isinstance(left, float) or isinstance(right, float):  # SQLite goes on with a float beyond 64 bits
        raise _fail(ArithmeticFailure("A whole number is out of range."))
    assert isinstance(left, int) and isinstance(right, int), "integers are divided here"
    if right == 0:
        raise _fail(ArithmeticFailure("A whole number is divided by zero.", hint="Filter such rows out first."))
    whole = abs(left) // abs(right)
    return whole if (left < 0) == (right < 0) else -whole


def _integer_remainder(left: Stored, right: Stored) -> Stored:
    quotient = _integer_division(left, right)
    if quotient is None or left is None or right is None:
        return None
    assert isinstance(left, int) and isinstance(right, int) and isinstance(quotient, int), "integers are divided here"
    return left - quotient * right


def _float_division(left: Stored, right: Stored) -> Stored:
    if left is None or right is None:
        return None
    assert isinstance(left, int | float) and isinstance(right, int | float), "floats are divided here"
    if right == 0:
        return None if left == 0 else math.copysign(math.inf, left) * math.copysign(1.0, right)
    return left / right


def _float_remainder(left: Stored, right: Stored) -> Stored:
    if left is None or right is None or right == 0:
        return None
    assert isinstance(left, int | float) and isinstance(right, int | float), "floats are divided here"
    return math.fmod(left, right) if math.isfinite(left) else None


def _text(operation: Callable[[str], str]) -> Callable[[Stored], Stored]:
    return lambda value: operation(value) if isinstance(value, str) else None


def _temporal(operation: Callable[[str, int], str | int]) -> Callable[[Stored, Stored], Stored]:
    def run(value: Stored, ticks: Stored) -> Stored:
        if value is None or ticks is None:
            return None
        assert isinstance(value, str) and isinstance(ticks, int), "time is text, durations are ticks"
        try:
            return operation(value, ticks)
        except (ValueError, OverflowError) as error:
            raise _fail(ArithmeticFailure(str(error))) from error

    return run


def _difference(ticks_of: Callable[[str], int]) -> Callable[[Stored, Stored], Stored]:
    def run(left: Stored, right: Stored) -> Stored:
        if not isinstance(left, str) or not isinstance(right, str):
            return None
        return ticks_of(left) - ticks_of(right)

    return run


def _date_plus(value: str, ticks: int) -> str:
    return date_of_day_number((day_number(value) * TICKS_PER_DAY + ticks) // TICKS_PER_DAY)


def _scaled(ticks: Stored, factor: Stored, inverse: Stored) -> Stored:
    """A duration times a number, or through it."""
    if ticks is None or factor is None:
        return None
    number = _decimal(factor)
    if inverse and not number:
        raise _fail(ArithmeticFailure("A duration is divided by zero."))
    value = _decimal(ticks) / number if inverse else _decimal(ticks) * number
    whole = int(value.to_integral_value(rounding=ROUND_DOWN))
    if abs(whole) >= 2**63:
        raise _fail(ArithmeticFailure("The duration is longer than 29,000 years."))
    return whole


def _fraction(value: Stored) -> Stored:
    if not isinstance(value, str):
        return None
    return encode_decimal(Decimal(f"0.{value.partition('.')[2] or 0}"))


def _cast(value: Stored, source: Stored, target: Stored) -> Stored:
    """A stored value in another type, by its literal text; null where it has no like (URL Conventions 5.1.1.10.1)."""
    if value is None:
        return None
    from_type, to_type = TypeRef(str(source)), TypeRef(str(target))
    known = _edm_value(value, from_type)
    numeric = isinstance(known, int | float | Decimal) and not isinstance(known, bool)
    if numeric and to_type.name != "Edm.String" and isinstance(known, int | float | Decimal):
        return _numeric_cast(known, to_type)
    try:
        cast = parse(print_value(known, from_type), to_type)
    except ValueError:
        return None
    return encode_decimal(cast) if isinstance(cast, Decimal) else cast


def _edm_value(value: int | float | str | bytes, type_ref: TypeRef) -> PrimitiveValue:
    if type_ref.name == "Edm.Decimal":
        return _decimal(value)
    if type_ref.name == "Edm.Boolean":
        return bool(value)
    if type_ref.name in {"Edm.Double", "Edm.Single"} and isinstance(value, int):
        return float(value)
    return value


def _numeric_cast(value: float | Decimal, target: TypeRef) -> Stored:
    if target.name in {"Edm.Double", "Edm.Single"}:
        return as_float(value, target)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    if target.name == "Edm.Decimal":
        return encode_decimal(exact)
    whole = int(exact.to_integral_value(rounding=ROUND_HALF_UP))
    row = PRIMITIVE_TYPES[target.name]
    return whole if row.minimum <= whole <= row.maximum else None


def _matches(text: Stored, pattern: Stored) -> Stored:
    """Whether a regular expression matches somewhere in a text."""
    return automaton_of(str(pattern)).is_in(text) if isinstance(text, str) else None


def _of_shapes(measure: Callable[..., float | None]) -> Callable[..., Stored]:
    return lambda *texts: None if None in texts else measure(*texts)


def _joined_arrays(left: Stored, right: Stored) -> Stored:
    """The members of two JSON arrays in one."""
    if left is None or right is None:
        return None
    return write_exact([*_array(left), *_array(right)])


def _array_part(array: Stored, start: Stored, *lengths: Stored) -> Stored:
    """Members of a JSON array from a place on, which a negative number counts from the end."""
    if array is None or start is None or None in lengths:
        return None
    members = _array(array)
    length = next(iter(lengths), None)
    assert isinstance(start, int) and isinstance(length, int | None), "places are whole numbers"
    first = max(len(members) + start, 0) if start < 0 else start
    return write_exact(members[first:] if length is None else members[first : first + max(length, 0)])


def _array(text: Stored) -> list[object]:
    found = json.loads(str(text), parse_float=Decimal)
    assert isinstance(found, list), "collections are kept as arrays"
    return found


def _hashed_version(*values: Stored) -> int:
    """A version made of a row's values, for tables without a version column: the same for the same row, everywhere."""
    return int.from_bytes(hashlib.blake2b(repr(values).encode(), digest_size=8).digest()) >> _SPARE_BITS


def _read(conversion: Conversion) -> Callable[[Stored], Stored]:
    def run(value: Stored) -> Stored:
        try:
            return None if value is None else conversion.read(value)
        except ValueError as error:
            raise _fail(unreadable(conversion, error)) from error

    return run


def _write(conversion: Conversion) -> Callable[[Stored], Stored]:
    return lambda value: None if value is None else conversion.write(value)


FUNCTIONS: tuple[tuple[str, int, Callable[..., Stored]], ...] = (
    ("odata_tolower", 1, _text(str.lower)),
    ("odata_toupper", 1, _text(str.upper)),
    ("odata_trim", 1, _text(str.strip)),
    ("odata_div", 2, _integer_division),
    ("odata_mod", 2, _integer_remainder),
    ("odata_float_div", 2, _float_division),
    ("odata_float_mod", 2, _float_remainder),
    ("odata_decimal", 1, lambda value: None if value is None else encode_decimal(_decimal(value))),
    ("odata_decimal_add", 2, _decimal_operation(_EXACT.add)),
    ("odata_decimal_sub", 2, _decimal_operation(_EXACT.subtract)),
    ("odata_decimal_mul", 2, _decimal_operation(_EXACT.multiply)),
    ("odata_decimal_div", 2, _decimal_operation(_EXACT.divide)),
    ("odata_decimal_mod", 2, _decimal_operation(_EXACT.remainder)),
    ("odata_decimal_float", 1, lambda value: None if value is None else float(_decimal(value))),
    ("odata_round", 1, _rounded(ROUND_HALF_UP)),
    ("odata_floor", 1, _rounded(ROUND_FLOOR)),
    ("odata_ceiling", 1, _rounded(ROUND_CEILING)),
    ("odata_instant_add", 2, _temporal(lambda text, ticks: instant_of_ticks(ticks_of_instant(text) + ticks))),
    ("odata_date_add", 2, _temporal(_date_plus)),
    ("odata_instant_sub", 2, _difference(ticks_of_instant)),
    ("odata_date_sub", 2, _difference(lambda text: day_number(text) * TICKS_PER_DAY)),
    ("odata_duration_scale", 3, _scaled),
    ("odata_fraction", 1, _fraction),
    (
        "odata_seconds",
        1,
        lambda ticks: None if ticks is None else encode_decimal(_decimal(ticks) / TICKS_PER_SECOND),
    ),
    ("odata_cast", 3, _cast),
    ("odata_matches", 2, _matches),
    ("odata_sphere_distance", 2, _of_shapes(partial(shapes.distance, measure=shapes.on_sphere))),
    ("odata_plane_distance", 2, _of_shapes(partial(shapes.distance, measure=shapes.in_plane))),
    ("odata_sphere_length", 1, _of_shapes(partial(shapes.length, measure=shapes.on_sphere))),
    ("odata_plane_length", 1, _of_shapes(partial(shapes.length, measure=shapes.in_plane))),
    ("odata_intersects", 2, _of_shapes(shapes.intersects)),
    ("odata_array_join", 2, _joined_arrays),
    ("odata_array_part", -1, _array_part),
    ("odata_version", -1, _hashed_version),
    ("odata_code", -1, _code),
)
"""Name, number of arguments (-1: any), and the function, each deterministic while a statement runs."""


def conversion_functions(conversions: Sequence[Conversion]) -> Iterator[tuple[str, int, Callable[..., Stored]]]:
    """Functions between the form of a column and the canonical one, as `FUNCTIONS` has the others."""
    for known in conversions:
        yield f"odata_from_{known.form.name.lower()}", 1, _read(known)
        yield f"odata_to_{known.form.name.lower()}", 1, _write(known)
