"""The rules of the standard over a collected model: every breach becomes a `Problem` at its place (CSDL 4 to 15)."""

from collections.abc import Iterator, Sequence

from odata_service.edm.draft import Draft
from odata_service.edm.model import EntitySet, EntityType, Property, Singleton, StructuredType
from odata_service.edm.types import ABSTRACT_TYPES, IDENTIFIER, PRIMITIVE_TYPES
from odata_service.errors import Origin, Problem, did_you_mean

_NAMES = "Write a letter or '_', then letters, digits and '_', 128 at most."
_INEXACT = frozenset({"Edm.Single", "Edm.Double"})


def problems_of(draft: Draft) -> Iterator[Problem]:
    """Every breach of a rule, in no particular order."""
    yield from _case_clashes([(declared.name, declared.origin) for declared in draft.types.values()], "Type")
    for declared in draft.types.values():
        yield from _name_problems(declared.name.split("."), declared.origin)
    for structured in draft.structured_types():
        yield from _base_problems(structured, draft)
        yield from _member_problems(structured, draft)
        if isinstance(structured, EntityType):
            yield from _key_problems(structured, draft)
    yield from _container_problems(draft)


def _base_problems(declared: StructuredType, draft: Draft) -> Iterator[Problem]:
    if declared.base is None:
        return
    if draft.structured_type(declared.base) is None:
        yield _unknown(declared.origin, f"The base type '{declared.base}' of '{declared.name}'", declared.base, draft)
    elif draft.ancestry(declared)[-1].base == declared.name:
        yield Problem("error", f"Type '{declared.name}' inherits from itself.", declared.origin)


def _member_problems(declared: StructuredType, draft: Draft) -> Iterator[Problem]:
    members = [
        *((known.name, known.origin) for known in declared.properties),
        *((known.name, known.origin) for known in declared.navigation_properties),
    ]
    for name, origin in members:
        yield from _name_problems([name], origin)
    yield from _duplicates(members, declared.name)
    yield from _case_clashes(members, "Property")
    for known in declared.properties:
        if not _is_known_type(known.type.name, draft):
            yield _unknown(known.origin, f"The type '{known.type.name}' of '{known.name}'", known.type.name, draft)
    for navigation in declared.navigation_properties:
        if navigation.target != "Edm.EntityType" and not isinstance(draft.types.get(navigation.target), EntityType):
            subject = f"The target '{navigation.target}' of '{navigation.name}'"
            yield _unknown(navigation.origin, subject, navigation.target, draft)


def _is_known_type(name: str, draft: Draft) -> bool:
    return name in PRIMITIVE_TYPES or name in ABSTRACT_TYPES or name in draft.types


def _unknown(origin: Origin, subject: str, name: str, draft: Draft) -> Problem:
    hint = did_you_mean(name, list(draft.types))
    return Problem("error", f"{subject} is not defined.{' ' + hint if hint else ''}", origin)


def _key_problems(declared: EntityType, draft: Draft) -> Iterator[Problem]:
    properties = draft.properties(declared)
    for part in declared.key:
        known = _property_at(part.path, declared, draft)
        if known is None:
            hint = did_you_mean(part.path, list(properties))
            message = f"The key property '{part.path}' of '{declared.name}' is not declared."
            yield Problem("error", f"{message}{' ' + hint if hint else ''}", declared.origin)
        elif not _may_be_key(known, draft):
            message = f"The key property '{part.path}' of '{declared.name}' cannot have the type {known.type}."
            yield Problem("error", message, known.origin)
        elif known.type.name in _INEXACT:
            message = f"The key property '{part.path}' of '{declared.name}' is an {known.type}, which few clients take."
            yield Problem("warning", message, known.origin)


def _property_at(path: str, declared: StructuredType, draft: Draft) -> Property | None:
    first, _, rest = path.partition("/")
    known = draft.properties(declared).get(first)
    if known is None or not rest:
        return known
    inner = draft.structured_type(known.type.name)
    return _property_at(rest, inner, draft) if inner is not None else None


def _may_be_key(known: Property, draft: Draft) -> bool:
    scalar = draft.types.get(known.type.name)
    name = scalar.underlying if scalar is not None and not isinstance(scalar, StructuredType) else known.type.name
    row = PRIMITIVE_TYPES.get(name)
    return row is not None and (row.may_be_key or name in _INEXACT) and not known.type.collection


def _container_problems(draft: Draft) -> Iterator[Problem]:
    children = list(draft.container.children())
    yield from _case_clashes([(known.name, known.origin) for known in children], "Entity set")
    for child in children:
        if isinstance(child, EntitySet | Singleton):
            yield from _source_problems(child, draft)


def _source_problems(source: EntitySet | Singleton, draft: Draft) -> Iterator[Problem]:
    """What is wrong with an entity set or singleton."""
    declared = draft.types.get(source.entity_type)
    if not isinstance(declared, EntityType):
        subject = f"The entity type '{source.entity_type}' of '{source.name}'"
        yield _unknown(source.origin, subject, source.entity_type, draft)
        return
    if isinstance(source, EntitySet) and not draft.key(declared):
        message = f"Entity set '{source.name}' needs a key, but '{declared.name}' has none."
        yield Problem("error", message, declared.origin)
    yield from _binding_problems(source, declared, draft)


def _binding_problems(source: EntitySet | Singleton, declared: EntityType, draft: Draft) -> Iterator[Problem]:
    names = draft.navigation_properties(declared)
    for binding in source.navigation_bindings:
        if "/" not in binding.path and binding.path not in names:
            message = f"'{binding.path}' is bound in '{source.name}', but '{declared.name}' has no such property."
            yield Problem("error", message, source.origin)


def _name_problems(parts: Sequence[str], origin: Origin) -> Iterator[Problem]:
    for part in parts:
        if not IDENTIFIER.fullmatch(part):
            yield Problem("error", f"'{part}' is not a name. {_NAMES}", origin)


def _duplicates(members: Sequence[tuple[str, Origin]], owner: str) -> Iterator[Problem]:
    first: dict[str, Origin] = {}
    for name, origin in members:
        if first.setdefault(name, origin) is not origin:
            yield Problem("error", f"'{name}' is already declared in '{owner}' at {first[name]}.", origin)


def _case_clashes(members: Sequence[tuple[str, Origin]], what: str) -> Iterator[Problem]:
    first: dict[str, tuple[str, Origin]] = {}
    for name, origin in members:
        other, place = first.setdefault(name.lower(), (name, origin))
        if other != name:
            message = f"{what} '{name}' differs from '{other}' at {place} in letter case alone."
            yield Problem("warning", message, origin)
