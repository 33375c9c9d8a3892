"""CSDL XML: a schema as the `$metadata` document, in the 4.0 or the 4.01 form (CSDL XML 4.01).

Elements stand in the order that the official schemas ask for, terms are spelled with their whole namespace, so that a
strict reader needs nothing but this document.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from lxml import etree

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

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"

Element = etree._Element

_DEFAULT_NAMESPACE: dict[str, str] = {None: EDM}  # type: ignore[dict-item]  # the stubs know no default namespace

# XML 1.0, 2.2 has no way to write these, not even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_PRECISE = frozenset({Kind.DECIMAL, Kind.INSTANT, Kind.TIME_OF_DAY, Kind.DURATION})
_SIZED = frozenset({Kind.STRING, Kind.BINARY, Kind.STREAM})
_GEO = frozenset({Kind.GEOGRAPHY, Kind.GEOMETRY})


def write_xml(schema: Schema, version: Literal["4.0", "4.01"], filter_functions: Sequence[str]) -> bytes:
    """The document as UTF-8; `filter_functions` are announced as what $filter takes."""
    root = etree.Element(f"{{{EDMX}}}Edmx", {"Version": str(version)}, nsmap={"edmx": EDMX})
    for namespace, url in VOCABULARY_URLS.items():
        reference = etree.SubElement(root, f"{{{EDMX}}}Reference", {"Uri": url})
        alias = namespace.split(".")[2]
        etree.SubElement(reference, f"{{{EDMX}}}Include", {"Namespace": namespace, "Alias": alias})
    services = etree.SubElement(root, f"{{{EDMX}}}DataServices")
    for namespace in schema.namespaces:
        element = etree.SubElement(services, f"{{{EDM}}}Schema", {"Namespace": namespace}, nsmap=_DEFAULT_NAMESPACE)
        _schema(element, namespace, schema, filter_functions)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def _schema(parent: Element, namespace: str, schema: Schema, filter_functions: Sequence[str]) -> None:
    for declared in schema.types.values():
        if declared.name.rpartition(".")[0] == namespace:
            _type(parent, declared)
    container = schema.container
    if container.name.rpartition(".")[0] != namespace:
        return
    element = _sub(parent, "EntityContainer", Name=container.name.rpartition(".")[2])
    for entity_set in container.entity_sets.values():
        _entity_set(element, entity_set, filter_functions)
    _annotate(element, (*container.annotations, *container_annotations(filter_functions)))


def _type(parent: Element, declared: StructuredType) -> None:
    is_entity = isinstance(declared, EntityType)
    attributes = {
        "Name": declared.name.rpartition(".")[2],
        "BaseType": declared.base,
        "Abstract": "true" if declared.abstract else None,
        "OpenType": "true" if declared.open else None,
        "HasStream": "true" if isinstance(declared, EntityType) and declared.has_stream else None,
    }
    element = _sub(parent, "EntityType" if is_entity else "ComplexType", **attributes)
    if isinstance(declared, EntityType) and declared.key:
        key = _sub(element, "Key")
        for reference in declared.key:
            _sub(key, "PropertyRef", Name=reference.path, Alias=reference.alias)
    for part in declared.properties:
        _property(element, part)
    for navigation in declared.navigation_properties:
        _navigation_property(element, navigation)
    _annotate(element, declared.annotations)


def _property(parent: Element, part: Property) -> None:
    default = None
    if part.default is not None:
        assert isinstance(part.default, PrimitiveValue), "defaults are primitive values"
        default = _writable(print_value(part.default, part.type))
    element = _sub(
        parent,
        "Property",
        Name=part.name,
        Type=str(part.type),
        Nullable=None if part.type.nullable else "false",
        **_facets(part.type),
        DefaultValue=default,
    )
    _annotate(element, part.annotations)


def _facets(type_ref: TypeRef) -> dict[str, str | None]:
    """The facets that apply to the type: strict readers refuse all others."""
    facets, kind = type_ref.facets, kind_of(TypeRef(type_ref.name))
    stated = {
        "MaxLength": facets.max_length if kind in _SIZED else None,
        "Precision": facets.precision if kind in _PRECISE else None,
        "Scale": facets.scale if kind is Kind.DECIMAL else None,
        "SRID": facets.srid if kind in _GEO else None,
    }
    texts = {name: None if value is None else str(value) for name, value in stated.items()}
    texts["Unicode"] = "false" if kind is Kind.STRING and facets.unicode is False else None
    return texts


def _navigation_property(parent: Element, navigation: NavigationProperty) -> None:
    element = _sub(
        parent,
        "NavigationProperty",
        Name=navigation.name,
        Type=str(navigation.type),
        Nullable=None if navigation.nullable or navigation.collection else "false",
        Partner=navigation.partner,
        ContainsTarget="true" if navigation.contains_target else None,
    )
    for constraint in navigation.referential_constraints:
        _sub(
            element,
            "ReferentialConstraint",
            Property=constraint.property,
            ReferencedProperty=constraint.referenced_property,
        )
    if navigation.on_delete is not None:
        _sub(element, "OnDelete", Action=navigation.on_delete)
    _annotate(element, navigation.annotations)


def _entity_set(parent: Element, entity_set: EntitySet, filter_functions: Sequence[str]) -> None:
    element = _sub(parent, "EntitySet", Name=entity_set.name, EntityType=entity_set.entity_type)
    for binding in entity_set.navigation_bindings:
        _sub(element, "NavigationPropertyBinding", Path=binding.path, Target=binding.target)
    _annotate(element, (*entity_set.annotations, *set_annotations(entity_set, filter_functions)))


def _annotate(parent: Element, annotations: Sequence[Annotation]) -> None:
    for annotation in annotations:
        if not annotation.term.startswith(f"{STORAGE}."):
            element = _sub(parent, "Annotation", Term=annotation.term, Qualifier=annotation.qualifier)
            _expression(element, annotation.value)


def _expression(element: Element, value: Value) -> None:
    """A value as an attribute where it is constant, as child elements where it is made of others."""
    match value:
        case Record(values, type_name):
            record = _sub(element, "Record", Type=type_name)
            for name, member in values.items():
                _expression(_sub(record, "PropertyValue", Property=name), member)
        case tuple():
            collection = _sub(element, "Collection")
            for member in value:
                _member(collection, member)
        case _:
            name, text = _constant(value)
            element.set(name, text)


def _member(collection: Element, value: Value) -> None:
    if isinstance(value, Record):
        holder = etree.Element(f"{{{EDM}}}Annotation")
        _expression(holder, value)
        collection.append(holder[0])
        return
    assert not isinstance(value, tuple), "collections hold no collections"
    name, text = _constant(value)
    _sub(collection, name).text = text


def _constant(value: bool | int | str | EnumMember | PropertyPath) -> tuple[str, str]:
    match value:
        case bool():
            return "Bool", "true" if value else "false"
        case int():
            return "Int", str(value)
        case str():
            return "String", _writable(value)
        case EnumMember(type_name, members):
            return "EnumMember", " ".join(f"{type_name}/{member}" for member in members)
        case PropertyPath(path):
            return "PropertyPath", path


def _writable(text: str) -> str:
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _sub(parent: Element, tag: str, **attributes: str | None) -> Element:
    return etree.SubElement(parent, f"{{{EDM}}}{tag}", dict(_stated(attributes)))


def _stated(attributes: dict[str, str | None]) -> Iterator[tuple[str, str]]:
    for name, value in attributes.items():
        if value is not None:
            yield name, value
