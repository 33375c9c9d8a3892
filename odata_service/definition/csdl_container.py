"""The entity container of CSDL XML (CSDL XML 13)."""

from collections.abc import Iterator

from lxml import etree

from odata_service.definition.csdl_expressions import AnnotationReader
from odata_service.definition.csdl_facets import read_boolean
from odata_service.definition.csdl_grammar import EDM
from odata_service.definition.safe_xml import Element, line_of
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import ActionImport, EntitySet, FunctionImport, NavigationBinding, Singleton
from odata_service.errors import Origin, Problem


def read_container(element: Element, name: str, reader: AnnotationReader, builder: SchemaBuilder) -> None:
    """Adds a container and its children."""
    extends = element.get("Extends")
    builder.set_container(
        name,
        _origin(element, reader),
        extends=reader.names.qualified(extends) if extends else None,
        annotations=reader.annotations(element),
    )
    for child in element.iterchildren(f"{{{EDM}}}*"):
        match etree.QName(child).localname:
            case "EntitySet":
                builder.add_entity_set(_entity_set(child, reader))
            case "Singleton":
                builder.add_singleton(_singleton(child, reader))
            case "ActionImport":
                builder.add_action_import(_action_import(child, reader))
            case "FunctionImport":
                builder.add_function_import(_function_import(child, reader))
            case _:
                continue


def _entity_set(element: Element, reader: AnnotationReader) -> EntitySet:
    return EntitySet(
        element.get("Name", ""),
        reader.names.qualified(element.get("EntityType", "")),
        tuple(_bindings(element, reader)),
        include_in_service_document=_boolean(element, "IncludeInServiceDocument", reader) is not False,
        annotations=reader.annotations(element),
        origin=_origin(element, reader),
    )


def _singleton(element: Element, reader: AnnotationReader) -> Singleton:
    return Singleton(
        element.get("Name", ""),
        reader.names.qualified(element.get("Type", "")),
        tuple(_bindings(element, reader)),
        nullable=_boolean(element, "Nullable", reader) is True,
        annotations=reader.annotations(element),
        origin=_origin(element, reader),
    )


def _bindings(element: Element, reader: AnnotationReader) -> Iterator[NavigationBinding]:
    for child in element.iterchildren(f"{{{EDM}}}NavigationPropertyBinding"):
        path, target = reader.names.path(child.get("Path", "")), reader.names.path(child.get("Target", ""))
        yield NavigationBinding(path, target, _origin(child, reader))


def _action_import(element: Element, reader: AnnotationReader) -> ActionImport:
    return ActionImport(
        element.get("Name", ""),
        reader.names.qualified(element.get("Action", "")),
        _entity_set_path(element, reader),
        reader.annotations(element),
        _origin(element, reader),
    )


def _function_import(element: Element, reader: AnnotationReader) -> FunctionImport:
    return FunctionImport(
        element.get("Name", ""),
        reader.names.qualified(element.get("Function", "")),
        _entity_set_path(element, reader),
        _boolean(element, "IncludeInServiceDocument", reader) is True,
        reader.annotations(element),
        _origin(element, reader),
    )


def _entity_set_path(element: Element, reader: AnnotationReader) -> str | None:
    text = element.get("EntitySet")
    return reader.names.path(text) if text else None


def _boolean(element: Element, name: str, reader: AnnotationReader) -> bool | None:
    def report(message: str) -> None:
        reader.report(Problem("error", message, _origin(element, reader)))

    return read_boolean(element, name, report)


def _origin(element: Element, reader: AnnotationReader) -> Origin:
    return Origin(reader.file, line_of(element))
