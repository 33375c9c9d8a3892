"""A schema as readers of OData 4.0 may see it (Protocol 4.01, 5.2; CSDL 4.01, 1.1)."""

from collections.abc import Iterable, Mapping
from operator import is_not
from typing import Literal, TypeVar

from msgspec import Struct
from msgspec.structs import replace

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

NEWER_OPERATORS = frozenset({"Add", "Div", "DivBy", "Has", "In", "Mod", "Mul", "Neg", "Sub"})
"""Expressions of annotations that version 4.01 has added."""
NEWER_PATHS = frozenset({"ModelElementPath"})
NEWER_TYPES = frozenset({"Edm.Untyped", "Edm.AnyPropertyPath", "Edm.ModelElementPath"})

Part = TypeVar("Part", bound=Struct)
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
    for name in part.__struct_fields__:
        value = getattr(part, name)
        kind = type(value)
        if kind is tuple:
            if value and all([isinstance(inner, Struct) for inner in value]):
                kept = tuple([_told(inner) for inner in value if not _is_newer(inner)])
                if len(kept) < len(value) or any(map(is_not, value, kept)):
                    changes[name] = kept
        elif kind is ReturnType:
            changes[name] = _told(value)
        elif kind is TypeRef:
            if isinstance(value.facets.scale, str):
                changes[name] = replace(value, facets=replace(value.facets, scale=None))
        elif kind is Facets and isinstance(value.scale, str):
            changes[name] = replace(value, scale=None)
    return replace(part, **changes) if changes else part


def _is_newer(part: object) -> bool:
    return type(part) is Annotation and _holds_newer(part.value)


def _is_newer_type(type_ref: TypeRef) -> bool:
    return type_ref.name in NEWER_TYPES or type_ref.facets.scale == "floating"


def _holds_newer(value: object) -> bool:
    """Whether an expression is newer than version 4.0, or one that stands in it."""
    if value is None or isinstance(value, str | bool):
        return False
    match value:
        case Operation(operator) if operator in NEWER_OPERATORS:
            return True
        case Path(kind=kind) if kind in NEWER_PATHS:
            return True
        case Conversion(type=type_ref) if _is_newer_type(type_ref):
            return True
    return any(map(_holds_newer, _parts(value)))


def _parts(value: object) -> Iterable[object]:
    """What stands in an expression."""
    if isinstance(value, tuple):
        return value
    if isinstance(value, Struct):
        return (getattr(value, name) for name in value.__struct_fields__)
    return value.values() if isinstance(value, Mapping) else ()
