"""System query options: each option's value by its own rule, the same at the top and nested in $expand (ABNF 3)."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from odata_service.errors import OptionNotAllowed, did_you_mean
from odata_service.url.expression import NAME, expression, raw_value
from odata_service.url.lexer import Cursor
from odata_service.url.syntax import (
    ComputeItem,
    ExpandItem,
    Name,
    Number,
    Options,
    OrderItem,
    SelectItem,
)

Item = TypeVar("Item")

_DIRECTION = re.compile(r"[ \t]+(asc|desc)(?!\w)", re.IGNORECASE)
_NUMBER = re.compile(r"\d{1,19}(?!\w)", re.ASCII)
_BOOLEAN = re.compile(r"(true|false)(?!\w)", re.IGNORECASE)
_MAX = re.compile(r"max(?!\w)", re.IGNORECASE)
_AS = re.compile(r"[ \t]+as[ \t]+([^\W\d]\w*)", re.IGNORECASE)
_SUFFIX = re.compile(r"/(\$ref|\$count|\$value)")
_NESTED_NAME = re.compile(r"(\$?[A-Za-z]+|@[^\W\d]\w*)[ \t]*=[ \t]*")
_QUALIFIED_WILDCARD = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*\.\*")


def orderby(cursor: Cursor) -> tuple[OrderItem, ...]:
    """`a desc,b/c,length(d)`."""
    return _list(cursor, _order_item)


def select(cursor: Cursor) -> tuple[SelectItem, ...]:
    """`a,b/c,*,ns.*`, with options in parentheses behind a path."""
    return _list(cursor, _select_item)


def expand(cursor: Cursor) -> tuple[ExpandItem, ...]:
    """`a($select=b;$top=1),c/$ref,*`."""
    return _list(cursor, _expand_item)


def compute(cursor: Cursor) -> tuple[ComputeItem, ...]:
    """`price mul 2 as double`."""
    return _list(cursor, _compute_item)


def number(cursor: Cursor) -> Number:
    """A number of entities: digits alone."""
    start = cursor.position
    found = cursor.match(_NUMBER)
    if found is None:
        raise cursor.error("a whole number, zero or more")
    return Number(int(found[0]), cursor.span(start))


def levels(cursor: Cursor) -> Number:
    """A number of levels, or `max`."""
    start = cursor.position
    return Number(-1, cursor.span(start)) if cursor.match(_MAX) else number(cursor)


def boolean(cursor: Cursor) -> bool:
    """`true` or `false`."""
    found = cursor.match(_BOOLEAN)
    if found is None:
        raise cursor.error("true or false")
    return found[1].lower() == "true"


_Rule = Callable[[Cursor], object]

RULES: Mapping[str, _Rule] = {
    "filter": expression,
    "orderby": orderby,
    "select": select,
    "expand": expand,
    "compute": compute,
    "search": raw_value,
    "apply": raw_value,
    "skip": number,
    "top": number,
    "index": number,
    "levels": levels,
    "count": boolean,
    "format": raw_value,
    "skiptoken": raw_value,
    "deltatoken": raw_value,
    "schemaversion": raw_value,
    "id": raw_value,
}
"""The rule for the value of each system query option, by its name without `$`."""

NESTED = frozenset(
    {"filter", "orderby", "select", "expand", "compute", "search", "apply", "skip", "top", "levels", "count"}
)


def system_name(written: str) -> str | None:
    """The canonical name of a system query option, with or without `$`, in any case; None for another name.

    `OptionNotAllowed` for a name that begins with `$` and is none.
    """
    bare = written.removeprefix("$").lower()
    if bare in RULES:
        return bare
    if written.startswith("$"):
        raise OptionNotAllowed(
            f"'{written}' is not a system query option.",
            target=written,
            hint=did_you_mean(written, [f"${name}" for name in RULES]),
        )
    return None


def _list(cursor: Cursor, rule: Callable[[Cursor], Item]) -> tuple[Item, ...]:
    items = [rule(cursor)]
    while cursor.separator(","):
        items.append(rule(cursor))
    return tuple(items)


def _order_item(cursor: Cursor) -> OrderItem:
    start = cursor.position
    value = expression(cursor)
    direction = cursor.match(_DIRECTION)
    return OrderItem(value, direction is not None and direction[1].lower() == "desc", cursor.span(start))


def _names(cursor: Cursor) -> tuple[Name, ...]:
    names = []
    while True:
        start = cursor.position
        found = cursor.match(NAME)
        if found is None:
            raise cursor.error("a property")
        names.append(Name(found[0], cursor.span(start)))
        following = cursor.text[cursor.position : cursor.position + 2]
        if following[:1] != "/" or following == "/$":
            return tuple(names)
        cursor.position += 1
        if cursor.peek() == "*":
            return tuple(names)


def _select_item(cursor: Cursor) -> SelectItem:
    start = cursor.position
    if cursor.accept("*"):
        return SelectItem((), wildcard=True, span=cursor.span(start))
    qualified = cursor.match(_QUALIFIED_WILDCARD)
    if qualified is not None:
        return SelectItem((Name(qualified[0][:-2], cursor.span(start)),), wildcard=True, span=cursor.span(start))
    path = _names(cursor)
    wildcard = cursor.accept("*")
    return SelectItem(path, wildcard, _nested(cursor), cursor.span(start))


def _expand_item(cursor: Cursor) -> ExpandItem:
    start = cursor.position
    wildcard = cursor.accept("*")
    path = () if wildcard else _names(cursor)
    wildcard = wildcard or cursor.accept("*")
    suffix = cursor.match(_SUFFIX)
    return ExpandItem(path, wildcard, suffix[1] if suffix else None, _nested(cursor), cursor.span(start))


def _compute_item(cursor: Cursor) -> ComputeItem:
    start = cursor.position
    value = expression(cursor)
    name = cursor.match(_AS)
    if name is None:
        raise cursor.error("as and a name")
    return ComputeItem(value, name[1], cursor.span(start))


def _nested(cursor: Cursor) -> Options | None:
    """The options in parentheses behind an item, separated by semicolons."""
    if not cursor.accept("("):
        return None
    cursor.budget.enter()
    values: dict[str, object] = {}
    while True:
        cursor.blanks()
        start = cursor.position
        found = cursor.match(_NESTED_NAME)
        name = system_name(found[1]) if found else None
        if name is None or name not in NESTED:
            cursor.position = start
            raise cursor.error("an option such as $select=, $filter=, $orderby=, $top= or $expand=")
        if name in values:
            raise OptionNotAllowed(f"${name} stands twice in one item.", target=cursor.target, hint="Write it once.")
        values[name] = RULES[name](cursor)
        if not cursor.separator(";"):
            break
    cursor.expect(")")
    cursor.budget.leave()
    return options_of(values)


def options_of(values: Mapping[str, object]) -> Options:
    """An Options object from the values that the rules gave."""
    return Options(**values)  # type: ignore[arg-type]  # RULES gives each field its own type


def whole(cursor: Cursor, rule: _Rule) -> object:
    """What a rule reads, when it reads the whole text."""
    cursor.blanks()
    value = rule(cursor)
    cursor.blanks()
    if cursor.position < len(cursor.text):
        raise cursor.error("an operator or the end")
    return value
