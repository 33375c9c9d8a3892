"""Function imports of CSDL 1 to 3 become actions or functions, and their imports.

What is called with GET, or in version 3 has no side effects, is a function; all else an action. `sap:action-for` and
version 3's IsBindable bind an operation to an entity type.
"""

from odata_service.definition.edmx_v2_document import METADATA, Document, add, annotate, tag, take
from odata_service.definition.edmx_v2_types import SAP, modernise_type
from odata_service.definition.safe_xml import Element
from odata_service.edm.annotations import OPERATION_AVAILABLE, Path

_BINDING = "_it"
_COLLECTION = "Collection("


def modernise_function_import(element: Element, namespace: str, document: Document) -> None:
    """Adds the operation that a function import stands for, and leaves its import where it is unbound."""
    returned = _return_type(element, namespace, document)
    is_function = _is_function(element, returned, document)
    schema = next(known for known in document.schemas() if known.get("Namespace", "") == namespace)
    name = element.get("Name", "")
    operation = add(schema, "Function" if is_function else "Action", element, Name=name)
    for attribute, text in element.attrib.items():
        if str(attribute).startswith(SAP):
            operation.set(attribute, text)
    bound_to = element.get(f"{SAP}action-for")
    if bound_to:
        target = document.names.qualified(bound_to)
        _bind_to(operation, target if "." in target else f"{namespace}.{target}", element)
    for parameter in list(element.iterchildren(tag("Parameter"))):
        _parameter(parameter, operation, bound_to, document)
    if element.get("IsBindable") == "true":
        operation.set("IsBound", "true")
    if returned is not None:
        operation.append(returned)
    for annotation in list(element.iterchildren(tag("Annotation"))):
        operation.append(annotation)
    _finish(element, operation, f"{namespace}.{name}", is_function)


def _is_function(element: Element, returned: Element | None, document: Document) -> bool:
    method = element.get(f"{METADATA}HttpMethod")
    without_effects = element.get("IsSideEffecting") == "false"
    if not (method == "GET" or (method is None and without_effects)):
        return False
    if returned is None:
        message = f"'{element.get('Name')}' gives nothing back, so it is an action and no function: call it by POST."
        document.say("info", element, message)
    return returned is not None


def _return_type(element: Element, namespace: str, document: Document) -> Element | None:
    """The return type as an element, where it may stand as an attribute; its entity set is that of the import."""
    child = next(element.iterchildren(tag("ReturnType")), None)
    if child is None:
        stated = take(element, "ReturnType")
        if not stated:
            return None
        child = add(element, "ReturnType", element, Type=stated)
        modernise_type(child, namespace, document)
    for name in ("EntitySet", "EntitySetPath"):
        path = take(child, name)
        if path is not None and element.get(name) is None:
            element.set(name, path)
    return child


def _bind_to(operation: Element, type_name: str, at: Element) -> None:
    operation.set("IsBound", "true")
    add(operation, "Parameter", at, Name=_BINDING, Type=type_name, Nullable="false")
    condition = at.get(f"{SAP}applicable-path")
    if condition:
        annotate(operation, OPERATION_AVAILABLE, Path(f"{_BINDING}/{condition}"), at)


def _parameter(parameter: Element, operation: Element, bound_to: str | None, document: Document) -> None:
    """Moves a parameter; the key of the entity that an action is for is in the binding parameter already."""
    mode = take(parameter, "Mode")
    name = parameter.get("Name", "")
    if mode in ("Out", "InOut"):
        consequence = "it is left out" if mode == "Out" else "it only goes in"
        document.say("warning", parameter, f"Parameter '{name}' is {mode}, which version 4 has not: {consequence}.")
    key = _key_of(bound_to, document) if bound_to else ()
    if mode == "Out" or name in key:
        return
    if parameter.get("Nullable") is None and _is_required(parameter):
        parameter.set("Nullable", "false")
    take(parameter, "DefaultValue")
    operation.append(parameter)


def _is_required(parameter: Element) -> bool:
    """Whether a parameter without Nullable must be there: all of version 2 must; in version 3 they are nullable."""
    function_import = parameter.getparent()
    return function_import is not None and function_import.get("IsBindable") is None


def _key_of(type_name: str, document: Document) -> tuple[str, ...]:
    wanted = document.names.qualified(type_name)
    found = {}
    for namespace, element in document.each("EntityType"):
        names = tuple(part.get("Name", "") for part in element.iterfind(f"{tag('Key')}/{tag('PropertyRef')}"))
        found[f"{namespace}.{element.get('Name')}"] = names
        found.setdefault(element.get("Name", ""), names)
    return found.get(wanted, ())


def _finish(element: Element, operation: Element, name: str, is_function: bool) -> None:
    """Makes the import of what is unbound, and takes that of what is bound away."""
    composable, path = element.get("IsComposable"), element.get("EntitySetPath")
    if is_function and composable == "true":
        operation.set("IsComposable", "true")
    container = element.getparent()
    assert container is not None, "a function import stands in a container"
    if operation.get("IsBound") == "true":
        if path:
            operation.set("EntitySetPath", path)
    else:
        kind = "Function" if is_function else "Action"
        attributes = {"Name": element.get("Name"), kind: name, "EntitySet": element.get("EntitySet")}
        add(container, f"{kind}Import", element, **attributes)
    container.remove(element)
