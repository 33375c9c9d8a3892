"""The types that pages name and that no given page defines: from all their uses, what each of them must be.

A directory is never complete, and one page alone always serves: the JSON representation, the table that a row stands in
and the values that its description lists tell an entity type from a complex type, an enumeration or a text.
"""

from typing import Literal

from msgspec import Struct

from odata_service.definition.catalogue import Catalogue
from odata_service.definition.resource_page import DEFAULT_NAMESPACE, MemberRow, ResourcePage
from odata_service.definition.statements import loosely_listed_values
from odata_service.definition.type_cell import TypeCell
from odata_service.edm.model import ComplexType, EntityType, EnumType, KeyProperty, Member, Property
from odata_service.edm.types import IDENTIFIER, PRIMITIVE_TYPES, TypeRef
from odata_service.errors import Origin, Problem, Severity, did_you_mean

_PRIMITIVES = tuple(name.removeprefix("Edm.") for name in PRIMITIVE_TYPES)

Kind = Literal["entity", "complex", "enumeration", "text"]
"""What an unknown type is read as; a text has the values that it may have, where they are listed."""


class Unknown(Struct):
    """A type that is named and not defined, and what its uses show."""

    name: str
    origin: Origin
    values: tuple[str, ...] = ()
    is_target: bool = False
    is_object: bool = False
    is_text: bool = False
    is_linked: bool = False

    @property
    def kind(self) -> Kind:
        """What the type is read as."""
        if not all(IDENTIFIER.fullmatch(part) for part in self.name.split(".")):
            return "text"
        if self.is_target:
            return "entity"
        if self.is_object:
            return "complex"
        if self.values:
            return "enumeration" if all(IDENTIFIER.fullmatch(value) for value in self.values) else "text"
        return "complex" if self.is_linked and not self.is_text else "text"

    @property
    def problem(self) -> Problem:
        """What is said about it, at its first use."""
        severity, reading = _READINGS[self.kind]
        hint = did_you_mean(self.name.rpartition(".")[2], _PRIMITIVES) if self.kind == "text" else None
        message = f"'{self.name}' is defined by no page that was given; {reading}.{' ' + hint if hint else ''}"
        return Problem(severity, message, self.origin)

    def declaration(self) -> EntityType | ComplexType | EnumType | None:
        """The type that is declared for it; None for a text."""
        match self.kind:
            case "entity":
                key = Property("id", TypeRef("Edm.String"), origin=self.origin)
                return EntityType(self.name, (key,), (KeyProperty("id"),), open=True, origin=self.origin)
            case "complex":
                return ComplexType(self.name, (), open=True, origin=self.origin)
            case "enumeration":
                members = tuple(Member(value, number, origin=self.origin) for number, value in enumerate(self.values))
                return EnumType(self.name, members, origin=self.origin)
            case "text":
                return None


_READINGS: dict[Kind, tuple[Severity, str]] = {
    "entity": ("info", "it is declared as an open entity type with the key 'id'"),
    "complex": ("info", "it is declared as an open complex type"),
    "enumeration": ("info", "the values in the description are its members"),
    "text": ("warning", "it is read as String"),
}


class UnknownTypes:
    """All unknown types of a catalogue, by name."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self.found: dict[str, Unknown] = {}
        for page in catalogue.types.values():
            for rows, is_related in ((page.properties, False), (page.relationships, True)):
                for row in rows:
                    for cell in (row.type, *row.type.others):
                        self._note(page, row, cell, is_related=is_related)
            for name, value in page.example.members.items():
                self._note_shown(page, name, value)

    def get(self, cell: TypeCell, page: ResourcePage, value: object = None) -> Unknown | None:
        """The unknown type that a cell of a page names, or None."""
        return self.found.get(_qualified(cell, page, value).lower())

    def _note(self, page: ResourcePage, row: MemberRow, cell: TypeCell, *, is_related: bool) -> None:
        if cell.primitive or not cell.name or self._catalogue.lookup(cell, page) is not None:
            return
        value = page.example.members.get(row.name)
        known = self._at(_qualified(cell, page, value), row.origin)
        known.is_target = known.is_target or is_related
        known.is_linked = known.is_linked or cell.target is not None
        values = row.statements.values or loosely_listed_values(row.description or "")
        if len(values) > len(known.values):
            known.values = values
        _note_value(known, value)

    def _note_shown(self, page: ResourcePage, name: str, value: object) -> None:
        """Notes the type that a value of the JSON representation names itself."""
        type_name = shown_type(value)
        if type_name is None or "@" in name or self._catalogue.lookup(TypeCell(type_name), page) is not None:
            return
        if any(row.name == name and not row.type.others for row in page.rows):
            return
        self._at(type_name, Origin(page.origin.file, page.example.line_of(name))).is_object = True

    def _at(self, name: str, origin: Origin) -> Unknown:
        return self.found.setdefault(name.lower(), Unknown(name, origin))


def _note_value(known: Unknown, value: object) -> None:
    element = value[0] if isinstance(value, list) and value else value
    if isinstance(element, dict):
        known.is_object = True
    elif isinstance(element, str) and "microsoft." not in element.lower():
        known.is_text = True


def shown_type(value: object) -> str | None:
    """The qualified type name that an example value carries, or None."""
    element = value[0] if isinstance(value, list) and value else value
    if isinstance(element, dict):
        element = element.get("@odata.type")
    elif not (isinstance(element, str) and element.lower().startswith("collection(")):
        return None
    if not isinstance(element, str):
        return None
    name = element.strip().lstrip("#").removesuffix(")")
    name = name.partition("(")[2] if "(" in name else name
    return name.lstrip("#") if "." in name and not name.startswith("Edm.") else None


def _qualified(cell: TypeCell, page: ResourcePage, value: object) -> str:
    """The qualified name of a cell's type: as written, as the JSON shows it, else in the page's namespace."""
    if "." in cell.name:
        return cell.name
    shown = shown_type(value)
    if shown is not None and shown.rpartition(".")[2].lower() == cell.name.lower():
        return shown
    is_own = cell.target is None or cell.target != cell.name.lower() or not page.namespace.startswith(DEFAULT_NAMESPACE)
    return f"{page.namespace if is_own else DEFAULT_NAMESPACE}.{cell.name}"
