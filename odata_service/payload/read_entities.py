"""The entity in a request body, with what it says of related ones: bound, nested, changed (JSON Format 6, 8.5, 15).

A related entity is an `EntityValue` of its own, to any depth; one that is only named is a `Reference`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct, field

from odata_service.edm.discriminators import type_named, type_property
from odata_service.edm.model import NavigationProperty, Schema
from odata_service.edm.nested import property_steps, value_path
from odata_service.edm.structured import Value
from odata_service.errors import PayloadError, PayloadTooLarge
from odata_service.payload.read import read_object
from odata_service.payload.read_links import BINDS, DELTAS, Reference, bound_by, is_of, reference_of
from odata_service.payload.read_nested import holder_of, without
from odata_service.payload.read_values import ValueReader, has_control, told_type
from odata_service.payload.values import shown
from odata_service.settings import Limits

Members = Mapping[str, object]

_IDS = ("@odata.id", "@id")
_TYPES = frozenset({"@odata.type", "@type"})
_REMOVED = ("@odata.removed", "@removed")


class EntityValue(Struct, frozen=True):
    """The typed content of a body: what it states, by property name, null included, and the ETag in it.

    `related` is what it says of related entities by navigation property, `id` names the entity itself. `path` is where
    it stands in the body, empty at the top.
    """

    type: str
    properties: Mapping[str, Value]
    etag: str | None = None
    related: "Mapping[str, Related]" = field(default_factory=dict)
    id: str | None = None
    path: str = ""


class Removed(Struct, frozen=True):
    """An entity that is to leave a collection: with the reason `deleted` it ends, with `changed` it stays elsewhere.

    It is told by its key among the properties of `entity`, or by its id.
    """

    entity: EntityValue
    reason: Literal["changed", "deleted"]


Item = EntityValue | Reference | Removed


class Related(Struct, frozen=True):
    """What a body says of the entities that a navigation property leads to.

    `bound` are those that `@odata.bind` names, None for null. `items` is the content of the property, of a single one
    at most one item, or None where it has none; with `is_delta` these are changes and not all that there is.
    """

    navigation: NavigationProperty
    path: str
    bound: tuple[Reference, ...] | None = ()
    items: tuple[Item, ...] | None = None
    is_delta: bool = False


class EntityReader(Struct):
    """Reads the entities of one body, and counts them: `limit` is how many there may be, 0 for any number."""

    values: ValueReader
    limit: int = 0
    seen: int = 0

    def count(self, path: str) -> None:
        """One more entity; `PayloadTooLarge` where it is one too many."""
        self.seen += 1
        if self.limit and self.seen > self.limit:
            raise PayloadTooLarge(
                f"The body states more than {self.limit} entities (--max-entities).",
                target=path or None,
                hint="Send several requests.",
            )


def read_entity(
    body: bytes | Members, entity_type: str, reader: ValueReader, limits: Limits, *, is_own: bool = False
) -> EntityValue:
    """The entity that a body states, of the given type or of the derived one that it names.

    The body is text, or the object that `read_object` makes of it. With `is_own` the type is that of an entity that is
    there, which a body may name by one of its base types. `PayloadError` with the path of the first fault.
    """
    members = read_object(body, limits) if isinstance(body, bytes) else body
    if is_own:
        members = _without_base(members, entity_type, reader.schema)
    return entity_value(members, entity_type, "", EntityReader(reader, limits.max_entities))


def _without_base(members: Members, own: str, schema: Schema) -> Members:
    """A body without the base type that it names: that is the type which a client of the entity set knows."""
    told = told_type(members) if has_control(members) else None
    name = schema.whole_name(told.rpartition("#")[2]) if isinstance(told, str) else ""
    if own not in schema.derived_from(name):
        return members
    return {member: value for member, value in members.items() if member not in _TYPES}


def entity_value(members: Members, entity_type: str, path: str, reader: EntityReader) -> EntityValue:
    """The entity that an object states; `path` leads to the object.

    A part of its key that is null is not stated: Kendo UI and others write null for what the service makes.
    """
    reader.count(path)
    schema = reader.values.schema
    is_annotated = has_control(members)
    told = told_type(members) if is_annotated else None
    if told is not None:
        entity_type = reader.values.check_type(told, entity_type, path)
    naming = type_property(entity_type, schema)
    if naming is not None and naming in members:
        entity_type = _named_type(naming, members[naming], entity_type, told, schema)
    if None in members.values():
        key = {part.path for part in schema.key(entity_type)}
        members = {name: value for name, value in members.items() if value is not None or name not in key}
    navigation = schema.navigation_properties(entity_type)
    is_nested = any(value_path(name).partition("/")[0] in members for name in navigation)
    if not is_annotated and not is_nested and navigation.keys().isdisjoint(members):
        return EntityValue(entity_type, reader.values.members(members, entity_type, path), path=path)
    related = {found.navigation.name: found for found in _related(members, navigation, path, reader)}
    rest = without(members, [property_steps(name) for name in related], is_of)
    stated = reader.values.members(rest, entity_type, path)
    return EntityValue(entity_type, stated, _etag(members, path), related, _id(members, path), path)


def related_inside(
    members: Members, way: Sequence[str], entity_type: str, reader: EntityReader
) -> tuple[dict[str, Related], Members]:
    """What the object of a complex value says of related entities, and the object without that.

    `way` are the names that lead to the value from an entity of the type.
    """
    body: Members = members
    for name in reversed(way):
        body = {name: body}
    navigation = reader.values.schema.navigation_properties(entity_type)
    related = {found.navigation.name: found for found in _related(body, navigation, "", reader)}
    rest: object = without(body, [property_steps(name) for name in related], is_of)
    for name in way:
        assert isinstance(rest, dict), "the objects around the value are there"
        rest = rest[name]
    assert isinstance(rest, dict), "the value is an object"
    return related, rest


def item_value(value: object, entity_type: str, path: str, reader: EntityReader) -> Item:
    """A related entity: named, stated, or removed."""
    if not isinstance(value, dict):
        raise PayloadError(f"'{path}': {shown(value)} is no entity.", target=path, hint="Write an object.")
    removed = next((value[name] for name in _REMOVED if name in value), None)
    if any(name in value for name in _REMOVED):
        kept = {name: inner for name, inner in value.items() if name not in _REMOVED}
        return Removed(entity_value(kept, entity_type, path, reader), _reason(removed, path))
    identifier = _id(value, path)
    if identifier is not None and all(name.startswith("@") for name in value):
        return Reference(identifier, f"{path}/@id")
    return entity_value(value, entity_type, path, reader)


def _related(
    members: Members, navigation: Mapping[str, NavigationProperty], path: str, reader: EntityReader
) -> Iterator[Related]:
    """What an object, and the complex values inside, say of related entities, in the order of the model."""
    for known in navigation.values():
        holder = holder_of(members, known.name, reader.values.schema)
        if holder is not None:
            *way, name = property_steps(known.name)
            yield from _related_by(known, name, holder, "/".join(filter(None, (path, *way))), reader)


def _related_by(
    known: NavigationProperty, name: str, members: Members, path: str, reader: EntityReader
) -> Iterator[Related]:
    """What an object says of the entities that a navigation property of its own leads to; `path` leads to it."""
    target = f"{path}/{name}" if path else name
    bind = next((name + suffix for suffix in BINDS if name + suffix in members), None)
    delta = next((name + suffix for suffix in DELTAS if name + suffix in members), None)
    bound: tuple[Reference, ...] | None = ()
    if bind is not None:
        bound = bound_by(members[bind], known, f"{path}/{bind}" if path else bind)
    if delta is not None:
        target = f"{path}/{delta}" if path else delta
        if name in members or not known.collection:
            raise PayloadError(f"'{delta}' lists changes of a collection, and stands in its place.", target=target)
        yield Related(known, target, bound, _items(members[delta], known, target, reader), is_delta=True)
    elif name in members:
        yield Related(known, target, bound, _items(members[name], known, target, reader))
    elif bind is not None:
        yield Related(known, target, bound)


def _items(value: object, navigation: NavigationProperty, path: str, reader: EntityReader) -> tuple[Item, ...]:
    if not navigation.collection:
        return () if value is None else (item_value(value, navigation.target, path, reader),)
    if not isinstance(value, list):
        raise PayloadError(f"'{path}': {shown(value)} is not an array.", target=path, hint="Write [{…}].")
    return tuple(item_value(item, navigation.target, f"{path}/{place}", reader) for place, item in enumerate(value))


def _reason(value: object, path: str) -> Literal["changed", "deleted"]:
    stated = value.get("reason", "changed") if isinstance(value, dict) else None
    if stated == "changed":
        return "changed"
    if stated == "deleted":
        return "deleted"
    raise PayloadError(
        f"'{path}' does not say why the entity is removed.",
        target=f"{path}/@removed",
        hint='Write {"reason": "changed"} or {"reason": "deleted"}.',
    )


def _id(members: Members, path: str) -> str | None:
    name = next((name for name in _IDS if members.get(name) is not None), None)
    if name is None:
        return None
    return reference_of(members[name], f"{path}/{name}" if path else name).id


def _etag(members: Members, path: str) -> str | None:
    """The ETag that an object states; null is none."""
    name = next((name for name in ("@etag", "@odata.etag") if name in members), "@etag")
    stated = members.get(name)
    if stated is None or isinstance(stated, str):
        return stated
    target = f"{path}/{name}" if path else name
    raise PayloadError("An ETag is text.", target=target, hint='Write it as it was sent, such as "W/\\"1\\"".')


def _named_type(naming: str, value: object, entity_type: str, told: object, schema: Schema) -> str:
    """The type that the value of a type property names, where nothing else does and it can be (`Storage.TypeProperty`).

    A value that names none leaves all as it is.
    """
    named = type_named(value, entity_type, schema)
    if named is None or named == entity_type:
        return entity_type
    if told is None and schema.is_derived(named, entity_type):
        return named
    raise PayloadError(
        f"'{naming}' says that the entity is a '{named}', and it is a '{entity_type}'.",
        target=naming,
        hint=f'Write "{entity_type.rpartition(".")[2]}", or leave it out.',
    )
