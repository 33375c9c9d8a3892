"""PostgreSQL's log of changes: a row's position is the number of its transaction.

Transactions get their numbers when they begin to write, and end in another order. A place in the log is therefore a
snapshot: it knows of each transaction whether it had ended, so that what one still had under way lies behind the place,
and nothing does that was to be seen. No writer waits for a reader, and no reader for a writer.
"""

from collections.abc import Sequence

from odata_service.sql.families.family import ChangeLog, LoggedTable

_NOW = "extract(epoch FROM clock_timestamp())::bigint"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _made(log: LoggedTable) -> Sequence[str]:
    """The function writes whoever calls it, and from wherever: a writer needs no right of its own on the log."""
    name, kept = _quoted(log.name), [column for column, _ in log.columns]
    takes = f"INSERT INTO {name} ({', '.join(kept)}) VALUES ({{}});"
    new_row, old_row = log.of("NEW"), log.of("OLD")
    new, old = takes.format(new_row), takes.format(old_row)
    moved = f"({old_row}) IS DISTINCT FROM ({new_row})"
    body = (
        f"BEGIN IF TG_OP = 'TRUNCATE' THEN DELETE FROM {name}; "
        f'INSERT INTO {name} ("odata-position") VALUES (txid_current()); '
        f"ELSIF TG_OP = 'DELETE' THEN {old} ELSIF TG_OP = 'INSERT' THEN {new} "
        f"ELSE {new} IF {moved} THEN {old} END IF; END IF; RETURN NULL; END"
    )
    return (
        *_table(name, log),
        f'CREATE INDEX ON {name} ("odata-position")',
        f'INSERT INTO {name} ("odata-position") VALUES (txid_current())',
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path FROM CURRENT "
        f"AS $odata$ {body} $odata$",
        f"CREATE TRIGGER {_quoted(f'{log.name}-insert')} AFTER INSERT OR UPDATE OR DELETE ON {log.table} "
        f"FOR EACH ROW EXECUTE FUNCTION {name}()",
        f"CREATE TRIGGER {_quoted(f'{log.name}-truncate')} AFTER TRUNCATE ON {log.table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {name}()",
    )


def _table(name: str, log: LoggedTable) -> Sequence[str]:
    """The table of a log; its columns are copied from a table that belongs to others."""
    if not log.existing:
        columns = ", ".join(f"{column} {sql_type}" for column, sql_type in log.columns)
        return (
            f'CREATE TABLE {name} ("odata-position" bigint NOT NULL DEFAULT txid_current(), '
            f'"odata-at" bigint NOT NULL DEFAULT {_NOW}, {columns})',
        )
    kept = ", ".join(column for column, _ in log.columns)
    return (
        f"CREATE TABLE {name} AS SELECT {kept} FROM {log.table} WITH NO DATA",
        f'ALTER TABLE {name} ADD COLUMN "odata-position" bigint NOT NULL DEFAULT txid_current(), '
        f'ADD COLUMN "odata-at" bigint NOT NULL DEFAULT {_NOW}',
    )


def _dropped(name: str) -> Sequence[str]:
    return (f"DROP FUNCTION IF EXISTS {_quoted(name)}() CASCADE", f"DROP TABLE IF EXISTS {_quoted(name)}")


def _position(_: str) -> Sequence[str]:
    return ("SELECT CAST(txid_current_snapshot() AS text)",)


_BEHIND = (
    '"odata-position" >= txid_snapshot_xmin(CAST({} AS txid_snapshot)) '
    'AND NOT txid_visible_in_snapshot("odata-position", CAST({} AS txid_snapshot))'
)


def _identity(name: str) -> str:
    """A log that a dump has brought into another server, where transactions have other numbers, is another one."""
    quoted = _quoted(name).replace("'", "''")
    return f"SELECT CAST(CAST('{quoted}' AS regclass) AS oid)::bigint"


def _version(name: str) -> str:
    """The greatest position that is to be seen; while a transaction with a smaller one is under way, what else is.

    Once none is, nothing will be seen at or before that position that is not to be seen now.
    """
    quoted, oldest = _quoted(name), "txid_snapshot_xmin(txid_current_snapshot())"
    since = f'(SELECT count(*) FROM {quoted} WHERE "odata-position" >= {oldest})'
    return (
        f'SELECT CASE WHEN max("odata-position") < {oldest} THEN CAST(max("odata-position") AS text) '
        f"ELSE concat_ws('.', max(\"odata-position\"), {oldest}, {since}) END FROM {quoted}"
    )


_TABLES = (
    "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') "
    "AND relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())"
)
CHANGE_LOG = ChangeLog(_made, _dropped, _position, _BEHIND, _identity, _TABLES, _version)
