"""What tables and columns were called before: the names that a mapping would give if elements had their former names.

A rename reaches further than one column: hidden foreign keys, tables of links and indexes are named after sets and
properties. So the schema as it was is mapped too, and both mappings are laid side by side.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.annotations import COLUMN, FORMER_NAME, TABLE, Annotation, annotation_value
from odata_service.edm.model import (
    EntitySet,
    EntityType,
    KeyProperty,
    NavigationBinding,
    NavigationProperty,
    Property,
    ReferentialConstraint,
    Schema,
    SchemaType,
    Singleton,
    StructuredType,
)
from odata_service.edm.sources import with_sources
from odata_service.sql.layout import mapping_of
from odata_service.sql.mapping import LinkTable
from odata_service.sql.mapping import Mapping as SchemaMapping
from odata_service.sql.wanted import wanted_tables

_NEW = "\0"
"""Begins the former names of what is new under a name that something else had: no table or column has it."""

Pairs = list[tuple[str, str]]


class FormerNames(Struct, frozen=True):
    """Former names, the latest first: `tables` by a table's name, `columns` by a table's name and a column's."""

    tables: Mapping[str, tuple[str, ...]]
    columns: Mapping[tuple[str, str], tuple[str, ...]]


def former_names(mapping: SchemaMapping) -> FormerNames:
    """What the definition says that the tables and columns of a mapping were called."""
    tables: dict[str, list[str]] = {}
    columns: dict[tuple[str, str], list[str]] = {}
    for variant in _variants(mapping.schema):
        for (table, former_table), pairs in _side_by_side(mapping, mapping_of(variant, mapping.family)):
            _note(tables.setdefault(table, []), table, former_table)
            for column, former_column in pairs:
                _note(columns.setdefault((table, column), []), column, former_column)
    return FormerNames(
        {name: tuple(found) for name, found in tables.items() if found},
        {name: tuple(found) for name, found in columns.items() if found},
    )


def _note(known: list[str], name: str, former: str) -> None:
    if former != name and former not in known and _NEW not in former:
        known.append(former)


def _side_by_side(current: SchemaMapping, former: SchemaMapping) -> Iterator[tuple[tuple[str, str], Pairs]]:
    """Each table with its former self: names of both, and of their columns."""
    link_names = {link.name for link in _links(current)}, {link.name for link in _links(former)}
    one = [table for table in wanted_tables(current) if table.name not in link_names[0]]
    other = [table for table in wanted_tables(former) if table.name not in link_names[1]]
    for now, before in zip(one, other, strict=True):
        names = zip(now.columns, before.columns, strict=True)
        yield (now.name, before.name), [(column.name, was.name) for column, was in names]
    for link, was_link in zip(_links(current), _links(former), strict=True):
        pairs = zip((*link.source, *link.target), (*was_link.source, *was_link.target), strict=True)
        yield (link.name, was_link.name), [(column.name, was.name) for column, was in pairs]


def _links(mapping: SchemaMapping) -> list[LinkTable]:
    """The tables of links as each of their sides sees them: which side one is named after may change with the names."""
    return [join.link for join in mapping.joins.values() if join.link is not None and not join.link.existing]


def _variants(schema: Schema) -> Iterator[Schema]:
    """The schema with former names: of sets, of properties, of both, and further back where there are more."""
    container = schema.container
    sources: list[Named] = [*container.entity_sets.values(), *container.singletons.values()]
    sets = [_former(found.annotations) for found in sources]
    structured = (schema.structured_type(name) for name in schema.types)
    members = [_former(part.annotations) for found in structured if found is not None for part in _members(found)]
    depths = [max((len(names) for names in group), default=0) for group in (members, sets)]
    for of_members in range(depths[0] + 1):
        for of_sets in range(depths[1] + 1):
            if of_members or of_sets:
                yield _Renaming(schema, of_sets, of_members).schema()


def _members(found: StructuredType) -> Iterator[Property | NavigationProperty]:
    yield from found.properties
    yield from found.navigation_properties


def _former(annotations: tuple[Annotation, ...]) -> tuple[str, ...]:
    """The former names that an element states, the latest first."""
    stated = annotation_value(annotations, FORMER_NAME)
    names = stated if isinstance(stated, tuple) else (stated,)
    return tuple(name for name in names if isinstance(name, str))


