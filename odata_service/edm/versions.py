"""A schema as readers of OData 4.0 may see it (Protocol 4.01, 5.2; CSDL 4.01, 1.1)."""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

from odata_service.edm.annotations import Annotation, Conversion, Operation, Path
from odata_service.edm.model import (
    ComplexType,
    EntityContainer,
    EntityType,
    EnumType,
    OperationImport,
    Schema,
    SchemaType,
    StructuredType,
    TypeDefinition,
)
from odata_service.edm.operations import Operation as SchemaOperation
from odata_service.edm.operations import ReturnType
from odata_service.edm.types import Facets, TypeRef

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

NEWER_OPERATORS = frozenset({"Add", "Div", "DivBy", "Has", "In", "Mod", "Mul", "Neg", "Sub"})
"""Expressions of annotations that version 4.01 has added."""
NEWER_PATHS = frozenset({"ModelElementPath"})
NEWER_TYPES = frozenset({"Edm.Untyped", "Edm.AnyPropertyPath", "Edm.ModelElementPath"})

Part = TypeVar("Part", bound="DataclassInstance")
Import = TypeVar("Import", bound=OperationImport)
Named = TypeVar("Named", bound=StructuredType)


def for_version(schema: Schema, version: Literal["4.0", "4.01"]) -> Schema:
    """The schema without what 4.0 readers stumble over.

    `variable` and `floating` scales are left unsaid; what has values of a newer type is left out, as are annotations
    with newer expressions; a singleton is never null.
    """
    if version == "4.01":
        return schema
    operations = {
        name: kept
        for name, overloads in schema.operations.items()
        if (kept := tuple(_told(overload) for overload in overloads if not _is_newer_operation(overload)))
    }
    return replace(
        schema,
        types={name: _type(declared) for name, declared in schema.types.items()},
        operations=operations,
        terms={name: _told(term) for name, term in schema.terms.items() if term.type.name not in NEWER_TYPES},
        container=_container(schema.container, operations),
        declared_namespaces={name: _told(found) for name, found in schema.declared_namespaces.items()},
        references=tuple(_told(reference) for reference in schema.references),
        external_annotations=tuple(_told(external) for external in schema.external_annotations),
    )


def _type(declared: SchemaType) -> SchemaType:
    match declared:
        case EnumType() | TypeDefinition():
            return _told(declared)
        case EntityType():
            return _structured(declared)
        case ComplexType():
            return _structured(declared)


def _structured(declared: Named) -> Named:
    properties = tuple(part for part in declared.properties if part.type.name not in NEWER_TYPES)
    return _told(replace(declared, properties=properties))


def _is_newer_operation(operation: SchemaOperation) -> bool:
    returned = () if operation.return_type is None else (operation.return_type,)
    return any(part.type.name in NEWER_TYPES for part in (*operation.parameters, *returned))


def _container(container: EntityContainer, operations: Mapping[str, object]) -> EntityContainer:
    return _told(
        replace(
            container,
            entity_sets={name: _told(found) for name, found in container.entity_sets.items()},
            singletons={name: _told(replace(found, nullable=False)) for name, found in container.singletons.items()},
            action_imports=_imports(container.action_imports, operations),
            function_imports=_imports(container.function_imports, operations),
        )
    )


def _imports(imports: Mapping[str, Import], operations: Mapping[str, object]) -> dict[str, Import]:
    return {name: _told(found) for name, found in imports.items() if found.operation in operations}


def _told(part: Part) -> Part:
    """A part of a model without the annotations, at any depth, that hold newer expressions."""
    changes: dict[str, object] = {}
    for known in fields(part):
        value = getattr(part, known.name)
        if isinstance(value, tuple) and value and all(is_dataclass(inner) for inner in value):
            kept = tuple(_told(inner) for inner in value if not (isinstance(inner, Annotation) and _is_newer(inner)))
            if any(before is not after for before, after in zip(value, kept, strict=False)) or len(kept) < len(value):
                changes[known.name] = kept
        elif isinstance(value, ReturnType):
            changes[known.name] = _told(value)
        elif isinstance(value, TypeRef) and isinstance(value.facets.scale, str):
            changes[known.name] = replace(value, facets=replace(value.facets, scale=None))
        elif isinstance(value, Facets) and isinstance(value.scale, str):
            changes[known.name] = replace(value, scale=None)
    return replace(part, **changes) if changes else part


def _is_newer(annotation: Annotation) -> bool:
    return any(
        (isinstance(part, Operation) and part.operator in NEWER_OPERATORS)
        or (isinstance(part, Path) and part.kind in NEWER_PATHS)
        or (isinstance(part, Conversion) and _is_newer_type(part.type))
        for part in _expressions(annotation.value)
    )


def _is_newer_type(type_ref: TypeRef) -> bool:
    return type_ref.name in NEWER_TYPES or type_ref.facets.scale == "floating"


def _expressions(value: object) -> Iterator[object]:
    """An expression and all that stand in it."""
    yield value
    if isinstance(value, tuple):
        inner: Iterator[object] = iter(value)
    elif isinstance(value, Mapping):
        inner = iter(value.values())
    elif is_dataclass(value) and not isinstance(value, type):
        inner = (getattr(value, known.name) for known in fields(value))
    else:
        return
    for part in inner:
        yield from _expressions(part)
