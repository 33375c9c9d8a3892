"""Base types: what inherits from what, and how far (CSDL 6.2, 6.3, 9.2)."""

from collections.abc import Iterator, Sequence

from odata_service.edm.draft import Draft
from odata_service.edm.lineage import DEEPEST, depths_of, lineages
from odata_service.edm.model import EntityType, StructuredType
from odata_service.edm.rules.inspection import Inspection, error, warning
from odata_service.edm.types import ABSTRACT_TYPES, PRIMITIVE_TYPES
from odata_service.errors import Problem


def depth_problems(draft: Draft) -> Iterator[Problem]:
    """Types that inherit from themselves, or over more levels than can be looked through."""
    depths = depths_of(draft)
    for group in lineages(draft):
        types = [found for name in group if (found := draft.structured_type(name)) is not None]
        if depths.get(group[0]) == DEEPEST + 1:
            yield error(types[0].origin, f"'{types[0].name}' inherits over more than {DEEPEST} levels.")
        elif len(types) > 1 or types[0].base == types[0].name:
            yield from _cycle(types)


def _cycle(types: Sequence[StructuredType]) -> Iterator[Problem]:
    for part in types[:DEEPEST]:
        through = f", through '{part.base}'" if part.base != part.name else ""
        yield error(part.origin, f"Type '{part.name}' inherits from itself{through}.")


def inheritance_problems(declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    """What is wrong with the base type of a type."""
    if declared.base is None:
        return
    kind = "entity" if isinstance(declared, EntityType) else "complex"
    base = model.draft.structured_type(declared.base)
    if base is None:
        yield _no_base(declared, declared.base, kind, model)
    elif type(base) is not type(declared):
        other = "a complex" if kind == "entity" else "an entity"
        message = f"The base type '{base.name}' of '{declared.name}' is {other} type, and {kind} types alone can be."
        yield error(declared.origin, message)
    elif declared.abstract and not base.abstract:
        message = f"'{declared.name}' is abstract, and its base type '{base.name}' is not."
        yield warning(declared.origin, f"{message} Make both abstract, or neither.")
    if declared.name in model.draft.closed:
        yield from _closed_problems(declared, model)


def _closed_problems(declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    _, *above = model.draft.ancestry(declared)
    opened = next((part for part in above if part.open), None)
    if opened is not None:
        message = f"'{declared.name}' is open as '{opened.name}' is, which it derives from."
        yield warning(declared.origin, f"{message} Leave OpenType out.")


def _no_base(declared: StructuredType, base: str, kind: str, model: Inspection) -> Problem:
    subject = f"The base type '{base}' of '{declared.name}'"
    if base in ABSTRACT_TYPES:
        return error(declared.origin, f"{subject} is the standard's own: leave BaseType out.")
    if base in model.draft.types or base in PRIMITIVE_TYPES:
        return error(declared.origin, f"{subject} is no {kind} type.")
    return model.unknown(declared.origin, subject, base)
