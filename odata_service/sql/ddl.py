"""The tables and indexes that a mapping needs, and how those of an existing database differ from them.

An index ends with the key, so that it also gives the order of pages.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from odata_service.sql.mapping import VERSION, ColumnMapping, LinkTable, TableMapping
from odata_service.sql.mapping import Mapping as SchemaMapping

STATE_TABLE = "odata-state"


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
    yield f"CREATE TABLE IF NOT EXISTS {quoted(STATE_TABLE)} (name TEXT NOT NULL PRIMARY KEY, value BLOB NOT NULL)"
    for table in mapping.tables.values():
        yield _table(table)
        yield from _indexes(table)
    for link in mapping.links():
        yield from _link(link)


def differences(mapping: SchemaMapping, existing: Mapping[str, Sequence[ExistingColumn]]) -> list[str]:
    """How existing tables fail to fit the mapping, a sentence each with what to do; empty where they fit."""
    return [
        difference
        for table in mapping.tables.values()
        if table.name in existing
        for difference in _table_differences(table, existing[table.name])
    ]


def quoted(name: str) -> str:
    """A name as an identifier."""
    return '"' + name.replace('"', '""') + '"'


def _table(table: TableMapping) -> str:
    """The rows stand in the order of the key, which is that of pages: reading them in it costs one look-up, not two."""
    columns = [_column(column) for column in table.all_columns()]
    columns.append(f"{quoted(VERSION)} INTEGER NOT NULL DEFAULT 1")
    key = ", ".join(quoted(name) for name in table.key)
    return f"CREATE TABLE IF NOT EXISTS {quoted(table.name)} ({', '.join(columns)}, PRIMARY KEY ({key})) WITHOUT ROWID"


def _column(column: ColumnMapping) -> str:
    return f"{quoted(column.name)} {column.sql_type}{'' if column.nullable else ' NOT NULL'}"


def _indexes(table: TableMapping) -> Iterator[str]:
    for columns in table.indexes:
        covered = (*columns, *(name for name in table.key if name not in columns))
        name = quoted(f"{table.name}-{'-'.join(columns)}")
        listed = ", ".join(quoted(column) for column in covered)
        yield f"CREATE INDEX IF NOT EXISTS {name} ON {quoted(table.name)} ({listed})"


def _link(link: LinkTable) -> Iterator[str]:
    pairs = (*link.source, *link.target)
    columns = ", ".join(_column(column) for column in pairs)
    key = ", ".join(quoted(column.name) for column in pairs)
    back = ", ".join(quoted(column.name) for column in (*link.target, *link.source))
    yield f"CREATE TABLE IF NOT EXISTS {quoted(link.name)} ({columns}, PRIMARY KEY ({key})) WITHOUT ROWID"
    yield f"CREATE INDEX IF NOT EXISTS {quoted(link.name + '-back')} ON {quoted(link.name)} ({back})"


def _table_differences(table: TableMapping, columns: Sequence[ExistingColumn]) -> Iterator[str]:
    found = {column.name.lower(): column for column in columns}
    wanted = {column.name.lower(): column for column in table.all_columns()}
    for column in table.all_columns():
        existing = found.get(column.name.lower())
        if existing is None:
            addition = f"ALTER TABLE {quoted(table.name)} ADD COLUMN {_column(column)}"
            yield f"Table '{table.name}' has no column '{column.name}'. Add it: {addition}."
        elif affinity(existing.type) != column.sql_type:
            yield (
                f"Column '{table.name}.{column.name}' is {existing.type or 'untyped'}, and {column.type.name} needs "
                f"{column.sql_type}. Rebuild the table with that type, or change the property's type."
            )
    if VERSION not in found:
        addition = f"ALTER TABLE {quoted(table.name)} ADD COLUMN {quoted(VERSION)} INTEGER NOT NULL DEFAULT 1"
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


def affinity(declared: str) -> str:
    """The affinity that SQLite gives a declared type, in the words of the mapping."""
    upper = declared.upper()
    if "INT" in upper or "BOOL" in upper:
        return "INTEGER"
    if any(part in upper for part in ("CHAR", "CLOB", "TEXT")):
        return "TEXT"
    if "BLOB" in upper or not upper:
        return "BLOB"
    return "REAL" if any(part in upper for part in ("REAL", "FLOA", "DOUB")) else "NUMERIC"
