"""Annotations of CSDL XML and their expressions become `Annotation`s and values (CSDL XML 14.3, 14.4)."""

import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Literal

from lxml import etree
from msgspec import Struct

from odata_service.definition.csdl_facets import read_facets
from odata_service.definition.csdl_grammar import EDM, EXPRESSIONS, INLINE, PATHS
from odata_service.definition.csdl_names import Names
from odata_service.definition.safe_xml import Element, line_of
from odata_service.edm.annotations import (
    OPERATORS,
    Annotation,
    Apply,
    Conversion,
    EnumMember,
    If,
    LabeledElement,
    LabeledElementReference,
    Null,
    Operation,
    Path,
    PathKind,
    Record,
    Text,
    UrlRef,
    Value,
)
from odata_service.edm.types import BINARY, DECIMAL, TypeRef
from odata_service.edm.values import parse
from odata_service.edm.vocabularies import default_of
from odata_service.errors import Origin, Problem

_ANNOTATION = f"{{{EDM}}}Annotation"
_TERM = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)+")
_INTEGER = re.compile(r"[+-]?\d{1,400}", re.ASCII)
_NUMBER = re.compile(r"[+-]?\d{1,400}(?:\.\d{0,400})?(?:[eE][+-]?\d{1,4})?", re.ASCII)
_FLOATS = {"INF": float("inf"), "-INF": float("-inf"), "NaN": float("nan")}
_PATH_KINDS: dict[str, PathKind] = {
    "Path": "Path",
    "AnnotationPath": "AnnotationPath",
    "ModelElementPath": "ModelElementPath",
    "NavigationPropertyPath": "NavigationPropertyPath",
    "PropertyPath": "PropertyPath",
}


class AnnotationReader(Struct, frozen=True):
    """Reads the annotations of one document; what is wrong goes to `report`."""

    names: Names
    file: str
    report: Callable[[Problem], None]

    def annotations(self, parent: Element) -> tuple[Annotation, ...]:
        """The annotations that stand in an element; most have none."""
        if not len(parent):
            return ()
        return tuple([self._annotation(child) for child in parent.iterchildren(_ANNOTATION) if self._is_term(child)])

    def _is_term(self, element: Element) -> bool:
        """Whether an annotation names a term; one that names something else is passed over."""
        term = element.get("Term", "").strip()
        if term and not _TERM.fullmatch(term):
            message = f"'{term}' is no qualified name of a term, so the annotation is passed over."
            self.report(Problem("warning", message, self.origin(element)))
            return False
        return bool(term)

    def _annotation(self, element: Element) -> Annotation:
        origin = self.origin(element)
        term = self.names.term(element.get("Term", "").strip(), origin)
        value = self._value(element)
        return Annotation(
            term,
            default_of(term) if value is None else value,
            element.get("Qualifier"),
            self.annotations(element),
            origin,
        )

    def _value(self, element: Element) -> Value | None:
        """The one expression that an element holds as an attribute or a child; None where it holds none."""
        stated = [str(name) for name in element.attrib if name in INLINE]
        children = list(self._expressions(element)) if len(element) else []
        if len(stated) + len(children) > 1:
            self._error(element, f"<{_name(element)}> holds several expressions, and one is allowed.")
        if stated:
            return self._inline(stated[0], element)
        return self._expression(children[0]) if children else None

    def _inline(self, name: str, element: Element) -> Value:
        text = element.get(name, "")
        return UrlRef(text) if name == "UrlRef" else self._constant(name, text, element)

    def _expressions(self, element: Element) -> Iterator[Element]:
        for child in element.iterchildren(f"{{{EDM}}}*"):
            if _name(child) in EXPRESSIONS:
                yield child

    def _operands(self, element: Element) -> tuple[Value, ...]:
        return tuple(self._expression(child) for child in self._expressions(element))

    def _expression(self, element: Element) -> Value:
        name = _name(element)
        if name in OPERATORS:
            return self._operation(name, element)
        read = _COMPOUNDS.get(name)
        return self._constant(name, element.text or "", element) if read is None else read(self, element)

    def _operation(self, name: str, element: Element) -> Operation:
        operands = self._operands(element)
        if len(operands) != OPERATORS[name]:
            self._error(element, f"<{name}> takes {OPERATORS[name]} expressions, and has {len(operands)}.")
        return Operation(name, operands, self.annotations(element))

    def _constant(self, name: str, text: str, element: Element) -> Value:
        if name in PATHS:
            return Path(self.names.path(text.strip()), _PATH_KINDS[name])
        if name == "String":
            return text
        try:
            return _CONSTANTS[name](text.strip()) if name in _CONSTANTS else self._typed(name, text.strip())
        except ValueError:
            self._error(element, f"'{text.strip()}' is not of the form that {name} has.")
            return Null()

    def _typed(self, name: str, text: str) -> Value:
        if name == "EnumMember":
            parts = [part.rpartition("/") for part in text.split()]
            if not parts or not all(owner for owner, _, _ in parts):
                raise ValueError(text)
            return EnumMember(self.names.qualified(parts[0][0]), tuple(member for _, _, member in parts))
        parse(text, TypeRef(f"Edm.{name}"))
        return Text(f"Edm.{name}", text)

    def _record(self, element: Element) -> Record:
        values: dict[str, Value] = {}
        annotations: dict[str, tuple[Annotation, ...]] = {}
        for child in element.iterchildren(_tag("PropertyValue")):
            name = child.get("Property", "")
            if name in values:
                self._error(child, f"The record has two values for '{name}'.")
            value = self._value(child)
            values[name] = True if value is None else value
            own = self.annotations(child)
            if own:
                annotations[name] = own
        type_name = element.get("Type")
        qualified = self.names.qualified(type_name) if type_name else None
        return Record(values, qualified, self.annotations(element), annotations)

    def _if(self, element: Element) -> Value:
        operands = self._operands(element)
        if len(operands) not in (2, 3):
            self._error(element, f"<If> takes two or three expressions, and has {len(operands)}.")
            return Null()
        otherwise = operands[2] if len(operands) == 3 else None
        return If(operands[0], operands[1], otherwise, self.annotations(element))

    def _conversion(self, element: Element) -> Value:
        type_name, collection = self.names.type_of(element.get("Type", ""))
        facets = read_facets(element, self._report_at(element))
        operator: Literal["Cast", "IsOf"] = "Cast" if _name(element) == "Cast" else "IsOf"
        return Conversion(
            operator, TypeRef(type_name, collection, facets=facets), self._single(element), self.annotations(element)
        )

    def _labeled(self, element: Element) -> Value:
        name = self.names.qualified(element.get("Name", ""))
        return LabeledElement(name, self._single(element), self.annotations(element))

    def _url(self, element: Element) -> Value:
        return UrlRef(self._single(element), self.annotations(element))

    def _single(self, element: Element) -> Value:
        value = self._value(element)
        if value is None:
            self._error(element, f"<{_name(element)}> needs an expression.")
            return Null()
        return value

    def origin(self, element: Element) -> Origin:
        """Where an element stands."""
        return Origin(self.file, line_of(element))

    def _report_at(self, element: Element) -> Callable[[str], None]:
        return lambda message: self._error(element, message)

    def _error(self, element: Element, message: str) -> None:
        self.report(Problem("error", message, self.origin(element)))


