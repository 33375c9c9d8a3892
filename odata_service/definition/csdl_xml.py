"""CSDL XML documents, 4.0 and 4.01, become parts of a model (CSDL XML 3 to 14)."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from lxml import etree
from msgspec import Struct, field

from odata_service.definition.csdl_container import read_container
from odata_service.definition.csdl_expressions import AnnotationReader
from odata_service.definition.csdl_facets import read_boolean, read_facets
from odata_service.definition.csdl_grammar import EDM, EDMX
from odata_service.definition.csdl_names import Names
from odata_service.definition.safe_xml import Element, line_of
from odata_service.edm.annotations import Annotation
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.document import (
    ExternalAnnotations,
    Include,
    IncludeAnnotations,
    Namespace,
    Reference,
    Term,
)
from odata_service.edm.model import (
    ComplexType,
    EntityType,
    EnumType,
    KeyProperty,
    Member,
    NavigationProperty,
    Property,
    ReferentialConstraint,
    TypeDefinition,
)
from odata_service.edm.operations import Action, Function, Parameter, ReturnType
from odata_service.edm.types import NO_FACETS, TypeRef
from odata_service.edm.values import parse
from odata_service.errors import Origin, Problem

_WHOLE = re.compile(r"[+-]?\d{1,40}", re.ASCII)
_PROPERTY, _NAVIGATION_PROPERTY, _MEMBER = f"{{{EDM}}}Property", f"{{{EDM}}}NavigationProperty", f"{{{EDM}}}Member"


def read_document(
    root: Element, file: Path, builder: SchemaBuilder, names: Names, namespaces: frozenset[str] = frozenset()
) -> tuple[Reference, ...]:
    """Adds what a document defines; returns its references, whose files the caller may read.

    With `namespaces` only these of its schemas are read, and its references are no part of the model.
    """
    reader = AnnotationReader(names, str(file), builder.problem)
    references = tuple(_reference(element, reader) for element in root.iterchildren(f"{{{EDMX}}}Reference"))
    for reference in references if not namespaces else ():
        builder.add_reference(reference)
    for services in root.iterchildren(f"{{{EDMX}}}DataServices"):
        for schema in services.iterchildren(f"{{{EDM}}}Schema"):
            namespace = schema.get("Namespace", "")
            if not namespaces or namespace in namespaces:
                _SchemaReader(namespace, reader, builder).read(schema)
    return references


def _reference(element: Element, reader: AnnotationReader) -> Reference:
    includes = tuple(
        Include(child.get("Namespace", ""), child.get("Alias"), reader.annotations(child), reader.origin(child))
        for child in element.iterchildren(f"{{{EDMX}}}Include")
    )
    annotations = tuple(
        IncludeAnnotations(child.get("TermNamespace", ""), child.get("Qualifier"), child.get("TargetNamespace"))
        for child in element.iterchildren(f"{{{EDMX}}}IncludeAnnotations")
    )
    return Reference(element.get("Uri", ""), includes, annotations, reader.annotations(element), reader.origin(element))


class _SchemaReader(Struct, frozen=True):
    """Reads one schema of a document."""

    namespace: str
    reader: AnnotationReader
    builder: SchemaBuilder
    plain_types: dict[tuple[str, bool], TypeRef] = field(default_factory=dict)
    """Types without facets by how they are stated, each made once."""

    def read(self, schema: Element) -> None:
        """Adds everything in the schema."""
        annotations = self.reader.annotations(schema)
        self.builder.add_namespace(Namespace(self.namespace, schema.get("Alias"), annotations, self.origin(schema)))
        for element in schema.iterchildren(f"{{{EDM}}}*"):
            add = _PARTS.get(etree.QName(element).localname)
            if add is not None:
                add(self, element)

    def entity_type(self, element: Element) -> None:
        """<EntityType>."""
        self._note_closed(element)
        self.builder.add_type(
            EntityType(
                self.name(element),
                tuple(self._properties(element)),
                tuple(self._key(element)),
                tuple(self._navigation_properties(element)),
                self._qualified(element, "BaseType"),
                self.is_true(element, "Abstract"),
                self.is_true(element, "OpenType"),
                self.is_true(element, "HasStream"),
                self.annotations(element),
                self.origin(element),
            )
        )

    def complex_type(self, element: Element) -> None:
        """<ComplexType>."""
        self._note_closed(element)
        self.builder.add_type(
            ComplexType(
                self.name(element),
                tuple(self._properties(element)),
                tuple(self._navigation_properties(element)),
                self._qualified(element, "BaseType"),
                self.is_true(element, "Abstract"),
                self.is_true(element, "OpenType"),
                self.annotations(element),
                self.origin(element),
            )
        )

    def _note_closed(self, element: Element) -> None:
        if element.get("OpenType") is not None and not self.is_true(element, "OpenType"):
            self.builder.state_closed(self.name(element))

    def _key(self, element: Element) -> Iterator[KeyProperty]:
        for key in element.iterchildren(_tag("Key")):
            for reference in key.iterchildren(_tag("PropertyRef")):
                yield KeyProperty(reference.get("Name", ""), reference.get("Alias"), self.origin(reference))

    def _properties(self, element: Element) -> Iterator[Property]:
        for child in element.iterchildren(_PROPERTY):
            type_ref = self.type_of(child)
            yield Property(
                child.get("Name", ""),
                type_ref,
                self._default(child, type_ref),
                self.annotations(child),
                self.origin(child),
            )

    def _default(self, element: Element, type_ref: TypeRef) -> object:
        """The default as a value where the type is primitive; as text for `resolve` where it is an enumeration."""
        text = element.get("DefaultValue")
        if text is None or not type_ref.is_primitive or type_ref.collection:
            return text
        try:
            return parse(text, type_ref)
        except ValueError as error:
            self.error(element, f"The default of '{element.get('Name')}' does not fit: {error}")
            return None

    def _navigation_properties(self, element: Element) -> Iterator[NavigationProperty]:
        for child in element.iterchildren(_NAVIGATION_PROPERTY):
            target, collection = self.reader.names.type_of(child.get("Type", ""))
            action = next(child.iterchildren(_tag("OnDelete")), None)
            partner = child.get("Partner")
            yield NavigationProperty(
                child.get("Name", ""),
                target,
                collection,
                nullable=self._boolean(child, "Nullable") is not False,
                partner=self.reader.names.path(partner) if partner else None,
                contains_target=self.is_true(child, "ContainsTarget"),
                referential_constraints=tuple(self._constraints(child)),
                on_delete=None if action is None else action.get("Action"),
                on_delete_annotations=() if action is None else self.annotations(action),
                annotations=self.annotations(child),
                origin=self.origin(child),
            )

    def _constraints(self, element: Element) -> Iterator[ReferentialConstraint]:
        for child in element.iterchildren(_tag("ReferentialConstraint")):
            names = self.reader.names
            yield ReferentialConstraint(
                names.path(child.get("Property", "")),
                names.path(child.get("ReferencedProperty", "")),
                self.annotations(child),
                self.origin(child),
            )

    def enum_type(self, element: Element) -> None:
        """<EnumType>: members all have a value or none has."""
        underlying = element.get("UnderlyingType", "Edm.Int32")
        is_flags = self.is_true(element, "IsFlags")
        members = tuple(self._members(element, is_flags))
        annotations, origin = self.annotations(element), self.origin(element)
        self.builder.add_type(EnumType(self.name(element), members, underlying, is_flags, annotations, origin))

    def _members(self, element: Element, is_flags: bool) -> Iterator[Member]:
        members = list(element.iterchildren(_MEMBER))
        unstated = [child for child in members if child.get("Value") is None]
        if is_flags and unstated:
            message = f"'{unstated[0].get('Name')}' is a flag and needs a Value. Write 1, 2, 4 and so on."
            self.error(unstated[0], message)
        elif unstated and len(unstated) < len(members):
            message = "Some members have a Value and others have none: those count on from the one before."
            self.builder.problem(Problem("warning", message, self.origin(element)))
        value = -1
        for child in members:
            text = child.get("Value", str(value + 1))
            if _WHOLE.fullmatch(text):
                value = int(text)
            else:
                self.error(child, f"The Value '{text}' is no whole number.")
                value += 1
            yield Member(child.get("Name", ""), value, self.annotations(child), self.origin(child))

    def type_definition(self, element: Element) -> None:
        """<TypeDefinition>."""
        facets = read_facets(element, self._report_at(element))
        annotations, origin = self.annotations(element), self.origin(element)
        underlying = element.get("UnderlyingType", "")
        self.builder.add_type(TypeDefinition(self.name(element), underlying, facets, annotations, origin))

    def action(self, element: Element) -> None:
        """<Action>."""
        self.builder.add_operation(
            Action(
                self.name(element),
                tuple(self._parameters(element)),
                self._return_type(element),
                self.is_true(element, "IsBound"),
                self._path(element, "EntitySetPath"),
                self.annotations(element),
                self.origin(element),
            )
        )

    def function(self, element: Element) -> None:
        """<Function>."""
        returned = self._return_type(element)
        if returned is None:
            message = f"Function '{self.name(element)}' is left out: it needs a <ReturnType>."
            self.builder.problem(Problem("warning", message, self.origin(element)))
            self.builder.leave_out_operation(self.name(element))
            return
        self.builder.add_operation(
            Function(
                self.name(element),
                returned,
                tuple(self._parameters(element)),
                self.is_true(element, "IsBound"),
                self.is_true(element, "IsComposable"),
                self._path(element, "EntitySetPath"),
                self.annotations(element),
                self.origin(element),
            )
        )

    def _parameters(self, element: Element) -> Iterator[Parameter]:
        for child in element.iterchildren(_tag("Parameter")):
            yield Parameter(child.get("Name", ""), self.type_of(child), self.annotations(child), self.origin(child))

    def _return_type(self, element: Element) -> ReturnType | None:
        child = next(element.iterchildren(_tag("ReturnType")), None)
        if child is None:
            return None
        return ReturnType(self.type_of(child), self.annotations(child), self.origin(child))

    def term(self, element: Element) -> None:
        """<Term>."""
        self.builder.add_term(
            Term(
                self.name(element),
                self.type_of(element),
                self._qualified(element, "BaseTerm"),
                element.get("DefaultValue"),
                tuple(part for part in element.get("AppliesTo", "").split() if "." not in part),
                self.annotations(element),
                self.origin(element),
            )
        )

    def external(self, element: Element) -> None:
        """<Annotations>."""
        target, annotations = self.reader.names.path(element.get("Target", "")), self.annotations(element)
        qualifier = element.get("Qualifier")
        self.builder.annotate_target(ExternalAnnotations(target, annotations, qualifier, self.origin(element)))

    def container(self, element: Element) -> None:
        """<EntityContainer>."""
        read_container(element, self.name(element), self.reader, self.builder)

    def name(self, element: Element) -> str:
        """The qualified name of what the schema defines."""
        return f"{self.namespace}.{element.get('Name', '')}"

    def type_of(self, element: Element) -> TypeRef:
        """The type that an element states, with its facets."""
        text, nullable = element.get("Type", ""), self._boolean(element, "Nullable") is not False
        facets = read_facets(element, self._report_at(element))
        if facets is not NO_FACETS:
            return TypeRef(*self.reader.names.type_of(text), nullable, facets)
        known = self.plain_types.get((text, nullable))
        if known is None:
            known = self.plain_types[text, nullable] = TypeRef(*self.reader.names.type_of(text), nullable, facets)
        return known

    def annotations(self, element: Element) -> tuple[Annotation, ...]:
        """The annotations in an element."""
        return self.reader.annotations(element)

    def is_true(self, element: Element, name: str) -> bool:
        """Whether an attribute is there and true."""
        return self._boolean(element, name) is True

    def _boolean(self, element: Element, name: str) -> bool | None:
        return None if element.get(name) is None else read_boolean(element, name, self._report_at(element))

    def _qualified(self, element: Element, name: str) -> str | None:
        text = element.get(name)
        return self.reader.names.qualified(text) if text else None

    def _path(self, element: Element, name: str) -> str | None:
        text = element.get(name)
        return self.reader.names.path(text) if text else None

    def _report_at(self, element: Element) -> Callable[[str], None]:
        return lambda message: self.error(element, message)

    def error(self, element: Element, message: str) -> None:
        """Notes what is wrong with an element."""
        self.builder.problem(Problem("error", message, self.origin(element)))

    def origin(self, element: Element) -> Origin:
        """Where an element stands."""
        return Origin(self.reader.file, line_of(element))


_PARTS: dict[str, Callable[[_SchemaReader, Element], None]] = {
    "EntityType": _SchemaReader.entity_type,
    "ComplexType": _SchemaReader.complex_type,
    "EnumType": _SchemaReader.enum_type,
    "TypeDefinition": _SchemaReader.type_definition,
    "Action": _SchemaReader.action,
    "Function": _SchemaReader.function,
    "Term": _SchemaReader.term,
    "Annotations": _SchemaReader.external,
    "EntityContainer": _SchemaReader.container,
}


def _tag(name: str) -> str:
    return f"{{{EDM}}}{name}"
