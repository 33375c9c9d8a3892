"""Walks over typed trees: what a node is made of, whatever kind of node it is."""

from collections.abc import Iterable, Iterator

from msgspec import Struct

from odata_service.semantics.tree import CodeCall, Variable


def parts_of(node: object) -> Iterable[object]:
    """The members of a sequence, the fields of a structure in their order; nothing for a plain value."""
    if isinstance(node, tuple | list):
        return node
    if isinstance(node, Struct):
        return (getattr(node, name) for name in node.__struct_fields__)
    return ()


def nodes_of(node: object) -> Iterator[object]:
    """An expression and all that it is made of."""
    yield node
    for part in parts_of(node):
        yield from nodes_of(part)


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
