"""CSDL JSON 4.01: the same schema as a JSON document (CSDL JSON 4.01). There is no 4.0 form of it."""

import math
from collections.abc import Sequence
from decimal import Decimal

import orjson
from msgspec.structs import replace

from odata_service.csdl.json_values import Members, annotations_writer
from odata_service.csdl.told import Told, told
from odata_service.edm.chosen import ChosenAnnotations
from odata_service.edm.document import IncludeAnnotations, Reference, Term
from odata_service.edm.model import (
    ActionImport,
    EntitySet,
    EntityType,
    EnumType,
    FunctionImport,
    NavigationBinding,
    NavigationProperty,
    Property,
    Schema,
    SchemaType,
    Singleton,
    StructuredType,
    TypeDefinition,
)
from odata_service.edm.operations import Action, Operation
from odata_service.edm.types import Facets, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, print_value


def write_json(schema: Schema, *, storage: bool = False, chosen: ChosenAnnotations | None = None) -> bytes:
    """The document as UTF-8; with `storage` also the annotations that say where values are kept.

    Of all others those are told that are `chosen`.
    """
    is_told = told(storage=storage, chosen=chosen)
    return orjson.dumps(_Writer(schema, is_told).document(), option=orjson.OPT_INDENT_2)


class _Writer:
    """Writes one schema; knows which annotations are wanted."""

    def __init__(self, schema: Schema, is_told: Told) -> None:
        self.schema = schema
        self.is_told = is_told
        self.annotations = annotations_writer(is_told)

    def document(self) -> Members:
        document: Members = {"$Version": "4.01"}
        if any(self.schema.container.children()):
            document["$EntityContainer"] = self.schema.container.name
        if self.schema.references:
            document["$Reference"] = {found.uri: self.reference(found) for found in self.schema.references}
        for namespace in self.schema.namespaces:
            document[namespace] = self.schema_object(namespace)
        return document

    def reference(self, reference: Reference) -> Members:
        members: Members = {}
        if reference.includes:
            members["$Include"] = [
                {
                    "$Namespace": include.namespace,
                    **({"$Alias": include.alias} if include.alias else {}),
                    **self.annotations(include.annotations),
                }
                for include in reference.includes
            ]
        if reference.include_annotations:
            members["$IncludeAnnotations"] = [_include_annotations(found) for found in reference.include_annotations]
        return {**members, **self.annotations(reference.annotations)}

    def schema_object(self, namespace: str) -> Members:
        schema = self.schema
        declared = schema.declared_namespaces.get(namespace)
        members: Members = {}
        if declared is not None and declared.alias:
            members["$Alias"] = declared.alias
        for name, found in schema.types.items():
            if name.rpartition(".")[0] == namespace:
                members[_local(name)] = self.type(found)
        for name, overloads in schema.operations.items():
            if name.rpartition(".")[0] == namespace:
                members[_local(name)] = [self.operation(overload) for overload in _of_one_kind(overloads)]
        for name, term in schema.terms.items():
            if name.rpartition(".")[0] == namespace:
                members[_local(name)] = self.term(term)
        if schema.container.name.rpartition(".")[0] == namespace and any(schema.container.children()):
            members[_local(schema.container.name)] = self.container()
        if namespace == schema.namespaces[0] and schema.external_annotations:
            members["$Annotations"] = self.external()
        return {**members, **self.annotations(declared.annotations if declared is not None else ())}

    def external(self) -> Members:
        targets: dict[str, Members] = {}
        for external in self.schema.external_annotations:
            if not any(map(self.is_told, external.annotations)):
                continue
            found = targets.setdefault(external.target, {})
            found.update(self.annotations(external.annotations, qualifier=external.qualifier))
        return {**targets}

    def type(self, declared: SchemaType) -> Members:
        match declared:
            case EnumType():
                return self.enum_type(declared)
            case TypeDefinition():
                underlying: Members = {"$Kind": "TypeDefinition", "$UnderlyingType": declared.underlying}
                return {**underlying, **_facets(declared.facets), **self.annotations(declared.annotations)}
            case _:
                return self.structured_type(declared)

    def structured_type(self, declared: StructuredType) -> Members:
        members: Members = {"$Kind": "EntityType" if isinstance(declared, EntityType) else "ComplexType"}
        if declared.base is not None:
            members["$BaseType"] = declared.base
        flags = {"$Abstract": declared.abstract, "$OpenType": declared.open}
        if isinstance(declared, EntityType):
            flags["$HasStream"] = declared.has_stream
            if declared.key:
                members["$Key"] = [{part.alias: part.path} if part.alias else part.path for part in declared.key]
        members.update(_flags(flags))
        members.update({part.name: self.property(part) for part in declared.properties})
        members.update({part.name: self.navigation_property(part) for part in declared.navigation_properties})
        return {**members, **self.annotations(declared.annotations)}

    def property(self, part: Property) -> Members:
        members = _use_of(part.type)
        if part.default is not None:
            members["$DefaultValue"] = _default(part.default, part.type)
        return {**members, **self.annotations(part.annotations)}

    def navigation_property(self, navigation: NavigationProperty) -> Members:
        members: Members = {"$Kind": "NavigationProperty", "$Type": navigation.target}
        nullable = navigation.nullable and not navigation.collection
        members.update(_flags({"$Collection": navigation.collection, "$Nullable": nullable}))
        if navigation.partner is not None:
            members["$Partner"] = navigation.partner
        members.update(_flags({"$ContainsTarget": navigation.contains_target}))
        if navigation.referential_constraints:
            constraints: Members = {}
            for constraint in navigation.referential_constraints:
                constraints[constraint.property] = constraint.referenced_property
                constraints.update(self.annotations(constraint.annotations, of=constraint.property))
            members["$ReferentialConstraint"] = constraints
        if navigation.on_delete is not None:
            members["$OnDelete"] = navigation.on_delete
            members.update(self.annotations(navigation.on_delete_annotations, of="$OnDelete"))
        return {**members, **self.annotations(navigation.annotations)}

    def enum_type(self, declared: EnumType) -> Members:
        members: Members = {"$Kind": "EnumType"}
        if declared.underlying != "Edm.Int32":
            members["$UnderlyingType"] = declared.underlying
        members.update(_flags({"$IsFlags": declared.is_flags}))
        for member in declared.members:
            members[member.name] = member.value
            members.update(self.annotations(member.annotations, of=member.name))
        return {**members, **self.annotations(declared.annotations)}

    def operation(self, operation: Operation) -> Members:
        members: Members = {"$Kind": "Action" if isinstance(operation, Action) else "Function"}
        composable = not isinstance(operation, Action) and operation.composable
        members.update(_flags({"$IsBound": operation.bound, "$IsComposable": composable}))
        if operation.entity_set_path is not None:
            members["$EntitySetPath"] = operation.entity_set_path
        if operation.parameters:
            members["$Parameter"] = [
                {"$Name": parameter.name, **_use_of(parameter.type), **self.annotations(parameter.annotations)}
                for parameter in operation.parameters
            ]
        returned = operation.return_type
        if returned is not None:
            members["$ReturnType"] = {**self.result(returned.type), **self.annotations(returned.annotations)}
        return {**members, **self.annotations(operation.annotations)}

    def result(self, type_ref: TypeRef) -> Members:
        """The type of what an operation gives; of collections of entities nothing says that they have nulls (12.8)."""
        gives_entities = type_ref.collection and isinstance(self.schema.types.get(type_ref.name), EntityType)
        return _use_of(replace(type_ref, nullable=False) if gives_entities else type_ref)

    def term(self, term: Term) -> Members:
        members: Members = {"$Kind": "Term", **_use_of(term.type)}
        if term.base is not None:
            members["$BaseTerm"] = term.base
        if term.default is not None:
            members["$DefaultValue"] = term.default
        if term.applies_to:
            members["$AppliesTo"] = list(term.applies_to)
        return {**members, **self.annotations(term.annotations)}

    def container(self) -> Members:
        container = self.schema.container
        members: Members = {"$Kind": "EntityContainer"}
        if container.extends is not None:
            members["$Extends"] = container.extends
        for child in container.children():
            members[child.name] = {**_child(child), **self.annotations(child.annotations)}
        return {**members, **self.annotations(container.annotations)}


