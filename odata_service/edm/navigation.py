"""Navigation properties and what ties them to structural ones (CSDL 8)."""

from msgspec.structs import replace

from odata_service.edm.annotations import Annotation
from odata_service.edm.types import NOWHERE, TypeRef
from odata_service.errors import Origin
from odata_service.structs import PartlyCompared


class ReferentialConstraint(PartlyCompared, frozen=True):
    """The dependent entity's `property` equals the principal's `referenced_property`; both are paths (CSDL 8.5)."""

    property: str
    referenced_property: str
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE


class NavigationProperty(PartlyCompared, frozen=True):
    """A navigation property (CSDL 8); `target` is the related entity type's qualified name.

    `on_delete` is the action on the related entities: Cascade, None, SetNull or SetDefault.
    """

    name: str
    target: str
    collection: bool = False
    nullable: bool = True
    partner: str | None = None
    contains_target: bool = False
    referential_constraints: tuple[ReferentialConstraint, ...] = ()
    on_delete: str | None = None
    on_delete_annotations: tuple[Annotation, ...] = ()
    annotations: tuple[Annotation, ...] = ()
    origin: Origin = NOWHERE

    @property
    def simple_name(self) -> str:
        """What the property is called where it is declared, without the path of a complex value."""
        return self.name.rpartition("/")[2]

    @property
    def type(self) -> TypeRef:
        """The type of the value that the property leads to."""
        return TypeRef(self.target, self.collection, self.nullable)

    def below(self, path: str, nullable: bool) -> "NavigationProperty":
        """The property as it is said of the instance around the complex value at a path; see `edm.nested`."""
        tied = (replace(known, property=f"{path}/{known.property}") for known in self.referential_constraints)
        return replace(
            self,
            name=f"{path}/{self.name}",
            nullable=self.nullable or nullable,
            referential_constraints=tuple(tied),
        )
