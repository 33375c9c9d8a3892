"""Walks over typed trees: what a node is made of, whatever kind of node it is."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import EntitySet, NavigationProperty, Property
from odata_service.edm.types import TypeRef
from odata_service.semantics.tree import (
    Binary,
    Call,
    Case,
    Cast,
    CodeCall,
    Count,
    In,
    Lambda,
    Logical,
    TypeTest,
    Unary,
    Variable,
)

Sizes = dict[int, tuple[object, int]]
"""Nodes by their identity, each with how many operators it is made of."""

_OF_THE_MODEL = (Property, NavigationProperty, EntitySet, TypeRef, Leaf)
_OPERATORS = (Binary, Call, Case, Cast, CodeCall, Count, In, Lambda, Logical, TypeTest, Unary)


def parts_of(node: object) -> Iterable[object]:
    """The members of a sequence, the fields of a structure in their order; nothing for a plain value."""
    if isinstance(node, tuple | list):
        return node
    if isinstance(node, Struct):
        return (getattr(node, name) for name in node.__struct_fields__)
    return ()


def operands_of(node: object) -> Iterator[object]:
    """The parts of an expression that are expressions, or hold some."""
    for part in parts_of(node):
        if isinstance(part, Struct | tuple | list) and not isinstance(part, _OF_THE_MODEL):
            yield part


def nodes_of(node: object) -> Iterator[object]:
    """An expression and all expressions that it is made of."""
    yield node
    for part in operands_of(node):
        yield from nodes_of(part)


def size_of(node: object, known: Sizes) -> int:
    """How many operators an expression is made of, as often as each stands there; none is looked at twice."""
    found = known.get(id(node))
    if found is None:
        inside = sum(size_of(part, known) for part in operands_of(node))
        found = known[id(node)] = (node, inside + isinstance(node, _OPERATORS))
    return found[1]


def depths_of(node: object) -> Iterator[int]:
    """The depths of the variables in expressions."""
    if isinstance(node, Variable):
        yield node.depth
    else:
        for part in parts_of(node):
            yield from depths_of(part)


def asks_code(node: object) -> bool:
    """Whether code is asked in an expression."""
    return isinstance(node, CodeCall) or any(asks_code(part) for part in parts_of(node))
