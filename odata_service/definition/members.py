"""A resource page's rows in, the properties and navigation properties of its entity type out."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from odata_service.definition.resource_page import MemberRow, ResourcePage, clean_description, rows_by_name
from odata_service.definition.type_cell import agrees, inferred_type, type_ref
from odata_service.edm.annotations import COMPUTED, DESCRIPTION, Annotation
from odata_service.edm.model import NavigationProperty, Property
from odata_service.errors import Origin, Problem

_READ_ONLY = re.compile(r"\bread[- ]only\b", re.IGNORECASE)
_REQUIRED = re.compile(r"(?:^|[.;:] )Required\b|\bnot nullable\b|\bnon-nullable\b", re.IGNORECASE)
_MAX_LENGTH = re.compile(r"\bmax(?:imum)?\.? (?:allowed )?(?:length|size)?\D{0,6}(\d+)", re.IGNORECASE)
_UNSERVED = frozenset({"Edm.Stream"})


@dataclass
class Members:
    """What a page's rows have become, and what was found on the way."""

    properties: list[Property] = field(default_factory=list)
    navigation_properties: list[NavigationProperty] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def warn(self, origin: Origin, message: str) -> None:
        """Notes something that is served otherwise than the page says, or not at all."""
        self.problems.append(Problem("warning", message, origin))


Lookup = Callable[[MemberRow], ResourcePage | None]


def read_members_of(page: ResourcePage, inherited: tuple[MemberRow, ...], lookup: Lookup) -> Members:
    """The members of a page's type: inherited rows, its own, then what the JSON representation alone shows."""
    members = Members()
    own = rows_by_name(page.properties)
    for row in (*(row for row in inherited if row.name not in own), *page.properties):
        _add_property_row(members, page, row, lookup)
    for row in page.relationships:
        _add_relationship(members, page, row, lookup)
    for name, value in _unlisted(page, members):
        _add_shown_member(members, page, name, value)
    return members


def _add_property_row(members: Members, page: ResourcePage, row: MemberRow, lookup: Lookup) -> None:
    related = None if row.type.primitive else lookup(row)
    if related is not None and related.is_entity:
        members.navigation_properties.append(_navigation(row, related))
        return
    value = page.example.members.get(row.name)
    if not agrees(value, row.type):
        message = f"'{row.name}' is {_written(row)} in the table, but {value!r} in the JSON representation."
        members.warn(row.origin, f"{message} The table counts.")
    if row.type.collection or related is not None or isinstance(value, dict) or row.type.primitive in _UNSERVED:
        members.warn(row.origin, f"'{row.name}' is left out: {_written(row)} is not served yet.")
    else:
        members.properties.append(_property(page, row, value, members))


def _written(row: MemberRow) -> str:
    return f"a collection of {row.type.name}" if row.type.collection else (row.type.name or "without a type")


def _property(page: ResourcePage, row: MemberRow, value: object, members: Members) -> Property:
    primitive = row.type.primitive
    if primitive is None and not row.type.name and (primitive := inferred_type(value)) is not None:
        members.warn(row.origin, f"'{row.name}' has no type in the table; {primitive} is taken from the JSON.")
    if primitive is None:
        primitive = "Edm.String"
        members.warn(row.origin, f"The type '{row.type.name}' of '{row.name}' is not known; it is read as String.")
    is_computed = _READ_ONLY.search(row.description) is not None and row.name not in page.key
    maximum = _MAX_LENGTH.search(row.description)
    return Property(
        row.name,
        type_ref(
            primitive,
            max_length=row.type.max_length or (int(maximum[1]) if maximum else None),
            nullable=not _REQUIRED.search(row.description) or is_computed,
        ),
        annotations=(*_description(row), *((Annotation(COMPUTED),) if is_computed else ())),
        origin=row.origin,
    )


def _description(row: MemberRow) -> Iterator[Annotation]:
    text = clean_description(row.description)
    if text is not None:
        yield Annotation(DESCRIPTION, text)


def _navigation(row: MemberRow, related: ResourcePage) -> NavigationProperty:
    return NavigationProperty(
        row.name,
        related.name,
        collection=row.type.collection,
        annotations=tuple(_description(row)),
        origin=row.origin,
    )


def _add_relationship(members: Members, page: ResourcePage, row: MemberRow, lookup: Lookup) -> None:
    declared = {known.name for known in members.properties} | {known.name for known in members.navigation_properties}
    if row.name in declared:
        return
    if row.type.primitive:
        _add_property_row(members, page, row, lookup)
        return
    related = lookup(row)
    if related is None:
        members.warn(row.origin, f"'{row.name}' is left out: no page that was given defines '{row.type.name}'.")
    elif not related.is_entity:
        members.warn(row.origin, f"'{row.name}' is left out: the complex type '{related.name}' is not served yet.")
    else:
        members.navigation_properties.append(_navigation(row, related))


def _unlisted(page: ResourcePage, members: Members) -> Iterator[tuple[str, object]]:
    """The JSON representation's members that no table lists, then the key's parts that stand nowhere."""
    listed = {row.name for row in (*page.properties, *page.relationships)}
    listed |= {known.name for known in members.properties}
    shown: Mapping[str, object] = page.example.members
    yield from ((name, value) for name, value in shown.items() if name not in listed and "@" not in name)
    yield from ((name, "String") for name in page.key if name not in listed and name not in shown)


def _add_shown_member(members: Members, page: ResourcePage, name: str, value: object) -> None:
    origin = Origin(page.origin.file, page.example.line_of(name))
    primitive = inferred_type(value)
    if primitive is None or primitive in _UNSERVED:
        members.warn(origin, f"'{name}' stands in the JSON representation alone and its type is not served: left out.")
        return
    members.warn(origin, f"'{name}' is missing from the Properties table; it is read as {primitive}.")
    members.properties.append(Property(name, type_ref(primitive), origin=origin))
