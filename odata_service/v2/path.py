"""Resource paths of V2 become paths of V4, and tell what they lead to (V2 URI Conventions 2.2 to 3)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from odata_service.csdl.v2_model import Import, V2Model
from odata_service.edm.model import ComplexType, EntitySet, EntityType, Schema
from odata_service.edm.types import TypeRef
from odata_service.errors import BadRequest, NotFound, did_you_mean
from odata_service.url.decode import decode
from odata_service.v2.literals import v4_literal

Kind = Literal["entities", "entity", "property", "value", "count", "links", "result"]

_SEGMENT = re.compile(r"(?P<name>[^(]*)(?:\((?P<key>.*)\))?", re.DOTALL)
_PART = re.compile(r"\s*(?:([^\W\d]\w*)\s*=\s*)?((?:[^',=]|'(?:[^']|'')*')+?)\s*(?:,|\Z)", re.DOTALL)
_PIECES = re.compile(r"(?:[^/']|'(?:[^']|'')*')+")
SAFE = "$'(),=@:*!;"
"""The characters that stay as they are in literals."""


class Place(Struct, frozen=True):
    """What a path leads to: the path as V4 writes it, the type there, the entity set that the entities live in.

    `property` names the last property of a path that ends in one, `link` the entity among links that is spoken of, as
    V4 writes it. `offered` are the overloads of a function import, `behind` the segments that follow it.
    """

    kind: Kind
    path: str
    type: TypeRef
    entity_set: EntitySet | None = None
    property: str = ""
    is_collection: bool = False
    link: str | None = None
    offered: Sequence[Import] = ()
    behind: tuple[str, ...] = ()


def place_of(path: str, model: V2Model) -> Place:
    """What a raw path below the service root leads to; `NotFound` where it leads to nothing that V2 shows."""
    segments = _PIECES.findall(decode(path))
    if not segments:
        raise NotFound("The service root takes GET and HEAD alone.")
    name, key = _split(segments[0])
    if name in model.imports:
        if key and key.strip():
            raise BadRequest(f"Parameters of '{name}' are options of the query.", hint=f"Write {name}?name=value.")
        return Place("result", name, TypeRef("Edm.Untyped"), offered=model.imports[name], behind=tuple(segments[1:]))
    entity_set = model.entity_sets.get(name)
    if entity_set is None:
        raise NotFound(
            f"'{name[:80]}' is no entity set or function import.",
            hint=did_you_mean(name, [*model.entity_sets, *model.imports]) or "The service document lists all.",
        )
    there = Place("entities", quote(name), TypeRef(entity_set.entity_type), entity_set, is_collection=True)
    return place_behind(_keyed(there, key, model.schema), segments[1:], model)


def place_behind(there: Place, segments: Sequence[str], model: V2Model) -> Place:
    """What segments behind a place lead to; `NotFound` where that is nothing."""
    rest = iter(segments)
    for segment in rest:
        name, key = _split(segment)
        if there.kind == "count":
            raise NotFound("There is nothing behind $count.")
        match name:
            case "$count":
                there = _counted(there)
            case "$value":
                there = replace(there, kind="value", path=f"{there.path}/$value")
            case "$links":
                return _links(there, rest, model)
            case _:
                there = _keyed(_member(there, name, model), key, model.schema)
    return there


def _counted(there: Place) -> Place:
    """The count of what is there; that of one entity is read as the entity, since it is one (MS-ODATA, URI16)."""
    return replace(there, kind="count", path=there.path if there.kind == "entity" else f"{there.path}/$count")


def _member(there: Place, name: str, model: V2Model) -> Place:
    """The place of a property, a navigation property, or of the entities of a derived type."""
    schema, owner = model.schema, there.type.name
    declared = schema.types.get(owner)
    if schema.is_derived(name, owner) and "." in name:
        return replace(there, path=f"{there.path}/{name}", type=replace(there.type, name=name))
    if not there.is_collection and isinstance(declared, EntityType | ComplexType):
        if name in model.below(owner):
            return _member(_member(there, model.below(owner)[name], model), name, model)
        path = f"{there.path}/{quote(name)}"
        part = model.properties(owner).get(name)
        if part is not None:
            return replace(there, kind="property", path=path, type=part.type, property=name)
        found = model.navigations(owner).get(name) if isinstance(declared, EntityType) else None
        target = model.target(there.entity_set, owner, found) if found and there.entity_set else None
        if found is not None and target is not None:
            kind: Kind = "entities" if found.collection else "entity"
            return Place(kind, path, TypeRef(found.target), target, is_collection=found.collection)
    known = [*model.properties(owner), *model.navigations(owner)] if isinstance(declared, EntityType) else []
    is_of_one = there.is_collection and name in known
    hint = f"Write a key before it: …(key)/{name}." if is_of_one else did_you_mean(name, known)
    raise NotFound(f"There is no '{name[:80]}' behind '{there.path[:80]}'.", hint=hint)


def _links(there: Place, rest: Iterator[str], model: V2Model) -> Place:
    """The links of an entity along a navigation property; a key behind that speaks of one of them."""
    segment = next(rest, None)
    if segment is None or there.kind != "entity":
        raise BadRequest("$links stands between an entity and a navigation property.", hint="Write A(1)/$links/B.")
    name, key = _split(segment)
    target = _member(there, name, model)
    if target.entity_set is None or target.kind == "property":
        raise BadRequest(f"'{name}' is no navigation property.", hint="Write A(1)/$links/B.")
    path = f"{target.path}/$ref"
    linked = _keyed(target, key, model.schema)
    following = next(rest, None)
    if following == "$count":
        return _counted(linked)
    if following is not None:
        raise NotFound(f"There is nothing behind '{segment}'.")
    if linked == target:
        return replace(target, kind="links", path=path)
    home = Place("entities", quote(target.entity_set.name), target.type, target.entity_set, is_collection=True)
    return replace(target, kind="links", path=path, link=_keyed(home, key, model.schema).path, is_collection=False)


def _split(segment: str) -> tuple[str, str | None]:
    found = _SEGMENT.fullmatch(segment)
    if found is None:
        raise BadRequest(f"'{segment[:80]}' is no segment of a path.", hint="Write Set(key).")
    return found["name"], found["key"]


def _keyed(there: Place, key: str | None, schema: Schema) -> Place:
    if key is None or (not key.strip() and there.is_collection):
        return there
    if not there.is_collection or there.entity_set is None:
        raise NotFound(f"'{there.path[:80]}' has no keys.")
    types = {part.path: schema.properties(there.type.name)[part.path].type for part in schema.key(there.type.name)}
    path = f"{there.path}({quote(_predicate(key, types), safe=SAFE)})"
    return replace(there, kind="entity", path=path, is_collection=False)


def _predicate(key: str, types: Mapping[str, TypeRef]) -> str:
    """A key predicate as V4 writes it."""
    parts = [(found[1], found[2]) for found in _PART.finditer(key)]
    if len(parts) == 1 and not parts[0][0] and len(types) == 1:
        return v4_literal(parts[0][1].strip(), next(iter(types.values())))
    names = [name for name, _ in parts]
    if sorted(name or "" for name in names) != sorted(types):
        example = ",".join(f"{name}=…" for name in types)
        raise BadRequest(f"'({key[:80]})' is not the key of these entities.", hint=f"Write ({example}).")
    return ",".join(f"{name}={v4_literal(text.strip(), types[name])}" for name, text in parts)
