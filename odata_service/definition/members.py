"""A type's rows in, its properties and navigation properties out (CSDL 7, 8)."""

from collections.abc import Iterator, Mapping

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.definition.catalogue import Catalogue
from odata_service.definition.enumerations import EnumFacts
from odata_service.definition.kinds import Kinds
from odata_service.definition.resource_page import MemberRow, ResourcePage
from odata_service.definition.type_cell import UNTYPED, TypeCell, agrees, inferred_type, is_shown_collection, type_ref
from odata_service.definition.unknown_types import UnknownTypes, shown_type
from odata_service.edm.annotations import (
    ALLOWED_VALUES,
    COMPUTED,
    DESCRIPTION,
    IMMUTABLE,
    REVISIONS,
    Annotation,
    EnumMember,
    Record,
)
from odata_service.edm.model import EnumType, NavigationProperty, Property
from odata_service.edm.types import IDENTIFIER, PRIMITIVE_TYPES, TypeRef
from odata_service.edm.values import PrimitiveValue, fit, parse
from odata_service.errors import Origin, Problem, Severity


class Members(Struct):
    """What a type's rows have become, and what was found on the way."""

    properties: list[Property] = field(default_factory=list)
    navigation_properties: list[NavigationProperty] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def note(self, severity: Severity, origin: Origin, message: str) -> None:
        """Notes what is served otherwise than the page says, or read between its lines."""
        self.problems.append(Problem(severity, message, origin))


class _Meaning(Struct, frozen=True):
    """What a row's type is: its qualified name, whether entities have it, and the texts that are allowed."""

    name: str
    is_entity: bool = False
    values: tuple[str, ...] = ()


class _Place(Struct, frozen=True):
    """A row, whether it stands among the relationships, and whether it is a part of the key."""

    row: MemberRow
    is_related: bool
    is_key: bool


