"""What a service exposes by name: entity sets, singletons, imported operations, in one container (CSDL 13)."""

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Never

from msgspec import Struct, field

from odata_service.edm.annotations import Annotation
from odata_service.edm.capabilities import Capabilities
from odata_service.edm.types import NOWHERE
from odata_service.errors import Origin
from odata_service.structs import PartlyCompared


class NavigationBinding(PartlyCompared, frozen=True):
    """Where a navigation property of a set's entities finds its targets (CSDL 13.4)."""

    path: str
    target: str
    origin: Origin = NOWHERE


class SourceKind(Enum):
    """What kind of navigation source entities live in (CSDL 8.4, 13.2, 13.3)."""

    ENTITY_SET = "entity set"
    SINGLETON = "singleton"
    CONTAINED = "contained collection"
    CONTAINED_SINGLE = "contained entity"


class EntitySet(PartlyCompared, frozen=True):
    """A named collection of entities that the service exposes (CSDL 13.2).

    A singleton and a containment navigation property are sources of entities as well: `Schema.sources` has them as sets
    of their `kind`, the latter under the name of the declaring type and their own (`ns.Order/Items`). Of a single one
    `nullable` tells whether there may be none.
    """

    name: str
    entity_type: str
    navigation_bindings: tuple[NavigationBinding, ...] = ()
    capabilities: Capabilities = field(default_factory=Capabilities)
    include_in_service_document: bool = True
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE
    kind: SourceKind = SourceKind.ENTITY_SET
    nullable: bool = True

    @property
    def is_contained(self) -> bool:
        """Whether the entities are parts of other entities."""
        return self.kind is SourceKind.CONTAINED or self.kind is SourceKind.CONTAINED_SINGLE

    @property
    def is_single(self) -> bool:
        """Whether at most one entity is there, or in each entity around it: no key tells it from others."""
        return self.kind is SourceKind.SINGLETON or self.kind is SourceKind.CONTAINED_SINGLE


class Singleton(PartlyCompared, frozen=True):
    """A single entity that the service exposes by name (CSDL 13.3)."""

    name: str
    entity_type: str
    navigation_bindings: tuple[NavigationBinding, ...] = ()
    nullable: bool = False
    capabilities: Capabilities = field(default_factory=Capabilities)
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class ActionImport(PartlyCompared, frozen=True):
    """An unbound action that the service exposes by name (CSDL 13.5)."""

    name: str
    action: str
    entity_set: str | None = None
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE

    @property
    def operation(self) -> str:
        """The qualified name of what is imported."""
        return self.action


class FunctionImport(PartlyCompared, frozen=True):
    """An unbound function that the service exposes by name (CSDL 13.6)."""

    name: str
    function: str
    entity_set: str | None = None
    include_in_service_document: bool = False
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE

    @property
    def operation(self) -> str:
        """The qualified name of what is imported."""
        return self.function


OperationImport = ActionImport | FunctionImport
ContainerChild = EntitySet | Singleton | ActionImport | FunctionImport


def nothing() -> Mapping[str, Never]:
    """What there is by name where there is nothing."""
    return {}


class EntityContainer(PartlyCompared, frozen=True):
    """The one container of a service: its qualified name and its children by name (CSDL 13).

    `extends` names the container that it takes further children from; in a frozen schema these are among its own.
    """

    name: str
    entity_sets: Mapping[str, EntitySet]
    singletons: Mapping[str, Singleton] = field(default_factory=nothing)
    action_imports: Mapping[str, ActionImport] = field(default_factory=nothing)
    function_imports: Mapping[str, FunctionImport] = field(default_factory=nothing)
    extends: str | None = None
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE

    def children(self) -> Iterator[ContainerChild]:
        """Everything that the container exposes."""
        yield from self.entity_sets.values()
        yield from self.singletons.values()
        yield from self.function_imports.values()
        yield from self.action_imports.values()


class Sources(Struct, frozen=True):
    """Every navigation source by name, and where the navigation properties of its entities lead.

    `targets` has the name of a source by that of another and the path of a navigation property there; see
    `Schema.member_path`. `named` are the sources whose entities have names of their own, for what refers to them by
    more than a key; `streaming` those whose entities have streams.
    """

    by_name: Mapping[str, EntitySet] = field(default_factory=nothing)
    targets: Mapping[tuple[str, str], str] = field(default_factory=dict)
    named: frozenset[str] = frozenset()
    streaming: frozenset[str] = frozenset()
