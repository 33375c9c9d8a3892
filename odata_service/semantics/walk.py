"""Walks over typed trees: what a node is made of, whatever kind of node it is."""

from collections.abc import Iterable
from dataclasses import fields, is_dataclass


def parts_of(node: object) -> Iterable[object]:
    """The members of a sequence, the fields of a dataclass in their order; nothing for a plain value."""
    if isinstance(node, tuple | list):
        return node
    if is_dataclass(node):
        return (getattr(node, part.name) for part in fields(node))
    return ()