_CONSTANTS: dict[str, Callable[[str], Value]] = {
    "Bool": lambda text: {"true": True, "false": False, "1": True, "0": False}.get(text) or _false(text),
    "Int": lambda text: _whole(text),
    "Float": lambda text: _float(text),
    "Decimal": lambda text: _decimal(text),
    "Binary": lambda text: _binary(text),
}


def _false(text: str) -> bool:
    if text not in ("false", "0"):
        raise ValueError(text)
    return False


def _whole(text: str) -> int:
    """An integer; Python would take other scripts' digits and underscores too, and any length."""
    if not _INTEGER.fullmatch(text):
        raise ValueError(text)
    return int(text)


def _float(text: str) -> float:
    if text not in _FLOATS and not _NUMBER.fullmatch(text):
        raise ValueError(text)
    return _FLOATS[text] if text in _FLOATS else float(text)


def _binary(text: str) -> bytes:
    value = parse(text, BINARY)
    assert isinstance(value, bytes), "the parser of binary values gives bytes"
    return value


def _decimal(text: str) -> Decimal:
    value = parse(text, DECIMAL)
    assert isinstance(value, Decimal), "the parser of decimals gives decimals"
    return value


_COMPOUNDS: dict[str, Callable[[AnnotationReader, Element], Value]] = {
    "Collection": AnnotationReader._operands,
    "Record": AnnotationReader._record,
    "If": AnnotationReader._if,
    "Cast": AnnotationReader._conversion,
    "IsOf": AnnotationReader._conversion,
    "LabeledElement": AnnotationReader._labeled,
    "UrlRef": AnnotationReader._url,
    "Null": lambda reader, element: Null(reader.annotations(element)),
    "LabeledElementReference": lambda reader, element: LabeledElementReference(
        reader.names.qualified((element.text or "").strip())
    ),
    "Apply": lambda reader, element: Apply(
        reader.names.qualified(element.get("Function", "")), reader._operands(element), reader.annotations(element)
    ),
}


def _name(element: Element) -> str:
    return etree.QName(element).localname


def _tag(name: str) -> str:
    return f"{{{EDM}}}{name}"
