"""Base types: what inherits from what, and how far (CSDL 6.2, 6.3, 9.2)."""

from collections.abc import Iterator

from odata_service.edm.draft import Draft
from odata_service.edm.model import EntityType, StructuredType
from odata_service.edm.rules.inspection import Inspection, error, warning
from odata_service.edm.types import ABSTRACT_TYPES, PRIMITIVE_TYPES
from odata_service.errors import Problem

DEEPEST = 100
"""More levels of inheritance than any document has; each costs whatever asks for a type's properties."""


def depth_problems(draft: Draft) -> Iterator[Problem]:
    """Types that inherit from themselves, or over more levels than can be looked through."""
    depths: dict[str, int] = {}
    for declared in draft.structured_types():
        trail: list[StructuredType] = []
        on_trail: set[str] = set()
        current: StructuredType | None = declared
        while current is not None and current.name not in depths and current.name not in on_trail:
            trail.append(current)
            on_trail.add(current.name)
            current = draft.structured_type(current.base)
        if current is not None and current.name in on_trail:
            yield from _cycle(trail[[part.name for part in trail].index(current.name) :])
        depth = depths.get(current.name, 0) if current is not None else 0
        for part in reversed(trail):
            depth += 1
            depths[part.name] = depth
            if depth == DEEPEST + 1:
                yield error(part.origin, f"'{part.name}' inherits over more than {DEEPEST} levels.")


def _cycle(types: list[StructuredType]) -> Iterator[Problem]:
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