def _of_one_kind(overloads: tuple[Operation, ...]) -> Sequence[Operation]:
    """The overloads of the kind that most have: in JSON one name holds either actions or functions (CSDL JSON 12.1)."""
    actions = [overload for overload in overloads if isinstance(overload, Action)]
    functions = [overload for overload in overloads if not isinstance(overload, Action)]
    return actions if len(actions) > len(functions) else functions


def _child(child: EntitySet | Singleton | ActionImport | FunctionImport) -> Members:
    match child:
        case EntitySet():
            listed: Members = {} if child.include_in_service_document else {"$IncludeInServiceDocument": False}
            return {"$Collection": True, "$Type": child.entity_type, **_bindings(child.navigation_bindings), **listed}
        case Singleton():
            nullable = _flags({"$Nullable": child.nullable})
            return {"$Type": child.entity_type, **nullable, **_bindings(child.navigation_bindings)}
        case ActionImport():
            return {"$Action": child.action, **({"$EntitySet": child.entity_set} if child.entity_set else {})}
        case FunctionImport():
            imported: Members = {"$Function": child.function}
            if child.entity_set:
                imported["$EntitySet"] = child.entity_set
            return {**imported, **_flags({"$IncludeInServiceDocument": child.include_in_service_document})}


def _bindings(bindings: tuple[NavigationBinding, ...]) -> Members:
    if not bindings:
        return {}
    return {"$NavigationPropertyBinding": {binding.path: binding.target for binding in bindings}}


def _include_annotations(found: IncludeAnnotations) -> Members:
    members: Members = {"$TermNamespace": found.term_namespace}
    if found.qualifier is not None:
        members["$Qualifier"] = found.qualifier
    if found.target_namespace is not None:
        members["$TargetNamespace"] = found.target_namespace
    return members


def _flags(flags: dict[str, bool]) -> Members:
    return {name: True for name, is_set in flags.items() if is_set}


def _use_of(type_ref: TypeRef) -> Members:
    members: Members = {} if type_ref.name == "Edm.String" else {"$Type": type_ref.name}
    members.update(_flags({"$Collection": type_ref.collection, "$Nullable": type_ref.nullable}))
    return {**members, **_facets(type_ref.facets)}


def _facets(facets: Facets) -> Members:
    stated = {
        "$MaxLength": facets.max_length if isinstance(facets.max_length, int) else None,
        "$Precision": facets.precision,
        "$Scale": facets.scale,
        "$SRID": None if facets.srid is None else str(facets.srid),
        "$Unicode": facets.unicode,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _default(value: object, type_ref: TypeRef) -> object:
    """The JSON of a default, as a body has it (CSDL JSON 7.2.7)."""
    kind = kind_of(type_ref)
    if kind in {Kind.BOOLEAN, Kind.INTEGER} or (isinstance(value, str) and kind in (None, Kind.ENUMERATION)):
        return value
    assert isinstance(value, PrimitiveValue), "defaults are primitive values"
    text = print_value(value, type_ref)
    is_number = isinstance(value, float | Decimal) and math.isfinite(value)
    return orjson.Fragment(text.encode("ascii")) if is_number else text


def _local(name: str) -> str:
    return name.rpartition(".")[2]
