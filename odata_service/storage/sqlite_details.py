"""What hangs on tables of a SQLite database: indexes, views, triggers, and what a copy of a table would lose."""

from collections.abc import Iterator, Sequence

from odata_service.database.create_table import read_create_table
from odata_service.sql.families import SQLITE
from odata_service.sql.migration import ExistingIndex, ExistingObject
from odata_service.storage.driver import Connection, Details

_OBJECTS = "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type <> 'table' AND sql NOT NULL ORDER BY rowid"
_STATEMENTS = "SELECT name, sql FROM sqlite_schema WHERE type = 'table'"
_quoted = SQLITE.dialect.quoted


def read_details(connection: Connection, tables: Sequence[str]) -> Details:
    """The details of tables that are there."""
    objects = [ExistingObject(*map(str, row)) for row in connection.execute(_OBJECTS).fetchall()]
    statements = {str(name).lower(): str(text) for name, text in connection.execute(_STATEMENTS).fetchall()}
    return Details(
        indexes={table: list(_indexes(connection, table)) for table in tables},
        objects=objects,
        guarded={
            table: guards
            for table in tables
            if (guards := list(_guards(connection, table, statements.get(table.lower(), ""))))
        },
    )


def _indexes(connection: Connection, table: str) -> Iterator[ExistingIndex]:
    """The indexes that statements of their own made, over whole columns and all rows."""
    for _, name, unique, origin, partial in connection.execute(f"PRAGMA index_list({_quoted(table)})").fetchall():
        columns = [row[2] for row in connection.execute(f"PRAGMA index_info({_quoted(str(name))})").fetchall()]
        if origin == "c" and not partial and None not in columns:
            yield ExistingIndex(str(name), tuple(map(str, columns)), bool(unique))


def _guards(connection: Connection, table: str, statement: str) -> Iterator[str]:
    """Constraints that a table of this package's own does not have by itself, as people would write them."""
    stated = read_create_table(statement)
    yield from (f"CHECK ({check})" for check in stated.checks)
    yield from (f"COLLATE {collation} of '{column}'" for column, collation in stated.collations.items())
    for row in connection.execute(f"PRAGMA foreign_key_list({_quoted(table)})").fetchall():
        yield f"FOREIGN KEY ({row[3]})"
    for _, name, _, origin, _ in connection.execute(f"PRAGMA index_list({_quoted(table)})").fetchall():
        if origin == "u":
            columns = connection.execute(f"PRAGMA index_info({_quoted(str(name))})").fetchall()
            yield f"UNIQUE ({', '.join(str(row[2]) for row in columns)})"
    for row in connection.execute(f"PRAGMA table_xinfo({_quoted(table)})").fetchall():
        if row[6]:
            yield f"the generated column '{row[1]}'"
