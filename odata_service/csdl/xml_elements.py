"""The elements of CSDL XML and the annotations in them (CSDL XML 14.3, 14.4)."""

import re
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import assert_never

from odata_service.csdl.told import Told
from odata_service.edm.annotations import (
    Annotation,
    Apply,
    Constant,
    Conversion,
    EnumMember,
    If,
    LabeledElement,
    LabeledElementReference,
    Null,
    Operation,
    Path,
    Record,
    Text,
    UrlRef,
    Value,
)
from odata_service.edm.values import print_decimal, print_float

EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"

_OF_EDMX = frozenset({"Edmx", "Reference", "Include", "IncludeAnnotations", "DataServices"})

# Attributes lose tabs and line ends that are not escaped (XML 1.0, 3.3.3); texts lose carriage returns (2.11).
_IN_ATTRIBUTES = {
    **{"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"},
    **{"\t": "&#9;", "\n": "&#10;", "\r": "&#13;"},
}
_IN_TEXTS = {**_IN_ATTRIBUTES, **dict(zip('"\t\n', '"\t\n', strict=True))}
# XML 1.0, 2.2 has no way to write what is outside of these ranges, not even escaped.
_NOT_AS_IT_IS = re.compile('[&<>"]|[^\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]')


class Element:
    """An element of the document that is being made: its tag with its prefix, and children or a text.

    One `is_shared` stands in several places, and is printed once for all at the same depth.
    """

    __slots__ = ("attributes", "children", "is_shared", "tag", "text")

    def __init__(self, tag: str, attributes: dict[str, str]) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element] = []
        self.text: str | None = None
        self.is_shared = False


def root(version: str) -> Element:
    """The element around a document of a version, in which the prefix is declared."""
    return Element("edmx:Edmx", {"xmlns:edmx": EDMX, "Version": version})


def sub(parent: Element, tag: str, **attributes: str | None) -> Element:
    """A child element with the attributes that are not None."""
    stated = {name: value for name, value in attributes.items() if value is not None}
    if tag in _OF_EDMX:
        child = Element(f"edmx:{tag}", stated)
    elif tag == "Schema":
        child = Element(tag, {"xmlns": EDM, **stated})
    elif parent.tag.startswith("edmx:"):
        child = Element(f"ns0:{tag}", {"xmlns:ns0": EDM, **stated})
    else:
        child = Element(f"ns0:{tag}" if parent.tag.startswith("ns0:") else tag, stated)
    parent.children.append(child)
    return child


def printed(element: Element) -> bytes:
    """The document of a root element as UTF-8, a line for each element."""
    lines = ["<?xml version='1.0' encoding='UTF-8'?>"]
    _print(element, "", lines, {})
    return ("\n".join(lines) + "\n").encode("utf-8")


Shared = dict[tuple[int, str], list[str]]
"""The lines of shared elements by their identity and the blanks before them."""


def _print(element: Element, indent: str, lines: list[str], shared: Shared) -> None:
    attributes = "".join([f' {name}="{value}"' for name, value in element.attributes.items()])
    if _NOT_AS_IT_IS.search("".join(element.attributes.values())) is not None:
        attributes = "".join(
            [f' {name}="{_escaped(value, _IN_ATTRIBUTES)}"' for name, value in element.attributes.items()]
        )
    start = f"{indent}<{element.tag}{attributes}"
    if element.children:
        lines.append(f"{start}>")
        inner = f"{indent}  "
        for child in element.children:
            if child.is_shared:
                lines += _shared_lines(child, inner, shared)
            else:
                _print(child, inner, lines, shared)
        lines.append(f"{indent}</{element.tag}>")
    elif element.text is not None:
        lines.append(f"{start}>{_escaped(element.text, _IN_TEXTS)}</{element.tag}>")
    else:
        lines.append(f"{start}/>")


def _shared_lines(element: Element, indent: str, shared: Shared) -> list[str]:
    known = shared.get((id(element), indent))
    if known is None:
        known = shared[id(element), indent] = []
        _print(element, indent, known, shared)
    return known


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    """A text as it stands in a document, without what XML cannot hold."""
    if _NOT_AS_IT_IS.search(text) is None:
        return text
    return _NOT_AS_IT_IS.sub(lambda match: escapes.get(match[0], "\N{REPLACEMENT CHARACTER}"), text)


