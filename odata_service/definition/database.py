"""An existing database as a definition: tables and views become entity types and entity sets, as they are.

Nothing needs to be stated. Names stay as near to the database's as identifiers allow (`table_names`), types follow the
columns (`column_types`), foreign keys become navigation (`table_relations`). Physical names and forms are written down
as annotations of the Storage vocabulary, so that an exported document can be edited and used instead of the database.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.database import Form
from odata_service.database.catalogue import Catalogue, CatalogueError, Column, Table
from odata_service.database.checks import listed_values
from odata_service.database.introspect import read_catalogue
from odata_service.definition.broken_references import BrokenReference, broken_references
from odata_service.definition.column_defaults import is_null, literal_default
from odata_service.definition.column_types import ColumnType, column_type, is_spelled_one_way
from odata_service.definition.database_sources import shown_url, url_of
from odata_service.definition.table_names import Names, namespace_of, singular
from odata_service.definition.table_relations import Naming, Relations, is_link_table
from odata_service.edm.annotations import (
    ALLOWED_VALUES,
    COLUMN,
    COMPUTED,
    COMPUTED_DEFAULT_VALUE,
    DESCRIPTION,
    EXISTING,
    FORMAT,
    TABLE,
    Annotation,
    Record,
)
from odata_service.edm.build import SchemaBuilder
from odata_service.edm.capabilities import Capabilities
from odata_service.edm.model import EntitySet, EntityType, KeyProperty, NavigationProperty, Property
from odata_service.edm.types import INT64, PRIMITIVE_TYPES
from odata_service.errors import Origin, Problem, Severity

_ROW_HASH = "row_hash"
_SPATIAL = {
    "mariadb": frozenset(
        {
            "geometry",
            "point",
            "linestring",
            "polygon",
            "multipoint",
            "multilinestring",
            "multipolygon",
            "geometrycollection",
        }
    ),
    "postgresql": frozenset(
        {"point", "line", "lseg", "box", "path", "polygon", "circle", "geometry", "geography", "raster"}
    ),
}
"""Types that are given out in a form of the database's own; it cannot always tell whether two values are equal."""
_READ_ONLY = Capabilities(insertable=False, updatable=False, deletable=False)


def read_database(source: str, builder: SchemaBuilder) -> None:
    """Adds the tables and views of a database; what is found becomes problems of the builder."""
    origin = Origin(shown_url(source))
    try:
        catalogue = read_catalogue(url_of(source))
    except CatalogueError as error:
        builder.problem(Problem("error", str(error), origin))
        return
    add_catalogue(catalogue, builder, origin)


def add_catalogue(catalogue: Catalogue, builder: SchemaBuilder, origin: Origin) -> None:
    """Adds what a catalogue lists."""
    if catalogue.tables:
        _Reading(catalogue, builder, origin).add()
    else:
        builder.problem(Problem("error", "The database has no table yet. Make its tables first.", origin))


class _Key(Struct, frozen=True):
    """The columns of an entity's key; without any, the name of the column that the database or this package adds."""

    columns: tuple[str, ...]
    added: str | None = None
    is_hash: bool = False


