"""What a derived type says once more, just as it inherits it, is left out with a warning (CSDL 6.2, 6.5)."""

from collections.abc import Callable, Sequence

from msgspec.structs import replace

from odata_service.edm.draft import Draft
from odata_service.edm.lineage import bases_of, depths_of
from odata_service.edm.model import EntityType, NavigationProperty, Property, StructuredType
from odata_service.errors import Problem

Report = Callable[[Problem], None]


def without_repetitions(draft: Draft, report: Report) -> Draft:
    """The draft whose types declare what is their own; what differs from the inherited is a matter of `edm.rules`."""
    depths = depths_of(draft)
    own = {
        declared.name: _own_part(declared, bases_of(declared, depths, draft), report)
        for declared in draft.structured_types()
    }
    return replace(draft, types={name: own.get(name, declared) for name, declared in draft.types.items()})


def _own_part(declared: StructuredType, above: Sequence[StructuredType], report: Report) -> StructuredType:
    inherited = {part.name: part for base in above for part in _parts(base)}
    found = set()
    for part in _parts(declared):
        known = inherited.get(part.name)
        if known is not None and _is_same(part, known):
            message = f"'{part.name}' of '{declared.name}' is left out: it is inherited already, from {known.origin}."
            report(Problem("warning", message, part.origin))
            found.add(part.name)
    properties = tuple(part for part in declared.properties if part.name not in found)
    navigation = tuple(part for part in declared.navigation_properties if part.name not in found)
    if isinstance(declared, EntityType) and declared.key:
        declared = _with_inherited_key(declared, above, report)
    return replace(declared, properties=properties, navigation_properties=navigation) if found else declared


def _parts(declared: StructuredType) -> Sequence[Property | NavigationProperty]:
    return (*declared.properties, *declared.navigation_properties)


def _is_same(part: Property | NavigationProperty, known: Property | NavigationProperty) -> bool:
    """Whether a property says no more than the inherited one."""
    if isinstance(part, Property) and isinstance(known, Property):
        return part.type == known.type and part.default in {None, known.default} and not part.annotations
    if isinstance(part, NavigationProperty) and isinstance(known, NavigationProperty):
        return replace(part, origin=known.origin) == known
    return False


def _with_inherited_key(declared: EntityType, above: Sequence[StructuredType], report: Report) -> EntityType:
    keys = (base.key for base in reversed(above) if isinstance(base, EntityType) and base.key)
    inherited = [part.path for part in next(keys, ())]
    if not {part.path for part in declared.key} < set(inherited):
        return declared
    message = f"The key of '{declared.name}' is left out: it inherits a longer one ({', '.join(inherited)})."
    report(Problem("warning", message, declared.origin))
    return replace(declared, key=())
