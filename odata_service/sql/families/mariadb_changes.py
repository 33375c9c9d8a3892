"""MariaDB's log of changes: its rows are numbered when they are written, and committed in another order.

So every writer holds a shared lock on the one row of a table beside the log until its transaction ends, beside all
other writers, and who asks for a position takes the exclusive one: no writer is under way at that moment, and the last
number has everything before it. It is a table of its own, since a trigger locks what it writes to for itself alone.
A reader waits for transactions that have written, and holds up new ones while it looks. States of a log are told apart
without waiting: by its ends and the number of its rows.
"""

from collections.abc import Sequence

from odata_service.sql.families.family import ChangeLog, CountedLog, LoggedTable

_PARTS = ("insert", "update", "delete")


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _writers(name: str) -> str:
    return _quoted(f"{name}-writers")


def _made(log: LoggedTable) -> Sequence[str]:
    name, kept = _quoted(log.name), [column for column, _ in log.columns]
    takes = f"INSERT INTO {name} ({', '.join(kept)}) VALUES ({{}});"
    new, old = takes.format(log.of("NEW")), takes.format(log.of("OLD"))
    same = " AND ".join(f"NEW.{column} <=> OLD.{column}" for column in kept)
    acts = {"insert": new, "update": f"{new} IF NOT ({same}) THEN {old} END IF;", "delete": old}
    locks = f"DECLARE known TINYINT; SELECT `row` INTO known FROM {_writers(log.name)} LOCK IN SHARE MODE;"
    return (
        _table(name, log),
        f"CREATE TABLE {_writers(log.name)} (`row` TINYINT PRIMARY KEY) ENGINE=InnoDB",
        f"INSERT INTO {_writers(log.name)} VALUES (1)",
        # The first row says from where on all is known; a log that is made anew begins behind all of the one before.
        f"INSERT INTO {name} (`odata-position`) VALUES (UNIX_TIMESTAMP(NOW(6)) * 1000000)",
        *(
            f"CREATE TRIGGER {_quoted(f'{log.name}-{part}')} AFTER {part.upper()} ON {log.table} FOR EACH ROW "
            f"BEGIN {locks} {acts[part]} END"
            for part in _PARTS
        ),
    )


def _table(name: str, log: LoggedTable) -> str:
    """The table of a log; its columns are copied from a table that belongs to others, and may all be null."""
    own = "`odata-position` BIGINT AUTO_INCREMENT PRIMARY KEY, `odata-at` BIGINT NOT NULL DEFAULT (UNIX_TIMESTAMP())"
    if not log.existing:
        columns = ", ".join(f"{column} {sql_type} NULL" for column, sql_type in log.columns)
        return f"CREATE TABLE {name} ({own}, {columns}) ENGINE=InnoDB"
    kept = ", ".join(f"NULLIF({column}, NULL) AS {column}" for column, _ in log.columns)
    return f"CREATE TABLE {name} ({own}) ENGINE=InnoDB SELECT {kept} FROM {log.table} LIMIT 0"


def _dropped(name: str) -> Sequence[str]:
    return (
        *(f"DROP TRIGGER IF EXISTS {_quoted(f'{name}-{part}')}" for part in _PARTS),
        f"DROP TABLE IF EXISTS {_quoted(name)}",
        f"DROP TABLE IF EXISTS {_writers(name)}",
    )


def _position(name: str) -> Sequence[str]:
    return (f"SELECT `row` FROM {_writers(name)} FOR UPDATE", f"SELECT max(`odata-position`) FROM {_quoted(name)}")


def _counted(name: str) -> CountedLog:
    quoted, last = _quoted(name), f"SELECT min(`odata-position`), max(`odata-position`) FROM {_quoted(name)}"
    behind = f"(SELECT count(*) FROM {quoted} WHERE `odata-position` > %s)"
    return CountedLog(
        name,
        f"SELECT min(`odata-position`), max(`odata-position`), {behind} FROM {quoted}",
        f"SELECT `row` FROM {_writers(name)} FOR UPDATE NOWAIT",
        last,
        f"SELECT count(*) FROM {quoted} WHERE `odata-position` <= %s",
    )


_TABLES = (
    "SELECT TABLE_NAME FROM information_schema.TABLES "
    "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')"
)
_BEHIND = "`odata-position` > CAST({} AS SIGNED)"
CHANGE_LOG = ChangeLog(_made, _dropped, _position, _BEHIND, lambda _: "SELECT 0", _TABLES, counted=_counted)
