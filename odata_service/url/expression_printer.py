"""Expressions to decoded text; parentheses stand only where precedence needs them."""

import json
from typing import assert_never

from odata_service.url.expression import PRECEDENCE, UNARY_PRECEDENCE
from odata_service.url.literals import print_literal
from odata_service.url.search_printer import print_search
from odata_service.url.syntax import (
    AggregateFrom,
    AggregateItem,
    AggregateStep,
    Alias,
    AnnotationName,
    Binary,
    Case,
    CountAggregate,
    CountStep,
    CustomAggregate,
    Expression,
    FilterStep,
    FunctionCall,
    In,
    JsonArray,
    JsonObject,
    KeyPredicate,
    Lambda,
    Literal,
    Logical,
    MethodAggregate,
    Name,
    NamedValue,
    Path,
    Unary,
)

_ATOM = 9

_Step = Name | AnnotationName | FunctionCall | Lambda | CountStep | FilterStep | AggregateStep


def print_expression(node: Expression) -> str:
    """The decoded text of an expression."""
    return _print(node, 0)


def print_name(step: Name | AnnotationName) -> str:
    """The decoded text of a name, that of a term with its `@`."""
    match step:
        case Name(name):
            return name
        case AnnotationName(name, None):
            return f"@{name}"
        case AnnotationName(name, qualifier):
            return f"@{name}#{qualifier}"


def print_aggregate(item: AggregateItem) -> str:
    """The decoded text of an aggregate."""
    sources = "".join(_source(source) for source in item.sources) + (f" as {item.alias}" if item.alias else "")
    match item:
        case MethodAggregate(expression, method):
            return f"{print_expression(expression)} with {method}{sources}"
        case CountAggregate(path):
            return ("$count" if path is None else f"{print_path(path)}/$count") + sources
        case CustomAggregate(path):
            return print_path(path) + sources
        case _:
            assert_never(item)


def _source(source: AggregateFrom) -> str:
    properties = ",".join(print_path(path) for path in source.properties)
    return f" from {properties}" + (f" with {source.method}" if source.method else "")


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
            return print_path(node)
        case FunctionCall(name, arguments, named):
            return f"{name}({_join((*arguments, *named))})"
        case Case(branches):
            return f"case({','.join(_branch(test, value) for test, value in branches)})"
        case JsonArray(members):
            return f"[{_join(members)}]"
        case JsonObject(members):
            return "{" + ",".join(f"{json.dumps(name)}:{print_expression(value)}" for name, value in members) + "}"
        case _:
            assert_never(node)


def _branch(test: Expression, value: Expression) -> str:
    """A blank keeps a digit and the colon behind it from becoming a time of day."""
    condition = _print(test, 0)
    return f"{condition}{' ' if condition[-1].isdigit() else ''}:{_print(value, 0)}"


def _join(nodes: tuple[Expression | NamedValue, ...]) -> str:
    return ",".join(
        f"{node.name}={_print(node.value, 0)}" if isinstance(node, NamedValue) else _print(node, 0) for node in nodes
    )


def print_path(path: Path) -> str:
    """The decoded text of a path."""
    root = f"@{path.root.name}" if isinstance(path.root, Alias) else path.root
    text = "" if root is None else root
    for step in path.steps:
        if isinstance(step, KeyPredicate):
            text += print_key(step)
        else:
            text += ("/" if text else "") + _step(step)
    return text


def _step(step: _Step) -> str:
    match step:
        case Name(name):
            return name
        case AnnotationName():
            return print_name(step)
        case FunctionCall():
            return _atom(step)
        case Lambda(operator, variable, predicate):
            inner = f"{variable}:{print_expression(predicate)}" if variable and predicate is not None else ""
            return f"{operator}({inner})"
        case CountStep(predicate, search):
            parts = [f"$filter={print_expression(predicate)}"] if predicate is not None else []
            parts += [f"$search={print_search(search)}"] if search is not None else []
            return f"$count({';'.join(parts)})" if parts else "$count"
        case FilterStep(predicate):
            return f"$filter({print_expression(predicate)})"
        case AggregateStep(aggregate):
            return f"aggregate({print_aggregate(aggregate)})"
        case _:
            assert_never(step)


def print_key(key: KeyPredicate) -> str:
    """The decoded text of a key predicate, its parentheses included."""
    return f"({_join(key.named) if key.positional is None else print_expression(key.positional)})"
