"""A schema's tables: one for each entity set, a column for each structural property, a version behind each ETag.

Tables and columns are named as sets and properties are; a name that differs from another in case alone gets a number,
since SQLite tells no case apart. What no property has holds a hyphen, which no OData name can: `odata-version`, the
foreign key `partner-id` behind a navigation property without referential constraint, the link table `Customers-tags`.
"""

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass

from odata_service.edm.annotations import INDEX, is_tagged
from odata_service.edm.model import EntitySet, NavigationProperty, Property, Schema
from odata_service.edm.types import Kind, TypeRef, kind_of

VERSION = "odata-version"
_SOURCE = "source"

COLUMN_TYPES = {
    Kind.BOOLEAN: "INTEGER",
    Kind.INTEGER: "INTEGER",
    Kind.DECIMAL: "TEXT",
    Kind.FLOAT: "REAL",
    Kind.STRING: "TEXT",
    Kind.GUID: "TEXT",
    Kind.BINARY: "BLOB",
    Kind.DATE: "TEXT",
    Kind.TIME_OF_DAY: "TEXT",
    Kind.INSTANT: "TEXT",
    Kind.DURATION: "INTEGER",
}
"""How values of each kind are kept; kinds that are not here have no column."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A column: its name, the type of its values, whether it may be null."""

    name: str
    type: TypeRef
    nullable: bool

    @property
    def sql_type(self) -> str:
        """The column's type in SQLite."""
        kind = kind_of(self.type)
        assert kind is not None, "columns hold single primitive values"
        return COLUMN_TYPES[kind]


@dataclass(frozen=True, slots=True)
class TableMapping:
    """The table of an entity set: columns by property name, hidden ones by their own, the key's columns."""

    name: str
    columns: ReadOnly[str, ColumnMapping]
    hidden: ReadOnly[str, ColumnMapping]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()

    def all_columns(self) -> Iterator[ColumnMapping]:
        """Every column but the version."""
        yield from self.columns.values()
        yield from self.hidden.values()


@dataclass(frozen=True, slots=True)
class LinkTable:
    """A table of pairs: the columns of the source's key and of the target's."""

    name: str
    source: tuple[ColumnMapping, ...]
    target: tuple[ColumnMapping, ...]


