"""Syntax tree to URL text, the inverse of the parser: `parse(print(tree)) == tree`.

Options are printed in one order, with `$` and in lower case; parentheses stand only where precedence needs them.
"""

import json
from typing import assert_never
from urllib.parse import quote

from odata_service.url.expression import PRECEDENCE, UNARY_PRECEDENCE
from odata_service.url.literals import print_literal
from odata_service.url.syntax import (
    Alias,
    AnnotationName,
    Binary,
    Case,
    ComputeItem,
    CountStep,
    ExpandItem,
    Expression,
    FunctionCall,
    In,
    JsonArray,
    JsonObject,
    KeyPredicate,
    Lambda,
    Literal,
    Logical,
    Name,
    NamedValue,
    Number,
    ODataUrl,
    Options,
    OrderItem,
    Path,
    Segment,
    SelectItem,
    Unary,
)

_ATOM = 9


def print_url(url: ODataUrl) -> tuple[str, str]:
    """The percent-encoded path and query of a URL."""
    path = "/".join(_segment(segment) for segment in url.segments)
    query = "&".join(f"{quote(name, safe='$@')}={quote(value, safe='')}" for name, value in _options(url.options))
    return path, query


def print_expression(node: Expression) -> str:
    """The decoded text of an expression."""
    return _print(node, 0)


def _segment(segment: Segment) -> str:
    text = segment.name + (_key(segment.arguments) if segment.arguments is not None else "")
    return quote(text, safe="$'(),=@:*!")


def _print(node: Expression, minimum: int) -> str:
    text, precedence = _printed(node)
    return f"({text})" if precedence < minimum else text


def _printed(node: Expression) -> tuple[str, int]:
    """The text of a node without parentheses around it, and how tightly it holds together."""
    match node:
        case Logical(operator, operands):
            precedence = PRECEDENCE[operator]
            return f" {operator} ".join(_print(operand, precedence + 1) for operand in operands), precedence
        case Binary(operator, left, right):
            precedence = PRECEDENCE[operator]
            return f"{_print(left, precedence)} {operator} {_print(right, precedence + 1)}", precedence
        case In(operand, values, collection):
            tested = _print(operand, PRECEDENCE["in"])
            members = f"({_join(values)})" if collection is None else _print(collection, _ATOM)
            return f"{tested} in {members}", PRECEDENCE["in"]
        case Unary(operator, operand):
            gap = " " if operator == "not" or isinstance(operand, Literal | Unary) else ""
            return f"{operator}{gap}{_print(operand, UNARY_PRECEDENCE)}", UNARY_PRECEDENCE
        case _:
            return _atom(node), _ATOM


def _atom(node: Literal | Path | Alias | FunctionCall | Case | JsonArray | JsonObject) -> str:
    match node:
        case Literal(kind, text, type_name):
            return print_literal(kind, text, type_name)
        case Alias(name):
            return f"@{name}"
        case Path():
            return _path(node)
        case FunctionCall(name, arguments, named):
            return f"{name}({_join((*arguments, *named))})"
        case Case(branches):
            return f"case({','.join(f'{_print(test, 0)}:{_print(value, 0)}' for test, value in branches)})"
        case JsonArray(members):
            return f"[{_join(members)}]"
        case JsonObject(members):
            return "{" + ",".join(f"{json.dumps(name)}:{_print(value, 0)}" for name, value in members) + "}"
        case _:
            assert_never(node)


def _join(nodes: tuple[Expression | NamedValue, ...]) -> str:
    return ",".join(
        f"{node.name}={_print(node.value, 0)}" if isinstance(node, NamedValue) else _print(node, 0) for node in nodes
    )


def _path(path: Path) -> str:
    root = f"@{path.root.name}" if isinstance(path.root, Alias) else path.root
    text = "" if root is None else root
    for step in path.steps:
        if isinstance(step, KeyPredicate):
            text += _key(step)
        else:
            text += ("/" if text else "") + _step(step)
    return text


def _step(step: Name | AnnotationName | FunctionCall | Lambda | CountStep) -> str:
    match step:
        case Name(name):
            return name
        case AnnotationName(name, qualifier):
            return f"@{name}#{qualifier}" if qualifier else f"@{name}"
        case FunctionCall():
            return _atom(step)
        case Lambda(operator, variable, predicate):
            inner = f"{variable}:{_print(predicate, 0)}" if variable and predicate is not None else ""
            return f"{operator}({inner})"
        case CountStep(predicate, search):
            parts = [f"$filter={_print(predicate, 0)}"] if predicate is not None else []
            parts += [f"$search={search}"] if search is not None else []
            return f"$count({';'.join(parts)})" if parts else "$count"
        case _:
            assert_never(step)


def _key(key: KeyPredicate) -> str:
    return f"({_join(key.named) if key.positional is None else _print(key.positional, 0)})"


def _options(options: Options) -> list[tuple[str, str]]:
    """The options that are given, as names and decoded values."""
    system: tuple[tuple[str, str | None], ...] = (
        ("$filter", None if options.filter is None else _print(options.filter, 0)),
        ("$orderby", _items(options.orderby)),
        ("$select", _items(options.select)),
        ("$expand", _items(options.expand)),
        ("$compute", _items(options.compute)),
        ("$search", options.search),
        ("$apply", options.apply),
        ("$skip", _number(options.skip)),
        ("$top", _number(options.top)),
        ("$index", _number(options.index)),
        ("$levels", _number(options.levels)),
        ("$count", None if options.count is None else str(options.count).lower()),
        ("$format", options.format),
        ("$skiptoken", options.skiptoken),
        ("$deltatoken", options.deltatoken),
        ("$schemaversion", options.schemaversion),
        ("$id", options.id),
    )
    given = [(name, value) for name, value in system if value is not None]
    return [*given, *((f"@{name}", _print(value, 0)) for name, value in options.aliases), *options.custom]


def _number(number: Number | None) -> str | None:
    return None if number is None else "max" if number.value < 0 else str(number.value)


def _items(items: tuple[OrderItem | SelectItem | ExpandItem | ComputeItem, ...] | None) -> str | None:
    return None if items is None else ",".join(_item(item) for item in items)


def _item(item: OrderItem | SelectItem | ExpandItem | ComputeItem) -> str:
    match item:
        case OrderItem(expression, descending):
            return _print(expression, 0) + (" desc" if descending else "")
        case ComputeItem(expression, name):
            return f"{_print(expression, 0)} as {name}"
        case SelectItem(path, wildcard, options):
            names = "/".join(name.name for name in path)
            star = ("." if path and "." in path[-1].name else "/") + "*" if names else "*"
            return names + (star if wildcard else "") + _nested(options)
        case ExpandItem(path, wildcard, suffix, options):
            names = "/".join((*(name.name for name in path), *(("*",) if wildcard else ())))
            return names + (f"/{suffix}" if suffix else "") + _nested(options)
        case _:
            assert_never(item)


def _nested(options: Options | None) -> str:
    return "" if options is None else f"({';'.join(f'{name}={value}' for name, value in _options(options))})"
