"""The entity data model: frozen objects named as in CSDL, looked up through `Schema` alone (CSDL 4 to 13).

Objects refer to each other by qualified name. A `Schema` is made by `edm.build.SchemaBuilder` and never changes.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import islice
from typing import ClassVar

from msgspec import field
from msgspec.structs import replace

from odata_service.edm.aggregation import AggregationMethod
from odata_service.edm.annotations import Annotation
from odata_service.edm.computations import Computation
from odata_service.edm.document import ExternalAnnotations, Namespace, Profile, Reference, Term
from odata_service.edm.exposed import ActionImport as ActionImport
from odata_service.edm.exposed import ContainerChild as ContainerChild
from odata_service.edm.exposed import EntityContainer as EntityContainer
from odata_service.edm.exposed import EntitySet as EntitySet
from odata_service.edm.exposed import FunctionImport as FunctionImport
from odata_service.edm.exposed import NavigationBinding as NavigationBinding
from odata_service.edm.exposed import OperationImport as OperationImport
from odata_service.edm.exposed import Singleton as Singleton
from odata_service.edm.exposed import SourceKind as SourceKind
from odata_service.edm.exposed import Sources as Sources
from odata_service.edm.exposed import nothing
from odata_service.edm.leaves import Leaf, can_be_taken_apart, leaves_of, taken_apart
from odata_service.edm.navigation import NavigationProperty as NavigationProperty
from odata_service.edm.navigation import ReferentialConstraint as ReferentialConstraint
from odata_service.edm.nested import nested_parts
from odata_service.edm.operations import Operation
from odata_service.edm.types import NOWHERE, Facets, Kind, TypeRef, kind_of
from odata_service.errors import Origin, UnknownType, did_you_mean
from odata_service.structs import PartlyCompared


class Property(PartlyCompared, frozen=True):
    """A structural property (CSDL 7): primitive, enumeration or complex, single or a collection.

    `default` is an EDM value of the type; see `edm.values`. With a `computation` the value is none that is kept.
    """

    beside: ClassVar[frozenset[str]] = frozenset({"computation", "origin"})

    name: str
    type: TypeRef
    default: object = None
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE
    computation: Computation | None = None

    def below(self, path: str, nullable: bool) -> "Property":
        """The property as it is said of the instance around the complex value at a path; see `edm.nested`."""
        type_ref = replace(self.type, nullable=self.type.nullable or nullable)
        return replace(self, name=f"{path}/{self.name}", type=type_ref)


class KeyProperty(PartlyCompared, frozen=True):
    """One part of a key: the path of the property, and the alias that names it in URLs (CSDL 6.5)."""

    path: str
    alias: str | None = None
    origin: Origin = NOWHERE

    @property
    def name(self) -> str:
        """What the part is called in a key predicate."""
        return self.alias or self.path


class EntityType(PartlyCompared, frozen=True):
    """An entity type as declared, without what it inherits; `Schema` flattens (CSDL 6)."""

    name: str
    properties: tuple[Property, ...]
    key: tuple[KeyProperty, ...] = ()
    navigation_properties: tuple[NavigationProperty, ...] = ()
    base: str | None = None
    abstract: bool = False
    open: bool = False
    has_stream: bool = False
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE

    def declares(self, name: str) -> bool:
        """Whether the type itself declares a property of this name, structural or navigation."""
        return _declares(self, name)


class ComplexType(PartlyCompared, frozen=True):
    """A complex type as declared (CSDL 9)."""

    name: str
    properties: tuple[Property, ...]
    navigation_properties: tuple[NavigationProperty, ...] = ()
    base: str | None = None
    abstract: bool = False
    open: bool = False
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE

    def declares(self, name: str) -> bool:
        """Whether the type itself declares a property of this name, structural or navigation."""
        return _declares(self, name)


class Member(PartlyCompared, frozen=True):
    """A member of an enumeration type and its number (CSDL 10.3)."""

    name: str
    value: int
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class EnumType(PartlyCompared, frozen=True, dict=True):
    """An enumeration type (CSDL 10); with `is_flags` a value is a set of members, its number their union."""

    name: str
    members: tuple[Member, ...]
    underlying: str = "Edm.Int32"
    is_flags: bool = False
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE

    @property
    def facets(self) -> Facets:
        """An enumeration has none."""
        return Facets()

    @cached_property
    def values(self) -> Mapping[str, int]:
        """The members' numbers by name, in order of declaration."""
        return {member.name: member.value for member in self.members}


