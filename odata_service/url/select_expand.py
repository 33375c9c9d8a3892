"""From an option's text to its part of `Options`, for requests and for expanded and selected items (ABNF 2)."""

from collections.abc import Callable
from typing import Any

from odata_service.errors import OptionNotAllowed, Span
from odata_service.url.decode import RawOption, canonical_option
from odata_service.url.expression import read_expression, read_search
from odata_service.url.lexer import Reader
from odata_service.url.orderby import read_orderby
from odata_service.url.syntax import ComputeItem, ExpandItem, Name, Number, Options, SelectItem

VERBATIM = frozenset({"search", "apply", "format", "skiptoken", "deltatoken", "schemaversion", "id"})
_COUNT_OPTIONS = frozenset({"filter", "search"})
_REF_OPTIONS = _COUNT_OPTIONS | {"orderby", "skip", "top", "count"}
_ITEM_OPTIONS = _REF_OPTIONS | {"select", "expand", "compute", "levels"}
_SUFFIX_OPTIONS = {"$ref": _REF_OPTIONS, "$count": _COUNT_OPTIONS}


def read_select(reader: Reader) -> tuple[SelectItem, ...]:
    """`$select` (ABNF `select`)."""
    items = [_select_item(reader)]
    while reader.accept(","):
        items.append(_select_item(reader))
    return tuple(items)


def _select_item(reader: Reader) -> SelectItem:
    start = reader.start
    if reader.accept("*"):
        return SelectItem((), True, None, Span(start, reader.start))
    steps, wildcard = _select_path(reader)
    options = None
    if reader.at("(") and not wildcard and steps:
        options = _function_or_options(reader, steps)
    return SelectItem(tuple(steps), wildcard, options, Span(start, reader.start))


def _select_path(reader: Reader) -> tuple[list[Name], bool]:
    steps: list[Name] = []
    while True:
        steps.append(_item_step(reader))
        if len(steps) == 1 and reader.at(".") and reader.touches("*"):
            reader.advance()
            reader.advance()
            return steps, True
        if not reader.accept("/"):
            return steps, False


def _function_or_options(reader: Reader, steps: list[Name]) -> Options | None:
    following = reader.text[reader.end :].lstrip()
    head = following.partition("=")[0].strip()
    if "=" in following and (head.startswith(("$", "@")) or head.lower() in _ITEM_OPTIONS):
        return _nested_options(reader, _ITEM_OPTIONS - {"expand", "levels"})
    start = reader.start
    while not reader.at(")"):
        reader.advance()
        reader.name("a parameter's name or an option such as $select=…")
    reader.advance()
    last = steps[-1]
    parameters = reader.text[start : reader.start].strip().replace(" ", "")
    steps[-1] = Name(last.name + parameters[: parameters.rindex(")") + 1], last.span)
    return None


def read_expand(reader: Reader) -> tuple[ExpandItem, ...]:
    """`$expand` (ABNF `expand`)."""
    items = [_expand_item(reader)]
    while reader.accept(","):
        items.append(_expand_item(reader))
    return tuple(items)


def _expand_item(reader: Reader) -> ExpandItem:
    start = reader.start
    steps, wildcard, suffix = _item_path(reader)
    options = None
    if reader.at("("):
        options = _nested_options(reader, _SUFFIX_OPTIONS.get(suffix or "", _ITEM_OPTIONS))
    return ExpandItem(tuple(steps), wildcard, suffix, options, Span(start, reader.start))


def _item_path(reader: Reader) -> tuple[list[Name], bool, str | None]:
    steps: list[Name] = []
    while True:
        if reader.accept("*"):
            return (steps, True, "$ref" if _ref_follows(reader) else None)
        if reader.kind == "system" and reader.value in ("$ref", "$count", "$value"):
            suffix = reader.value
            reader.advance()
            return steps, False, suffix
        steps.append(_item_step(reader))
        if not reader.accept("/"):
            return steps, False, None


