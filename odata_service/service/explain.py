"""What each stage makes of a URL, as text for people: syntax tree, typed tree, plan, SQL, the database's query plan."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import Enum

from odata_service.edm.model import EntitySet, EntityType, NavigationProperty, Property
from odata_service.edm.types import TypeRef
from odata_service.errors import Span
from odata_service.storage import StatementText

_NAMED = EntitySet | EntityType | Property | NavigationProperty


def describe(node: object) -> str:
    """A tree of frozen objects as indented lines: one line where it is short, spans and empty parts left out.

    >>> describe(TypeRef("Edm.String", collection=True))
    'Collection(Edm.String)'
    """
    return "\n".join(_lines(node))


def describe_statement(statement: StatementText) -> str:
    """SQL text and, below it, what each placeholder is filled with."""
    filled = ", ".join(statement.parameters)
    return f"{statement.text}\n    with {filled}" if filled else statement.text


def section(title: str, text: str) -> str:
    """A titled part of the explanation."""
    body = "\n".join(f"  {line}" for line in text.splitlines())
    return f"{title}\n{body}\n"


def _lines(node: object) -> list[str]:
    whole = _short(node)
    if len(whole) <= 100:
        return [whole]
    if isinstance(node, tuple | list):
        return ["[", *_indented(line for part in node for line in _lines(part)), "]"]
    if not is_dataclass(node) or isinstance(node, type):
        return [whole]
    return [f"{type(node).__name__}(", *_indented(_members(node)), ")"]


def _members(node: object) -> Iterator[str]:
    for name, value in _shown(node):
        first, *rest = _lines(value)
        yield f"{name}={first}"
        yield from rest


def _indented(lines: Iterator[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _shown(node: object) -> Iterator[tuple[str, object]]:
    assert is_dataclass(node), "trees and plans are dataclasses"
    for part in fields(node):
        value = getattr(node, part.name)
        if value is not None and value != () and value is not False and not isinstance(value, Span):
            yield part.name, value


def _short(node: object) -> str:
    match node:
        case TypeRef():
            return str(node)
        case Enum():
            return str(node.value)
        case _ if isinstance(node, _NAMED):
            return node.name
        case tuple() | list():
            return f"[{', '.join(_short(part) for part in node)}]"
        case _ if is_dataclass(node) and not isinstance(node, type):
            return f"{type(node).__name__}({', '.join(f'{name}={_short(value)}' for name, value in _shown(node))})"
        case _:
            return repr(node)
