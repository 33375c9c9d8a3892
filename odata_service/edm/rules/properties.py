"""Structural properties: their types, facets and defaults (CSDL 7)."""

from collections.abc import Iterator

from odata_service.edm.annotations import COMPUTED_BY, annotation_value, computed_by
from odata_service.edm.computed import referred_to
from odata_service.edm.model import EntityType, EnumType, Property, StructuredType, TypeDefinition
from odata_service.edm.rules.facets import facet_problems
from odata_service.edm.rules.inspection import Inspection, error, warning
from odata_service.edm.types import PATH_TYPES, TypeRef
from odata_service.edm.values import PrimitiveValue, fit, parse
from odata_service.errors import Problem

_NOT_IN_COLLECTIONS = frozenset({"Edm.ComplexType", "Edm.PrimitiveType"})


def property_problems(declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    """What is wrong with the structural properties that a type declares."""
    for part in declared.properties:
        yield from _type_problems(part, declared, model)
        yield from facet_problems(part.name, part.type, part.origin, model)
        if part.default is not None:
            yield from _default_problems(part, model)
        if annotation_value(part.annotations, COMPUTED_BY) is not None:
            yield from _computation_problems(part, declared, model)


def _type_problems(part: Property, declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    name = part.type.name
    if not model.is_known(name):
        yield model.unknown(part.origin, f"The type '{name}' of '{part.name}'", name)
    elif model.is_entity_type(name):
        message = f"'{part.name}' leads to the entity type '{name}': make it a navigation property."
        yield error(part.origin, message)
    elif name in PATH_TYPES and isinstance(declared, EntityType):
        yield error(part.origin, f"The type '{name}' of '{part.name}' is one for terms alone, not for entities.")
    elif part.type.collection and _is_stream(part.type, model):
        yield error(part.origin, f"'{part.name}' is a collection of streams, which cannot be. Make it a single one.")
    elif part.type.collection and name in _NOT_IN_COLLECTIONS:
        message = f"'{part.name}' is a collection of {name}, which readers need not take. Name a type of your own."
        yield warning(part.origin, message)


def _is_stream(type_ref: TypeRef, model: Inspection) -> bool:
    found = model.draft.types.get(type_ref.name)
    name = found.underlying if isinstance(found, TypeDefinition) else type_ref.name
    return name == "Edm.Stream"


def _computation_problems(part: Property, declared: StructuredType, model: Inspection) -> Iterator[Problem]:
    """What stands against a value that is not kept: that it is to be found by, or that it is no single value."""
    if computed_by(part.annotations) is None:
        yield error(part.origin, f"{COMPUTED_BY} of '{part.name}' is no text: write an expression.")
    elif not isinstance(declared, EntityType):
        yield error(part.origin, f"'{part.name}' is computed in a complex type: {COMPUTED_BY} is for entity types.")
    elif part.type.collection or model.primitive(part.type) is None or _is_stream(part.type, model):
        yield error(part.origin, f"'{part.name}' is {part.type}: single values of primitive types alone are computed.")
    elif part.name in referred_to(list(model.draft.ancestry(declared)), model.draft.structured_types(), model.is_a):
        yield error(part.origin, f"'{part.name}' tells entities apart, or refers to others: such values are kept.")


def _default_problems(part: Property, model: Inspection) -> Iterator[Problem]:
    known = model.primitive(part.type)
    if part.type.collection or known is None:
        if model.is_known(part.type.name):
            yield error(part.origin, f"'{part.name}' cannot have a default: its type {part.type} has none.")
        return
    message = default_problem(part.default, known)
    if message is not None:
        hint = ""
        if isinstance(known.definition, EnumType):
            hint = model.hints.nearest(str(part.default), known.definition.values)
        yield error(part.origin, f"The default of '{part.name}' does not fit its type {part.type}: {message}{hint}")


def default_problem(default: object, type_ref: TypeRef) -> str | None:
    """Why a default is no value of a primitive type, None where it is one; a text of a named type is a literal."""
    try:
        value = parse(default, type_ref) if isinstance(default, str) and type_ref.definition is not None else default
        assert isinstance(value, PrimitiveValue), "defaults are primitive values"
        fit(value, type_ref)
    except ValueError as problem:
        return str(problem)
    return None
