"""Walks over typed trees: what a node is made of, whatever kind of node it is."""

from collections.abc import Iterable

from msgspec import Struct


def parts_of(node: object) -> Iterable[object]:
    """The members of a sequence, the fields of a structure in their order; nothing for a plain value."""
    if isinstance(node, tuple | list):
        return node
    if isinstance(node, Struct):
        return (getattr(node, name) for name in node.__struct_fields__)
    return ()
