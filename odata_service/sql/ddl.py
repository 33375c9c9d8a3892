"""The tables and indexes that a mapping needs, and how those of an existing database differ from them.

An index ends with the key, so that it also gives the order of pages.
"""

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from odata_service.edm.types import Kind
from odata_service.sql.families import Dialect, Family
from odata_service.sql.mapping import VERSION, ColumnMapping, LinkTable, TableMapping
from odata_service.sql.mapping import Mapping as SchemaMapping

STATE_TABLE = "odata-state"
ROW_NUMBERS = frozenset({"rowid", "oid", "_rowid_"})
"""The names under which SQLite numbers the rows of a table that has no key of its own."""

_KEY_LENGTH = 511
"""How many characters the parts of a key may have together, where the database bounds them."""


@dataclass(frozen=True, slots=True)
class ExistingColumn:
    """A column as the database has it; `key` is its place in the primary key from 1, or 0."""

    name: str
    type: str
    not_null: bool
    default: str | None
    key: int


def create_statements(mapping: SchemaMapping) -> Iterator[str]:
    """CREATE statements for what may be missing; each leaves alone what is there."""
    yield state_table(mapping.family)
    for table in mapping.tables.values():
        if not table.existing:
            yield _table(table, mapping)
            yield from _indexes(table, mapping)
    for link in mapping.links():
        yield from _link(link, mapping)


def state_table(family: Family) -> str:
    """The statement that makes the table of secrets."""
    name, value = family.values[Kind.STRING].key_type.format(length=64), family.values[Kind.BINARY].sql_type
    quoted = family.dialect.quoted
    columns = f"{quoted('name')} {name} NOT NULL PRIMARY KEY, {quoted('value')} {value} NOT NULL"
    return f"CREATE TABLE IF NOT EXISTS {quoted(STATE_TABLE)} ({columns})"


def differences(mapping: SchemaMapping, existing: Mapping[str, Sequence[ExistingColumn]]) -> list[str]:
    """How existing tables fail to fit the mapping, a sentence each with what to do; empty where they fit."""
    return [
        difference
        for table in mapping.tables.values()
        for difference in (
            _missing_parts(table, existing.get(table.name, ()))
            if table.existing
            else _table_differences(table, existing[table.name], mapping)
            if table.name in existing
            else ()
        )
    ]


def _table(table: TableMapping, mapping: SchemaMapping) -> str:
    """The rows stand in the order of the key, which is that of pages: reading them in it costs one look-up, not two."""
    dialect = mapping.family.dialect
    columns = [_column(column, mapping, table.key) for column in table.all_columns()]
    columns.append(_version_column(mapping.family))
    key = ", ".join(dialect.quoted(name) for name in table.key)
    listed = ", ".join((*columns, f"PRIMARY KEY ({key})"))
    return f"CREATE TABLE IF NOT EXISTS {dialect.quoted(table.name)} ({listed}){dialect.table_options}"


def _version_column(family: Family) -> str:
    return f"{family.dialect.quoted(VERSION)} {family.values[Kind.INTEGER].sql_type} NOT NULL DEFAULT 1"


def _column(column: ColumnMapping, mapping: SchemaMapping, key: Sequence[str]) -> str:
    sql_type = _sql_type(column, mapping, key)
    return f"{mapping.family.dialect.quoted(column.name)} {sql_type}{'' if column.nullable else ' NOT NULL'}"