class TypeDefinition(PartlyCompared, frozen=True):
    """A name for a primitive type with facets and annotations of its own (CSDL 11)."""

    name: str
    underlying: str
    facets: Facets = field(default_factory=Facets)
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE

    @property
    def values(self) -> None:
        """Its values are those of the underlying type."""

    @property
    def is_flags(self) -> bool:
        """Its values are no sets of members."""
        return False


StructuredType = EntityType | ComplexType


def _declares(declared: StructuredType, name: str) -> bool:
    known = (part.name for part in declared.properties)
    return name in known or any(part.name == name for part in declared.navigation_properties)


SchemaType = StructuredType | EnumType | TypeDefinition


class Schema(PartlyCompared, frozen=True, dict=True):
    """A whole, resolved, consistent entity data model: everything by its qualified name.

    `operations` holds all overloads of a name. `declared_namespaces` has the namespaces of which a document says more
    than their names. `external_annotations` are those whose target is not part of this model; all others stand at
    their targets. `methods` are custom aggregation methods, `aggregates` expressions of custom aggregates by holder.
    """

    beside: ClassVar[frozenset[str]] = frozenset({"sources"})

    types: Mapping[str, SchemaType]
    container: EntityContainer
    operations: Mapping[str, tuple[Operation, ...]] = field(default_factory=nothing)
    terms: Mapping[str, Term] = field(default_factory=nothing)
    declared_namespaces: Mapping[str, Namespace] = field(default_factory=nothing)
    references: tuple[Reference, ...] = ()
    external_annotations: tuple[ExternalAnnotations, ...] = ()
    profile: Profile = field(default_factory=Profile)
    sources: Sources = field(default_factory=Sources)
    methods: Mapping[str, AggregationMethod] = field(default_factory=nothing)
    aggregates: Mapping[tuple[str, str], str] = field(default_factory=dict)

    @cached_property
    def namespaces(self) -> tuple[str, ...]:
        """The namespaces of everything, each once, in order of appearance."""
        names = (*self.types, *self.operations, *self.terms, self.container.name)
        return tuple(dict.fromkeys((*self.declared_namespaces, *(name.rpartition(".")[0] for name in names))))

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """The namespaces by their aliases; an alias that is a namespace itself means that."""
        known = {found.alias: name for name, found in self.declared_namespaces.items() if found.alias}
        return {alias: name for alias, name in known.items() if alias not in self.namespaces}

    def whole_name(self, name: str) -> str:
        """A name of a type, an operation or a term with its namespace, where an alias qualifies it; else as it is.

        `Collection(…)` is looked into.
        """
        if name.startswith("Collection(") and name.endswith(")"):
            return f"Collection({self.whole_name(name[len('Collection(') : -1])})"
        prefix, _, last = name.rpartition(".")
        whole = f"{self.aliases.get(prefix, prefix)}.{last}"
        return whole if whole in self.types or whole in self.operations or whole in self.terms else name

    def entity_set(self, name: str) -> EntitySet | None:
        """The entity set of exactly this name, or None."""
        return self.container.entity_sets.get(name)

    def singleton(self, name: str) -> Singleton | None:
        """The singleton of exactly this name, or None."""
        return self.container.singletons.get(name)

    def source(self, name: str) -> EntitySet | None:
        """The navigation source of exactly this name, or None."""
        return self.sources.by_name.get(name)

    def target(self, source: EntitySet, owner: str, navigation: NavigationProperty) -> EntitySet | None:
        """The source that a navigation property of `owner`'s entities in another leads to; None where none is bound."""
        path = self.member_path(source.entity_type, owner, navigation.name)
        return self.source(self.sources.targets.get((source.name, path), ""))

    def member_path(self, base: str, owner: str, name: str) -> str:
        """How a property that `owner` has is called among entities of `base` and of the types derived from it.

        The name alone where `base` has the property, else with a cast to the type that declares it before it.
        """
        first = name.partition("/")[0]
        if first in self.properties(base) or first in self.navigation_properties(base):
            return name
        declaring = (part.name for part in self.ancestry(owner) if part.declares(first))
        return f"{next(declaring, owner)}/{name}"

    def member_cast(self, base: str, owner: str, name: str) -> str | None:
        """The derived type that stands before a property in its `member_path`, or None."""
        return self.member_path(base, owner, name)[: -len(name) - 1] or None

    def is_polymorphic(self, name: str) -> bool:
        """Whether entities of a type, as far as its own declaration goes, may be of several types."""
        return bool(self.derived_from(name))

    def structured_type(self, name: str) -> StructuredType | None:
        """The entity or complex type of this qualified name, or None."""
        found = self.types.get(name)
        return found if isinstance(found, (EntityType, ComplexType)) else None

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
            assert isinstance(declared, EntityType | ComplexType), "entity and complex types alone have ancestors"
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
        """All navigation properties of a type by name, inherited ones first, then those of complex values by path."""
        known = self._navigation_properties.get(name)
        if known is None:
            chain = reversed(list(self.ancestry(name)))
            known = {declared.name: declared for part in chain for declared in part.navigation_properties}
            parts = self.properties(name).values()
            nested = nested_parts(parts, self.navigation_properties, NavigationProperty.below, self)
            known |= {found.name: found for found in nested}
            self._navigation_properties[name] = known
        return known

    @cached_property
    def _streams(self) -> dict[str, dict[str, Property]]:
        return {}

    def stream_properties(self, name: str) -> Mapping[str, Property]:
        """The properties of a type that are streams by name, then those of complex values by path."""
        known = self._streams.get(name)
        if known is None:
            parts = self.properties(name).values()
            known = {part.name: part for part in parts if kind_of(part.type) is Kind.STREAM}
            known |= {found.name: found for found in nested_parts(parts, self.stream_properties, Property.below, self)}
            self._streams[name] = known
        return known

    def key(self, name: str) -> tuple[KeyProperty, ...]:
        """The key of an entity type, its own or the nearest inherited one; empty where there is none."""
        return next((part.key for part in self.ancestry(name) if isinstance(part, EntityType) and part.key), ())

    def is_derived(self, name: str, base: str) -> bool:
        """Whether `name` is `base` or inherits from it."""
        return self.structured_type(name) is not None and any(part.name == base for part in self.ancestry(name))

    @cached_property
    def _derived(self) -> dict[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for name in self.types:
            if self.structured_type(name) is not None:
                for part in islice(self.ancestry(name), 1, None):
                    found.setdefault(part.name, []).append(name)
        return {name: tuple(derived) for name, derived in found.items()}

    def derived_from(self, name: str) -> tuple[str, ...]:
        """The names of all types that inherit from this one, at any distance, in order of declaration."""
        return self._derived.get(name, ())

    def is_open(self, name: str) -> bool:
        """Whether a structured type or one of its ancestors is open."""
        return any(part.open for part in self.ancestry(name))

    def has_stream(self, name: str) -> bool:
        """Whether the entities of a type are media entities, by themselves or by inheritance."""
        return any(isinstance(part, EntityType) and part.has_stream for part in self.ancestry(name))

    @cached_property
    def _leaves(self) -> dict[str, dict[str, Leaf]]:
        return {}

    def leaves(self, name: str) -> Mapping[str, Leaf]:
        """The single values that instances of a structured type, or of a derived one, are made of, by their paths."""
        known = self._leaves.get(name)
        if known is None:
            known = self._leaves[name] = {leaf.path: leaf for leaf in leaves_of(name, self)}
        return known

    @cached_property
    def _key_leaves(self) -> dict[str, tuple[tuple[str, Leaf], ...]]:
        return {}

    def key_leaves(self, name: str) -> tuple[tuple[str, Leaf], ...]:
        """What the parts of an entity type's key are called, and the leaves that they are, in order."""
        known = self._key_leaves.get(name)
        if known is None:
            leaves = self.leaves(name)
            known = self._key_leaves[name] = tuple((part.name, leaves[part.path]) for part in self.key(name))
        return known

    @cached_property
    def _taken_apart(self) -> dict[str, bool]:
        return {}

    def is_taken_apart(self, type_ref: TypeRef) -> bool:
        """Whether the members of a value have leaves of their own: those of most complex values have."""
        if type_ref.collection or kind_of(type_ref) is not None:
            return False
        known = self._taken_apart.get(type_ref.name)
        if known is None:
            complex_types = (name for name, declared in self.types.items() if isinstance(declared, ComplexType))
            for name, is_apart in taken_apart(complex_types, self):
                self._taken_apart[name] = is_apart
            known = self._taken_apart.setdefault(type_ref.name, can_be_taken_apart(type_ref.name, self))
        return known
