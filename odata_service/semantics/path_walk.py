"""How far a resource path has been followed, and what it has come to (URL Conventions 4)."""

from msgspec import Struct, field

from odata_service.edm.model import EntitySet
from odata_service.edm.operations import Action
from odata_service.edm.types import TypeRef
from odata_service.semantics.property_path import check_is_expressed
from odata_service.semantics.resolved import DynamicStep, MembersStep, OperationCall, ResourcePath, Step
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import DynamicProperty, KeyValue, PropertyAccess, TypeTest, Variable

Found = PropertyAccess | Variable | DynamicProperty
"""What a path may end in that is no entity: a property, a member of a collection of values, or something inside."""


class Walk(Struct):
    """The path as far as it has been followed; `found` is the property that it has come to.

    `around` is the place of the entity that has it, None where a member of a collection has it. `tests` are the casts
    of complex values on the way, `begun` the parts of a key that segments have said so far.
    """

    scope: Scope
    steps: list[Step]
    type: TypeRef
    entity_set: EntitySet | None
    found: Found | None = None
    base: str = ""
    flags: dict[str, bool] = field(default_factory=dict)
    call: OperationCall | None = None
    around: Scope | None = None
    tests: tuple[TypeTest, ...] = ()
    begun: tuple[KeyValue, ...] = ()

    @property
    def end(self) -> str | None:
        """What has closed the path: `$count`, `$value`, `$ref` or an action; None while it is open."""
        if self.call is not None and isinstance(self.call.operation, Action):
            return self.call.operation.name
        return f"${next(iter(self.flags))[3:]}" if self.flags else None

    @property
    def is_dynamic(self) -> bool:
        """Whether the path has come into a value whose type no declaration tells."""
        return isinstance(self.found, DynamicProperty) or isinstance(self.steps[-1], DynamicStep)

    @property
    def path(self) -> ResourcePath:
        """What has been followed."""
        steps, tests = tuple(self.steps), self.tests
        return ResourcePath(steps, self.type, self.entity_set, **self.flags, call=self.call, tests=tests)

    @property
    def left(self) -> MembersStep | None:
        """What has been said of the members of the collection of values that the path has come to."""
        last = self.steps[-1]
        return last if isinstance(last, MembersStep) else None

    def check_kept(self) -> None:
        """Refuses to lead on inside of what code makes: it is read whole."""
        if isinstance(self.found, PropertyAccess):
            check_is_expressed(self.found.property, self.scope)
