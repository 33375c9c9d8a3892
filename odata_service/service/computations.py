"""Computed values of a service: which properties have one, and the schema that says so."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec.structs import replace

from odata_service.edm.computations import Coded, Computation, Expressed
from odata_service.edm.computed import computed, referred_to
from odata_service.edm.kept import keep
from odata_service.edm.leaves import is_kept_whole, is_tagged_value
from odata_service.edm.model import ComplexType, EntityType, Property, Schema
from odata_service.edm.sources import is_stream
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import ODataError, did_you_mean
from odata_service.payload import native_value
from odata_service.semantics.computed_properties import computed_values
from odata_service.service.entities import cell_value

ComputedBy = TypeVar("ComputedBy", bound=Callable[..., Any])


def with_expression(type_name: str, name: str, text: str, schema: Schema) -> Schema:
    """The schema in which a property has the value of an expression; `ValueError` for one that does not fit."""
    part = _property(type_name, name, schema)
    if is_kept_whole(part.type):
        raise ValueError(f"'{type_name}/{name}' is {part.type}: an expression gives single primitive values alone.")
    return _with(Expressed(text), part, type_name, schema)


def with_code(type_name: str, name: str, function: Callable[..., Any], schema: Schema) -> Schema:
    """The schema in which a function gives a property its value; `ValueError` where it cannot be called so."""
    part = _property(type_name, name, schema)
    if is_tagged_value(part.type) and not part.type.collection:
        raise ValueError(f"'{type_name}/{name}' is {part.type}, whose values say their types: code gives all others.")
    inputs = tuple(_input(known, type_name, schema) for known in inspect.signature(function).parameters.values())
    given = [_given(known.type, schema) for known in inputs]
    is_document = is_kept_whole(part.type)

    def work(values: Sequence[object]) -> object:
        made = function(*(give(value) for give, value in zip(given, values, strict=True)))
        value = native_value(made, part.type, schema)
        return keep(value, part.type, schema) if is_document else value

    return _with(Coded(work, tuple(known.name for known in inputs)), part, type_name, schema)


def _given(type_ref: TypeRef, schema: Schema) -> Callable[[object], object]:
    """What makes of a value in a row what a function is called with."""
    if not (type_ref.collection or is_tagged_value(type_ref) or kind_of(type_ref) is Kind.BOOLEAN):
        return lambda value: value
    return lambda value: cell_value(value, type_ref, schema)


def _with(computation: Computation, part: Property, type_name: str, schema: Schema) -> Schema:
    changed, declared = computed(part, computation), schema.entity_type(type_name)
    parts = tuple(changed if known.name == part.name else known for known in declared.properties)
    found = replace(schema, types={**schema.types, type_name: replace(declared, properties=parts)})
    try:
        computed_values(found)
    except ODataError as error:
        raise ValueError(error.message) from error
    return found


def _property(type_name: str, name: str, schema: Schema) -> Property:
    """The property that is to be computed, which the type itself declares."""
    declared = schema.types.get(type_name)
    if not isinstance(declared, EntityType):
        known = [found for found, kind in schema.types.items() if isinstance(kind, EntityType)]
        raise ValueError(f"'{type_name}' is no entity type. {did_you_mean(type_name, known) or ''}".strip())
    part = next((known for known in declared.properties if known.name == name), None)
    if part is None:
        declaring = next((kind.name for kind in schema.ancestry(type_name) if kind.declares(name)), None)
        nearest = did_you_mean(name, [known.name for known in declared.properties])
        hint = f"Name '{declaring}', which declares it." if declaring else nearest
        raise ValueError(f"'{type_name}' declares no property '{name}'. {hint or ''}".strip())
    if is_stream(part):
        raise ValueError(f"'{type_name}/{name}' is a stream: values alone are computed.")
    every = [known for known in schema.types.values() if isinstance(known, EntityType | ComplexType)]
    if name in referred_to(list(schema.ancestry(type_name)), every, schema.is_derived):
        raise ValueError(f"'{type_name}/{name}' tells entities apart, or refers to others: such values are kept.")
    return part


def _input(parameter: inspect.Parameter, type_name: str, schema: Schema) -> Property:
    """The property that a parameter of a function is called after."""
    if parameter.kind in {
        inspect.Parameter.VAR_KEYWORD,
        inspect.Parameter.VAR_POSITIONAL,
        inspect.Parameter.KEYWORD_ONLY,
    }:
        raise ValueError(f"A computed value is a function of properties by their names, and '{parameter}' is none.")
    known = schema.properties(type_name)
    part = known.get(parameter.name)
    if part is None:
        nearest = did_you_mean(parameter.name, list(known)) or ""
        raise ValueError(f"'{parameter.name}' is no property of '{type_name}'. {nearest}".strip())
    if (kind_of(part.type) is None and not part.type.collection) or is_stream(part):
        raise ValueError(f"'{parameter.name}' is no primitive value, and no collection: use others.")
    if isinstance(part.computation, Coded):
        raise ValueError(f"'{parameter.name}' is made by code itself: use what that is made of.")
    return part
