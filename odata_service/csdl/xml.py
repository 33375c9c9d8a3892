"""CSDL XML: a schema as a document, in the 4.0 or the 4.01 form (CSDL XML 4.01).

Elements stand in the order that the official schemas ask for; names are spelled with their whole namespaces, so that a
strict reader needs nothing but this document.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeVar

from odata_service.csdl.told import Told, is_of_storage, told
from odata_service.csdl.xml_elements import Element, annotate, boolean, printed, root, sub
from odata_service.edm.annotations import Annotation
from odata_service.edm.chosen import ChosenAnnotations
from odata_service.edm.document import ExternalAnnotations, Reference, Term
from odata_service.edm.model import (
    ActionImport,
    ComplexType,
    EntityContainer,
    EntitySet,
    EntityType,
    EnumType,
    FunctionImport,
    NavigationProperty,
    Property,
    Schema,
    SchemaType,
    Singleton,
    StructuredType,
    TypeDefinition,
)
from odata_service.edm.operations import Action, Operation, Parameter
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, print_value

Part = TypeVar("Part")

_OF_SAP = "com.sap.vocabularies."


def write_xml(
    schema: Schema,
    version: Literal["4.0", "4.01"],
    *,
    storage: bool = False,
    chosen: ChosenAnnotations | None = None,
) -> bytes:
    """The document as UTF-8; with `storage` also the annotations that say where values are kept.

    Of all others those are told that are `chosen`. What is said of an entity set is much: it stands behind the
    container, so that the list of sets stays one; where it says how the set is kept, it moves with the set when people
    edit the document, and stands in it. SAP's own terms stand behind what they are said of, too, but with `storage`:
    SAP's edmx-parser, by which tools for Fiori read, takes no others.
    """
    document = root(version)
    writer = _Writer(schema, told(storage=storage, chosen=chosen), parts_sap=not storage, states_nulls=version != "4.0")
    for reference in schema.references:
        writer.reference(document, reference)
    services = sub(document, "DataServices")
    for namespace in schema.namespaces:
        writer.schema_element(services, namespace)
    return printed(document)


Parts = dict[str, list[Part]]


def _by_namespace(parts: Mapping[str, Part]) -> Parts[Part]:
    found: Parts[Part] = {}
    for name, part in parts.items():
        found.setdefault(name.rpartition(".")[0], []).append(part)
    return found


class _Writer:
    """Writes one schema; knows which annotations are wanted.

    `states_nulls`: of each property that is a collection it is said whether members may be null, as 4.01 demands it.
    """

    def __init__(self, schema: Schema, is_told: Told, *, parts_sap: bool, states_nulls: bool) -> None:
        self.schema = schema
        self.is_told = is_told
        self.parts_sap = parts_sap
        self.states_nulls = states_nulls
        self.annotate = annotate(is_told)
        self.types = _by_namespace(schema.types)
        self.operations = _by_namespace(schema.operations)
        self.terms = _by_namespace(schema.terms)
        self.apart: list[ExternalAnnotations] = []

    def reference(self, parent: Element, reference: Reference) -> None:
        element = sub(parent, "Reference", Uri=reference.uri)
        for include in reference.includes:
            child = sub(element, "Include", Namespace=include.namespace, Alias=include.alias)
            self.annotate(child, include.annotations)
        for wanted in reference.include_annotations:
            sub(
                element,
                "IncludeAnnotations",
                TermNamespace=wanted.term_namespace,
                Qualifier=wanted.qualifier,
                TargetNamespace=wanted.target_namespace,
            )
        self.annotate(element, reference.annotations)

    def schema_element(self, services: Element, namespace: str) -> None:
        declared = self.schema.declared_namespaces.get(namespace)
        alias = declared.alias if declared is not None else None
        element = sub(services, "Schema", Namespace=namespace, Alias=alias or None)
        for found in self.types.get(namespace, ()):
            self.type(element, found)
        for overloads in self.operations.get(namespace, ()):
            for overload in overloads:
                self.operation(element, overload)
        for term in self.terms.get(namespace, ()):
            self.term(element, term)
        if self.schema.container.name.rpartition(".")[0] == namespace and any(self.schema.container.children()):
            # A container without children is none: the standard's schema demands one child at least.
            self.container(element, self.schema.container)
        outside = self.schema.external_annotations if namespace == self.schema.namespaces[0] else ()
        for external in (*self.apart, *outside):
            self.external(element, external)
        self.apart.clear()
        self.annotate(element, declared.annotations if declared is not None else ())

    def type(self, parent: Element, declared: SchemaType) -> None:
        match declared:
            case EntityType() | ComplexType():
                self.structured_type(parent, declared)
            case EnumType():
                self.enum_type(parent, declared)
            case TypeDefinition():
                element = sub(
                    parent,
                    "TypeDefinition",
                    Name=_local(declared.name),
                    UnderlyingType=declared.underlying,
                    **_facets(TypeRef(declared.underlying, facets=declared.facets)),
                )
                self.say(element, declared.annotations, declared.name)

    def structured_type(self, parent: Element, declared: StructuredType) -> None:
        is_entity = isinstance(declared, EntityType)
        element = sub(
            parent,
            "EntityType" if is_entity else "ComplexType",
            Name=_local(declared.name),
            BaseType=declared.base,
            Abstract=boolean(declared.abstract),
            OpenType=boolean(declared.open),
            HasStream=boolean(isinstance(declared, EntityType) and declared.has_stream),
        )
        if isinstance(declared, EntityType) and declared.key:
            key = sub(element, "Key")
            for reference in declared.key:
                sub(key, "PropertyRef", Name=reference.path, Alias=reference.alias)
        for part in declared.properties:
            self.property(element, part, declared.name)
        for navigation in declared.navigation_properties:
            self.navigation_property(element, navigation, declared.name)
        self.say(element, declared.annotations, declared.name)

    def property(self, parent: Element, part: Property, holder: str) -> None:
        element = sub(
            parent,
            "Property",
            Name=part.name,
            Type=str(part.type),
            Nullable=_nullable(part.type) or ("true" if part.type.collection and self.states_nulls else None),
            **_facets(part.type),
            DefaultValue=default_text(part),
        )
        self.say(element, part.annotations, f"{holder}/{part.name}")

    def navigation_property(self, parent: Element, navigation: NavigationProperty, holder: str) -> None:
        element = sub(
            parent,
            "NavigationProperty",
            Name=navigation.name,
            Type=str(navigation.type),
            Nullable=None if navigation.nullable or navigation.collection else "false",
            Partner=navigation.partner,
            ContainsTarget=boolean(navigation.contains_target),
        )
        for constraint in navigation.referential_constraints:
            names = {"Property": constraint.property, "ReferencedProperty": constraint.referenced_property}
            self.annotate(sub(element, "ReferentialConstraint", **names), constraint.annotations)
        if navigation.on_delete is not None:
            self.annotate(sub(element, "OnDelete", Action=navigation.on_delete), navigation.on_delete_annotations)
        self.say(element, navigation.annotations, f"{holder}/{navigation.name}")

    def enum_type(self, parent: Element, declared: EnumType) -> None:
        element = sub(
            parent,
            "EnumType",
            Name=_local(declared.name),
            UnderlyingType=None if declared.underlying == "Edm.Int32" else declared.underlying,
            IsFlags=boolean(declared.is_flags),
        )
        for member in declared.members:
            child = sub(element, "Member", Name=member.name, Value=str(member.value))
            self.say(child, member.annotations, f"{declared.name}/{member.name}")
        self.say(element, declared.annotations, declared.name)

    def operation(self, parent: Element, operation: Operation) -> None:
        is_action = isinstance(operation, Action)
        element = sub(
            parent,
            "Action" if is_action else "Function",
            Name=_local(operation.name),
            IsBound=boolean(operation.bound),
            IsComposable=boolean(not isinstance(operation, Action) and operation.composable),
            EntitySetPath=operation.entity_set_path,
        )
        for parameter in operation.parameters:
            self.parameter(element, parameter)
        returned = operation.return_type
        if returned is not None:
            child = sub(element, "ReturnType", **_use_of(returned.type))
            self.annotate(child, returned.annotations)
        self.annotate(element, operation.annotations)

    def parameter(self, parent: Element, parameter: Parameter) -> None:
        self.annotate(sub(parent, "Parameter", Name=parameter.name, **_use_of(parameter.type)), parameter.annotations)

    def term(self, parent: Element, term: Term) -> None:
        element = sub(
            parent,
            "Term",
            Name=_local(term.name),
            **_use_of(term.type),
            BaseTerm=term.base,
            DefaultValue=term.default,
            AppliesTo=" ".join(term.applies_to) or None,
        )
        self.annotate(element, term.annotations)

    def external(self, parent: Element, external: ExternalAnnotations) -> None:
        if any(map(self.is_told, external.annotations)):
            element = sub(parent, "Annotations", Target=external.target, Qualifier=external.qualifier)
            self.annotate(element, external.annotations)

    def container(self, parent: Element, container: EntityContainer) -> None:
        element = sub(parent, "EntityContainer", Name=_local(container.name), Extends=container.extends)
        for child in container.children():
            added, target = _child(element, child), f"{container.name}/{child.name}"
            if isinstance(child, EntitySet) and not any(map(self._is_of_storage, child.annotations)):
                self.apart.append(ExternalAnnotations(target, child.annotations))
            else:
                self.say(added, child.annotations, target)
        self.say(element, container.annotations, container.name)

    def say(self, element: Element, annotations: Sequence[Annotation], target: str) -> None:
        """Adds what is said of an element, and keeps for the end of the schema what readers look for there."""
        apart = tuple(annotation for annotation in annotations if annotation.term.startswith(_OF_SAP))
        if apart and self.parts_sap:
            self.apart.append(ExternalAnnotations(target, apart))
            annotations = [annotation for annotation in annotations if not annotation.term.startswith(_OF_SAP)]
        self.annotate(element, annotations)

    def _is_of_storage(self, annotation: Annotation) -> bool:
        return is_of_storage(annotation) and self.is_told(annotation)


def _child(parent: Element, child: EntitySet | Singleton | ActionImport | FunctionImport) -> Element:
    match child:
        case EntitySet():
            listed = None if child.include_in_service_document else "false"
            element = sub(
                parent, "EntitySet", Name=child.name, EntityType=child.entity_type, IncludeInServiceDocument=listed
            )
        case Singleton():
            element = sub(
                parent, "Singleton", Name=child.name, Type=child.entity_type, Nullable=boolean(child.nullable)
            )
        case ActionImport():
            return sub(parent, "ActionImport", Name=child.name, Action=child.action, EntitySet=child.entity_set)
        case FunctionImport():
            return sub(
                parent,
                "FunctionImport",
                Name=child.name,
                Function=child.function,
                EntitySet=child.entity_set,
                IncludeInServiceDocument=boolean(child.include_in_service_document),
            )
    for binding in child.navigation_bindings:
        sub(element, "NavigationPropertyBinding", Path=binding.path, Target=binding.target)
    return element


def _use_of(type_ref: TypeRef) -> dict[str, str | None]:
    return {"Type": str(type_ref), "Nullable": _nullable(type_ref), **_facets(type_ref)}


def _nullable(type_ref: TypeRef) -> str | None:
    return None if type_ref.nullable else "false"


def default_text(part: Property) -> str | None:
    """The text of a property's default, None where there is none."""
    if part.default is None or not isinstance(part.default, PrimitiveValue):
        return None
    is_text = isinstance(part.default, str) and kind_of(part.type) in (None, Kind.ENUMERATION)
    return str(part.default) if is_text else print_value(part.default, part.type)


_FACETS = (
    ("MaxLength", "max_length"),
    ("Precision", "precision"),
    ("Scale", "scale"),
    ("SRID", "srid"),
    ("Unicode", "unicode"),
)


def _facets(type_ref: TypeRef) -> dict[str, str | None]:
    facets = type_ref.facets
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, facet in _FACETS
        if (value := getattr(facets, facet)) is not None
    }


def _local(name: str) -> str:
    return name.rpartition(".")[2]
