"""What a derived type says once more, just as it inherits it, is left out with a warning (CSDL 6.2, 6.5)."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from odata_service.edm.draft import Draft
from odata_service.edm.model import EntityType, NavigationProperty, Property, StructuredType
from odata_service.errors import Problem

Report = Callable[[Problem], None]


def without_repetitions(draft: Draft, report: Report) -> Draft:
    """The draft whose types declare what is their own; what differs from the inherited is a matter of `edm.rules`."""
    own = {declared.name: _own_part(declared, draft, report) for declared in draft.structured_types()}
    return replace(draft, types={name: own.get(name, declared) for name, declared in draft.types.items()})


def _own_part(declared: StructuredType, draft: Draft, report: Report) -> StructuredType:
    base = draft.structured_type(declared.base)
    if base is None:
        return declared
    found = set()
    for part, known in _named_alike(declared, base, draft):
        if _is_same(part, known):
            message = f"'{part.name}' of '{declared.name}' is left out: it is inherited already, from {known.origin}."
            report(Problem("warning", message, part.origin))
            found.add(part.name)
    properties = tuple(part for part in declared.properties if part.name not in found)
    navigation = tuple(part for part in declared.navigation_properties if part.name not in found)
    if isinstance(declared, EntityType) and isinstance(base, EntityType):
        declared = _with_inherited_key(declared, base, draft, report)
    return replace(declared, properties=properties, navigation_properties=navigation) if found else declared


def _named_alike(
    declared: StructuredType, base: StructuredType, draft: Draft
) -> Iterator[tuple[Property | NavigationProperty, Property | NavigationProperty]]:
    properties, leading = draft.properties(base), draft.navigation_properties(base)
    yield from ((part, properties[part.name]) for part in declared.properties if part.name in properties)
    yield from ((part, leading[part.name]) for part in declared.navigation_properties if part.name in leading)


def _is_same(part: Property | NavigationProperty, known: Property | NavigationProperty) -> bool:
    """Whether a property says no more than the inherited one."""
    if isinstance(part, Property) and isinstance(known, Property):
        return part.type == known.type and part.default in {None, known.default} and not part.annotations
    if isinstance(part, NavigationProperty) and isinstance(known, NavigationProperty):
        return replace(part, origin=known.origin) == known
    return False


def _with_inherited_key(declared: EntityType, base: EntityType, draft: Draft, report: Report) -> EntityType:
    inherited = draft.key(base)
    if not declared.key or not {part.path for part in declared.key} < {part.path for part in inherited}:
        return declared
    names = ", ".join(part.path for part in inherited)
    message = f"The key of '{declared.name}' is left out: it inherits a longer one ({names})."
    report(Problem("warning", message, declared.origin))
    return replace(declared, key=())
