"""Entity containers of CSDL 1 to 3: the one that version 4 has holds what they hold."""

from collections.abc import Iterator

from odata_service.definition.edmx_v2_document import METADATA, Document, local, remove, tag, take
from odata_service.definition.edmx_v2_navigation import Navigations, bind
from odata_service.definition.edmx_v2_operations import modernise_function_import
from odata_service.definition.safe_xml import Element, line_of

_IS_DEFAULT = f"{METADATA}IsDefaultEntityContainer"
_QUALIFIED = {"EntitySet": "EntityType", "AssociationSet": "Association"}
_CHILDREN = ("EntitySet", "AssociationSet", "ActionImport", "FunctionImport")


def modernise_containers(document: Document, navigations: Navigations) -> None:
    """Rewrites the containers into one: the default, or where none says so the first, holds the children of all."""
    found = list(document.each("EntityContainer"))
    for namespace, container in found:
        for child in list(container.iterchildren(*(tag(name) for name in _QUALIFIED))):
            attribute = _QUALIFIED[local(child)]
            child.set(attribute, document.qualified(child, attribute, namespace))
        for function_import in list(container.iterchildren(tag("FunctionImport"))):
            modernise_function_import(function_import, namespace, document)
        for name in ("LazyLoadingEnabled", "Extends"):
            take(container, name)
    if found:
        default = next((known for _, known in found if known.get(_IS_DEFAULT) == "true"), found[0][1])
        for _, other in found:
            if other is not default:
                _merge(other, default, document)
        bind(default, navigations, document)


def _merge(container: Element, into: Element, document: Document) -> None:
    names = {_kind_and_name(child): child for child in _children(into)}
    message = f"A service has one container: what '{container.get('Name')}' holds becomes part of '{into.get('Name')}'."
    document.say("info", container, message)
    for child in list(_children(container)):
        known = names.get(_kind_and_name(child))
        if known is None:
            into.append(child)
        else:
            message = f"'{child.get('Name')}' of container '{container.get('Name')}' is left out: line {line_of(known)}"
            document.say("warning", child, f"{message} has one of that name.")
    remove(container)


def _kind_and_name(child: Element) -> tuple[bool, str]:
    """What must differ among the children of a container; association sets have names of their own."""
    return local(child) == "AssociationSet", child.get("Name", "")


def _children(container: Element) -> Iterator[Element]:
    yield from container.iterchildren(*(tag(name) for name in _CHILDREN))
