"""A mapping in, the tables that it needs out: as plain objects, to be printed (`ddl`) and compared (`differences`).

The tables of others are not among them. An index ends with the key, so that it also gives the order of pages.
"""

import sys
from collections.abc import Mapping as ReadOnly
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.sources import has_streams
from odata_service.edm.types import BINARY, INT64, STRING, Kind, TypeRef, kind_of
from odata_service.sql.families import Dialect, Family
from odata_service.sql.lengths import index_length, needed_length, text_lengths
from odata_service.sql.mapping import ID, OWNER, STREAM_TABLE, VERSION, ColumnMapping, LinkTable, Mapping, TableMapping
from odata_service.sql.marks import Mark, marks_of

STATE_TABLE = "odata-state"

_NAME_LENGTH = 64


class WantedColumn(Struct, frozen=True):
    """A column: its name, the type of its values and that of the database, and `default` as SQL text.

    With `mark` it tells a complex value from null, or of which type it is. `room` is how many characters it must have
    at least, where the database bounds them.
    """

    name: str
    type: TypeRef
    sql_type: str
    nullable: bool = False
    default: str | None = None
    mark: Mark | None = None
    room: int = 0


class WantedIndex(Struct, frozen=True):
    """An index over columns; `parts` has each as it is printed: quoted, with its length and where its nulls stand.

    A `unique` one lets no two rows have the same values, unless one of these is null.
    """

    name: str
    columns: tuple[str, ...]
    parts: tuple[str, ...]
    unique: bool = False


class WantedTable(Struct, frozen=True):
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


def name_column(name: str, family: Family, *, nullable: bool = False) -> WantedColumn:
    """A column of names of the package's own, each of at most 64 characters."""
    sql_type = family.values[Kind.STRING].key_type.format(length=_NAME_LENGTH) or "TEXT"
    return WantedColumn(name, STRING, sql_type, nullable=nullable)


def number_column(name: str, family: Family) -> WantedColumn:
    """A column of numbers that the package keeps for itself."""
    return WantedColumn(name, INT64, family.values[Kind.INTEGER].sql_type)


def _streams(mapping: Mapping) -> WantedTable:
    """The table of streams: the bytes stand last, so that nothing of them is read to tell about the stream."""
    key = (OWNER, "name")
    columns = _columns(mapping.stream_columns(), key, mapping)
    return WantedTable(STREAM_TABLE, columns, key)


def _entities(table: TableMapping, mapping: Mapping) -> WantedTable:
    """The rows stand in the order of the key, which is that of pages: reading them in it costs one look-up, not two."""
    marks = marks_of(table, mapping)
    referring = (*table.hidden, *(name for names in table.unique for name in names))
    made = _columns(tuple(table.all_columns()), table.key, mapping, referring)
    columns = [_marked(column, marks.get(column.name)) for column in made]
    version = WantedColumn(VERSION, INT64, mapping.family.values[Kind.INTEGER].sql_type, default="1")
    known = {column.name: column for column in made}
    unique = tuple(_unique(table, names, mapping) for names in table.unique)
    indexes = (*(_index(table, names, known, mapping) for names in table.indexes), *unique)
    return WantedTable(table.name, (*columns, version), table.key, indexes, mapping.family.dialect.table_options)


def _unique(table: TableMapping, columns: tuple[str, ...], mapping: Mapping) -> WantedIndex:
    dialect = mapping.family.dialect
    return WantedIndex(key_index_name(table.name, columns, dialect), columns, tuple(map(dialect.quoted, columns)), True)


def _links(link: LinkTable, mapping: Mapping) -> WantedTable:
    dialect = mapping.family.dialect
    pairs = (*link.source, *link.target)
    key = tuple(column.name for column in pairs)
    back = tuple(column.name for column in (*link.target, *link.source))
    index = WantedIndex(index_name(link.name, ("back",), dialect), back, tuple(map(dialect.quoted, back)))
    columns = _columns(pairs, key, mapping)
    return WantedTable(link.name, columns, key, (index,), dialect.table_options)


def _columns(
    columns: Sequence[ColumnMapping], key: Sequence[str], mapping: Mapping, referring: Sequence[str] = ()
) -> tuple[WantedColumn, ...]:
    """The columns of a table; `referring` are those that hold the keys of others, or alternate ones."""
    is_bounded = mapping.family.dialect.index_length is not None
    lengths = text_lengths(columns, key, referring) if is_bounded else {}
    return tuple(
        replace(
            _column(column, mapping, key, lengths.get(column.name)),
            room=_room(needed_length(column, referring), lengths.get(column.name))
            if is_bounded and _is_text(column)
            else 0,
        )
        for column in columns
    )


def _column(column: ColumnMapping, mapping: Mapping, key: Sequence[str], length: int | None) -> WantedColumn:
    codec = mapping.codec(column)
    if length is not None:
        sql_type = codec.key_type.format(length=length)
    else:
        sql_type = codec.key_type if column.name in key and codec.key_type else codec.sql_type
    return WantedColumn(column.name, column.type, sql_type, column.nullable, _default(column, mapping))


def _room(needed: int | None, length: int | None) -> int:
    """How many characters a column must have for what may be in it."""
    return min(needed or sys.maxsize, length or sys.maxsize)


def _is_text(column: ColumnMapping) -> bool:
    return kind_of(column.type) is Kind.STRING


def _marked(column: WantedColumn, mark: Mark | None) -> WantedColumn:
    """A column that may mark a complex value; one that always is there is marked by default."""
    if mark is None:
        return column
    return replace(column, mark=mark, default=column.default if column.nullable else mark.value)


def _default(column: ColumnMapping, mapping: Mapping) -> str | None:
    """The value that a row has where nothing is said: an older version of the service may not know the column."""
    if column.name == ID:
        return mapping.family.dialect.new_guid
    if column.default is None:
        return mapping.family.dialect.literal("[]") if column.type.collection else None
    encode = mapping.codec(column).encode
    return mapping.family.dialect.literal(column.default if encode is None else encode(column.default))


def _index(
    table: TableMapping, columns: Sequence[str], made: ReadOnly[str, WantedColumn], mapping: Mapping
) -> WantedIndex:
    covered = (*columns, *(name for name in table.key if name not in columns))
    in_key = {name: made[name].room for name in table.key if made[name].room}
    longest = index_length(columns, table.key, in_key)
    parts = tuple(_index_part(made[name], table, mapping, longest) for name in covered)
    return WantedIndex(index_name(table.name, columns, mapping.family.dialect), covered, parts)


def _index_part(column: WantedColumn, table: TableMapping, mapping: Mapping, longest: int) -> str:
    """A column in an index: nulls where orders expect them, and of a long text what an index takes.

    What it takes is said of a column that it takes whole, too: one that was made before may be longer.
    """
    dialect = mapping.family.dialect
    name = dialect.quoted(column.name)
    if dialect.index_length is not None and column.room and column.name not in table.key:
        declared = dialect.text_room(column.sql_type)
        name = f"{name}({min(longest, dialect.index_length if declared is None else declared)})"
    return f"{name} NULLS FIRST" if dialect.states_nulls and column.nullable else name


def key_index_name(table: str, columns: Sequence[str], dialect: Dialect) -> str:
    """What the unique index over the columns of an alternate key is called."""
    return index_name(table, (*columns, "key"), dialect)


def index_name(table: str, columns: Sequence[str], dialect: Dialect) -> str:
    """What the index over columns of a table is called."""
    return dialect.fitted("-".join((table, *columns)))
