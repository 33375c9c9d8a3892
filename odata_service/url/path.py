"""From a raw path and query to the syntax tree of a whole request (ABNF 1 and 2)."""

import re
from typing import Any

from odata_service.errors import OptionNotAllowed, Span
from odata_service.settings import Limits
from odata_service.url.decode import RawOption, split_path, split_query
from odata_service.url.expression import read_arguments, read_expression
from odata_service.url.lexer import Budget, Reader
from odata_service.url.select_expand import VERBATIM, read_option
from odata_service.url.syntax import Expression, JsonArray, KeyPredicate, ODataUrl, Options, Segment

_CALL = re.compile(r"\$?[^\W\d]\w*(?:\.[^\W\d]\w*)*\(")


def parse_url(path: str, query: str, limits: Limits) -> ODataUrl:
    """The tree of a request; `path` (relative to the service root) and `query` are raw, as the client sent them."""
    budget = Budget(limits)
    return ODataUrl(_segments(split_path(path), budget), _options(query, budget))


def _segments(names: tuple[str, ...], budget: Budget) -> tuple[Segment, ...]:
    text, start, segments = "/".join(names), 0, []
    for name in names:
        end = start + len(name)
        segments.append(_segment(text, start, end, budget))
        start = end + 1
    if len(segments) > budget.max_depth:
        raise Reader("", "path", budget).exceeded("max_depth", f"has more than {budget.max_depth} path segments")
    return tuple(segments)


def _segment(text: str, start: int, end: int, budget: Budget) -> Segment:
    head = _CALL.match(text, start, end)
    if not head:
        return Segment(text[start:end], None, Span(start, end))
    reader = Reader(text[:end], "path", budget, head.end() - 1)
    positional, named = read_arguments(reader)
    reader.finish()
    name = text[start : head.end() - 1]
    if len(positional) > 1 and name != "$crossjoin":
        raise reader.failure("one key value, or name=value pairs")
    value = positional[0] if len(positional) == 1 else JsonArray(positional) if positional else None
    return Segment(name, KeyPredicate(value, named, Span(head.end() - 1, end)), Span(start, end))


def _options(query: str, budget: Budget) -> Options:
    if not query:
        return Options()
    values: dict[str, Any] = {}  # each reader returns its own field's type
    aliases: dict[str, Expression] = {}
    custom: list[tuple[str, str]] = []
    for option in split_query(query):
        if option.system:
            _once(f"${option.name}", option.name in values)
            values[option.name] = _system_value(option, budget)
        elif option.name.startswith("@"):
            _once(option.name, option.name[1:] in aliases)
            aliases[option.name[1:]] = _alias_value(option, budget)
        else:
            custom.append((option.name, option.text))
    return Options(**values, aliases=tuple(aliases.items()), custom=tuple(custom))


def _once(name: str, seen: bool) -> None:
    if seen:
        raise OptionNotAllowed(f"The query option '{name}' is given twice.", target=name, hint="Give it once.")


def _system_value(option: RawOption, budget: Budget) -> object:
    if option.name in VERBATIM:
        return option.text
    return read_option(option, Reader(option.text, option.name, budget))


def _alias_value(option: RawOption, budget: Budget) -> Expression:
    reader = Reader(option.text, option.name, budget)
    value = read_expression(reader)
    reader.finish()
    return value