class MemberReader(Struct, frozen=True):
    """Reads the members of one type after the other; all pages help to tell what their types are."""

    catalogue: Catalogue
    kinds: Kinds
    unknown: UnknownTypes
    enumerations: Mapping[str, EnumType]
    """The declared enumerations by qualified name."""

    def read(self, page: ResourcePage, inherited: frozenset[str]) -> Members:
        """The members of a page's type; `inherited` are the names, in lower case, that its base types declare."""
        members = Members()
        seen = set(inherited)
        key = self.kinds.own_key(page) if self.kinds.is_entity(page) else ()
        for rows, is_related in ((page.properties, False), (page.relationships, True)):
            for row in rows:
                if row.name.lower() not in seen:
                    seen.add(row.name.lower())
                    self._add_row(members, page, _Place(row, is_related, row.name in key))
        for name, value in page.example.members.items():
            if "@" not in name and "." not in name and name.lower() not in seen and IDENTIFIER.fullmatch(name):
                seen.add(name.lower())
                self._add_shown(members, page, name, value, is_key=name in key)
        for name in key:
            if name.lower() not in seen:
                members.note("info", page.origin, f"The key property '{name}' stands nowhere; it is read as String.")
                members.properties.append(Property(name, TypeRef("Edm.String"), origin=page.origin))
        return members

    def _add_row(self, members: Members, page: ResourcePage, place: _Place) -> None:
        row = place.row
        if not IDENTIFIER.fullmatch(row.name):
            members.note("warning", row.origin, f"'{row.name}' is left out: it is not a name. {_NAMES}")
            return
        value = page.example.members.get(row.name)
        if row.type.oddity is not None:
            members.note("warning", row.origin, f"The type of '{row.name}': {row.type.oddity}.")
        if not agrees(value, row.type):
            message = (
                f"'{row.name}' is {_written(row.type)} in the table, but {_shown(value)} in the JSON representation."
            )
            members.note("warning", row.origin, f"{message} The table counts.")
        meaning = self._meaning(members, page, row, value)
        if meaning.is_entity and not place.is_key:
            if not place.is_related and meaning.name != "Edm.EntityType":
                message = f"'{row.name}' stands among the properties, but leads to entities of '{meaning.name}'."
                members.note("info", row.origin, message)
            members.navigation_properties.append(_navigation(row, meaning.name))
            return
        if place.is_related and row.type.primitive is None:
            members.note("info", row.origin, f"'{row.name}' stands among the relationships, but is a property.")
        members.properties.append(self._property(members, row, meaning, is_key=place.is_key))

    def _meaning(self, members: Members, page: ResourcePage, row: MemberRow, value: object) -> _Meaning:
        cell = row.type
        if cell.primitive == "Edm.EntityType":
            return _Meaning(cell.primitive, is_entity=True)
        if cell.primitive is not None:
            if cell.primitive != "Edm.String":
                return _Meaning(cell.primitive)
            return _Meaning(cell.primitive, values=self._values_table(page, row) or _values_of(row))
        if not cell.name:
            primitive = inferred_type(value) or "Edm.String"
            shown = f"{primitive} is taken from the JSON" if value is not None else "it is read as String"
            members.note("warning", row.origin, f"'{row.name}' has no type in the table; {shown}.")
            return _Meaning(primitive)
        if cell.others:
            base = shown_type(value)
            return (self._named(page, TypeCell(base), value) if base else None) or self._common(page, cell)
        return self._named(page, cell, value) or _Meaning("Edm.String", values=_values_of(row))

    def _named(self, page: ResourcePage, cell: TypeCell, value: object) -> _Meaning | None:
        """What a type's name means; None for a text."""
        found = self.catalogue.lookup(cell, page)
        if isinstance(found, ResourcePage):
            return _Meaning(found.name, is_entity=self.kinds.is_entity(found))
        if isinstance(found, EnumFacts):
            name = f"{found.namespace}.{found.name}"
            if name in self.enumerations:
                return _Meaning(name)
            return _Meaning("Edm.String", values=tuple(member.name for member in found.members))
        unknown = self.unknown.get(cell, page, value)
        if unknown is None or unknown.kind == "text":
            return None
        return _Meaning(unknown.name, is_entity=unknown.kind == "entity")

    def _common(self, page: ResourcePage, cell: TypeCell) -> _Meaning:
        """The nearest type that all types of a cell derive from; the standard's abstract one where there is none."""
        found = [self.catalogue.lookup(part, page) for part in (cell._replace(others=()), *cell.others)]
        pages = [part for part in found if isinstance(part, ResourcePage)]
        chains = [self.catalogue.ancestry(part) for part in pages]
        if len(pages) == len(found):
            shared = next((part for part in chains[0] if all(part in chain for chain in chains)), None)
            if shared is not None:
                return _Meaning(shared.name, is_entity=self.kinds.is_entity(shared))
        if pages and all(self.kinds.is_entity(part) for part in pages):
            return _Meaning("Edm.EntityType", is_entity=True)
        return _Meaning("Edm.ComplexType")

    def _values_table(self, page: ResourcePage, row: MemberRow) -> tuple[str, ...]:
        """The values in a table of the page that is headed by the property's name or that the cell links to."""
        anchor = row.type.anchor or f"{row.name.lower()}-values"
        found = self.catalogue.lookup(TypeCell("", anchor=anchor), page)
        return tuple(member.name for member in found.members) if isinstance(found, EnumFacts) else ()

    def _property(self, members: Members, row: MemberRow, meaning: _Meaning, *, is_key: bool) -> Property:
        stated = row.statements
        is_computed = stated.read_only and not is_key
        name, is_collection = meaning.name, row.type.collection
        if is_key and (is_collection or not _may_be_key(name)):
            members.note(
                "warning",
                row.origin,
                f"The key property '{row.name}' is read as String: no key is {_written(row.type)}.",
            )
            name, is_collection = "Edm.String", False
        is_single = not is_collection and (name in PRIMITIVE_TYPES or name in self.enumerations)
        nullable = not (stated.not_nullable or (stated.required and is_single)) or (is_computed and not is_collection)
        length = row.type.max_length or stated.max_length
        type_of = replace(type_ref(name, max_length=length, nullable=nullable), collection=is_collection)
        return Property(
            row.name,
            type_of,
            default=self._default(stated.default, type_of) if is_single and not is_computed else None,
            annotations=tuple(_annotations(row, meaning, is_computed=is_computed)),
            origin=row.origin,
        )

    def _default(self, text: str | None, type_of: TypeRef) -> PrimitiveValue | None:
        """A stated default, where it is a value of the type."""
        if text is None or not text:
            return None
        defined = replace(type_of, definition=self.enumerations.get(type_of.name))
        try:
            return fit(parse(text, defined), defined)
        except ValueError:
            return None

    def _add_shown(self, members: Members, page: ResourcePage, name: str, value: object, *, is_key: bool) -> None:
        """Adds a member that the JSON representation alone has."""
        origin = Origin(page.origin.file, page.example.line_of(name))
        is_collection = is_shown_collection(value)
        meaning = _Meaning("Edm.String") if is_key else self._shown_meaning(page, value)
        what = f"a collection of {meaning.name}" if is_collection else meaning.name
        severity: Severity = "info" if is_key else "warning"
        members.note(severity, origin, f"'{name}' is missing from the Properties table; it is read as {what}.")
        if meaning.is_entity:
            members.navigation_properties.append(
                NavigationProperty(name, meaning.name, collection=is_collection, origin=origin)
            )
        else:
            type_of = replace(type_ref(meaning.name), collection=is_collection and not is_key)
            members.properties.append(Property(name, type_of, origin=origin))

    def _shown_meaning(self, page: ResourcePage, value: object) -> _Meaning:
        named = shown_type(value)
        if named is not None:
            return self._named(page, TypeCell(named), value) or _Meaning("Edm.String")
        element = (value[0] if value else None) if isinstance(value, list) else value
        if isinstance(element, dict | list) or value == []:
            return _Meaning(UNTYPED)
        return _Meaning(inferred_type(element) or "Edm.String")


