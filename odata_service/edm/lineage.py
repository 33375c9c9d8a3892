"""What inherits from what, before anything is certain: how many types each one is made of, and which make cycles.

(CSDL 6.2, 9.2.)
"""

from collections.abc import Iterator, Mapping

from odata_service.edm.cycles import components
from odata_service.edm.draft import Draft
from odata_service.edm.model import StructuredType

DEEPEST = 100
"""More levels of inheritance than any document has; each costs whatever asks for a type's properties."""


def lineages(draft: Draft) -> Iterator[tuple[str, ...]]:
    """Each structured type, behind those that it inherits from; together those that inherit from each other."""
    names = {declared.name: draft.structured_type(declared.base) for declared in draft.structured_types()}
    return components({name: () if base is None else (base.name,) for name, base in names.items()})


def depths_of(draft: Draft) -> Mapping[str, int]:
    """How many types each structured type is made of: itself and its bases. None of those that come into a cycle."""
    depths: dict[str, int] = {}
    for group in lineages(draft):
        declared = draft.structured_type(group[0])
        base = None if declared is None else draft.structured_type(declared.base)
        if base is None:
            depths[group[0]] = 1
        elif base.name in depths:
            depths[group[0]] = depths[base.name] + 1
    return depths


def bases_of(declared: StructuredType, depths: Mapping[str, int], draft: Draft) -> list[StructuredType]:
    """The types that one inherits from, the nearest last; none where they lead into a cycle or are too many."""
    is_sound = depths.get(declared.name, DEEPEST + 1) <= DEEPEST
    return draft.ancestry(declared)[:0:-1] if is_sound else []
