"""What values of a type look like in columns of SQLite that others made: any value may stand in any of them.

A test takes all values of a column that were read, nulls among them, and says whether each is what the column's form
says: types are asked all at once, so that a page costs some nanoseconds a value; texts of a form are asked once for
each that differs. Tables of our own are STRICT, or only written by this service, and need none.
"""

import re
from collections.abc import Callable, Iterable, Sequence

from odata_service.database import decode_decimal, encode_decimal
from odata_service.edm.temporal import parse_date, parse_instant, parse_time_of_day
from odata_service.edm.types import PRIMITIVE_TYPES, Kind, TypeRef, kind_of
from odata_service.sql.families.family import Fits

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BITS = frozenset({0, 1, None})
_NULL = type(None)
_UNBOUNDED = PRIMITIVE_TYPES["Edm.Int64"]


def fits_of(type_ref: TypeRef) -> Fits:
    """The test of a column in the canonical form of a type; what is neither primitive nor an enumeration is JSON.

    >>> fits_of(TypeRef("Edm.Int16"))([1, None, 3]), fits_of(TypeRef("Edm.Int16"))([1, 70_000])
    (True, False)
    >>> fits_of(TypeRef("Edm.Boolean"))([0, 7]), fits_of(TypeRef("Edm.Date"))(["2024-02-30"])
    (False, False)
    """
    kind = kind_of(type_ref)
    if kind is Kind.INTEGER:
        return _integers(type_ref.primitive.name)
    return _BY_KIND.get(kind, _of_types(str)) if kind is not None else _of_types(str)


def _of_types(*types: type) -> Fits:
    allowed = frozenset({*types, _NULL})
    return lambda values: allowed.issuperset(map(type, values))


def _integers(name: str) -> Fits:
    row, are_integers = PRIMITIVE_TYPES[name], _of_types(int)
    if (row.minimum, row.maximum) == (_UNBOUNDED.minimum, _UNBOUNDED.maximum):
        return are_integers

    def fits(values: Sequence[object]) -> bool:
        if not are_integers(values):
            return False
        found = [value for value in values if isinstance(value, int)]
        return not found or (row.minimum <= min(found) and max(found) <= row.maximum)

    return fits


def _texts(is_one: Callable[[str], bool]) -> Fits:
    """Texts of a form; `ValueError` says as well that one is not."""
    are_texts = _of_types(str)

    def fits(values: Sequence[object]) -> bool:
        return are_texts(values) and _all(is_one, {value for value in values if isinstance(value, str)})

    return fits


def _all(is_one: Callable[[str], bool], values: Iterable[str]) -> bool:
    try:
        return all(map(is_one, values))
    except (ValueError, ArithmeticError, LookupError):  # what is no text of this form fails in one of these ways
        return False


def _booleans(values: Sequence[object]) -> bool:
    return _BITS.issuperset(values)


_BY_KIND: dict[Kind, Fits] = {
    Kind.BOOLEAN: _booleans,
    Kind.FLOAT: _of_types(float, int),
    Kind.BINARY: _of_types(bytes),
    Kind.DURATION: _of_types(int),
    Kind.ENUMERATION: _of_types(int),
    Kind.GUID: _texts(lambda text: _GUID.fullmatch(text) is not None),
    Kind.DATE: _texts(lambda text: parse_date(text) == text),
    Kind.TIME_OF_DAY: _texts(lambda text: parse_time_of_day(text) == text),
    Kind.INSTANT: _texts(lambda text: parse_instant(f"{text}Z") == text),
    Kind.DECIMAL: _texts(lambda text: encode_decimal(decode_decimal(text)) == text),
}
"""By kind, where it is not that all values are texts."""
