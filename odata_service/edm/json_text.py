"""JSON text whose numbers stay as they are written, which Python's own parser and writer do not promise."""

import json
from decimal import Decimal

LONGEST_NUMBER = 400
"""No type has numbers of more digits, before the point or behind it."""


def number_of(text: str) -> int | Decimal | None:
    """A number as it is written; None for NaN, for INF, and for one that no type has a place for.

    >>> number_of("12"), number_of("1.50"), number_of("1e-7"), number_of("1e999")
    (12, Decimal('1.50'), Decimal('1E-7'), None)
    """
    if len(text) > LONGEST_NUMBER:
        return None
    if text.lstrip("+-").isdecimal():
        return int(text)
    value = Decimal(text)
    return value if value.is_finite() and abs(value.adjusted()) <= LONGEST_NUMBER else None


def read_exact(text: str) -> object:
    """Parsed JSON with its numbers as they are written."""
    return json.loads(text, parse_float=Decimal)


def write_exact(value: object) -> str:
    """JSON text without blanks of what a strict reader or `read_exact` gives, each number as it was written.

    >>> write_exact({"a": [Decimal("1.10"), 2**70, None]})
    '{"a":[1.10,1180591620717411303424,null]}'
    """
    match value:
        case dict():
            return "{" + ",".join(f"{_text(name)}:{write_exact(inner)}" for name, inner in value.items()) + "}"
        case list():
            return "[" + ",".join(map(write_exact, value)) + "]"
        case Decimal():
            return str(value)
        case _:
            return _text(value)


def _text(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
