"""MariaDB's log of changes: its rows are numbered when they are written, and committed in another order.

So every writer holds a shared lock on the first row of the log until its transaction ends, beside all other writers,
and who asks for a position takes the exclusive one: no writer is under way at that moment, and the last number has
everything before it. A reader waits for transactions that have written, and holds up new ones while it looks.
"""

from collections.abc import Sequence

from odata_service.sql.families.family import ChangeLog, LoggedTable

_PARTS = ("insert", "update", "delete")


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _first(name: str) -> str:
    return f"FROM {_quoted(name)} ORDER BY `odata-position` LIMIT 1"


def _made(log: LoggedTable) -> Sequence[str]:
    name, kept = _quoted(log.name), [column for column, _ in log.columns]
    takes = f"INSERT INTO {name} ({', '.join(kept)}) VALUES ({{}});"
    new, old = takes.format(log.of("NEW")), takes.format(log.of("OLD"))
    same = " AND ".join(f"NEW.{column} <=> OLD.{column}" for column in kept)
    acts = {"insert": new, "update": f"{new} IF NOT ({same}) THEN {old} END IF;", "delete": old}
    locks = (
        "DECLARE first_position BIGINT; "
        f"SELECT `odata-position` INTO first_position {_first(log.name)} LOCK IN SHARE MODE;"
    )
    return (
        _table(name, log),
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
    )


def _position(name: str) -> Sequence[str]:
    return (f"SELECT 1 {_first(name)} FOR UPDATE", f"SELECT max(`odata-position`) FROM {_quoted(name)}")


_TABLES = (
    "SELECT TABLE_NAME FROM information_schema.TABLES "
    "WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'SYSTEM VERSIONED')"
)
_BEHIND = "`odata-position` > CAST({} AS SIGNED)"
CHANGE_LOG = ChangeLog(_made, _dropped, _position, _BEHIND, lambda _: "SELECT 0", _TABLES)
