"""A collected model without errors becomes a `Schema`: names resolved, bindings and keys completed."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from odata_service.edm.annotations import computed_by
from odata_service.edm.capabilities import stated_capabilities
from odata_service.edm.computations import Expressed
from odata_service.edm.computed import computed
from odata_service.edm.document import Namespace, Term
from odata_service.edm.draft import Draft
from odata_service.edm.model import (
    EntityContainer,
    EntitySet,
    EntityType,
    EnumType,
    NavigationBinding,
    Property,
    Schema,
    SchemaType,
    Singleton,
    StructuredType,
    TypeDefinition,
)
from odata_service.edm.operations import Action, Function, Operation, Parameter, ReturnType
from odata_service.edm.sources import with_sources
from odata_service.edm.types import TypeRef, applicable_facets, kind_of
from odata_service.edm.values import parse

Source = TypeVar("Source", bound=EntitySet | Singleton)
HasType = TypeVar("HasType", Property, Parameter, ReturnType, Term)


def schema_of(draft: Draft) -> Schema:
    """The model; the draft must keep every rule."""
    keys = _key_parts(draft)
    schema = Schema(
        types={name: _type(declared, keys.get(name, set()), draft) for name, declared in draft.types.items()},
        container=_container(draft),
        operations={
            name: tuple(_operation(overload, draft) for overload in overloads)
            for name, overloads in draft.operations.items()
        },
        terms={name: _defined(term, draft) for name, term in draft.terms.items()},
        declared_namespaces=_spoken_of(draft),
        references=tuple(draft.references),
        external_annotations=tuple(draft.external_annotations),
        profile=draft.profile,
    )
    return with_sources(schema)


def _spoken_of(draft: Draft) -> dict[str, Namespace]:
    """What documents say of namespaces beyond their names; an alias alone counts where something is in it."""
    names = (*draft.types, *draft.operations, *draft.terms, draft.container_name)
    used = {name.rpartition(".")[0] for name in names}
    return {
        name: found for name, found in draft.namespaces.items() if found.annotations or (found.alias and name in used)
    }


def _container(draft: Draft) -> EntityContainer:
    container, holders = draft.container, _holders(draft)
    return EntityContainer(
        draft.container_name,
        {name: _bound(found, holders, draft) for name, found in container.entity_sets.items()},
        {name: _bound(found, holders, draft) for name, found in container.singletons.items()},
        dict(container.action_imports),
        dict(container.function_imports),
        container.extends,
        container.annotations,
        container.origin,
    )


def _bound(source: Source, holders: Mapping[str, Sequence[str]], draft: Draft) -> Source:
    """The set with what its annotations allow, and a binding for each navigation property whose type has one set."""
    bindings = (*source.navigation_bindings, *_inferred_bindings(source, holders, draft))
    capabilities = stated_capabilities(source.annotations, source.capabilities)
    return replace(source, navigation_bindings=bindings, capabilities=capabilities)


def _inferred_bindings(
    source: EntitySet | Singleton, holders: Mapping[str, Sequence[str]], draft: Draft
) -> Iterator[NavigationBinding]:
    declared = draft.structured_type(source.entity_type)
    assert declared is not None, "the types of sets and singletons are known"
    stated = {binding.path for binding in source.navigation_bindings}
    for navigation in draft.navigation_properties(declared).values():
        found = holders.get(navigation.target, ())
        if len(found) == 1 and navigation.name not in stated and not navigation.contains_target:
            yield NavigationBinding(navigation.name, found[0])


def _holders(draft: Draft) -> dict[str, list[str]]:
    """The names of the entity sets by their types."""
    found: dict[str, list[str]] = {}
    for entity_set in draft.container.entity_sets.values():
        found.setdefault(entity_set.entity_type, []).append(entity_set.name)
    return found


def _key_parts(draft: Draft) -> dict[str, set[str]]:
    """The properties of each type that take part in a key, also in that of a subtype or of an entity around it."""
    found: dict[str, set[str]] = {}
    for declared in draft.structured_types():
        if isinstance(declared, EntityType):
            for part in declared.key:
                for owner, name in _along(part.path, declared, draft):
                    found.setdefault(owner, set()).add(name)
    return found


def _along(path: str, declared: StructuredType, draft: Draft) -> Iterator[tuple[str, str]]:
    """Each property on a path, with the type that declares it."""
    first, _, rest = path.partition("/")
    for part in draft.ancestry(declared):
        for known in part.properties:
            if known.name == first:
                yield part.name, first
                inner = draft.structured_type(known.type.name)
                if rest and inner is not None:
                    yield from _along(rest, inner, draft)


def _type(declared: SchemaType, keys: set[str], draft: Draft) -> SchemaType:
    """The type with every reference resolved and its key properties made non-nullable (CSDL 6.5)."""
    if isinstance(declared, EnumType):
        return declared
    if isinstance(declared, TypeDefinition):
        return replace(declared, facets=applicable_facets(declared.facets, kind_of(TypeRef(declared.underlying))))
    return replace(
        declared, properties=tuple(_property(known, known.name in keys, draft) for known in declared.properties)
    )


def _property(declared: Property, required: bool, draft: Draft) -> Property:
    """The property with its type resolved, and the text of a default as the value that it stands for there."""
    type_ref = _type_ref(declared.type, draft, required=required)
    default = declared.default
    if isinstance(default, str) and type_ref.definition is not None:
        default = parse(default, type_ref)
    is_known = type_ref is declared.type and default is declared.default
    found = declared if is_known else replace(declared, type=type_ref, default=default)
    expression = computed_by(found.annotations)
    return found if expression is None else computed(found, Expressed(expression))


def _type_ref(type_ref: TypeRef, draft: Draft, *, required: bool = False) -> TypeRef:
    found = draft.types.get(type_ref.name)
    definition = found if isinstance(found, EnumType | TypeDefinition) else None
    kind = kind_of(TypeRef(type_ref.name, definition=definition))
    facets = applicable_facets(type_ref.facets, kind)
    if definition is None and facets is type_ref.facets and not (required and type_ref.nullable):
        return type_ref
    return TypeRef(type_ref.name, type_ref.collection, type_ref.nullable and not required, facets, definition)


def _defined(part: HasType, draft: Draft) -> HasType:
    type_ref = _type_ref(part.type, draft)
    return part if type_ref is part.type else replace(part, type=type_ref)


def _operation(operation: Operation, draft: Draft) -> Operation:
    parameters = tuple(_defined(parameter, draft) for parameter in operation.parameters)
    match operation:
        case Action(return_type=None):
            return replace(operation, parameters=parameters)
        case Action(return_type=returned) if returned is not None:
            return replace(operation, parameters=parameters, return_type=_result(returned, draft))
        case Function(return_type=returned):
            return replace(operation, parameters=parameters, return_type=_result(returned, draft))
        case _:
            raise AssertionError("an operation is an action or a function")


def _result(returned: ReturnType, draft: Draft) -> ReturnType:
    """What an operation gives; of collections of entities nothing is said about nulls (CSDL 12.8)."""
    found = _defined(returned, draft)
    if found.type.collection and isinstance(draft.types.get(found.type.name), EntityType):
        return replace(found, type=replace(found.type, nullable=True))
    return found
