"""A model while it is collected: parts by name, with the look-ups that rules need before anything is certain."""

from collections.abc import Iterator

from msgspec import Struct, field

from odata_service.edm.annotations import Annotation
from odata_service.edm.document import ExternalAnnotations, Namespace, Profile, Reference, Term
from odata_service.edm.model import (
    ActionImport,
    ComplexType,
    EntitySet,
    EntityType,
    FunctionImport,
    KeyProperty,
    NavigationProperty,
    Property,
    SchemaType,
    Singleton,
    StructuredType,
)
from odata_service.edm.operations import Operation
from odata_service.edm.types import NOWHERE
from odata_service.errors import Origin

CONTAINER = "Container"


class ContainerDraft(Struct):
    """A container: its children by name, and what is said of itself.

    One that is not `is_given` stands in a document that is only referred to.
    """

    name: str | None = None
    extends: str | None = None
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE
    is_given: bool = True
    entity_sets: dict[str, EntitySet] = field(default_factory=dict)
    singletons: dict[str, Singleton] = field(default_factory=dict)
    action_imports: dict[str, ActionImport] = field(default_factory=dict)
    function_imports: dict[str, FunctionImport] = field(default_factory=dict)

    def children(self) -> Iterator[EntitySet | Singleton | ActionImport | FunctionImport]:
        """Everything in the container."""
        yield from self.entity_sets.values()
        yield from self.singletons.values()
        yield from self.function_imports.values()
        yield from self.action_imports.values()


class Draft(Struct):
    """Parts of a model by qualified name; names in them may lead nowhere yet."""

    types: dict[str, SchemaType] = field(default_factory=dict)
    operations: dict[str, list[Operation]] = field(default_factory=dict)
    terms: dict[str, Term] = field(default_factory=dict)
    container: ContainerDraft = field(default_factory=ContainerDraft)
    namespaces: dict[str, Namespace] = field(default_factory=dict)
    references: dict[Reference, None] = field(default_factory=dict)
    external_annotations: list[ExternalAnnotations] = field(default_factory=list)
    left_out: set[str] = field(default_factory=set)
    """Operations that a reader had to leave out: what refers to them is left out too."""
    closed: set[str] = field(default_factory=set)
    """Types of which it is said that they are not open."""
    profile: Profile = field(default_factory=Profile)

    @property
    def container_name(self) -> str:
        """The qualified name of the container; one that no source names is called after the first types."""
        if self.container.name is not None:
            return self.container.name
        names = [entity_set.entity_type for entity_set in self.container.entity_sets.values()] or list(self.types)
        namespace = names[0].rpartition(".")[0] if names else "Default"
        return f"{namespace}.{CONTAINER}"

    def structured_type(self, name: str | None) -> StructuredType | None:
        """The entity or complex type of this name, or None."""
        found = self.types.get(name or "")
        return found if isinstance(found, EntityType | ComplexType) else None

    def structured_types(self) -> Iterator[StructuredType]:
        """Every entity and complex type."""
        for declared in self.types.values():
            if isinstance(declared, EntityType | ComplexType):
                yield declared

    def ancestry(self, declared: StructuredType) -> list[StructuredType]:
        """The type and its bases as far as they are known; ends where a cycle closes."""
        chain = [declared]
        names = {declared.name}
        while (base := self.structured_type(chain[-1].base)) is not None and base.name not in names:
            chain.append(base)
            names.add(base.name)
        return chain

    def properties(self, declared: StructuredType) -> dict[str, Property]:
        """All structural properties by name, inherited ones first."""
        return {known.name: known for part in reversed(self.ancestry(declared)) for known in part.properties}

    def navigation_properties(self, declared: StructuredType) -> dict[str, NavigationProperty]:
        """All navigation properties by name, inherited ones first."""
        return {known.name: known for part in reversed(self.ancestry(declared)) for known in part.navigation_properties}

    def key(self, declared: EntityType) -> tuple[KeyProperty, ...]:
        """The key, the type's own or the nearest inherited one; empty where there is none."""
        chain = self.ancestry(declared)
        return next((part.key for part in chain if isinstance(part, EntityType) and part.key), ())