def boolean(value: bool | None) -> str | None:
    """`true`, or nothing."""
    return "true" if value else None


def annotate(told: Told) -> Callable[[Element, Sequence[Annotation]], None]:
    """The function that adds to an element those annotations that are told.

    What several elements are annotated with, the same object, is one element in all of them.
    """
    known: dict[tuple[int, str], tuple[Annotation, Element]] = {}

    def add(parent: Element, annotations: Sequence[Annotation]) -> None:
        for annotation in annotations:
            if not told(annotation):
                continue
            place = (id(annotation), parent.tag.partition(":")[0] if ":" in parent.tag else "")
            if place in known:
                _, same = known[place]
                same.is_shared = True
                parent.children.append(same)
                continue
            element = sub(parent, "Annotation", Term=annotation.term, Qualifier=annotation.qualifier)
            known[place] = annotation, element
            _hold(element, annotation.value, add)
            add(element, annotation.annotations)

    return add


Annotate = Callable[[Element, Sequence[Annotation]], None]


def _hold(element: Element, value: Value, add: Annotate) -> None:
    """Puts a value into an element: as an attribute where it is constant, as a child where it is made of others."""
    if isinstance(value, Constant) or (isinstance(value, Path) and not value.annotations):
        name, text = _constant(value)
        element.attributes[name] = text
    else:
        _append(element, value, add)


def _append(parent: Element, value: Value, add: Annotate) -> None:
    """Adds a value as a child element."""
    if isinstance(value, str):
        # The most frequent by far: every entity set lists its functions.
        sub(parent, "String").text = value
        return
    match value:
        case tuple():
            collection = sub(parent, "Collection")
            for member in value:
                _append(collection, member, add)
        case Record():
            _record(parent, value, add)
        case Null() | UrlRef() | LabeledElement() | Apply() | Conversion() | If() | Operation():
            element, operands = _dynamic(parent, value)
            for operand in operands:
                _append(element, operand, add)
            add(element, value.annotations)
        case LabeledElementReference(name):
            sub(parent, "LabeledElementReference").text = name
        case _:
            name, text = _constant(value)
            sub(parent, name).text = text


def _record(parent: Element, record: Record, add: Annotate) -> None:
    element = sub(parent, "Record", Type=record.type)
    for name, value in record.values.items():
        child = sub(element, "PropertyValue", Property=name)
        _hold(child, value, add)
        add(child, record.value_annotations.get(name, ()))
    add(element, record.annotations)


def _dynamic(
    parent: Element, value: Null | UrlRef | LabeledElement | Apply | Conversion | If | Operation
) -> tuple[Element, Sequence[Value]]:
    """The element of an expression, and the expressions that stand in it."""
    match value:
        case Null():
            return sub(parent, "Null"), ()
        case UrlRef(url):
            return sub(parent, "UrlRef"), (url,)
        case LabeledElement(name, inner):
            return sub(parent, "LabeledElement", Name=name), (inner,)
        case Apply(function, arguments):
            return sub(parent, "Apply", Function=function), arguments
        case Conversion(operator, type_ref, inner):
            facets = type_ref.facets
            stated = {
                "MaxLength": facets.max_length,
                "Precision": facets.precision,
                "Scale": facets.scale,
                "SRID": facets.srid,
            }
            texts = {name: None if fact is None else str(fact) for name, fact in stated.items()}
            return sub(parent, operator, Type=str(type_ref), **texts), (inner,)
        case If(condition, then, otherwise):
            return sub(parent, "If"), (condition, then) if otherwise is None else (condition, then, otherwise)
        case Operation(operator, operands):
            return sub(parent, operator), operands
        case _:
            assert_never(value)


def _constant(value: Constant | Path) -> tuple[str, str]:
    """The name of a constant expression and its text."""
    match value:
        case bool():
            return "Bool", "true" if value else "false"
        case int():
            return "Int", str(value)
        case float():
            return "Float", print_float(value)
        case Decimal():
            return "Decimal", print_decimal(value)
        case str():
            return "String", value
        case bytes():
            return "Binary", urlsafe_b64encode(value).decode("ascii").rstrip("=")
        case Text(type_name, text):
            return type_name.removeprefix("Edm."), text
        case EnumMember(type_name, members):
            return "EnumMember", " ".join(f"{type_name}/{member}" for member in members)
        case Path(path, kind):
            return kind, path
        case _:
            assert_never(value)
