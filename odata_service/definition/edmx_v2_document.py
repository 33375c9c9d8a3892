"""An OData V2 or V3 document while it is rewritten: its schemas, its names, and what is found in it."""

from collections.abc import Callable, Iterator, Sequence

from lxml import etree
from msgspec import Struct

from odata_service.definition.csdl_grammar import EDM
from odata_service.definition.csdl_names import Names
from odata_service.definition.safe_xml import Element, line_of
from odata_service.edm.annotations import EnumMember, Path, Record, Value
from odata_service.errors import Origin, Problem, Severity

METADATA = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"


class Document(Struct, frozen=True):
    """A document whose elements have the namespaces of version 4, with its names and a place for findings."""

    root: Element
    file: str
    names: Names
    report: Callable[[Problem], None]

    def schemas(self) -> Iterator[Element]:
        """The schemas."""
        yield from self.root.iter(tag("Schema"))

    def each(self, name: str) -> Iterator[tuple[str, Element]]:
        """The children of this name of all schemas, each with its schema's namespace."""
        for schema in self.schemas():
            for element in schema.iterchildren(tag(name)):
                yield schema.get("Namespace", ""), element

    def qualified(self, element: Element, attribute: str, namespace: str) -> str:
        """The qualified name in an attribute; one without a namespace is of the schema that it stands in."""
        name = self.names.qualified(element.get(attribute, "").strip())
        return name if "." in name or not name else f"{namespace}.{name}"

    def say(self, severity: Severity, element: Element, message: str) -> None:
        """Notes something about an element."""
        self.report(Problem(severity, message, Origin(self.file, line_of(element))))


def tag(name: str) -> str:
    """An element's name in the namespace of version 4."""
    return f"{{{EDM}}}{name}"


def local(element: Element) -> str:
    """An element's name without its namespace."""
    return etree.QName(element).localname


def add(parent: Element, name: str, at: Element, **attributes: str | None) -> Element:
    """A new child that counts as standing where another element does; attributes that are None are left out."""
    child = etree.SubElement(parent, tag(name), {key: text for key, text in attributes.items() if text is not None})
    place(child, at)
    return child


_LAST_LINE = 65_535
"""Further on libxml2 tells an element's line by that of what stands beside it."""


def place(element: Element, at: Element) -> None:
    """Makes an element count as standing where another does."""
    element.sourceline = min(line_of(at), _LAST_LINE)  # type: ignore[assignment]  # the stubs know it as read-only


def take(element: Element, attribute: str) -> str | None:
    """The text of an attribute, which is removed; None where there is none."""
    return str(element.attrib.pop(attribute)) if attribute in element.attrib else None


def remove(element: Element) -> None:
    """Takes an element out of its document."""
    parent = element.getparent()
    assert parent is not None, "the root is never removed"
    parent.remove(element)


def annotate(element: Element, term: str, value: Value, at: Element, qualifier: str | None = None) -> None:
    """Adds an annotation to an element, unless it states the term itself."""
    stated = element.iterchildren(tag("Annotation"))
    if all((known.get("Term"), known.get("Qualifier")) != (term, qualifier) for known in stated):
        _hold(add(element, "Annotation", at, Term=term, Qualifier=qualifier), value, at)


def _hold(element: Element, value: Value, at: Element) -> None:
    match value:
        case bool():
            element.set("Bool", "true" if value else "false")
        case str():
            element.set("String", value)
        case Path(path, kind):
            element.set(kind, path)
        case EnumMember(type_name, members):
            element.set("EnumMember", " ".join(f"{type_name}/{member}" for member in members))
        case Record(values):
            record = add(element, "Record", at)
            for name, part in values.items():
                _hold(add(record, "PropertyValue", at, Property=name), part, at)
        case tuple():
            _collection(element, value, at)
        case _:
            raise AssertionError(f"the rewriting states no {type(value).__name__}")


def _collection(element: Element, members: Sequence[Value], at: Element) -> None:
    collection = add(element, "Collection", at)
    for member in members:
        if isinstance(member, Path):
            add(collection, member.kind, at).text = member.path
        else:
            _hold(collection, member, at)
