"""Where in a body the navigation properties of complex values stand: in the objects of these (JSON Format 7.2, 8.5)."""

from collections.abc import Callable, Collection, Mapping, Sequence

from odata_service.edm.model import Schema
from odata_service.payload.read_values import told_type

Members = Mapping[str, object]

IsOf = Callable[[str, Collection[str]], bool]
"""Whether the member of a name is about one of some properties."""


def holder_of(members: Members, path: str, schema: Schema) -> Members | None:
    """The object that may state the navigation property at a path: the entity's own, or that of a complex value in it.

    None where the body has no such object, or one of another type.
    """
    for step in path.split("/")[:-1]:
        if "." in step:
            told = told_type(members)
            if not isinstance(told, str) or not schema.is_derived(told.rpartition("#")[2], step):
                return None
            continue
        inner = members.get(step)
        if not isinstance(inner, dict):
            return None
        members = inner
    return members


def without(members: Members, paths: Sequence[Sequence[str]], is_of: IsOf) -> Members:
    """An object without the members about what is at some paths, in the objects inside as well."""
    if not paths:
        return members
    own = {first for first, *rest in paths if not rest}
    inside: dict[str, list[Sequence[str]]] = {}
    for first, *rest in paths:
        if rest:
            inside.setdefault(first, []).append(rest)
    return {
        name: without(value, inside[name], is_of) if name in inside and isinstance(value, dict) else value
        for name, value in members.items()
        if not is_of(name, own)
    }