def _item_step(reader: Reader) -> Name:
    if reader.kind not in ("word", "alias"):
        raise reader.failure("a property's name or '*'")
    reader.spend()
    step = Name(reader.value, Span(reader.start, reader.end))
    reader.advance()
    return step


def _ref_follows(reader: Reader) -> bool:
    if not reader.accept("/"):
        return False
    if reader.value != "$ref":
        raise reader.failure("'$ref'")
    reader.advance()
    return True


def _nested_options(reader: Reader, allowed: frozenset[str]) -> Options:
    values: dict[str, Any] = {}  # each reader returns its own field's type
    aliases: list[tuple[str, Any]] = []
    reader.enter()
    reader.expect("(")
    while True:
        name = reader.value
        if reader.kind == "alias":
            reader.advance()
            reader.expect("=")
            aliases.append((name[1:], read_expression(reader)))
        else:
            option = _nested_name(reader, allowed, values)
            reader.advance()
            values[option] = _nested_value(reader, option)
        if not reader.accept(";"):
            break
    reader.depth -= 1
    reader.expect(")", "';' and another option, or ')'")
    return Options(**values, aliases=tuple(aliases))


def _nested_name(reader: Reader, allowed: frozenset[str], seen: dict[str, Any]) -> str:
    if reader.kind not in ("system", "word"):
        raise reader.failure("an option such as $select=…")
    option, system = canonical_option(reader.value)
    if not system or option not in allowed:
        raise OptionNotAllowed(f"'{reader.value}' is not allowed here.", target=reader.target)
    if option in seen:
        raise OptionNotAllowed(f"The option '{reader.value}' stands here twice.", target=reader.target)
    return option


def _nested_value(reader: Reader, option: str) -> object:
    if option == "search":
        return read_search(reader)
    reader.expect("=")
    return OPTION_READERS[option](reader)


def read_compute(reader: Reader) -> tuple[ComputeItem, ...]:
    """`$compute` (ABNF `compute`)."""
    items = [_compute_item(reader)]
    while reader.accept(","):
        items.append(_compute_item(reader))
    return tuple(items)


def _compute_item(reader: Reader) -> ComputeItem:
    start = reader.start
    reader.spend()
    expression = read_expression(reader)
    if reader.value.lower() != "as":
        raise reader.failure("'as' and a name")
    reader.advance()
    name, span = reader.name("a name for the computed property")
    return ComputeItem(expression, name, Span(start, span.end))


def _number(reader: Reader) -> Number:
    digits = reader.value
    if reader.kind != "integer" or not (digits.isdigit() or (reader.option == "index" and digits[0] == "-")):
        raise reader.failure("a non-negative whole number")
    if len(digits) > 19:
        raise reader.failure("a number of at most 19 digits")
    number = Number(int(digits), Span(reader.start, reader.end))
    reader.advance()
    return number


def _levels(reader: Reader) -> Number:
    if reader.kind == "word" and reader.value.lower() == "max":
        number = Number(-1, Span(reader.start, reader.end))
        reader.advance()
        return number
    if reader.value.startswith("0"):
        raise reader.failure("a positive number or 'max'")
    return _number(reader)


def _count(reader: Reader) -> bool:
    value = reader.value.lower()
    if value not in ("true", "false"):
        raise reader.failure("true or false")
    reader.advance()
    return value == "true"


OPTION_READERS: dict[str, Callable[[Reader], object]] = {
    "filter": read_expression,
    "orderby": read_orderby,
    "select": read_select,
    "expand": read_expand,
    "compute": read_compute,
    "skip": _number,
    "top": _number,
    "index": _number,
    "levels": _levels,
    "count": _count,
}


def read_option(option: RawOption, reader: Reader) -> object:
    """The value of one whole option of a request."""
    value = OPTION_READERS[option.name](reader)
    reader.finish()
    return value
