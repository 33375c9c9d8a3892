"""SQLite's log of changes: one writer at a time numbers its rows, so that positions are in the order of commits.

The last row is never taken away, so that each one's number is greater than all that there ever were.
"""

from collections.abc import Sequence

from odata_service.sql.families.family import ChangeLog, LoggedTable

_PARTS = ("insert", "update", "delete")
_NOW = "CAST(strftime('%s', 'now') AS INTEGER)"
_MICROSECONDS = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER) * 1000"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _made(log: LoggedTable) -> Sequence[str]:
    name, kept = _quoted(log.name), [column for column, _ in log.columns]
    columns = ", ".join(f"{column} {sql_type}".rstrip() for column, sql_type in log.columns)
    takes = f"INSERT INTO {name} ({', '.join(kept)}) VALUES ({{}});"
    old_row, new = log.of("old"), takes.format(log.of("new"))
    moved = " OR ".join(f"old.{column} IS NOT new.{column}" for column in kept)
    before = f"INSERT INTO {name} ({', '.join(kept)}) SELECT {old_row} WHERE {moved};"
    acts = {
        "insert": new,
        "update": f"{before} {new}",
        "delete": takes.format(old_row),
    }
    return (
        f'CREATE TABLE {name} ("odata-position" INTEGER PRIMARY KEY, '
        f'"odata-at" INTEGER NOT NULL DEFAULT ({_NOW}), {columns})',
        # The first row says from where on all is known; a log that is made anew begins behind all of the one before.
        f'INSERT INTO {name} ("odata-position") VALUES ({_MICROSECONDS})',
        *(
            f"CREATE TRIGGER {_quoted(f'{log.name}-{part}')} AFTER {part.upper()} ON {log.table} BEGIN {acts[part]} END"
            for part in _PARTS
        ),
    )


def _dropped(name: str) -> Sequence[str]:
    return (
        *(f"DROP TRIGGER IF EXISTS {_quoted(f'{name}-{part}')}" for part in _PARTS),
        f"DROP TABLE IF EXISTS {_quoted(name)}",
    )


def _position(name: str) -> Sequence[str]:
    return (f'SELECT max("odata-position") FROM {_quoted(name)}',)


def _version(name: str) -> str:
    return _position(name)[0]


_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT LIKE 'CREATE VIRTUAL%'"
CHANGE_LOG = ChangeLog(_made, _dropped, _position, '"odata-position" > {}', lambda _: "SELECT 0", _TABLES, _version)
