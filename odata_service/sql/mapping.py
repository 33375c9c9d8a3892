"""A schema's tables: one for each navigation source, a column for each leaf of its types, a version behind each ETag.

Tables and columns are named as sets and properties are; a name that differs from another in case alone gets a number,
since SQLite tells no case apart. What no property has holds a hyphen, which no OData name can: `odata-version`, the
column `address-city` of a member of a complex value (`edm.leaves`), the foreign key `partner-id` behind a navigation
property without referential constraint, the link table `Customers-tags`.

Entities of all types that a set may hold share its table, which says of each row what it is (`odata-type`). What can
contain others has a name of its own, given when it is made (`odata-id`), and what is contained says in whom
(`odata-parent`); see docs/architecture.md.

Annotations of the Storage vocabulary name tables and columns otherwise; what is marked as existing belongs to others.
"""

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Mapping as ReadOnly
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace
from peewee import JOIN, SQL, Column, Expression, NodeList, Select, Source, Table
from peewee import Join as SqlJoin

from odata_service.database import Form
from odata_service.edm.annotations import (
    COLUMN,
    FORMAT,
    Annotation,
    annotation_value,
    kept_name,
)
from odata_service.edm.leaves import DYNAMIC, Leaf, kept_path
from odata_service.edm.model import EntitySet, NavigationProperty, Schema
from odata_service.edm.nested import property_steps
from odata_service.edm.types import BINARY, GUID, INT64, STRING, Facets, TypeRef
from odata_service.errors import StorageMismatch
from odata_service.semantics.tree import Expression as Computed
from odata_service.sql.families import SQLITE, Codec, Dialect, Family

if TYPE_CHECKING:
    from odata_service.sql.code import Askings

VERSION = "odata-version"
TYPE = "odata-type"
ID = "odata-id"
PARENT = "odata-parent"
_DYNAMIC_COLUMN = "odata-dynamic"
STREAM_TABLE = "odata-streams"
OWNER = "owner"
_NAME_LENGTH = 128
_FORMS = tuple(form.value for form in Form)


class ColumnMapping(Struct, frozen=True):
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


class TableMapping(Struct, frozen=True):
    """The table of a source: columns by the path of their leaf, hidden ones by their own name, the key's columns.

    `identity` are the columns by which others refer to a row. A table that `existing` says others own is neither made
    nor altered and has no version column. `searched` are the columns whose texts an index finds, `unique` those of each
    alternate key, and foreign keys that no two rows share. Of each row that changes the columns `logged` are written
    down, none where nothing is: those of the key, then others by which rows are related.
    """

    name: str
    columns: ReadOnly[str, ColumnMapping]
    hidden: ReadOnly[str, ColumnMapping]
    key: tuple[str, ...]
    identity: tuple[str, ...]
    indexes: tuple[tuple[str, ...], ...] = ()
    existing: bool = False
    searched: tuple[str, ...] = ()
    logged: tuple[str, ...] = ()
    unique: tuple[tuple[str, ...], ...] = ()

    def all_columns(self) -> Iterator[ColumnMapping]:
        """Every column but the version, and but what is no column."""
        yield from (column for column in self.columns.values() if not column.hashed)
        yield from self.hidden.values()


class LinkTable(Struct, frozen=True):
    """A table of pairs: the columns of the source's key and of the target's; `logged` as in `TableMapping`."""

    name: str
    source: tuple[ColumnMapping, ...]
    target: tuple[ColumnMapping, ...]
    existing: bool = False
    logged: tuple[str, ...] = ()


class MovedKey(Struct, frozen=True):
    """A foreign key of a source that another one holds from the other side: columns here, and those in their place."""

    source: str
    columns: tuple[str, ...]
    holder: str
    keys: tuple[str, ...]


class Join(Struct, frozen=True):
    """How a navigation property is followed: equal columns of source and target, or a table of links between."""

    source: tuple[str, ...]
    target: tuple[str, ...]
    link: LinkTable | None = None


Rows = Callable[[str], Source]
"""Makes the rows of a source, under the alias that it is given."""


