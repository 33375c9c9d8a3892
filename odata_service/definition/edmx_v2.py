"""OData V2 and V3 documents (EDMX with CSDL 1 to 3) become documents of version 4, which `csdl_xml` then reads.

Rewriting the tree keeps each element's line, so that whatever is found later is told at its place.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

from odata_service.definition.csdl_grammar import EDM, EDMX, MOST, grammar_problems, is_old, replace_namespaces
from odata_service.definition.csdl_names import Names
from odata_service.definition.edmx_v2_associations import read_associations
from odata_service.definition.edmx_v2_container import modernise_containers
from odata_service.definition.edmx_v2_document import METADATA, Document, add, annotate, local, place, remove, tag, take
from odata_service.definition.edmx_v2_grammar import RULES_V2
from odata_service.definition.edmx_v2_navigation import modernise_navigation
from odata_service.definition.edmx_v2_sap import annotate_sap
from odata_service.definition.edmx_v2_types import modernise_types
from odata_service.definition.safe_xml import Element
from odata_service.edm.annotations import (
    CORE,
    DESCRIPTION,
    LONG_DESCRIPTION,
    OPTIMISTIC_CONCURRENCY,
    OTHER_VOCABULARY_URLS,
)
from odata_service.edm.annotations import Path as ModelPath
from odata_service.errors import Problem

_ANNOTATIONS = {"ValueAnnotation": "Annotation", "TypeAnnotation": "Annotation", "ValueTerm": "Term"}
_DOCUMENTATION = {"Summary": DESCRIPTION, "LongDescription": LONG_DESCRIPTION}


def is_edmx_v2(root: Element) -> bool:
    """Whether a document is of a version before 4, by its namespace and what it says of its version."""
    return is_old(root) and local(root) == "Edmx" and not root.get("Version", "").startswith("4")


def modernise(root: Element, file: Path, report: Callable[[Problem], None]) -> None:
    """Rewrites a document in place; what is wrong with it is reported."""
    replace_namespaces(root)
    for problem in islice(grammar_problems(root, str(file), RULES_V2), MOST):
        report(problem)
    document = Document(root, str(file), Names(dict(_aliases(root))), report)
    if not any(True for _ in document.schemas()):
        document.say("error", root, "The document holds no <Schema> in <DataServices>: export $metadata of a service.")
    _modernise_annotations(document)
    _pass_over_functions(document)
    concurrent = _concurrent_properties(document)
    associations = read_associations(document)
    modernise_types(document)
    navigations = modernise_navigation(document, associations)
    modernise_containers(document, navigations)
    annotate_sap(document)
    _annotate_concurrency(document, concurrent)
    _tidy(document)
    root.set("Version", "4.01")


def _aliases(root: Element) -> Iterator[tuple[str, str]]:
    for element in root.iter(tag("Schema"), tag("Using"), f"{{{EDMX}}}Include"):
        alias = element.get("Alias")
        if alias:
            yield alias, element.get("Namespace", "")


def _modernise_annotations(document: Document) -> None:
    """Gives annotations and documentation of version 3 the form of version 4."""
    for element in list(document.root.iter("{*}*")):
        name = local(element)
        if name == "TypeAnnotation":
            record = add(element, "Record", element)
            record.extend(element.findall(tag("PropertyValue")))
        if name in _ANNOTATIONS:
            element.tag = tag(_ANNOTATIONS[name])
        for old, new in (("DateTime", "DateTimeOffset"), ("Time", "TimeOfDay")):
            if name in ("ValueAnnotation", "PropertyValue") and old in element.attrib:
                element.set(new, take(element, old) or "")
        if name == "Documentation" and (parent := element.getparent()) is not None:
            for child in element.iterchildren("{*}*"):
                text = " ".join((child.text or "").split())
                if text and local(child) in _DOCUMENTATION:
                    annotate(parent, _DOCUMENTATION[local(child)], text, child)


def _concurrent_properties(document: Document) -> dict[str, list[str]]:
    """The names of the properties by types that take part in concurrency control."""
    found: dict[str, list[str]] = {}
    for namespace, element in document.each("EntityType"):
        for part in element.iterchildren(tag("Property")):
            if part.get("ConcurrencyMode") == "Fixed":
                found.setdefault(f"{namespace}.{element.get('Name')}", []).append(part.get("Name", ""))
            media_type = part.get(f"{METADATA}MimeType")
            if media_type:
                annotate(part, f"{CORE}.MediaType", media_type, part)
        if element.get(f"{METADATA}HasStream") == "true":
            element.set("HasStream", "true")
    return found


def _annotate_concurrency(document: Document, concurrent: dict[str, list[str]]) -> None:
    for entity_set in document.root.iter(tag("EntitySet")):
        names = concurrent.get(entity_set.get("EntityType", ""))
        if names:
            paths = tuple(ModelPath(name, "PropertyPath") for name in names)
            annotate(entity_set, OPTIMISTIC_CONCURRENCY, paths, entity_set)


_GONE = ("Documentation", "Using", "Association")


def _pass_over_functions(document: Document) -> None:
    """Functions in a schema of version 3 are for queries of the model; no service offers them."""
    for _, element in list(document.each("Function")):
        message = f"Function '{element.get('Name')}' is passed over: it is of the model, and no service offers it."
        document.say("info", element, message)
        remove(element)


def _tidy(document: Document) -> None:
    """Takes out what version 4 has not, and refers to the vocabularies that annotations are of."""
    for element in list(document.root.iter(*(tag(name) for name in _GONE))):
        remove(element)
    for reference in list(document.root.iterchildren("{*}Reference", "{*}AnnotationsReference")):
        if reference.get("Uri") is None:
            document.say("info", reference, f"The reference to '{reference.get('Url', '')}' is passed over.")
            remove(reference)
    _refer_to_vocabularies(document)


def _refer_to_vocabularies(document: Document) -> None:
    root = document.root
    included = {element.get("Namespace") for element in root.iter(f"{{{EDMX}}}Include")}
    terms = {element.get("Term", "").rpartition(".")[0] for element in root.iter(f"{{{EDM}}}Annotation")}
    for namespace, uri in OTHER_VOCABULARY_URLS.items():
        if namespace in terms and namespace not in included:
            reference = root.makeelement(f"{{{EDMX}}}Reference", {"Uri": uri})
            include = reference.makeelement(f"{{{EDMX}}}Include", {"Namespace": namespace})
            reference.append(include)
            root.insert(0, reference)
            place(reference, root)
