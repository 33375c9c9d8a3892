"""What a CSDL XML document says of itself: its version, and what it may hold then; its schemas, and their names."""

from collections.abc import Iterator

from lxml import etree

from odata_service.definition.csdl_grammar import EDM, EDMX
from odata_service.definition.csdl_names import Declared
from odata_service.definition.safe_xml import Element, line_of
from odata_service.edm.versions import NEWER_OPERATORS, NEWER_PATHS, NEWER_TYPES
from odata_service.errors import Origin, Problem

VERSIONS = ("4.0", "4.01")
_ELEMENTS = sorted(NEWER_OPERATORS | NEWER_PATHS)
_ATTRIBUTES = (("Annotation", "ModelElementPath"), ("PropertyValue", "ModelElementPath"), ("Singleton", "Nullable"))
_TYPED = ("Parameter", "Property", "ReturnType", "Term")


def declared_in(root: Element, file: str) -> Iterator[Declared]:
    """The namespaces that a document defines or includes, with their aliases."""
    for element in root.iter(f"{{{EDMX}}}Include", f"{{{EDM}}}Schema"):
        yield element.get("Namespace", ""), element.get("Alias"), Origin(file, line_of(element))


def document_problems(root: Element, file: str) -> Iterator[Problem]:
    """What is wrong with a document as a whole."""
    version = root.get("Version", "")
    if version and version not in VERSIONS:
        message = f"The document is of Version '{version}', and {' and '.join(VERSIONS)} are read."
        yield Problem("error" if not version.startswith("4") else "warning", message, Origin(file, line_of(root)))
    if version == "4.0":
        yield from _newer_constructs(root, file)
    first: dict[str, int] = {}
    for element in root.iter(f"{{{EDM}}}Schema"):
        namespace, line = element.get("Namespace", ""), line_of(element)
        if first.setdefault(namespace, line) != line:
            message = f"The document has a schema '{namespace}' already, in line {first[namespace]}"
            yield Problem("warning", f"{message}: both are read as one.", Origin(file, line))
    if not first:
        yield Problem("error", "The document holds no <Schema> in <DataServices>.", Origin(file, line_of(root)))


def _newer_constructs(root: Element, file: str) -> Iterator[Problem]:
    """The constructs of 4.01 in a document that readers of 4.0 take for theirs, each with its place."""
    for element in root.iter(*(f"{{{EDM}}}{name}" for name in _ELEMENTS)):
        yield _newer(f"<{etree.QName(element).localname}>", element, file)
    for name, attribute in _ATTRIBUTES:
        for element in root.iter(f"{{{EDM}}}{name}"):
            if attribute in element.attrib:
                yield _newer(f"{attribute} of <{name}>", element, file)
    for element in root.iter(*(f"{{{EDM}}}{name}" for name in _TYPED)):
        type_name = element.get("Type", "").removeprefix("Collection(").removesuffix(")")
        if type_name in NEWER_TYPES:
            yield _newer(f"The type {type_name}", element, file)
        if element.get("Scale") == "floating":
            yield _newer('Scale="floating"', element, file)


def _newer(what: str, element: Element, file: str) -> Problem:
    message = f'{what} is new in version 4.01, and the document says 4.0. Write Version="4.01".'
    return Problem("warning", message, Origin(file, line_of(element)))
