"""A schema's tables: one for each entity set, a column for each structural property, a version behind each ETag.

Tables and columns are named as sets and properties are; a name that differs from another in case alone gets a number,
since SQLite tells no case apart. What no property has holds a hyphen, which no OData name can: `odata-version`, the
foreign key `partner-id` behind a navigation property without referential constraint, the link table `Customers-tags`.

Annotations of the Storage vocabulary name tables and columns otherwise; what is marked as existing belongs to others.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass, replace

from odata_service.database import Form
from odata_service.edm.annotations import (
    COLUMN,
    EXISTING,
    FORMAT,
    INDEX,
    LINK_TABLE,
    TABLE,
    Annotation,
    Record,
    Value,
    annotation_value,
    is_tagged,
)
from odata_service.edm.model import EntitySet, NavigationProperty, Property, Schema
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import StorageMismatch
from odata_service.sql.families import SQLITE, Codec, Family

VERSION = "odata-version"
_SOURCE = "source"
_FORMS = tuple(form.value for form in Form)

STORED_KINDS = frozenset(
    {
        Kind.BOOLEAN,
        Kind.INTEGER,
        Kind.DECIMAL,
        Kind.FLOAT,
        Kind.STRING,
        Kind.GUID,
        Kind.BINARY,
        Kind.DATE,
        Kind.TIME_OF_DAY,
        Kind.INSTANT,
        Kind.DURATION,
    }
)
"""The kinds of values that have a column."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """A column: its name, the type of its values, whether it may be null, and the form in which values are kept.

    Tables that we make have the canonical form throughout; `Form` lists those of existing tables. One that is `hashed`
    from others is no column, but tells the rows of a view apart. `default` is the property's.
    """

    name: str
    type: TypeRef
    nullable: bool
    form: Form = Form.CANONICAL
    hashed: tuple[str, ...] = ()
    default: object = None


@dataclass(frozen=True, slots=True)
class TableMapping:
    """The table of an entity set: columns by property name, hidden ones by their own, the key's columns.

    A table that `existing` says others own is neither made nor altered and has no version column.
    """

    name: str
    columns: ReadOnly[str, ColumnMapping]
    hidden: ReadOnly[str, ColumnMapping]
    key: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    existing: bool = False

    def all_columns(self) -> Iterator[ColumnMapping]:
        """Every column but the version, and but what is no column."""
        yield from (column for column in self.columns.values() if not column.hashed)
        yield from self.hidden.values()


@dataclass(frozen=True, slots=True)
class LinkTable:
    """A table of pairs: the columns of the source's key and of the target's."""

    name: str
    source: tuple[ColumnMapping, ...]
    target: tuple[ColumnMapping, ...]
    existing: bool = False


@dataclass(frozen=True, slots=True)
class Join:
    """How a navigation property is followed: equal columns of source and target, or a table of links between."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    link: LinkTable | None = None


@dataclass(frozen=True, slots=True)
class Mapping:
    """Tables by entity set, joins by entity set and navigation property, in a database of this family."""

    schema: Schema
    tables: ReadOnly[str, TableMapping]
    joins: ReadOnly[tuple[str, str], Join]
    family: Family = SQLITE

    def codec(self, column: ColumnMapping) -> Codec:
        """How a column keeps its values."""
        return self.family.codec(column.form, column.type)

    def links(self) -> Iterator[LinkTable]:
        """The link tables to make, each once: as the side sees it that the table is named after."""
        known = (join.link for join in self.joins.values() if join.link is not None and not join.link.existing)
        yield from {link.name: link for link in known if link.source[0].name.startswith(_SOURCE)}.values()

    def set_of(self, entity_set: EntitySet, navigation: NavigationProperty) -> EntitySet:
        """The set that a navigation property of this set is bound to; the resolver has seen that there is one."""
        bound = self.schema.entity_set(entity_set.binding(navigation.name) or "")
        assert bound is not None, "navigation without a bound set is refused by the resolver"
        return bound


def mapping_of(schema: Schema, family: Family = SQLITE) -> Mapping:
    """The tables and joins of a schema in a database of a family."""
    sets = schema.container.entity_sets.values()
    joins: dict[tuple[str, str], Join] = {}
    hidden: dict[str, dict[str, ColumnMapping]] = {entity_set.name: {} for entity_set in sets}
    for entity_set in sets:
        for navigation in schema.navigation_properties(entity_set.entity_type).values():
            target = schema.entity_set(entity_set.binding(navigation.name) or "")
            if target is not None:
                join = _join(entity_set, navigation, target, schema)
                joins[entity_set.name, navigation.name] = join
                for column in _foreign_key(navigation, target, schema):
                    hidden[entity_set.name][column.name] = column
    names = _distinct([entity_set.name for entity_set in sets])
    tables = {
        entity_set.name: _table(entity_set, names[entity_set.name], hidden[entity_set.name], joins, schema)
        for entity_set in sets
    }
    return Mapping(schema, tables, joins, family)


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
    stated = _stated(entity_set.annotations, TABLE)
    is_existing = is_tagged(entity_set.annotations, EXISTING)
    return TableMapping(name if stated is None else stated, columns, hidden, key, tuple(wanted), is_existing)


