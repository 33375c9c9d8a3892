"""The catalogue of a SQLite file: pragmas, the text of CREATE TABLE, and a look at the first rows.

SQLite's declared types are mere words: what a column holds is seen in a sample of its values.
"""

import re
import sqlite3
from collections.abc import Iterable, Sequence
from pathlib import Path

from msgspec.structs import replace
from peewee import Database, DatabaseError, OperationalError

from odata_service.database.catalogue import (
    Catalogue,
    CatalogueError,
    Column,
    Reference,
    Table,
    is_hidden,
)
from odata_service.database.create_table import CreateTable, read_create_table
from odata_service.database.functions import Stored
from odata_service.database.sqlite_files import is_writable
from odata_service.database.sqlite_samples import quoted, sampled

_TYPE = re.compile(r"\s*(.*?)\s*(?:\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\))?\s*", re.DOTALL)
_ROW_NUMBERS = ("rowid", "oid", "_rowid_")
_VIRTUAL, _STORED = 2, 3

Rows = list[tuple[Stored, ...]]


def read_sqlite(database: Database, path: str) -> Catalogue:
    """The catalogue of a SQLite database; `CatalogueError` where the file is none, or is locked."""
    try:
        return _read(database, path)
    except (DatabaseError, sqlite3.DatabaseError) as error:
        raise CatalogueError(_reason(_first_cause(error))) from error


def _first_cause(error: BaseException) -> BaseException:
    """The driver's error inside those that peewee wraps around it."""
    inner = error.__context__
    return error if inner is None or isinstance(error, sqlite3.Error) else _first_cause(inner)


def _reason(error: BaseException) -> str:
    match getattr(error, "sqlite_errorname", "").partition("SQLITE_")[2].split("_")[0]:
        case "NOTADB" | "CORRUPT":
            return "This is no SQLite database, or it is damaged."
        case "BUSY" | "LOCKED":
            return "The database is locked by another program. Try again when that has ended."
        case _:
            return f"The database cannot be read: {error}."


def _read(database: Database, path: str) -> Catalogue:
    listed = [row for row in _rows(database, "PRAGMA table_list") if row[0] == "main"]
    texts = {
        str(row[0]): str(row[1]) for row in _rows(database, "SELECT name, sql FROM sqlite_schema WHERE sql NOT NULL")
    }
    tables: list[Table] = []
    left_out: list[tuple[str, str]] = []
    for name, kind, without_rowid in sorted((str(row[1]), str(row[2]), bool(row[4])) for row in listed):
        if name.startswith("sqlite_") or is_hidden(name) or kind == "shadow":
            continue
        match kind:
            case "virtual":
                left_out.append((name, "it is a virtual table"))
            case "view":
                try:
                    tables.append(_view(database, name))
                except (OperationalError, sqlite3.OperationalError) as error:
                    left_out.append((name, f"it cannot be read: {error}"))
            case _:
                tables.append(_table(database, name, texts.get(name, ""), without_rowid=without_rowid))
    return Catalogue(Path(path).stem, "sqlite", tuple(_resolved(tables)), _is_writable(path), tuple(left_out))


def _is_writable(path: str) -> bool:
    if path == ":memory:":
        return True
    return is_writable(Path(path)) and is_writable(Path(path).absolute().parent)


def _rows(database: Database, statement: str) -> Rows:
    rows: Rows = database.execute_sql(statement).fetchall()  # type: ignore[no-untyped-call]  # no stub
    return rows


def _view(database: Database, name: str) -> Table:
    """A view; the driver's error where it is none that can be read, such as one whose table is gone."""
    described = _rows(database, f"PRAGMA table_xinfo({quoted(name)})")
    columns = tuple(_column(row, CreateTable()) for row in described)
    return Table(name, sampled(database, name, columns), is_view=True)


def _table(database: Database, name: str, text: str, *, without_rowid: bool) -> Table:
    described = _rows(database, f"PRAGMA table_xinfo({quoted(name)})")
    stated = read_create_table(text)
    parts = [(int(str(row[5])), str(row[1])) for row in described if row[5]]
    key = tuple(part for _, part in sorted(parts))
    if _is_null_somewhere(database, name, key):
        key = ()
    columns = tuple(_column(row, stated) for row in described)
    if len(key) == 1 and not without_rowid:
        columns = tuple(_numbered(column) if column.name == key[0] else column for column in columns)
    taken = {column.name.lower() for column in columns}
    return Table(
        name,
        sampled(database, name, columns),
        key,
        _unique(database, name),
        _references(database, name),
        tuple(stated.checks),
        stated.comment,
        row_number=None if without_rowid else next((free for free in _ROW_NUMBERS if free not in taken), None),
    )


