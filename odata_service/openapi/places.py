"""Places that paths of a description lead to: entity sets, single entities, what navigation properties lead to.

Each knows what its source allows there, as the service itself does: capabilities, and what is restricted on the way.
"""

from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.annotations import CAPABILITIES, Annotation, Record, annotation_value
from odata_service.edm.capabilities import (
    Capabilities,
    along_navigation,
    path_text,
    restricted_paths,
    stated_capabilities,
)
from odata_service.edm.model import EntitySet, NavigationProperty, Schema
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.openapi.components import Json
from odata_service.openapi.primitives import primitive_schema

_QUOTED = {Kind.STRING: "'{}'", Kind.BINARY: "binary'{}'", Kind.DURATION: "duration'{}'", Kind.ENUMERATION: "'{}'"}
"""How literals in URLs are written that are not written as they are (URL Conventions 5.1.1.6)."""
_NO_LONE_QUOTE = "^([^']|'')*$"
_EVERYTHING = Capabilities()


class Place(Struct, frozen=True):
    """Where a path leads: its template and the parameters in it, the entities there, and the source they live in.

    `along` is what is restricted on the way, which counts before what the source says. `name` begins the ids of its
    operations, `tag` groups them. `way` are the sources that contain it, the outermost first. `nullable` tells that
    there may be nothing: what a relation leads to may be hidden or gone, also where there must be something.
    """

    path: str
    parameters: tuple[Json, ...]
    name: str
    tag: str
    type: str
    source: EntitySet | None
    collection: bool
    along: tuple[Annotation, ...] = ()
    way: tuple[str, ...] = ()
    nullable: bool = False

    @property
    def annotations(self) -> tuple[Annotation, ...]:
        """What restricts queries here."""
        return (*self.along, *(self.source.annotations if self.source is not None else ()))

    @property
    def capabilities(self) -> Capabilities:
        """Which requests are taken here."""
        return stated_capabilities(self.along, self.source.capabilities if self.source is not None else _EVERYTHING)

    def record(self, term: str) -> dict[str, object]:
        """The fields of a restriction that holds here."""
        value = annotation_value(self.annotations, f"{CAPABILITIES}.{term}")
        return dict(value.values) if isinstance(value, Record) else {}

    def listed(self, term: str, field: str) -> tuple[str, ...]:
        """The paths that a field of a restriction lists."""
        return restricted_paths(self.annotations, term, field)

    def supports(self, term: str) -> bool:
        """Whether a Boolean capability holds here: each does unless it is said not to."""
        return annotation_value(self.annotations, f"{CAPABILITIES}.{term}") is not False


def places_of(schema: Schema) -> Iterator[Place]:
    """The entity sets and singletons."""
    for entity_set in schema.container.entity_sets.values():
        name = entity_set.name
        yield Place(f"/{name}", (), name, name, entity_set.entity_type, schema.source(name), True)
    for singleton in schema.container.singletons.values():
        name = singleton.name
        source = schema.source(name)
        yield Place(f"/{name}", (), name, name, singleton.entity_type, source, False, nullable=singleton.nullable)


def entity_at(place: Place, schema: Schema) -> Place | None:
    """One entity of a collection, by its key; None for entities without one."""
    leaves = schema.key_leaves(place.type)
    if not leaves:
        return None
    parts, parameters = [], list(place.parameters)
    for name, leaf in leaves:
        parameter, literal = path_parameter(name.replace("/", "_"), leaf.type, parameters)
        parameters.append(parameter)
        parts.append(literal if len(leaves) == 1 else f"{name}={literal}")
    path = f"{place.path}({','.join(parts)})"
    return replace(place, path=path, parameters=tuple(parameters), collection=False, name=f"{place.name}.entity")


def path_parameter(name: str, type_ref: TypeRef, known: list[Json], description: str | None = None) -> tuple[Json, str]:
    """A parameter in a path beside those that are known there, and how it stands in the template."""
    names = {parameter["name"] for parameter in known}
    chosen, number = name, 1
    while chosen in names:
        number += 1
        chosen = f"{name}{number}"
    found = primitive_schema(type_ref)
    kind = kind_of(type_ref.primitive)
    if kind is Kind.STRING:
        found = {**found, "pattern": _NO_LONE_QUOTE}
    parameter: Json = {"name": chosen, "in": "path", "required": True, "schema": found}
    if description:
        parameter["description"] = description
    return parameter, _QUOTED.get(kind or Kind.UNTYPED, "{}").replace("{}", f"{{{chosen}}}")


def navigations_at(place: Place, schema: Schema) -> Iterator[tuple[NavigationProperty, Place]]:
    """The places that the navigation properties of an entity lead to; not those that cannot be navigated."""
    for navigation in schema.navigation_properties(place.type).values():
        source = schema.target(place.source, place.type, navigation) if place.source is not None else None
        along = along_navigation(place.source.annotations, navigation.name) if place.source is not None else ()
        yield (
            navigation,
            Place(
                f"{place.path}/{navigation.name}",
                place.parameters,
                f"{place.name}.{navigation.name}",
                place.tag,
                navigation.target,
                source,
                navigation.collection,
                along,
                (*place.way, source.name) if source is not None else place.way,
                nullable=navigation.nullable or not navigation.contains_target,
            ),
        )


def restricted_names(place: Place, term: str, field: str) -> frozenset[str]:
    """The names of own properties that a restriction lists."""
    return frozenset(text for text in map(path_text, place.listed(term, field)) if text and "/" not in text)
