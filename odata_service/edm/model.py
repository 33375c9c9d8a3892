"""The entity data model: frozen objects named as in CSDL, looked up through `Schema` alone (CSDL 4 to 13).

Objects refer to each other by qualified name. A `Schema` is made by `edm.build.SchemaBuilder` and never changes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from odata_service.edm.annotations import Annotation
from odata_service.edm.capabilities import Capabilities
from odata_service.edm.types import TypeRef
from odata_service.errors import Origin, UnknownType, did_you_mean

_NOWHERE = Origin("", 0)


@dataclass(frozen=True, slots=True)
class Property:
    """A structural property (CSDL 7). `default` is an EDM value of the type; see `edm.values`."""

    name: str
    type: TypeRef
    default: object = None
    annotations: tuple[Annotation, ...] = field(default=(), hash=False)
    origin: Origin = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ReferentialConstraint:
    """The dependent entity's `property` equals the principal entity's `referenced_property` (CSDL 8.5)."""

    property: str
    referenced_property: str


@dataclass(frozen=True, slots=True)
class NavigationProperty:
    """A navigation property (CSDL 8); `target` is the related entity type's qualified name."""

    name: str
    target: str
    collection: bool = False
    nullable: bool = True
    partner: str | None = None
    contains_target: bool = False
    referential_constraints: tuple[ReferentialConstraint, ...] = ()
    on_delete: str | None = None
    annotations: tuple[Annotation, ...] = field(default=(), hash=False)
    origin: Origin = field(default=_NOWHERE, compare=False)

    @property
    def type(self) -> TypeRef:
        """The type of the value that the property leads to."""
        return TypeRef(self.target, self.collection, self.nullable)


@dataclass(frozen=True, slots=True)
class KeyProperty:
    """One part of a key: the path of the property, and the alias that names it in URLs (CSDL 6.5)."""

    path: str
    alias: str | None = None

    @property
    def name(self) -> str:
        """What the part is called in a key predicate."""
        return self.alias or self.path


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type as declared, without what it inherits; `Schema` flattens (CSDL 6)."""

    name: str
    properties: tuple[Property, ...]
    key: tuple[KeyProperty, ...] = ()
    navigation_properties: tuple[NavigationProperty, ...] = ()
    base: str | None = None
    abstract: bool = False
    open: bool = False
    has_stream: bool = False
    annotations: tuple[Annotation, ...] = field(default=(), hash=False)
    origin: Origin = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class ComplexType:
    """A complex type as declared (CSDL 9)."""

    name: str
    properties: tuple[Property, ...]
    navigation_properties: tuple[NavigationProperty, ...] = ()
    base: str | None = None
    abstract: bool = False
    open: bool = False
    annotations: tuple[Annotation, ...] = field(default=(), hash=False)
    origin: Origin = field(default=_NOWHERE, compare=False)


@dataclass(frozen=True, slots=True)
class NavigationBinding:
    """Where a navigation property of a set's entities finds its targets (CSDL 13.4)."""

    path: str
    target: str


@dataclass(frozen=True, slots=True)
class EntitySet:
    """A named collection of entities that the service exposes (CSDL 13.2)."""

    name: str
    entity_type: str
    navigation_bindings: tuple[NavigationBinding, ...] = ()
    capabilities: Capabilities = field(default_factory=Capabilities)
    annotations: tuple[Annotation, ...] = field(default=(), hash=False)
    origin: Origin = field(default=_NOWHERE, compare=False)

    def binding(self, path: str) -> str | None:
        """The name of the set that the navigation property path is bound to, or None."""
        return next((binding.target for binding in self.navigation_bindings if binding.path == path), None)


@dataclass(frozen=True, slots=True)
class EntityContainer:
    """The one container of a service: its qualified name and its entity sets by name (CSDL 13)."""

    name: str
    entity_sets: Mapping[str, EntitySet]
    annotations: tuple[Annotation, ...] = field(default=(), hash=False)


StructuredType = EntityType | ComplexType


@dataclass(frozen=True, slots=True)
class Profile:
    """Habits of the definition's own world that payloads follow; a reader sets them, nothing else does.

    `type_in_entities`: every entity in a payload carries its type, as the page's JSON representation shows it.
    """

    type_in_entities: bool = False


@dataclass(frozen=True)
class Schema:
    """A whole, resolved, consistent entity data model."""

    types: Mapping[str, StructuredType]
    container: EntityContainer
    annotations: tuple[Annotation, ...] = field(default=(), hash=False)
    profile: Profile = field(default_factory=Profile)

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of the types and the container, each once, in order of appearance."""
        names = (*self.types, self.container.name)
        return tuple(dict.fromkeys(name.rpartition(".")[0] for name in names))

    def entity_set(self, name: str) -> EntitySet | None:
        """The entity set of exactly this name, or None."""
        return self.container.entity_sets.get(name)

    def entity_type(self, name: str) -> EntityType:
        """The entity type of this qualified name; `UnknownType` with the nearest name otherwise."""
        found = self.types.get(name)
        if isinstance(found, EntityType):
            return found
        raise UnknownType(f"'{name}' is not an entity type of this service.", hint=did_you_mean(name, list(self.types)))

    def ancestry(self, name: str) -> Iterator[StructuredType]:
        """The type and its base types, the type itself first."""
        current: str | None = name
        while current is not None:
            declared = self.types[current]
            yield declared
            current = declared.base

    @cached_property
    def _properties(self) -> dict[str, dict[str, Property]]:
        return {}

    def properties(self, name: str) -> Mapping[str, Property]:
        """All structural properties of a type by name, inherited ones first, in order of declaration."""
        known = self._properties.get(name)
        if known is None:
            chain = reversed(list(self.ancestry(name)))
            known = {declared.name: declared for part in chain for declared in part.properties}
            self._properties[name] = known
        return known

    @cached_property
    def _navigation_properties(self) -> dict[str, dict[str, NavigationProperty]]:
        return {}

    def navigation_properties(self, name: str) -> Mapping[str, NavigationProperty]:
        """All navigation properties of a type by name, inherited ones first."""
        known = self._navigation_properties.get(name)
        if known is None:
            chain = reversed(list(self.ancestry(name)))
            known = {declared.name: declared for part in chain for declared in part.navigation_properties}
            self._navigation_properties[name] = known
        return known

    def key(self, name: str) -> tuple[KeyProperty, ...]:
        """The key of an entity type, its own or the nearest inherited one; empty where there is none."""
        return next((part.key for part in self.ancestry(name) if isinstance(part, EntityType) and part.key), ())

    def is_derived(self, name: str, base: str) -> bool:
        """Whether `name` is `base` or inherits from it."""
        return name in self.types and any(part.name == base for part in self.ancestry(name))
