"""CSDL JSON 4.01: the same schema as a JSON document (CSDL JSON 4.01). There is no 4.0 form of it."""

from collections.abc import Sequence

import orjson

from odata_service.csdl.capabilities import container_annotations, set_annotations
from odata_service.edm.annotations import (
    STORAGE,
    VOCABULARY_URLS,
    Annotation,
    EnumMember,
    PropertyPath,
    Record,
    Value,
)
from odata_service.edm.model import EntitySet, EntityType, NavigationProperty, Property, Schema, StructuredType
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, print_value

Members = dict[str, object]


def write_json(schema: Schema, filter_functions: Sequence[str]) -> bytes:
    """The document as UTF-8; `filter_functions` are announced as what $filter takes."""
    document: Members = {
        "$Version": "4.01",
        "$EntityContainer": schema.container.name,
        "$Reference": {
            url: {"$Include": [{"$Namespace": namespace, "$Alias": namespace.split(".")[2]}]}
            for namespace, url in VOCABULARY_URLS.items()
        },
    }
    for namespace in schema.namespaces:
        document[namespace] = _schema(namespace, schema, filter_functions)
    return orjson.dumps(document, option=orjson.OPT_INDENT_2)


def _schema(namespace: str, schema: Schema, filter_functions: Sequence[str]) -> Members:
    members: Members = {
        name.rpartition(".")[2]: _type(declared)
        for name, declared in schema.types.items()
        if name.rpartition(".")[0] == namespace
    }
    container = schema.container
    if container.name.rpartition(".")[0] == namespace:
        sets = {name: _entity_set(found, filter_functions) for name, found in container.entity_sets.items()}
        stated = (*container.annotations, *container_annotations(filter_functions))
        members[container.name.rpartition(".")[2]] = {"$Kind": "EntityContainer", **sets, **_annotations(stated)}
    return members


def _type(declared: StructuredType) -> Members:
    is_entity = isinstance(declared, EntityType)
    members: Members = {"$Kind": "EntityType" if is_entity else "ComplexType"}
    if declared.base is not None:
        members["$BaseType"] = declared.base
    flags = {"$Abstract": declared.abstract, "$OpenType": declared.open}
    if isinstance(declared, EntityType):
        flags["$HasStream"] = declared.has_stream
        if declared.key:
            members["$Key"] = [{part.alias: part.path} if part.alias else part.path for part in declared.key]
    members.update({name: True for name, is_set in flags.items() if is_set})
    members.update({part.name: _property(part) for part in declared.properties})
    members.update({part.name: _navigation_property(part) for part in declared.navigation_properties})
    return {**members, **_annotations(declared.annotations)}


def _property(part: Property) -> Members:
    members: Members = {} if part.type.name == "Edm.String" else {"$Type": part.type.name}
    if part.type.collection:
        members["$Collection"] = True
    if part.type.nullable:
        members["$Nullable"] = True
    members.update(_facets(part.type))
    if part.default is not None:
        members["$DefaultValue"] = _default(part.default, part.type)
    return {**members, **_annotations(part.annotations)}


def _default(value: object, type_ref: TypeRef) -> object:
    assert isinstance(value, PrimitiveValue), "defaults are primitive values"
    if kind_of(type_ref) in {Kind.BOOLEAN, Kind.INTEGER}:
        return value
    return print_value(value, type_ref)


def _facets(type_ref: TypeRef) -> Members:
    facets = type_ref.facets
    stated = {
        "$MaxLength": facets.max_length if isinstance(facets.max_length, int) else None,
        "$Precision": facets.precision,
        "$Scale": facets.scale,
        "$SRID": None if facets.srid is None else str(facets.srid),
        "$Unicode": False if facets.unicode is False else None,
    }
    return {name: value for name, value in stated.items() if value is not None}


def _navigation_property(navigation: NavigationProperty) -> Members:
    members: Members = {"$Kind": "NavigationProperty", "$Type": navigation.target}
    flags = {
        "$Collection": navigation.collection,
        "$Nullable": navigation.nullable and not navigation.collection,
        "$ContainsTarget": navigation.contains_target,
    }
    members.update({name: True for name, is_set in flags.items() if is_set})
    if navigation.partner is not None:
        members["$Partner"] = navigation.partner
    if navigation.referential_constraints:
        members["$ReferentialConstraint"] = {
            constraint.property: constraint.referenced_property for constraint in navigation.referential_constraints
        }
    if navigation.on_delete is not None:
        members["$OnDelete"] = navigation.on_delete
    return {**members, **_annotations(navigation.annotations)}


def _entity_set(entity_set: EntitySet, filter_functions: Sequence[str]) -> Members:
    members: Members = {"$Collection": True, "$Type": entity_set.entity_type}
    if entity_set.navigation_bindings:
        members["$NavigationPropertyBinding"] = {
            binding.path: binding.target for binding in entity_set.navigation_bindings
        }
    return {**members, **_annotations((*entity_set.annotations, *set_annotations(entity_set, filter_functions)))}


def _annotations(annotations: Sequence[Annotation]) -> Members:
    return {
        f"@{annotation.term}" + (f"#{annotation.qualifier}" if annotation.qualifier else ""): _value(annotation.value)
        for annotation in annotations
        if not annotation.term.startswith(f"{STORAGE}.")
    }


def _value(value: Value) -> object:
    match value:
        case Record(values, type_name):
            typed = {"@type": f"#{type_name}"} if type_name else {}
            return {**typed, **{name: _value(member) for name, member in values.items()}}
        case tuple():
            return [_value(member) for member in value]
        case EnumMember(_, members):
            return ",".join(members)
        case PropertyPath(path):
            return path
        case _:
            return value
