"""What bodies say of related entities by their ids (JSON Format 8.5)."""

from collections.abc import Collection

from msgspec import Struct

from odata_service.edm.model import NavigationProperty
from odata_service.errors import PayloadError
from odata_service.payload.values import shown

BINDS = ("@odata.bind", "@bind")
DELTAS = ("@odata.delta", "@delta")


class Reference(Struct, frozen=True):
    """An entity that is named by its id; `path` is where the id stands in the body."""

    id: str
    path: str


def bound_by(value: object, navigation: NavigationProperty, path: str) -> tuple[Reference, ...] | None:
    """The entities that `@odata.bind` names: an id, or of a collection a list of such; null ends a relation."""
    if navigation.collection:
        if not isinstance(value, list):
            raise PayloadError(f"'{path}' takes an array of ids.", target=path, hint='Write ["Set(…)"].')
        return tuple(reference_of(item, f"{path}/{place}") for place, item in enumerate(value))
    return None if value is None else (reference_of(value, path),)


def reference_of(value: object, path: str) -> Reference:
    """The entity that an id names."""
    if not isinstance(value, str):
        raise PayloadError(f"'{path}': {shown(value)} is no id of an entity.", target=path, hint='Write "Set(…)".')
    return Reference(value, path)


def named_alone(value: object, path: str) -> Reference | None:
    """The entity that an object names by its id and says nothing else of; None for other values."""
    if not isinstance(value, dict) or not all(name.startswith("@") for name in value):
        return None
    named = next((value[name] for name in ("@odata.id", "@id") if name in value), None)
    return None if named is None else reference_of(named, path)


def is_of(name: str, related: Collection[str]) -> bool:
    """Whether a member is about related entities."""
    first, at, rest = name.partition("@")
    return first in related and (not at or f"@{rest}" in (*BINDS, *DELTAS))