def _sql_type(column: ColumnMapping, mapping: SchemaMapping, key: Sequence[str]) -> str:
    """The type of a column; in a key, where some databases bound the length, the parts share what there is."""
    codec = mapping.codec(column)
    if column.name not in key or not codec.key_type:
        return codec.sql_type
    return codec.key_type.format(length=min(255, _KEY_LENGTH // len(key)))


def _indexes(table: TableMapping, mapping: SchemaMapping) -> Iterator[str]:
    known = {column.name: column for column in table.all_columns()}
    for columns in table.indexes:
        covered = (*columns, *(name for name in table.key if name not in columns))
        parts = [_index_part(known[name], table, mapping, len(columns)) for name in covered]
        yield _index(table.name, f"{table.name}-{'-'.join(columns)}", parts, mapping.family.dialect)


def _index(table: str, name: str, parts: Sequence[str], dialect: Dialect) -> str:
    limit = dialect.name_length
    if limit is not None and len(name.encode()) > limit:
        name = f"{name.encode()[: limit - 9].decode(errors='ignore')}-{zlib.crc32(name.encode()):08x}"
    listed = ", ".join(parts)
    return f"CREATE INDEX IF NOT EXISTS {dialect.quoted(name)} ON {dialect.quoted(table)} ({listed})"


def _index_part(column: ColumnMapping, table: TableMapping, mapping: SchemaMapping, shared: int) -> str:
    """A column in an index: nulls where orders expect them, and of a long text what an index takes."""
    dialect, codec = mapping.family.dialect, mapping.codec(column)
    name = dialect.quoted(column.name)
    if dialect.index_length is not None and codec.key_type and column.name not in table.key:
        name = f"{name}({dialect.index_length // shared})"
    return f"{name} NULLS FIRST" if dialect.states_nulls and column.nullable else name


def _link(link: LinkTable, mapping: SchemaMapping) -> Iterator[str]:
    dialect = mapping.family.dialect
    pairs = (*link.source, *link.target)
    names = [column.name for column in pairs]
    columns = [_column(column, mapping, names) for column in pairs]
    key = ", ".join(dialect.quoted(name) for name in names)
    listed = ", ".join((*columns, f"PRIMARY KEY ({key})"))
    yield f"CREATE TABLE IF NOT EXISTS {dialect.quoted(link.name)} ({listed}){dialect.table_options}"
    back = [dialect.quoted(column.name) for column in (*link.target, *link.source)]
    yield _index(link.name, link.name + "-back", back, dialect)


def _missing_parts(table: TableMapping, columns: Sequence[ExistingColumn]) -> Iterator[str]:
    """What the definition wants of a table that others made, and is not there."""
    if not columns:
        yield f"There is no table or view '{table.name}', which the definition says exists."
        return
    found = {column.name.lower() for column in columns} | ROW_NUMBERS
    for column in table.all_columns():
        if column.name.lower() not in found:
            yield f"Table '{table.name}' has no column '{column.name}'. Correct its name in the definition."


def _table_differences(table: TableMapping, columns: Sequence[ExistingColumn], mapping: SchemaMapping) -> Iterator[str]:
    dialect = mapping.family.dialect
    found = {column.name.lower(): column for column in columns}
    wanted = {column.name.lower(): column for column in table.all_columns()}
    for column in table.all_columns():
        existing = found.get(column.name.lower())
        needed = _sql_type(column, mapping, table.key)
        if existing is None:
            addition = f"ALTER TABLE {dialect.quoted(table.name)} ADD COLUMN {_column(column, mapping, table.key)}"
            yield f"Table '{table.name}' has no column '{column.name}'. Add it: {addition}."
        elif dialect.type_name(existing.type) != dialect.type_name(needed):
            yield (
                f"Column '{table.name}.{column.name}' is {existing.type or 'untyped'}, and {column.type.name} needs "
                f"{needed}. Rebuild the table with that type, or change the property's type."
            )
    if VERSION not in found:
        addition = f"ALTER TABLE {dialect.quoted(table.name)} ADD COLUMN {_version_column(mapping.family)}"
        yield f"Table '{table.name}' has no column '{VERSION}'. Add it: {addition}."
    yield from _key_difference(table, columns)
    for other in columns:
        extra = other.name.lower() not in wanted and other.name.lower() != VERSION
        if extra and other.not_null and other.default is None and not other.key:
            yield (
                f"Column '{table.name}.{other.name}' is NOT NULL, has no default, and no property stands for it: "
                "no row could be created. Give it a default, or make it nullable."
            )


def _key_difference(table: TableMapping, columns: Sequence[ExistingColumn]) -> Iterator[str]:
    key = tuple(column.name for column in sorted(columns, key=lambda column: column.key) if column.key)
    if [name.lower() for name in key] != [name.lower() for name in table.key]:
        yield (
            f"The primary key of table '{table.name}' is ({', '.join(key)}), and the model's key is "
            f"({', '.join(table.key)}). Rebuild the table with that key, or change the definition's key."
        )