class _Reading(Struct):
    """The way from one catalogue to the parts of a model."""

    catalogue: Catalogue
    builder: SchemaBuilder
    origin: Origin
    tables: dict[str, Table] = field(default_factory=dict)
    types: dict[tuple[str, str], ColumnType] = field(default_factory=dict)
    keys: dict[str, _Key] = field(default_factory=dict)
    broken: tuple[BrokenReference, ...] = ()

    def add(self) -> None:
        """Adds an entity type and an entity set for each table that is more than a table of pairs."""
        for name, reason in self.catalogue.left_out:
            self._say("warning", name, f"{reason}; it is left out")
        known = {table.name: self._with_names(table) for table in self.catalogue.tables}
        self.broken = tuple(broken_references(self.catalogue))
        links = [table for table in known.values() if is_link_table(table, known)]
        self.tables = {name: table for name, table in known.items() if table not in links}
        for table in self.tables.values():
            self._read_types(table)
        self._agree_on_types()
        for table in self.tables.values():
            self.keys[table.name] = self._key(table)
        sets, naming = self._names()
        self._report_broken_references()
        navigation = Relations(self.tables, naming, self.origin).collect(links)
        for table in self.tables.values():
            self.builder.add_type(self._entity_type(table, naming, navigation[table.name]))
            self.builder.add_entity_set(self._entity_set(table, sets[table.name], naming))

    def _with_names(self, table: Table) -> Table:
        """A table without its column that has no name, which SQLite allows and no statement can be sure of."""
        named = tuple(column for column in table.columns if column.name)
        if len(named) < len(table.columns):
            self._say("warning", table.name, "it has a column without a name, which is left out")
        return self._with_texts(replace(table, columns=named, key=() if "" in table.key else table.key))

    def _with_texts(self, table: Table) -> Table:
        """A table without its spatial columns."""
        known = _SPATIAL.get(self.catalogue.family, frozenset())
        spatial = [column for column in table.columns if column.type in known]
        for column in spatial:
            self._say("warning", table.name, f"column '{column.name}': its type '{column.type}' is left out")
        return replace(table, columns=tuple(column for column in table.columns if column not in spatial))

    def _say(self, severity: Severity, table: str, message: str) -> None:
        self.builder.problem(Problem(severity, f"Table '{table}': {message}.", self.origin))

    def _read_types(self, table: Table) -> None:
        for column in table.columns:
            found = self.types[table.name, column.name] = column_type(column, self.catalogue.family)
            if found.remark is not None:
                self._say("warning", table.name, f"column '{column.name}': {found.remark}")

    def _report_broken_references(self) -> None:
        for broken in self.broken:
            self._say("warning", broken.table, broken.reason)

    def _agree_on_types(self) -> None:
        """Gives the columns of foreign keys the types of what they refer to, where both are integers (CSDL 8.5)."""
        for _ in self.tables:
            changed = False
            for table in self.tables.values():
                for reference in table.references:
                    for own, referenced in zip(reference.columns, reference.referenced, strict=False):
                        changed |= self._agree((table.name, own), (reference.table, referenced))
            if not changed:
                return

    def _agree(self, own: tuple[str, str], referenced: tuple[str, str]) -> bool:
        here, there = self.types.get(own), self.types.get(referenced)
        if here is None or there is None or here.type.name == there.type.name:
            return False
        if not (_is_integer(here) and _is_integer(there)):
            return False
        self.types[own] = replace(here, type=replace(here.type, name=there.type.name))
        return True

    def _key(self, table: Table) -> _Key:
        """The key of a table: its own, else unique columns that are never null, else the row's number or hash."""
        required = {column.name for column in table.columns if not column.nullable}
        for columns in (table.key, *(unique for unique in table.unique if required.issuperset(unique))):
            if columns and all(self._may_be_key(table, name) for name in columns):
                return _Key(columns)
        why = self._no_key(table)
        if table.row_number is not None:
            self._say("info", table.name, f"{why}: '{table.row_number}', the number of the row, stands for one")
            return _Key((), table.row_number)
        self._say("info", table.name, f"{why}: a hash of each row stands for one, and it is read-only")
        return _Key((), _ROW_HASH, is_hash=True)

    def _may_be_key(self, table: Table, name: str) -> bool:
        found = self.types[table.name, name]
        is_taken = PRIMITIVE_TYPES[found.type.name].may_be_key
        return is_taken and is_spelled_one_way(table.column(name), found.form)

    def _no_key(self, table: Table) -> str:
        """Why a table's own key is none of the model."""
        if not table.key:
            return f"{'the view' if table.is_view else 'it'} has no key"
        for name in table.key:
            found = self.types[table.name, name]
            if not is_spelled_one_way(table.column(name), found.form):
                return f"the values of its key column '{name}' are spelled in several ways"
        return f"the type of its key ({', '.join(table.key)}) is that of no key"

    def _names(self) -> tuple[dict[str, str], Naming]:
        """Entity set names by table, and what types and properties are called."""
        namespace = namespace_of(self.catalogue.name)
        set_names, type_names = Names(), Names({"container"})
        sets = {name: set_names.take(name) for name in self.tables}
        types = {name: f"{namespace}.{type_names.first_free([singular(name), name])}" for name in self.tables}
        properties = {}
        for table in self.tables.values():
            scope = Names()
            added = self.keys[table.name].added
            for column in (*(column.name for column in table.columns), *((added,) if added else ())):
                properties[table.name, column] = scope.take(column)
        return sets, Naming(types, properties)

    def _entity_type(self, table: Table, naming: Naming, navigation: Sequence[NavigationProperty]) -> EntityType:
        key = self.keys[table.name]
        listed = _listed_values(table)
        properties = [
            self._property(table, column, naming.properties[table.name, column.name], listed.get(column.name, ()))
            for column in table.columns
        ]
        if key.added is not None:
            properties.insert(0, self._added_key(key, naming.properties[table.name, key.added]))
        names = naming.of(table.name, key.columns or (key.added or "",))
        return EntityType(
            naming.types[table.name],
            tuple(properties),
            tuple(KeyProperty(name) for name in names),
            tuple(navigation),
            annotations=tuple(_described(table.comment)),
            origin=self.origin,
        )

    def _added_key(self, key: _Key, name: str) -> Property:
        stated = [Annotation(COMPUTED), Annotation(COLUMN, key.added or "")]
        if key.is_hash:
            stated.append(Annotation(FORMAT, Form.ROW_HASH.value))
        return Property(name, replace(INT64, nullable=False), annotations=tuple(stated), origin=self.origin)

    def _property(self, table: Table, column: Column, name: str, listed: Sequence[str | int]) -> Property:
        found = self.types[table.name, column.name]
        default = None if column.generated else literal_default(column.default, found)
        has_other = column.automatic or (default is None and not is_null(column.default))
        form = (Annotation(FORMAT, found.form.value),) if found.form is not Form.CANONICAL else ()
        annotations = (
            *_described(column.comment),
            *((Annotation(COMPUTED),) if column.generated else ()),
            *((Annotation(COMPUTED_DEFAULT_VALUE),) if has_other and not column.generated else ()),
            *_allowed_values(listed or column.labels),
            Annotation(COLUMN, column.name),
            *form,
        )
        return Property(name, found.type, default, annotations, self.origin)

    def _entity_set(self, table: Table, name: str, naming: Naming) -> EntitySet:
        return EntitySet(
            name,
            naming.types[table.name],
            capabilities=self._capabilities(table),
            annotations=(Annotation(EXISTING), Annotation(TABLE, table.name)),
            origin=self.origin,
        )

    def _capabilities(self, table: Table) -> Capabilities:
        is_writable = self.catalogue.writable and not table.is_view and not self.keys[table.name].is_hash
        refused = [broken for broken in self.broken if broken.refuses]
        if not is_writable or any(broken.table == table.name for broken in refused):
            return _READ_ONLY
        return Capabilities(deletable=all(broken.reference.table != table.name for broken in refused))


def _is_integer(found: ColumnType) -> bool:
    row = PRIMITIVE_TYPES[found.type.name]
    return row.maximum > 0 and found.form is Form.CANONICAL


def _listed_values(table: Table) -> Mapping[str, tuple[str | int, ...]]:
    """The values that checks allow, by column."""
    spelled = {column.name.lower(): column.name for column in table.columns}
    found = (listed_values(check) for check in table.checks)
    return {spelled[known[0].lower()]: known[1] for known in found if known is not None and known[0].lower() in spelled}


def _described(comment: str | None) -> Iterator[Annotation]:
    if comment:
        yield Annotation(DESCRIPTION, comment)


def _allowed_values(values: Sequence[str | int]) -> Iterator[Annotation]:
    """The Validation term that lists a property's values: clients show them, and text stays text for all of them."""
    if values:
        yield Annotation(ALLOWED_VALUES, tuple(Record({"Value": value}) for value in values))
