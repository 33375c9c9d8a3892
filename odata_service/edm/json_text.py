"""JSON text whose numbers stay as they are written, which Python's own parser and writer do not promise."""

import json
from decimal import Decimal


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
