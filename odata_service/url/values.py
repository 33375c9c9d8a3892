"""The values of the simple query options: lists of expressions, numbers, words, tokens (ABNF 2)."""

import re
from collections.abc import Callable
from typing import TypeVar

from odata_service.url.aggregates import alias
from odata_service.url.expression import expression
from odata_service.url.lexer import Cursor
from odata_service.url.syntax import ComputeItem, Number, OrderItem

Rule = Callable[[Cursor], object]
"""What reads the value of an option."""

_Item = TypeVar("_Item")

_DIRECTION = re.compile(r"[ \t]+(asc|desc)(?!\w)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,19}(?!\w)", re.ASCII)
_INDEX = re.compile(r"-?\d{1,19}(?!\w)", re.ASCII)
_LEVELS = re.compile(r"[1-9]\d{0,8}(?!\w)", re.ASCII)
_MAX = re.compile(r"max(?!\w)", re.IGNORECASE)
_BOOLEAN = re.compile(r"(true|false)(?!\w)", re.IGNORECASE)
_VERSION = re.compile(r"\*|[\w.~-]+")
_TEXT = re.compile(r".+", re.DOTALL)


def listed(cursor: Cursor, rule: Callable[[Cursor], _Item]) -> tuple[_Item, ...]:
    """What a rule reads, once or more often, with commas between."""
    items = [rule(cursor)]
    while cursor.separator(","):
        cursor.budget.node()
        items.append(rule(cursor))
    return tuple(items)


def orderby(cursor: Cursor) -> tuple[OrderItem, ...]:
    """`a desc,b/c,length(d)`."""
    return listed(cursor, order_item)


def compute(cursor: Cursor) -> tuple[ComputeItem, ...]:
    """`price mul 2 as double`."""
    return listed(cursor, compute_item)


def order_item(cursor: Cursor) -> OrderItem:
    """`a desc`."""
    start = cursor.position
    value = expression(cursor)
    direction = cursor.match(_DIRECTION)
    return OrderItem(value, direction is not None and direction[1].lower() == "desc", cursor.span(start))


def compute_item(cursor: Cursor) -> ComputeItem:
    """`price mul 2 as double`."""
    start = cursor.position
    value = expression(cursor)
    return ComputeItem(value, alias(cursor, "what is computed"), cursor.span(start))


def number(cursor: Cursor) -> Number:
    """A number of entities: digits alone."""
    return _number(cursor, _NUMBER, "a whole number, zero or more")


def index(cursor: Cursor) -> Number:
    """A place in a collection, negative from its end."""
    return _number(cursor, _INDEX, "a whole number")


def levels(cursor: Cursor) -> Number:
    """A number of levels, or `max`."""
    start = cursor.position
    if cursor.match(_MAX):
        return Number(-1, cursor.span(start))
    return _number(cursor, _LEVELS, "a whole number from 1 on, or max")


def boolean(cursor: Cursor) -> bool:
    """`true` or `false`."""
    found = cursor.match(_BOOLEAN)
    if found is None:
        raise cursor.error("true or false", ("true", "false"))
    return found[1].lower() == "true"


def schema_version(cursor: Cursor) -> str:
    """The name of a version, or `*`."""
    return _matched(cursor, _VERSION, "the name of a version, or *")


def text(cursor: Cursor) -> str:
    """The whole rest, whatever it says: tokens, media types and URLs have grammars of their own."""
    return _matched(cursor, _TEXT, "a value")


def _number(cursor: Cursor, pattern: re.Pattern[str], expected: str) -> Number:
    start = cursor.position
    return Number(int(_matched(cursor, pattern, expected)), cursor.span(start))


def _matched(cursor: Cursor, pattern: re.Pattern[str], expected: str) -> str:
    found = cursor.match(pattern)
    if found is None:
        raise cursor.error(expected)
    return found[0]
