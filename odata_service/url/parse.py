"""The entry: a raw path and query become an `ODataUrl` (URL Conventions 2 to 5)."""

from typing import cast

from odata_service.errors import OptionNotAllowed
from odata_service.settings import Limits
from odata_service.url.aggregates import aggregate_item
from odata_service.url.apply import apply
from odata_service.url.decode import decode_option, split_query
from odata_service.url.expression import expression
from odata_service.url.json import json_value
from odata_service.url.lexer import Budget, Cursor
from odata_service.url.options import PLAIN, RULES, field_of, system_name, whole
from odata_service.url.path import resource_path
from odata_service.url.search import search
from odata_service.url.select_expand import expand, options_of, select
from odata_service.url.syntax import (
    AggregateItem,
    ExpandItem,
    Expression,
    ODataUrl,
    OrderItem,
    SearchExpression,
    SelectItem,
    Sequence,
)
from odata_service.url.values import Rule, orderby


def parse_url(path: str, query: str, limits: Limits | None = None) -> ODataUrl:
    """The syntax tree of a URL relative to the service root, both parts percent-encoded as sent.

    `UrlSyntaxError` for what breaks the grammar, `OptionNotAllowed` for an unknown or doubled system query option,
    `LimitExceeded` for what is too large.
    """
    budget = Budget(limits or Limits())
    segments = resource_path(path, budget)
    values: dict[str, object] = {}
    aliases: dict[str, Expression] = {}
    custom: list[tuple[str, str]] = []
    written = list(split_query(query))
    stated = {name: raw for name, raw in written if name.startswith("@")}
    for name, raw in written:
        budget.node()
        if name.startswith("@"):
            _once(name, aliases)
            aliases[name] = cast(Expression, _value(name, raw, budget, json_value))  # whole() gives what the rule gives
        elif (system := system_name(name)) is None:
            custom.append((name, decode_option(raw, name)))
        else:
            _once(system, values)
            plain = stated.get(decode_option(raw), raw) if stated and system in PLAIN else raw
            values[system] = _value(f"${system}", plain, budget, RULES[system])
    named = tuple((name.removeprefix("@"), value) for name, value in aliases.items())
    fields = {field_of(name): value for name, value in values.items()}
    return ODataUrl(segments, options_of({**fields, "aliases": named, "custom": tuple(custom)}))


def parse_expression(text: str, limits: Limits | None = None) -> Expression:
    """The syntax tree of a decoded common expression."""
    return cast(Expression, _parse(text, "$filter", limits, expression))  # whole() gives what the rule gives


def parse_value(text: str, name: str, limits: Limits | None = None) -> Expression:
    """The syntax tree of a decoded value of a parameter among the query options: an expression, or JSON."""
    return cast(Expression, _parse(text, name, limits, json_value))  # as above


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


def parse_apply(text: str, limits: Limits | None = None) -> Sequence:
    """The transformations of a decoded $apply."""
    return cast(Sequence, _parse(text, "$apply", limits, apply))  # as above


def parse_aggregate(text: str, limits: Limits | None = None) -> AggregateItem:
    """One aggregate of a decoded `aggregate(…)`, without `as`."""
    return cast(AggregateItem, _parse(text, "$apply", limits, aggregate_item))  # as above


def parse_search(text: str, limits: Limits | None = None) -> SearchExpression:
    """The tree of a decoded $search."""
    return cast(SearchExpression, _parse(text, "$search", limits, search))  # as above


def _parse(text: str, target: str, limits: Limits | None, rule: Rule) -> object:
    return whole(Cursor(text, target, Budget(limits or Limits())), rule)


_JOINED = {
    "filter": ", with and between the conditions",
    **dict.fromkeys(("select", "expand", "orderby", "compute"), ", with commas between its items"),
}
"""What is written in one option by those who write several, as some code that is generated from OpenAPI does."""


def _once(name: str, values: dict[str, Expression] | dict[str, object]) -> None:
    if name in values:
        shown = name if name.startswith("@") else f"${name}"
        hint = f"Write it once{_JOINED.get(name, '')}."
        raise OptionNotAllowed(f"{shown} must not appear more than once.", target=shown, hint=hint)


def _value(target: str, raw: str, budget: Budget, rule: Rule) -> object:
    return whole(Cursor(decode_option(raw, target), target, budget), rule)
