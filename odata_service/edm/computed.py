"""Properties whose values are not kept: how they say so, and which properties cannot be any of them."""

from collections.abc import Callable, Iterable, Sequence

from msgspec.structs import replace

from odata_service.edm.alternate_keys import stated_keys
from odata_service.edm.annotations import COMPUTED, Annotation, is_tagged
from odata_service.edm.computations import Computation
from odata_service.edm.model import EntityType, Property, StructuredType


def computed(declared: Property, computation: Computation) -> Property:
    """A property with a value that is not kept, which it says of itself (Core.Computed)."""
    stated = declared.annotations
    annotations = stated if is_tagged(stated, COMPUTED) else (*stated, Annotation(COMPUTED))
    return replace(declared, annotations=annotations, computation=computation)


def referred_to(
    ancestry: Sequence[StructuredType], types: Iterable[StructuredType], is_a: Callable[[str, str], bool]
) -> set[str]:
    """The properties of a type, the first of its ancestry, that entities are told apart or referred to by."""
    name = ancestry[0].name
    found = {part.path for known in ancestry if isinstance(known, EntityType) for part in known.key}
    for known in types:
        navigation = known.navigation_properties
        annotated = (ancestry[0].annotations, *(part.annotations for part in navigation))
        found |= {path for annotations in annotated for key in stated_keys(annotations) for path, _ in key}
        constraints = [(part.target, constraint) for part in navigation for constraint in part.referential_constraints]
        found |= {constraint.property for _, constraint in constraints if is_a(known.name, name)}
        found |= {constraint.referenced_property for target, constraint in constraints if is_a(target, name)}
    return found
