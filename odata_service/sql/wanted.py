"""A mapping in, the tables that it needs out: as plain objects, to be printed (`ddl`) and compared (`differences`).

The tables of others are not among them. An index ends with the key, so that it also gives the order of pages.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from odata_service.edm.sources import has_streams
from odata_service.edm.types import BINARY, INT64, STRING, Kind, TypeRef
from odata_service.sql.families import Dialect, Family
from odata_service.sql.mapping import ID, OWNER, STREAM_TABLE, VERSION, ColumnMapping, LinkTable, Mapping, TableMapping
from odata_service.sql.marks import Mark, marks_of

STATE_TABLE = "odata-state"

_NAME_LENGTH = 64
_KEY_LENGTH = 511
"""How many characters the parts of a key may have together, where the database bounds them."""


@dataclass(frozen=True, slots=True)
class WantedColumn:
    """A column: its name, the type of its values and that of the database, and `default` as SQL text.

    With `mark` it tells a complex value from null, or of which type it is.
    """

    name: str
    type: TypeRef
    sql_type: str
    nullable: bool = False
    default: str | None = None
    mark: Mark | None = None


@dataclass(frozen=True, slots=True)
class WantedIndex:
    """An index over columns; `parts` has each as it is printed: quoted, with its length and where its nulls stand."""

    name: str
    columns: tuple[str, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WantedTable:
    """A table of this package's own: of entities, of links, of the package itself. `options` end its statement."""

    name: str
    columns: tuple[WantedColumn, ...]
    key: tuple[str, ...]
    indexes: tuple[WantedIndex, ...] = ()
    options: str = ""

    def column(self, name: str) -> WantedColumn:
        """The column of this name."""
        return next(column for column in self.columns if column.name == name)


@lru_cache(maxsize=4)
def wanted_tables(mapping: Mapping) -> tuple[WantedTable, ...]:
    """Every table to be made: that of secrets, that of streams if there are any, those of entities, those of links."""
    sources = mapping.schema.sources.by_name.values()
    own = [source for source in sources if not mapping.tables[source.name].existing]
    streams = any(has_streams(source, mapping.schema) for source in own)
    return (
        state_table(mapping.family),
        *((_streams(mapping),) if streams else ()),
        *(_entities(table, mapping) for table in mapping.tables.values() if not table.existing),
        *(_links(link, mapping) for link in mapping.links()),
    )


def state_table(family: Family) -> WantedTable:
    """The table of secrets."""
    name = family.values[Kind.STRING].key_type.format(length=_NAME_LENGTH)
    columns = (WantedColumn("name", STRING, name), WantedColumn("value", BINARY, family.values[Kind.BINARY].sql_type))
    return WantedTable(STATE_TABLE, columns, ("name",))


def _streams(mapping: Mapping) -> WantedTable:
    """The table of streams: the bytes stand last, so that nothing of them is read to tell about the stream."""
    key = (OWNER, "name")
    columns = tuple(_column(column, mapping, key) for column in mapping.stream_columns())
    return WantedTable(STREAM_TABLE, columns, key)


def _entities(table: TableMapping, mapping: Mapping) -> WantedTable:
    """The rows stand in the order of the key, which is that of pages: reading them in it costs one look-up, not two."""
    marks = marks_of(table, mapping)
    columns = [_marked(_column(column, mapping, table.key), marks.get(column.name)) for column in table.all_columns()]
    version = WantedColumn(VERSION, INT64, mapping.family.values[Kind.INTEGER].sql_type, default="1")
    indexes = tuple(_index(table, columns, mapping) for columns in table.indexes)
    return WantedTable(table.name, (*columns, version), table.key, indexes, mapping.family.dialect.table_options)


def _links(link: LinkTable, mapping: Mapping) -> WantedTable:
    dialect = mapping.family.dialect
    pairs = (*link.source, *link.target)
    key = tuple(column.name for column in pairs)
    back = tuple(column.name for column in (*link.target, *link.source))
    index = WantedIndex(index_name(link.name, ("back",), dialect), back, tuple(map(dialect.quoted, back)))
    columns = tuple(_column(column, mapping, key) for column in pairs)
    return WantedTable(link.name, columns, key, (index,), dialect.table_options)


def _column(column: ColumnMapping, mapping: Mapping, key: Sequence[str]) -> WantedColumn:
    return WantedColumn(
        column.name, column.type, _sql_type(column, mapping, key), column.nullable, _default(column, mapping)
    )


def _marked(column: WantedColumn, mark: Mark | None) -> WantedColumn:
    """A column that may mark a complex value; one that always is there is marked by default."""
    if mark is None:
        return column
    return replace(column, mark=mark, default=column.default if column.nullable else mark.value)


def _sql_type(column: ColumnMapping, mapping: Mapping, key: Sequence[str]) -> str:
    """The type of a column; in a key, where some databases bound the length, the parts share what there is."""
    codec = mapping.codec(column)
    if column.name not in key or not codec.key_type:
        return codec.sql_type
    return codec.key_type.format(length=min(255, _KEY_LENGTH // len(key)))


def _default(column: ColumnMapping, mapping: Mapping) -> str | None:
    """The value that a row has where nothing is said: an older version of the service may not know the column."""
    if column.name == ID:
        return mapping.family.dialect.new_guid
    if column.default is None:
        return mapping.family.dialect.literal("[]") if column.type.collection else None
    encode = mapping.codec(column).encode
    return mapping.family.dialect.literal(column.default if encode is None else encode(column.default))


def _index(table: TableMapping, columns: Sequence[str], mapping: Mapping) -> WantedIndex:
    known = {column.name: column for column in table.all_columns()}
    covered = (*columns, *(name for name in table.key if name not in columns))
    parts = tuple(_index_part(known[name], table, mapping, len(columns)) for name in covered)
    return WantedIndex(index_name(table.name, columns, mapping.family.dialect), covered, parts)


def _index_part(column: ColumnMapping, table: TableMapping, mapping: Mapping, shared: int) -> str:
    """A column in an index: nulls where orders expect them, and of a long text what an index takes."""
    dialect, codec = mapping.family.dialect, mapping.codec(column)
    name = dialect.quoted(column.name)
    if dialect.index_length is not None and codec.key_type and column.name not in table.key:
        name = f"{name}({dialect.index_length // shared})"
    return f"{name} NULLS FIRST" if dialect.states_nulls and column.nullable else name


def index_name(table: str, columns: Sequence[str], dialect: Dialect) -> str:
    """What the index over columns of a table is called."""
    return dialect.fitted("-".join((table, *columns)))
