"""Enumeration types and type definitions (CSDL 10, 11)."""

from collections.abc import Iterator

from odata_service.edm.model import EnumType, TypeDefinition
from odata_service.edm.rules.facets import facet_problems
from odata_service.edm.rules.inspection import Inspection, error, warning
from odata_service.edm.rules.names import duplicates, identifier_problems
from odata_service.edm.types import ABSTRACT_TYPES, PRIMITIVE_TYPES, TypeRef
from odata_service.errors import Problem

_UNDERLYING = ("Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32", "Edm.Int64")


def scalar_problems(model: Inspection) -> Iterator[Problem]:
    """What is wrong with the enumerations and type definitions of a model."""
    for declared in model.draft.types.values():
        if isinstance(declared, EnumType):
            yield from _enumeration_problems(declared)
        elif isinstance(declared, TypeDefinition):
            yield from _definition_problems(declared, model)


def _enumeration_problems(declared: EnumType) -> Iterator[Problem]:
    if declared.underlying not in _UNDERLYING:
        message = (
            f"The underlying type '{declared.underlying}' of '{declared.name}' is none that an enumeration can have."
        )
        yield error(declared.origin, f"{message} Write one of {', '.join(_UNDERLYING)}.")
    members = [(member.name, member.origin) for member in declared.members]
    for name, origin in members:
        yield from identifier_problems(name, origin)
    yield from duplicates(members, declared.name)
    first: dict[int, str] = {}
    for member in declared.members:
        other = first.setdefault(member.value, member.name)
        if other != member.name:
            message = f"'{member.name}' of '{declared.name}' has the value {member.value} of '{other}'"
            yield warning(member.origin, f"{message}: answers will say '{other}' for both.")
        if declared.is_flags and member.value < 0:
            message = f"'{member.name}' of '{declared.name}' is {member.value}, and flags cannot be negative."
            yield warning(member.origin, message)


def _definition_problems(declared: TypeDefinition, model: Inspection) -> Iterator[Problem]:
    name, subject = declared.underlying, f"The underlying type '{declared.underlying}' of '{declared.name}'"
    if not name:
        return
    if name in PRIMITIVE_TYPES:
        yield from facet_problems(declared.name, TypeRef(name, facets=declared.facets), declared.origin, model)
    elif name == declared.name:
        yield error(declared.origin, f"'{name}' is defined by itself. Write a primitive type such as Edm.String.")
    elif name in model.draft.types or name in ABSTRACT_TYPES:
        message = f"{subject} is no primitive type. Write one such as Edm.String."
        yield error(declared.origin, message)
    else:
        yield error(declared.origin, f"{subject} is no primitive type.{model.hints.nearest(name, PRIMITIVE_TYPES)}")