def is_stored(part: Property) -> bool:
    """Whether a property has a column."""
    return kind_of(part.type) in STORED_KINDS


def _columns(properties: list[Property]) -> dict[str, ColumnMapping]:
    names = _distinct([part.name for part in properties])
    columns = {part.name: _column(part, names[part.name]) for part in properties}
    real = tuple(column.name for column in columns.values() if column.form is not Form.ROW_HASH)
    return {
        name: replace(column, hashed=real) if column.form is Form.ROW_HASH else column
        for name, column in columns.items()
    }


def _column(part: Property, name: str) -> ColumnMapping:
    stated = _stated(part.annotations, COLUMN)
    form = _stated(part.annotations, FORMAT) or Form.CANONICAL.value
    if form not in _FORMS:
        raise StorageMismatch([f"The {FORMAT} '{form}' of '{part.name}' is none of {', '.join(_FORMS)}."])
    column = name if stated is None else stated
    return ColumnMapping(column, part.type, part.type.nullable, Form(form), default=part.default)


def _stated(annotations: Sequence[Annotation], term: str) -> str | None:
    value = annotation_value(annotations, term)
    return value if isinstance(value, str) else None


def _distinct(names: list[str]) -> dict[str, str]:
    """Names that differ in more than case."""
    taken: dict[str, int] = {}
    result = {}
    for name in names:
        count = taken[name.lower()] = taken.get(name.lower(), 0) + 1
        result[name] = name if count == 1 else f"{name}-{count}"
    return result


def _join(entity_set: EntitySet, navigation: NavigationProperty, target: EntitySet, schema: Schema) -> Join:
    partner = schema.navigation_properties(target.entity_type).get(navigation.partner or "")
    if partner is not None and _holds_key(partner, navigation):
        back = _to_one(target, partner, entity_set, schema)
        return Join(back.target, back.source)
    if not navigation.collection:
        return _to_one(entity_set, navigation, target, schema)
    stated = annotation_value(navigation.annotations, LINK_TABLE)
    if isinstance(stated, Record):
        return _existing_link(navigation, stated, entity_set, target, schema)
    return _linked(entity_set, navigation, target, schema)


def _holds_key(partner: NavigationProperty, navigation: NavigationProperty) -> bool:
    """Whether the partner's entities have the foreign key behind a navigation property: of two single ones, one has."""
    if partner.collection:
        return False
    constrained = bool(partner.referential_constraints) and not navigation.referential_constraints
    return navigation.collection or constrained


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
    partner = schema.navigation_properties(target.entity_type).get(navigation.partner or "")
    backwards = partner is not None and _holds_key(partner, navigation)
    if navigation.collection or navigation.referential_constraints or backwards:
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


def _existing_link(
    navigation: NavigationProperty, stated: Record, entity_set: EntitySet, target: EntitySet, schema: Schema
) -> Join:
    """Pairs in a table that is there already, as the annotation describes it."""
    own, referenced = _key_of(entity_set, schema), _key_of(target, schema)
    link = LinkTable(
        str(stated.values.get("Table")),
        _paired(navigation, stated.values.get("Source"), own),
        _paired(navigation, stated.values.get("Target"), referenced),
        existing=True,
    )
    return Join(tuple(column.name for column in own), tuple(column.name for column in referenced), link)


def _key_of(entity_set: EntitySet, schema: Schema) -> tuple[ColumnMapping, ...]:
    columns = _columns_of(entity_set, schema)
    return tuple(columns[part.path] for part in schema.key(entity_set.entity_type))


def _paired(
    navigation: NavigationProperty, names: Value | None, key: Sequence[ColumnMapping]
) -> tuple[ColumnMapping, ...]:
    """The columns of a link table that hold one side's key."""
    listed = names if isinstance(names, tuple) else ()
    if len(listed) != len(key):
        raise StorageMismatch(
            [f"The {LINK_TABLE} of '{navigation.name}' names {len(listed)} columns for a key of {len(key)}: name each."]
        )
    return tuple(replace(part, name=str(name), nullable=False) for name, part in zip(listed, key, strict=True))


def _key_columns(target: EntitySet, prefix: str, schema: Schema, *, nullable: bool) -> tuple[ColumnMapping, ...]:
    return tuple(
        ColumnMapping(f"{prefix}-{part.name}", part.type, nullable)
        for part in schema.key_properties(target.entity_type)
    )


def _columns_of(entity_set: EntitySet, schema: Schema) -> dict[str, ColumnMapping]:
    return _columns([part for part in schema.properties(entity_set.entity_type).values() if is_stored(part)])