def _is_null_somewhere(database: Database, name: str, key: Sequence[str]) -> bool:
    """Whether a row lacks a part of its key, which SQLite allows for all keys but row numbers."""
    if not key:
        return False
    tests = " OR ".join(f"{quoted(part)} IS NULL" for part in key)
    return bool(_rows(database, f"SELECT 1 FROM {quoted(name)} WHERE {tests} LIMIT 1"))


def _column(row: Sequence[Stored], stated: CreateTable) -> Column:
    name, declared, not_null, default, _, hidden = row[1:7]
    match = _TYPE.fullmatch(str(declared).removesuffix("GENERATED ALWAYS").removesuffix("generated always"))
    assert match is not None, "the pattern takes every text"
    size = int(match[2]) if match[2] else None
    digits = int(match[3]) if match[3] else None
    type_name = " ".join(match[1].lower().split())
    is_number = any(word in type_name for word in ("dec", "num", "money"))
    return Column(
        str(name),
        type_name,
        nullable=not not_null,
        default=None if default is None else str(default),
        generated=hidden in {_VIRTUAL, _STORED},
        max_length=None if is_number else size,
        precision=size if is_number else None,
        scale=(digits or 0) if is_number and size is not None else None,
        comment=stated.column_comments.get(str(name)),
        collation=stated.collations.get(str(name)),
    )


def _numbered(column: Column) -> Column:
    """A single key of type INTEGER is the row's number, which SQLite gives where none is stated."""
    return replace(column, automatic=True, nullable=False) if column.type == "integer" else column


def _unique(database: Database, name: str) -> tuple[tuple[str, ...], ...]:
    """The columns of each unique index over whole columns and all rows."""
    found = []
    for _, index, unique, _, partial in _rows(database, f"PRAGMA index_list({quoted(name)})"):
        columns = tuple(row[2] for row in _rows(database, f"PRAGMA index_info({quoted(str(index))})"))
        if unique and not partial and None not in columns:
            found.append(tuple(str(column) for column in columns))
    return tuple(sorted(found))


def _references(database: Database, name: str) -> tuple[Reference, ...]:
    """The foreign keys in the order of their statement, which the pragma turns round."""
    grouped: dict[int, list[tuple[Stored, ...]]] = {}
    for row in _rows(database, f"PRAGMA foreign_key_list({quoted(name)})"):
        grouped.setdefault(int(str(row[0])), []).append(row)
    return tuple(_reference(sorted(rows, key=_place)) for _, rows in sorted(grouped.items(), reverse=True))


def _place(row: Sequence[Stored]) -> int:
    return int(str(row[1]))


def _reference(rows: Sequence[Sequence[Stored]]) -> Reference:
    """One foreign key; columns that it does not name are those of the referenced table's key."""
    named = tuple(str(row[4]) for row in rows if row[4] is not None)
    return Reference(tuple(str(row[3]) for row in rows), str(rows[0][2]), named, str(rows[0][6]))


def _resolved(tables: Iterable[Table]) -> list[Table]:
    """The tables with references spelled as what they refer to: SQLite tells no case apart, may leave out the key."""
    known = {table.name.lower(): table for table in tables}
    return [
        replace(table, references=tuple(_spelled(reference, table, known) for reference in table.references))
        for table in known.values()
    ]


def _spelled(reference: Reference, table: Table, known: dict[str, Table]) -> Reference:
    target = known.get(reference.table.lower())
    columns = _columns_named(reference.columns, table)
    if target is None:
        return replace(reference, columns=columns)
    referenced = _columns_named(reference.referenced, target) or target.key
    return replace(reference, columns=columns, table=target.name, referenced=referenced)


def _columns_named(names: Sequence[str], table: Table) -> tuple[str, ...]:
    spelled = {column.name.lower(): column.name for column in table.columns}
    return tuple(spelled.get(name.lower(), name) for name in names)
