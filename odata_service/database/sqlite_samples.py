"""A look at what the columns of a SQLite table hold: values of the first rows, and the extremes of many more.

SQLite takes any value in any column. One text among numbers, or one number beyond its type, would make each page fail
that it is on; texts stand above numbers and bytes above texts, so that the least and the greatest value tell of most.
"""

import sqlite3
from collections.abc import Sequence

from msgspec.structs import replace
from peewee import Database

from odata_service.database.catalogue import Column
from odata_service.database.functions import Stored

SAMPLED_ROWS = 1_000
_MOST_VALUES = 500_000
"""Extremes are those of so many values of a table at most: a start must not wait for the whole of a large one."""
_MOST_BYTES = 64
_STEPS_BETWEEN_CHECKS = 10_000
_MOST_CHECKS = 2_000
"""A sample takes at most so many steps of SQLite's machine: a view may be as slow as it likes."""

Rows = list[tuple[Stored | None, ...]]


def quoted(name: str) -> str:
    """A name as SQL has it."""
    return '"' + name.replace('"', '""') + '"'


def sampled(database: Database, name: str, columns: Sequence[Column]) -> tuple[Column, ...]:
    """The columns with values that they hold, long ones cut; without any those of a view that takes too long."""
    if not columns:
        return ()
    names = [quoted(column.name) for column in columns]
    rows = _bounded(database, f"SELECT {', '.join(map(_cut, names))} FROM {quoted(name)} LIMIT {SAMPLED_ROWS}")
    if len(rows) == SAMPLED_ROWS:
        rows += _extremes(database, name, names)
    return tuple(
        replace(column, sample=tuple(value for row in rows if (value := row[place]) is not None))
        for place, column in enumerate(columns)
    )


def _extremes(database: Database, name: str, names: Sequence[str]) -> Rows:
    """Rows of the least and the greatest values, and of numbers with a fraction, which hide between whole ones."""
    parts = [
        part
        for column in names
        for part in (
            _cut(f"min({column})"),
            _cut(f"max({column})"),
            f"max(CASE typeof({column}) WHEN 'real' THEN {column} END)",
        )
    ]
    source = f"(SELECT {', '.join(names)} FROM {quoted(name)} LIMIT {_MOST_VALUES // len(names)})"
    found = [value for row in _bounded(database, f"SELECT {', '.join(parts)} FROM {source}") for value in row]
    return [tuple(found[place::3]) for place in range(3)] if found else []


def _cut(value: str) -> str:
    return f"CASE WHEN typeof({value}) IN ('text', 'blob') THEN substr({value}, 1, {_MOST_BYTES}) ELSE {value} END"


def _bounded(database: Database, statement: str) -> Rows:
    """The rows of a statement that takes no more than the allowed steps; none of one that takes more, or fails."""
    connection: sqlite3.Connection = database.connection()  # type: ignore[no-untyped-call]  # no stub
    checks = iter(range(_MOST_CHECKS))
    connection.set_progress_handler(lambda: next(checks, None) is None, _STEPS_BETWEEN_CHECKS)
    try:
        rows: Rows = connection.execute(statement).fetchall()
    except sqlite3.OperationalError as error:
        if error.sqlite_errorname != "SQLITE_INTERRUPT":
            raise
        return []
    finally:
        connection.set_progress_handler(None, 0)
    return rows