@dataclass(frozen=True, slots=True)
class Join:
    """How a navigation property is followed: equal columns of source and target, or a table of links between."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    link: LinkTable | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """Tables by entity set, joins by entity set and navigation property."""

    schema: Schema
    tables: ReadOnly[str, TableMapping]
    joins: ReadOnly[tuple[str, str], Join]

    def links(self) -> Iterator[LinkTable]:
        """The link tables, each once: as the side sees it that the table is named after."""
        known = (join.link for join in self.joins.values() if join.link is not None)
        yield from {link.name: link for link in known if link.source[0].name.startswith(_SOURCE)}.values()

    def set_of(self, entity_set: EntitySet, navigation: NavigationProperty) -> EntitySet:
        """The set that a navigation property of this set is bound to; the resolver has seen that there is one."""
        bound = self.schema.entity_set(entity_set.binding(navigation.name) or "")
        assert bound is not None, "navigation without a bound set is refused by the resolver"
        return bound


def mapping_of(schema: Schema) -> Mapping:
    """The tables and joins of a schema."""
    sets = schema.container.entity_sets.values()
    joins: dict[tuple[str, str], Join] = {}
    hidden: dict[str, dict[str, ColumnMapping]] = {entity_set.name: {} for entity_set in sets}
    for entity_set in sets:
        for navigation in schema.navigation_properties(entity_set.entity_type).values():
            target = schema.entity_set(entity_set.binding(navigation.name) or "")
            if target is not None:
                join = _join(entity_set, navigation, target, schema)
                joins[entity_set.name, navigation.name] = join
                for column in _foreign_key(navigation, target, schema) if not navigation.collection else ():
                    hidden[entity_set.name][column.name] = column
    names = _distinct([entity_set.name for entity_set in sets])
    tables = {
        entity_set.name: _table(entity_set, names[entity_set.name], hidden[entity_set.name], joins, schema)
        for entity_set in sets
    }
    return Mapping(schema, tables, joins)


def _table(
    entity_set: EntitySet,
    name: str,
    hidden: ReadOnly[str, ColumnMapping],
    joins: ReadOnly[tuple[str, str], Join],
    schema: Schema,
) -> TableMapping:
    properties = [part for part in schema.properties(entity_set.entity_type).values() if is_stored(part)]
    columns = _columns(properties)
    key = tuple(columns[part.path].name for part in schema.key(entity_set.entity_type))
    marked = [(columns[part.name].name,) for part in properties if is_tagged(part.annotations, INDEX)]
    own = [join.source for (owner, _), join in joins.items() if owner == entity_set.name]
    reached = [
        join.target
        for (owner, navigation), join in joins.items()
        if schema.container.entity_sets[owner].binding(navigation) == entity_set.name
    ]
    wanted = dict.fromkeys(columns for columns in (*own, *reached, *marked) if columns != key)
    return TableMapping(name, columns, hidden, key, tuple(wanted))


def is_stored(part: Property) -> bool:
    """Whether a property has a column."""
    return kind_of(part.type) in COLUMN_TYPES


def _columns(properties: list[Property]) -> dict[str, ColumnMapping]:
    names = _distinct([part.name for part in properties])
    return {part.name: ColumnMapping(names[part.name], part.type, part.type.nullable) for part in properties}


def _distinct(names: list[str]) -> dict[str, str]:
    """Names that differ in more than case."""
    taken: dict[str, int] = {}
    result = {}
    for name in names:
        count = taken[name.lower()] = taken.get(name.lower(), 0) + 1
        result[name] = name if count == 1 else f"{name}-{count}"
    return result


def _join(entity_set: EntitySet, navigation: NavigationProperty, target: EntitySet, schema: Schema) -> Join:
    if not navigation.collection:
        return _to_one(entity_set, navigation, target, schema)
    partner = schema.navigation_properties(target.entity_type).get(navigation.partner or "")
    if partner is not None and not partner.collection:
        back = _to_one(target, partner, entity_set, schema)
        return Join(back.target, back.source)
    return _linked(entity_set, navigation, target, schema)


def _to_one(entity_set: EntitySet, navigation: NavigationProperty, target: EntitySet, schema: Schema) -> Join:
    columns = _columns_of(entity_set, schema)
    referenced = _columns_of(target, schema)
    constraints = navigation.referential_constraints
    if constraints:
        return Join(
            tuple(columns[constraint.property].name for constraint in constraints),
            tuple(referenced[constraint.referenced_property].name for constraint in constraints),
        )
    own = tuple(column.name for column in _foreign_key(navigation, target, schema))
    return Join(own, tuple(referenced[part.path].name for part in schema.key(target.entity_type)))


def _foreign_key(navigation: NavigationProperty, target: EntitySet, schema: Schema) -> tuple[ColumnMapping, ...]:
    """The hidden columns behind a single-valued navigation property that no properties stand for."""
    if navigation.referential_constraints:
        return ()
    return _key_columns(target, navigation.name, schema, nullable=True)


def _linked(entity_set: EntitySet, navigation: NavigationProperty, target: EntitySet, schema: Schema) -> Join:
    """Pairs in a table of their own; both directions of a many-to-many share it."""
    partner = schema.navigation_properties(target.entity_type).get(navigation.partner or "")
    mirrored = partner is not None and (target.name, partner.name) < (entity_set.name, navigation.name)
    owner, name = (target, partner.name) if mirrored and partner is not None else (entity_set, navigation.name)
    other = entity_set if mirrored else target
    here = _key_columns(owner, _SOURCE, schema, nullable=False)
    there = _key_columns(other, "target", schema, nullable=False)
    link = LinkTable(f"{owner.name}-{name}", *((there, here) if mirrored else (here, there)))
    columns, referenced = _columns_of(entity_set, schema), _columns_of(target, schema)
    return Join(
        tuple(columns[part.path].name for part in schema.key(entity_set.entity_type)),
        tuple(referenced[part.path].name for part in schema.key(target.entity_type)),
        link,
    )


def _key_columns(target: EntitySet, prefix: str, schema: Schema, *, nullable: bool) -> tuple[ColumnMapping, ...]:
    properties = schema.properties(target.entity_type)
    return tuple(
        ColumnMapping(f"{prefix}-{part.path}", properties[part.path].type, nullable)
        for part in schema.key(target.entity_type)
    )


def _columns_of(entity_set: EntitySet, schema: Schema) -> dict[str, ColumnMapping]:
    return _columns([part for part in schema.properties(entity_set.entity_type).values() if is_stored(part)])