class Mapping(Struct, frozen=True, eq=False):
    """Tables by source, joins by source and path of a navigation property, in a database of this family.

    `ruled` makes the rows of sources of which a caller does not see all. `computed` are the values of properties that
    are not kept, by source and path. `moved` are foreign keys that tables of an earlier version have.
    `askings` are the calls of code in the statement that is built, None where there may be none.
    """

    schema: Schema
    tables: ReadOnly[str, TableMapping]
    joins: ReadOnly[tuple[str, str], Join]
    family: Family = SQLITE
    ruled: ReadOnly[str, Rows] = field(default_factory=dict)
    computed: ReadOnly[tuple[str, str], Computed] = field(default_factory=dict)
    moved: tuple[MovedKey, ...] = ()
    askings: "Askings | None" = None

    def rows(self, source: str, alias: str) -> Source:
        """The rows of a source under a name: its table, or those of its rows that there are for the caller."""
        ruled = self.ruled.get(source)
        return Table(self.tables[source].name).alias(alias) if ruled is None else ruled(alias)

    def linked(self, link: LinkTable, target: str, alias: str) -> Source:
        """The pairs of a link table under a name, those alone that lead to rows of the target that there are."""
        ruled = self.ruled.get(target)
        pairs = Table(link.name)
        if ruled is None:
            return pairs.alias(alias)
        inner, known = pairs.alias(f"{alias}l"), ruled(f"{alias}t")
        names = zip((column.name for column in link.target), self.tables[target].identity, strict=True)
        same = [Expression(Column(inner, one), "=", Column(known, other)) for one, other in names]
        on = same[0] if len(same) == 1 else NodeList(same, glue=" AND ")
        every = SQL(f"{self.family.dialect.quoted(f'{alias}l')}.*")
        return Select([SqlJoin(inner, known, JOIN.INNER, on)], [every]).alias(alias)

    def codec(self, column: ColumnMapping) -> Codec:
        """How a column keeps its values."""
        return self.family.codec(column.form, column.type)

    def join(self, source: EntitySet, owner: str, navigation: NavigationProperty) -> Join:
        """How a navigation property that entities of `owner` have is followed from a source."""
        return self.joins[source.name, self.schema.member_path(source.entity_type, owner, navigation.name)]

    def stream_columns(self) -> tuple[ColumnMapping, ...]:
        """The columns of the table of streams: whose stream it is, its name, media type, version and bytes."""
        name = TypeRef("Edm.String", nullable=False, facets=Facets(max_length=_NAME_LENGTH))
        return (
            ColumnMapping(OWNER, GUID, nullable=False),
            ColumnMapping("name", name, nullable=False),
            ColumnMapping("type", STRING, nullable=False),
            ColumnMapping("version", INT64, nullable=False),
            ColumnMapping("value", BINARY, nullable=False),
        )

    def links(self) -> Iterator[LinkTable]:
        """The link tables to make, each once: as the side sees it that the table is named after."""
        known = (link for link in self.all_links() if not link.existing and link.source[0].name.startswith("source"))
        yield from {link.name: link for link in known}.values()

    def all_links(self) -> Iterator[LinkTable]:
        """The link tables as each navigation property sees them."""
        yield from (join.link for join in self.joins.values() if join.link is not None)

    def target(self, source: EntitySet, owner: str, navigation: NavigationProperty) -> EntitySet:
        """The source that a navigation property leads to; the resolver has seen that there is one."""
        found = self.schema.target(source, owner, navigation)
        assert found is not None, "navigation that leads nowhere is refused by the resolver"
        return found


def with_askings(mapping: Mapping, askings: "Askings") -> Mapping:
    """The mapping for statements that may ask code."""
    return replace(mapping, askings=askings)


def with_ruled(mapping: Mapping, ruled: ReadOnly[str, Rows]) -> Mapping:
    """The mapping with these in place of the tables of some sources."""
    return replace(mapping, ruled=ruled)


def kept_type(name: str, schema: Schema) -> str:
    """The name of a type that rows have in their type column."""
    return kept_name(name, schema.types[name].annotations)


def columns_of(source: EntitySet, schema: Schema, dialect: Dialect) -> dict[str, ColumnMapping]:
    """The columns of a source's leaves by path; those of derived types are null in rows of other types."""
    leaves = list(schema.leaves(source.entity_type).values())
    kept = [kept_path(leaf.path, source.entity_type, schema) for leaf in leaves]
    reserved = (VERSION, TYPE, ID, PARENT)
    names = distinct([*reserved, *(dialect.fitted(column_name(path)) for path in kept)])[len(reserved) :]
    columns = {leaf.path: _column(leaf, name) for leaf, name in zip(leaves, names, strict=True)}
    real = tuple(column.name for column in columns.values() if column.form is not Form.ROW_HASH)
    return {
        path: replace(column, hashed=real) if column.form is Form.ROW_HASH else column
        for path, column in columns.items()
    }


def column_name(path: str) -> str:
    """The column of a leaf: `address-city`, `address--present`; a type's name is left out where it leads to it."""
    if path == DYNAMIC:
        return _DYNAMIC_COLUMN
    return "-".join(step.replace("$", "-") for step in property_steps(path))


def _column(leaf: Leaf, name: str) -> ColumnMapping:
    """The column of a leaf; of a collection null says that it is empty."""
    stated = stated_text(leaf.annotations, COLUMN)
    form = stated_text(leaf.annotations, FORMAT) or Form.CANONICAL.value
    if form not in _FORMS:
        raise StorageMismatch([f"The {FORMAT} '{form}' of '{leaf.path}' is none of {', '.join(_FORMS)}."])
    column = name if stated is None else stated
    nullable = leaf.type.nullable or leaf.type.collection
    return ColumnMapping(column, leaf.type, nullable, Form(form), default=leaf.default)


def stated_text(annotations: Sequence[Annotation], term: str) -> str | None:
    """The text that an annotation has for a value, or None."""
    value = annotation_value(annotations, term)
    return value if isinstance(value, str) else None


def distinct(names: Sequence[str]) -> list[str]:
    """The names, made so that they differ in more than case."""
    taken: dict[str, int] = {}
    result = []
    for name in names:
        count = taken[name.lower()] = taken.get(name.lower(), 0) + 1
        result.append(name if count == 1 else f"{name}-{count}")
    return result
