"""The body of a change to a whole collection: all its entities, or a list of changes (JSON Format 12, 15).

| item | 4.01 | 4.0 |
|---|---|---|
| added or changed entity | the entity | the entity |
| deleted entity | `@removed` beside its key or id | context `…/$deletedEntity`, `id`, `reason` |
| link, ended link | – | context `…/$link`, `…/$deletedLink`, `source`, `relationship`, `target` |
"""

from collections.abc import Mapping

from msgspec import Struct

from odata_service.errors import PayloadError
from odata_service.payload.read import read_object
from odata_service.payload.read_entities import EntityReader, EntityValue, Item, Removed, item_value
from odata_service.payload.read_links import Reference
from odata_service.payload.read_values import ValueReader
from odata_service.payload.values import shown
from odata_service.settings import Limits


class LinkChange(Struct, frozen=True):
    """A relation between two entities that begins, or `ends`; a single-valued one may end without a target."""

    source: Reference
    relationship: str
    target: Reference | None
    ends: bool
    path: str


class StatedItem(Struct, frozen=True):
    """An item of the list: what it means, or what is wrong with it, and the JSON that it was written as."""

    item: Item | LinkChange | PayloadError
    members: Mapping[str, object]


def read_changes(body: bytes, entity_type: str, reader: ValueReader, limits: Limits) -> tuple[StatedItem, ...]:
    """The changes that a body lists, in its order; a fault inside of one stands in its place, with its path."""
    stated, entities = [], EntityReader(reader, limits.max_entities)
    for place, members in enumerate(_listed(body, limits)):
        path = f"value/{place}"
        if not isinstance(members, dict):
            raise PayloadError(f"'{path}': {shown(members)} is no change.", target=path, hint="Write an object.")
        stated.append(StatedItem(_read(members, entity_type, path, entities), members))
    return tuple(stated)


def _read(
    members: Mapping[str, object], entity_type: str, path: str, reader: EntityReader
) -> Item | LinkChange | PayloadError:
    try:
        return _change(members, entity_type, path, reader)
    except PayloadError as error:
        return error


def read_collection(body: bytes, entity_type: str, reader: ValueReader, limits: Limits) -> tuple[Item, ...]:
    """The entities that a body lists as all that a collection is to have."""
    entities = EntityReader(reader, limits.max_entities)
    found = tuple(
        item_value(members, entity_type, f"value/{place}", entities)
        for place, members in enumerate(_listed(body, limits))
    )
    removed = next((item for item in found if isinstance(item, Removed)), None)
    if removed is not None:
        raise PayloadError(
            "A list of all entities removes none: it leaves them out.",
            target=removed.entity.path,
            hint="Send changes by PATCH.",
        )
    return found


def _listed(body: bytes, limits: Limits) -> list[object]:
    value = read_object(body, limits).get("value")
    if not isinstance(value, list):
        raise PayloadError("The body lists no entities.", target="value", hint='Send {"value": [{…}]}.')
    return value


def _change(members: Mapping[str, object], entity_type: str, path: str, reader: EntityReader) -> Item | LinkChange:
    context = next((members[name] for name in ("@odata.context", "@context") if name in members), "")
    match str(context).rpartition("/")[2]:
        case "$deletedEntity" if "id" in members:
            named = EntityValue(entity_type, {}, id=_id(members, "id", path).id, path=path)
            return Removed(named, "changed" if members.get("reason") == "changed" else "deleted")
        case "$link":
            return _link(members, path, ends=False)
        case "$deletedLink":
            return _link(members, path, ends=True)
        case _:
            return item_value(members, entity_type, path, reader)


def _link(members: Mapping[str, object], path: str, *, ends: bool) -> LinkChange:
    source, relationship = _id(members, "source", path), members.get("relationship")
    if not isinstance(relationship, str):
        raise PayloadError("A link names its navigation property.", target=f"{path}/relationship")
    target = None if ends and "target" not in members else _id(members, "target", path)
    return LinkChange(source, relationship, target, ends, path)


def _id(members: Mapping[str, object], name: str, path: str) -> Reference:
    value = members.get(name)
    if not isinstance(value, str):
        raise PayloadError(f"'{path}' names no entity as its {name}.", target=f"{path}/{name}", hint='Write "Set(…)".')
    return Reference(value, f"{path}/{name}")
