"""A draft under inspection: the look-ups that many rules share, each made once, and where paths lead."""

from collections.abc import Collection, Mapping

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.draft import Draft
from odata_service.edm.model import EntityType, EnumType, NavigationProperty, Property, StructuredType, TypeDefinition
from odata_service.edm.types import ABSTRACT_TYPES, PATH_TYPES, PRIMITIVE_TYPES, TypeRef
from odata_service.errors import Hints, Origin, Problem

Step = Property | NavigationProperty | StructuredType
"""What a segment of a path stands for; a structured type is a cast to it."""


class Way(Struct, frozen=True):
    """How far a path leads: its steps, the segment that leads nowhere, if any, and the structured type behind them."""

    steps: tuple[Step, ...]
    missing: str | None
    end: StructuredType | None

    @property
    def last(self) -> Step | None:
        """The step at the end of a path that leads somewhere."""
        return self.steps[-1] if self.steps and self.missing is None else None

    @property
    def value(self) -> Property | None:
        """The property at the end of a path: it may be null where anything on its way may be."""
        last = self.last
        if not isinstance(last, Property):
            return None
        nullable = any(isinstance(step, Property) and step.type.nullable for step in self.steps)
        return last if nullable is last.type.nullable else replace(last, type=replace(last.type, nullable=nullable))


class Inspection:
    """The draft and what rules ask about it."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.hints = Hints()
        self._members: dict[str, dict[str, Property | NavigationProperty]] = {}
        self._above: dict[str, frozenset[str]] = {}

    def members(self, declared: StructuredType) -> Mapping[str, Property | NavigationProperty]:
        """All properties of a type by name, structural and navigation, inherited ones first."""
        known = self._members.get(declared.name)
        if known is None:
            known = {**self.draft.properties(declared), **self.draft.navigation_properties(declared)}
            self._members[declared.name] = known
        return known

    def is_a(self, name: str, base: str) -> bool:
        """Whether a type is `base` or inherits from it."""
        if name == base or base == "Edm.EntityType":
            return True
        above = self._above.get(name)
        if above is None:
            declared = self.draft.structured_type(name)
            above = frozenset(part.name for part in self.draft.ancestry(declared)) if declared else frozenset({name})
            self._above[name] = above
        return base in above

    def are_related(self, one: str, other: str) -> bool:
        """Whether values of both types can be the same entity."""
        return self.is_a(one, other) or self.is_a(other, one)

    def follow(self, path: str, start: StructuredType) -> Way:
        """Where a path through properties and type casts leads."""
        steps: list[Step] = []
        current: StructuredType | None = start
        for segment in path.split("/"):
            step = self._step(segment, current)
            if step is None:
                return Way(tuple(steps), segment, current)
            steps.append(step)
            current = self.behind(step)
        return Way(tuple(steps), None, current)

    def _step(self, segment: str, current: StructuredType | None) -> Step | None:
        if current is None:
            return None
        if "." not in segment:
            return self.members(current).get(segment)
        cast = self.draft.structured_type(segment)
        return cast if cast is not None and self.are_related(cast.name, current.name) else None

    def behind(self, step: Step) -> StructuredType | None:
        """The structured type that a step leads to."""
        match step:
            case Property():
                return self.draft.structured_type(step.type.name)
            case NavigationProperty():
                return self.draft.structured_type(step.target)
            case _:
                return step

    def primitive(self, type_ref: TypeRef) -> TypeRef | None:
        """A type with what is known of it by name, for values of it; None where its values are not primitive."""
        found = self.draft.types.get(type_ref.name)
        definition = found if isinstance(found, EnumType | TypeDefinition) else None
        if definition is not None and definition.underlying not in PRIMITIVE_TYPES:
            return None
        if definition is None and type_ref.name not in PRIMITIVE_TYPES:
            return None
        return TypeRef(type_ref.name, False, type_ref.nullable, type_ref.facets, definition)

    def is_known(self, name: str) -> bool:
        """Whether a type of this name is defined, here or by the standard; one without a name is none of ours."""
        return (
            not name
            or name in self.draft.types
            or name in PRIMITIVE_TYPES
            or name in ABSTRACT_TYPES
            or name in PATH_TYPES
        )

    def unknown(self, origin: Origin, subject: str, name: str) -> Problem:
        """The problem that a type is not defined."""
        known: Collection[str] = PRIMITIVE_TYPES if name.startswith("Edm.") else self.draft.types
        return error(origin, f"{subject} is not defined.{self.hints.nearest(name, known)}")

    def is_entity_type(self, name: str) -> bool:
        """Whether a name is that of an entity type, the abstract one of the standard included."""
        return name == "Edm.EntityType" or isinstance(self.draft.types.get(name), EntityType)


def error(origin: Origin, message: str) -> Problem:
    """A finding that makes the model unusable."""
    return Problem("error", message, origin)


def warning(origin: Origin, message: str) -> Problem:
    """A finding that the model can live with."""
    return Problem("warning", message, origin)