_NAMES = "Write a letter or '_', then letters, digits and '_'."
_DEPRECATED = (Record({"Kind": EnumMember("Org.OData.Core.V1.RevisionKind", ("Deprecated",))}),)


def _may_be_key(name: str) -> bool:
    row = PRIMITIVE_TYPES.get(name)
    return row is not None and row.may_be_key


def _written(cell: TypeCell) -> str:
    return f"a collection of {cell.name}" if cell.collection else (cell.name or "without a type")


def _shown(value: object) -> str:
    match value:
        case list():
            return "an array"
        case dict():
            return "an object"
        case _:
            return repr(value)


def _values_of(row: MemberRow) -> tuple[str, ...]:
    """The texts that a description allows; none where one text may hold several of them."""
    return () if row.statements.several and not row.type.collection else row.statements.values


def _annotations(row: MemberRow, meaning: _Meaning, *, is_computed: bool) -> Iterator[Annotation]:
    if row.description is not None:
        yield Annotation(DESCRIPTION, row.description)
    if is_computed:
        yield Annotation(COMPUTED)
    elif row.statements.immutable:
        yield Annotation(IMMUTABLE)
    if meaning.values:
        yield Annotation(ALLOWED_VALUES, tuple(Record({"Value": value}) for value in meaning.values))
    if row.statements.deprecated:
        yield Annotation(REVISIONS, _DEPRECATED)


def deprecation() -> Annotation:
    """The annotation of what a page calls deprecated."""
    return Annotation(REVISIONS, _DEPRECATED)


def _navigation(row: MemberRow, target: str) -> NavigationProperty:
    description = (Annotation(DESCRIPTION, row.description),) if row.description is not None else ()
    revisions = (deprecation(),) if row.statements.deprecated else ()
    return NavigationProperty(
        row.name,
        target,
        collection=row.type.collection,
        annotations=(*description, *revisions),
        origin=row.origin,
    )
