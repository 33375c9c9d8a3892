"""The entry: a raw path and query become an `ODataUrl` (URL Conventions 2 to 5)."""

import re
from collections.abc import Callable
from typing import cast

from odata_service.errors import OptionNotAllowed, Span
from odata_service.settings import Limits
from odata_service.url.decode import decode_option, split_path, split_query
from odata_service.url.expression import expression, json_array, json_object, json_string, key_predicate
from odata_service.url.lexer import Budget, Cursor
from odata_service.url.options import RULES, expand, options_of, orderby, select, system_name, whole
from odata_service.url.syntax import (
    ExpandItem,
    Expression,
    ODataUrl,
    OrderItem,
    Segment,
    SelectItem,
)

_SEGMENT = re.compile(r"(\$?[^\W\d]\w*(?:\.[^\W\d]\w*)*)(\(.*\))", re.DOTALL)
_VERBATIM = frozenset({"format", "skiptoken", "deltatoken", "schemaversion", "id", "search", "apply"})


def parse_url(path: str, query: str, limits: Limits | None = None) -> ODataUrl:
    """The syntax tree of a URL relative to the service root, both parts percent-encoded as sent.

    `UrlSyntaxError` for what breaks the grammar, `OptionNotAllowed` for an unknown or doubled system query option,
    `LimitExceeded` for what is too large.
    """
    budget = Budget(limits or Limits())
    segments = _segments(path, budget)
    values: dict[str, object] = {}
    aliases: dict[str, Expression] = {}
    custom: list[tuple[str, str]] = []
    for name, raw in split_query(query):
        if name.startswith("@"):
            _once(name, aliases)
            aliases[name] = _alias_value(decode_option(raw, name), name, budget)
        elif (system := system_name(name)) is None:
            custom.append((name, decode_option(raw, name)))
        else:
            _once(system, values)
            values[system] = _option(system, raw, budget)
    named = tuple((name.removeprefix("@"), value) for name, value in aliases.items())
    return ODataUrl(segments, options_of({**values, "aliases": named, "custom": tuple(custom)}))


def parse_expression(text: str, limits: Limits | None = None) -> Expression:
    """The syntax tree of a decoded common expression."""
    return cast(Expression, _parse(text, "$filter", limits, expression))  # whole() gives what the rule gives


def parse_filter(text: str, limits: Limits | None = None) -> Expression:
    """The syntax tree of a decoded $filter."""
    return parse_expression(text, limits)


def parse_orderby(text: str, limits: Limits | None = None) -> tuple[OrderItem, ...]:
    """The items of a decoded $orderby."""
    return cast("tuple[OrderItem, ...]", _parse(text, "$orderby", limits, orderby))  # as above


def parse_select(text: str, limits: Limits | None = None) -> tuple[SelectItem, ...]:
    """The items of a decoded $select."""
    return cast("tuple[SelectItem, ...]", _parse(text, "$select", limits, select))  # as above


def parse_expand(text: str, limits: Limits | None = None) -> tuple[ExpandItem, ...]:
    """The items of a decoded $expand."""
    return cast("tuple[ExpandItem, ...]", _parse(text, "$expand", limits, expand))  # as above


def _parse(text: str, target: str, limits: Limits | None, rule: Callable[[Cursor], object]) -> object:
    return whole(Cursor(text, target, Budget(limits or Limits())), rule)


def _option(name: str, raw: str, budget: Budget) -> object:
    target = f"${name}"
    text = decode_option(raw, target)
    if name in _VERBATIM:
        return text
    return whole(Cursor(text, target, budget), RULES[name])


def _once(name: str, values: dict[str, Expression] | dict[str, object]) -> None:
    if name in values:
        shown = name if name.startswith("@") else f"${name}"
        raise OptionNotAllowed(f"{shown} stands twice in the URL.", target=shown, hint="Write it once.")


def _alias_value(text: str, target: str, budget: Budget) -> Expression:
    return cast(Expression, whole(Cursor(text, target, budget), _alias_rule))  # as above


def _alias_rule(cursor: Cursor) -> Expression:
    match cursor.peek():
        case "[":
            return json_array(cursor)
        case "{":
            return json_object(cursor)
        case '"':
            return json_string(cursor)
        case _:
            return expression(cursor)


def _segments(path: str, budget: Budget) -> tuple[Segment, ...]:
    segments = []
    offset = 0
    for text in split_path(path):
        budget.enter()
        segments.append(_segment(text, offset, budget))
        offset += len(text) + 1
    budget.leave(len(segments))
    return tuple(segments)


def _segment(text: str, offset: int, budget: Budget) -> Segment:
    span = Span(offset, offset + len(text))
    found = _SEGMENT.fullmatch(text)
    if found is None:
        return Segment(text, span=span)
    cursor = Cursor(text, None, budget, found.start(2), offset)
    arguments = key_predicate(cursor)
    if cursor.position < len(text):
        raise cursor.error("the end of the segment")
    return Segment(found[1], arguments, span)
