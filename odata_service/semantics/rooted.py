"""Expressions about the current instance as ones about an entity that it is related to."""

from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from odata_service.semantics.tree import (
    DynamicProperty,
    EntityOwner,
    Itself,
    NavigationAccess,
    NavigationMembers,
    PropertyAccess,
    TypeTest,
)

_Node = TypeVar("_Node")
_Owned = PropertyAccess | DynamicProperty | NavigationAccess | NavigationMembers | TypeTest


def rooted(node: _Node, owner: EntityOwner) -> _Node:
    """An expression about the current instance as one about the entity that `owner` leads to."""
    if owner is None:
        return node
    if isinstance(node, tuple):
        return tuple(rooted(part, owner) for part in node)  # type: ignore[return-value]  # a tuple as it was
    if isinstance(node, Itself):
        return owner  # type: ignore[return-value]  # what stands for an entity takes the place of another
    if not isinstance(node, Struct):
        return node
    changed = {name: rooted(value, owner) for name in node.__struct_fields__ if _is_tree(value := getattr(node, name))}
    if isinstance(node, _Owned) and node.owner is None:
        changed["owner"] = owner
    return replace(node, **changed) if changed else node  # type: ignore[type-var]  # a dataclass, as seen above


def _is_tree(value: object) -> bool:
    """Whether expressions may stand in it: all of them have the module of the typed tree."""
    return isinstance(value, tuple) or type(value).__module__ == PropertyAccess.__module__
