"""A value of a JSON payload as the literal that stands for it in an expression (URL Conventions 5.1.1.14)."""

from decimal import Decimal

from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import parse, print_value
from odata_service.payload.values import from_json

_WITHOUT = frozenset({None, Kind.UNTYPED, Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY})


def literal_of(value: object, declared: TypeRef | None) -> str:
    """The literal of a value, of its declared type where one is known; `ValueError` for what has none.

    >>> literal_of("2024-01-01", TypeRef("Edm.Date")), literal_of("O'Brien", None)
    ('2024-01-01', "'O''Brien'")
    """
    if value is None:
        return "null"
    if declared is None or declared.collection or kind_of(declared) in _WITHOUT:
        return _plain(value)
    kind = kind_of(declared)
    if isinstance(value, str):
        typed = value if kind is Kind.STRING else parse(value, declared)
    elif isinstance(value, bool | int | Decimal):
        typed = from_json(value, declared)
    else:
        raise ValueError("it has members of its own")
    text = print_value(typed, declared)
    match kind:
        case Kind.STRING:
            return _quoted(text)
        case Kind.DURATION | Kind.BINARY:
            return f"{kind.value}'{text}'"
        case Kind.ENUMERATION:
            return f"{declared.name}'{text}'"
        case _:
            return text


def _plain(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case int() | Decimal():
            return str(value)
        case str():
            return _quoted(value)
        case _:
            raise ValueError("it has members of its own")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