Named = EntitySet | Singleton | Property | NavigationProperty
Source = TypeVar("Source", EntitySet, Singleton)


def _renames(elements: Sequence[Named], depth: int) -> dict[str, str]:
    """What siblings were called `depth` names ago; who has taken a former name since had none then."""
    before: dict[str, str] = {}
    for element in elements:
        names = _former(element.annotations)
        if depth and names:
            before[element.name] = names[min(depth, len(names)) - 1]
    taken = set(before.values())
    return {
        element.name: before.get(element.name) or (_NEW + element.name if element.name in taken else element.name)
        for element in elements
    }


class _Renaming(Struct, frozen=True):
    """A schema as it was so many names of its sets and of its members ago."""

    whole: Schema
    of_sets: int
    of_members: int

    def schema(self) -> Schema:
        """The schema with former names wherever a renamed element is spoken of."""
        container = self.whole.container
        names = _renames([*container.entity_sets.values(), *container.singletons.values()], self.of_sets)
        sets = {names[name]: self._source(found, names) for name, found in container.entity_sets.items()}
        singletons = {names[name]: self._source(found, names) for name, found in container.singletons.items()}
        types = {name: self._type(found) for name, found in self.whole.types.items()}
        former = replace(container, entity_sets=sets, singletons=singletons)
        return with_sources(replace(self.whole, types=types, container=former))

    def _source(self, source: Source, names: Mapping[str, str]) -> Source:
        bindings = tuple(
            NavigationBinding(self._path(source.entity_type, binding.path), names.get(binding.target, binding.target))
            for binding in source.navigation_bindings
        )
        name = names[source.name]
        placed = _unplaced(source, name, TABLE)
        return replace(source, name=name, navigation_bindings=bindings, annotations=placed)

    def _type(self, found: SchemaType) -> SchemaType:
        if not isinstance(found, StructuredType):
            return found
        names = self._member_names(found.name)
        properties = tuple(
            replace(part, name=names[part.name], annotations=_unplaced(part, names[part.name], COLUMN))
            for part in found.properties
        )
        navigation = tuple(self._navigation(part, found.name, names) for part in found.navigation_properties)
        if not isinstance(found, EntityType):
            return replace(found, properties=properties, navigation_properties=navigation)
        key = tuple(KeyProperty(self._path(found.name, part.path), part.alias) for part in found.key)
        return replace(found, properties=properties, navigation_properties=navigation, key=key)

    def _navigation(self, part: NavigationProperty, owner: str, names: Mapping[str, str]) -> NavigationProperty:
        constraints = tuple(
            ReferentialConstraint(
                self._path(owner, constraint.property), self._path(part.target, constraint.referenced_property)
            )
            for constraint in part.referential_constraints
        )
        partner = None if part.partner is None else self._path(part.target, part.partner)
        return replace(part, name=names[part.name], partner=partner, referential_constraints=constraints)

    def _member_names(self, type_name: str) -> dict[str, str]:
        """The former names of all members that a type has, inherited ones among them."""
        members: list[Named] = [
            *self.whole.properties(type_name).values(),
            *self.whole.navigation_properties(type_name).values(),
        ]
        return _renames(members, self.of_members)

    def _path(self, type_name: str, path: str) -> str:
        """A path of members with their former names; casts among them stay."""
        steps = []
        current: str | None = type_name
        for step in path.split("/"):
            if "." in step or current is None or self.whole.structured_type(current) is None:
                steps.append(step)
                current = step if "." in step else None
                continue
            steps.append(self._member_names(current).get(step, step))
            current = self._type_of(current, step)
        return "/".join(steps)

    def _type_of(self, type_name: str, member: str) -> str | None:
        found = self.whole.properties(type_name).get(member)
        if found is not None:
            return found.type.name
        navigation = self.whole.navigation_properties(type_name).get(member)
        return None if navigation is None else navigation.target


def _unplaced(element: EntitySet | Singleton | Property, name: str, term: str) -> tuple[Annotation, ...]:
    """The annotations of an element; one with another name was kept under that, whatever is said of it now."""
    if name == element.name:
        return element.annotations
    return tuple(annotation for annotation in element.annotations if annotation.term != term)
