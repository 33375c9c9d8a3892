"""Wanted tables as CREATE statements; each leaves alone what is there."""

from collections.abc import Iterator

from odata_service.sql.families import Dialect
from odata_service.sql.mapping import Mapping
from odata_service.sql.wanted import WantedColumn, WantedIndex, WantedTable, wanted_tables


def create_statements(mapping: Mapping) -> Iterator[str]:
    """CREATE statements for what may be missing: a table may be there without its indexes."""
    dialect = mapping.family.dialect
    for table in wanted_tables(mapping):
        yield create_table(table, dialect, with_indexes=dialect.indexes_in_tables)
        for index in table.indexes:
            yield create_index(table.name, index, dialect)


def create_table(table: WantedTable, dialect: Dialect, *, with_indexes: bool = False) -> str:
    """The statement that makes a table, and its indexes where it is to."""
    columns = [column_definition(column, dialect) for column in table.columns]
    key = ", ".join(map(dialect.quoted, table.key))
    indexes = [_index_definition(index, dialect) for index in table.indexes] if with_indexes else []
    listed = ", ".join((*columns, f"PRIMARY KEY ({key})", *indexes))
    return f"CREATE TABLE IF NOT EXISTS {dialect.quoted(table.name)} ({listed}){table.options}"


def column_definition(column: WantedColumn, dialect: Dialect) -> str:
    """A column as CREATE TABLE and ADD COLUMN have it."""
    required = "" if column.nullable else " NOT NULL"
    default = "" if column.default is None else f" DEFAULT {column.default}"
    return f"{dialect.quoted(column.name)} {column.sql_type}{required}{default}"


def _index_definition(index: WantedIndex, dialect: Dialect) -> str:
    return f"{_kind(index)} {dialect.quoted(index.name)} ({', '.join(index.parts)})"


def _kind(index: WantedIndex) -> str:
    return "UNIQUE INDEX" if index.unique else "INDEX"


def create_index(table: str, index: WantedIndex, dialect: Dialect) -> str:
    """The statement that makes an index of a table."""
    listed = ", ".join(index.parts)
    return f"CREATE {_kind(index)} IF NOT EXISTS {dialect.quoted(index.name)} ON {dialect.quoted(table)} ({listed})"
