"""Syntax tree to URL text, the inverse of the parser: `parse(print(tree)) == tree`.

Options are printed in one order, with `$` and in lower case.
"""

from collections.abc import Callable, Sequence
from typing import TypeVar, assert_never
from urllib.parse import quote

from odata_service.url.apply_printer import print_apply, print_compute_item, print_order_item
from odata_service.url.expression_printer import print_expression, print_key, print_name
from odata_service.url.search_printer import print_search
from odata_service.url.syntax import (
    CrossJoin,
    ExpandItem,
    Expression,
    FilterSegment,
    KeyPredicate,
    Number,
    ODataUrl,
    Options,
    PathSegment,
    Segment,
    SelectItem,
)

_Item = TypeVar("_Item")


def print_url(url: ODataUrl) -> tuple[str, str]:
    """The percent-encoded path and query of a URL."""
    path = "/".join(quote(_segment(segment), safe="$'(),=@:*!") for segment in url.segments)
    query = "&".join(f"{quote(name, safe='$@!')}={quote(value, safe='')}" for name, value in _options(url.options))
    return path, query


def _segment(segment: PathSegment) -> str:
    match segment:
        case Segment(name, arguments, key):
            return name + _key(arguments) + _key(key)
        case FilterSegment(predicate, key):
            return f"$filter({print_expression(predicate)}){_key(key)}"
        case CrossJoin(entity_sets):
            return f"$crossjoin({','.join(entity_set.name for entity_set in entity_sets)})"
        case _:
            assert_never(segment)


def _key(key: KeyPredicate | None) -> str:
    return "" if key is None else print_key(key)


def _options(options: Options) -> list[tuple[str, str]]:
    """The options that are given, as names and decoded values."""
    system: tuple[tuple[str, str | None], ...] = (
        ("$filter", _expression(options.filter)),
        ("$orderby", _joined(options.orderby, print_order_item)),
        ("$select", _joined(options.select, _select_item)),
        ("$expand", _joined(options.expand, _expand_item)),
        ("$compute", _joined(options.compute, print_compute_item)),
        ("$search", None if options.search is None else print_search(options.search)),
        ("$apply", None if options.apply is None else print_apply(options.apply)),
        ("$skip", _number(options.skip)),
        ("$top", _number(options.top)),
        ("$index", _number(options.index)),
        ("$levels", "max" if options.levels == Number(-1) else _number(options.levels)),
        ("$count", None if options.count is None else str(options.count).lower()),
        ("$format", options.format),
        ("$skiptoken", options.skiptoken),
        ("$deltatoken", options.deltatoken),
        ("$schemaversion", options.schemaversion),
        ("$id", options.id),
        ("$at", _expression(options.at)),
        ("$from", _expression(options.since)),
        ("$to", _expression(options.until)),
        ("$toInclusive", _expression(options.through)),
    )
    given = [(name, value) for name, value in system if value is not None]
    aliases = ((f"@{name}", print_expression(value)) for name, value in options.aliases)
    return [*given, *aliases, *options.custom]


def _expression(node: Expression | None) -> str | None:
    return None if node is None else print_expression(node)


def _number(number: Number | None) -> str | None:
    return None if number is None else str(number.value)


def _joined(items: Sequence[_Item] | None, printed: Callable[[_Item], str]) -> str | None:
    return None if items is None else ",".join(printed(item) for item in items)


def _select_item(item: SelectItem) -> str:
    names = [print_name(step) for step in item.path]
    if item.namespace is not None:
        return f"{item.namespace}.*"
    parameters = "" if item.parameters is None else f"({','.join(item.parameters)})"
    return "/".join([*names, *(["*"] if item.wildcard else [])]) + parameters + _nested(item.options)


def _expand_item(item: ExpandItem) -> str:
    names = [print_name(step) for step in item.path]
    wildcard = ["*"] if item.wildcard else []
    suffix = [item.suffix] if item.suffix is not None else []
    return "/".join([*names, *wildcard, *suffix]) + _nested(item.options)


def _nested(options: Options | None) -> str:
    return "" if options is None else f"({';'.join(f'{name}={value}' for name, value in _options(options))})"
