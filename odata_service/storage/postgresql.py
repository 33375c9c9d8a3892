"""PostgreSQL through psycopg 3: values of types that Python knows differently come as text."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from peewee import PeeweeException, PostgresqlDatabase
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus
from psycopg.types.string import TextLoader

from odata_service.database import Stored
from odata_service.database.catalogue import TEXT_INDEX
from odata_service.database.clocks import clock_of
from odata_service.errors import MigrationFailed, ODataError
from odata_service.settings import Settings
from odata_service.sql import Family, Mapping
from odata_service.sql.families.postgresql import postgresql_in
from odata_service.sql.migration import ExistingColumn, ExistingIndex
from odata_service.storage import failures
from odata_service.storage.driver import (
    ANOTHER_RUNS,
    Connection,
    Cursor,
    Details,
    Tally,
    TextIndexes,
    grouped,
    logs_among,
)

_AS_TEXT = ("date", "time", "timestamp", "timestamptz", "uuid", "json", "jsonb")
_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       coalesce(pg_get_expr(d.adbin, d.adrelid), nullif(a.attidentity::text, '')),
       coalesce(array_position(k.conkey, a.attnum), 0)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.contype = 'p'
WHERE c.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND c.relname = ANY(%s)
ORDER BY c.relname, a.attnum
"""
_INDEXES = """
SELECT t.relname, i.relname, array_agg(a.attname::text ORDER BY k.place), x.indisunique
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
  JOIN unnest(x.indkey::int2[]) WITH ORDINALITY AS k(number, place) ON true
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.number
WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND NOT x.indisprimary AND x.indpred IS NULL AND x.indexprs IS NULL AND t.relname = ANY(%s)
GROUP BY t.relname, i.relname, x.indisunique ORDER BY t.relname, i.relname
"""
_KEYS = """
SELECT t.relname, k.conname FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
WHERE k.contype = 'p' AND t.relname = ANY(%s)
  AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
"""
_TEXT_INDEXES = """
SELECT i.relname, t.relname
FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
  JOIN pg_am a ON a.oid = i.relam AND a.amname = 'gin'
WHERE t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
  AND x.indisvalid AND position('-search-' IN i.relname) > 0
"""
_LOGS = """
SELECT g.tgname, t.relname FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
WHERE g.tgname LIKE '%-changes-%-insert'
  AND t.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = current_schema())
"""
_TRIGRAMS = """
SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'pg_trgm')
  OR (EXISTS (SELECT 1 FROM pg_available_extensions WHERE name = 'pg_trgm')
      AND has_database_privilege(current_database(), 'CREATE'))
"""
_LACKING = (
    "An index of texts needs the extension pg_trgm, which the server does not have or this user may not create. Have "
    "it made (CREATE EXTENSION pg_trgm), or leave out --search-index and SearchIndex in the definition: searches read "
    "every row then."
)
_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended('odata-migration', 0))"


class PostgresqlConnection:
    """A connection of psycopg; text without parameters goes as it is.

    One cursor serves all statements, since making one costs as much as a small statement: a result is fetched before
    the next statement runs.
    """

    __slots__ = ("_cursor", "raw")

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.raw = raw
        self._cursor = raw.cursor()

    def execute(self, text: str, parameters: Sequence[Any] | None = None) -> Cursor:
        """Runs a statement."""
        return self._cursor.execute(text, parameters)

    def executemany(self, text: str, rows: Iterable[Sequence[Stored]]) -> Cursor:
        """Runs a statement for each row, without waiting for the answers between."""
        cursor = self.raw.cursor()
        cursor.executemany(text.encode(), rows)
        return cursor


class PostgresqlDriver:
    """The driver of a PostgreSQL database."""

    begin = "BEGIN"
    begin_snapshot = ("BEGIN ISOLATION LEVEL REPEATABLE READ",)
    fails_whole = True
    alters_whole = True
    is_shared = True
    errors: tuple[type[Exception], ...] = (psycopg.Error, PeeweeException)

    def __init__(self, database: PostgresqlDatabase, settings: Settings) -> None:
        self.tally = Tally()
        self.database = database
        self.family: Family = postgresql_in(clock_of(settings.timezone))

    def connect(self) -> PostgresqlConnection:
        """This thread's connection."""
        opened: psycopg.Connection[Any] = self.database.connection()  # type: ignore[no-untyped-call]  # no stub
        for name in _AS_TEXT:
            opened.adapters.register_loader(name, TextLoader)
        return PostgresqlConnection(opened)

    def disconnect(self) -> None:
        """Closes this thread's connection."""
        if not self.database.is_closed():
            self.database.close()

    def begins(self) -> None:
        """The server counts the time of a statement."""

    def check_writable(self) -> None:
        """The server knows."""

    def translate(self, error: Exception) -> ODataError:
        """The service's error for one of the driver's, by its SQLSTATE; for lack of one the connection is at fault."""
        if isinstance(error, PeeweeException):
            return failures.away()
        state: str | None = getattr(error, "sqlstate", None)
        if state is None:
            return failures.lost() if isinstance(error, psycopg.OperationalError) else failures.unkept()
        if state in _TOLD and isinstance(error, psycopg.Error):
            return _TOLD[state](error.diag)
        make = _FAILURES.get(state) or _CLASSES.get(state[:2]) or failures.unknown
        return make()

    def is_open(self, connection: Connection) -> bool:
        """Whether a transaction is open, be it a failed one."""
        return _raw(connection).info.transaction_status is not TransactionStatus.IDLE

    def ping(self, connection: Connection) -> None:
        """Asks for nothing."""
        connection.execute("SELECT 1").fetchone()

    def existing(self, connection: Connection, tables: Sequence[str]) -> dict[str, list[ExistingColumn]]:
        """The columns of those tables and views that are there."""
        return grouped(_raw(connection).execute(_COLUMNS, (list(tables),)).fetchall())

    def details(self, connection: Connection, tables: Sequence[str]) -> Details:
        """What hangs on those tables that are there."""
        indexes: dict[str, list[ExistingIndex]] = {}
        for table, name, columns, unique in _raw(connection).execute(_INDEXES, (list(tables),)).fetchall():
            indexes.setdefault(table, []).append(ExistingIndex(name, tuple(columns), unique))
        return Details(indexes, dict(_raw(connection).execute(_KEYS, (list(tables),)).fetchall()))

    def text_indexes(self, connection: Connection) -> TextIndexes:
        """The indexes of parts of texts, which an extension has."""
        found = {str(name): str(table) for name, table in connection.execute(_TEXT_INDEXES).fetchall()}
        can = connection.execute(_TRIGRAMS).fetchone()
        return TextIndexes(
            {name: table for name, table in found.items() if TEXT_INDEX.fullmatch(name)},
            None if can == (True,) else _LACKING,
        )

    def change_logs(self, connection: Connection) -> dict[str, str]:
        """The logs of changes, told by their triggers."""
        return logs_among(connection.execute(_LOGS).fetchall())

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        """A transaction, while no other migration of this database runs."""
        connection.execute("BEGIN")
        try:
            if connection.execute(_LOCK).fetchone() != (True,):
                raise MigrationFailed(ANOTHER_RUNS)
            yield
            connection.execute("COMMIT")
        finally:
            if self.is_open(connection):
                connection.execute("ROLLBACK")

    @contextmanager
    def patiently(self, connection: Connection) -> Iterator[None]:
        """The end of the transaction brings the limit back."""
        connection.execute("SET LOCAL statement_timeout = 0")
        yield

    def register(self, connection: Connection, name: str, function: Callable[[int, Stored], Stored]) -> None:
        """The server calls no functions of ours: values are converted on the way."""

    def prepare(self, connection: Connection, tables: Mapping) -> None:
        """The server is as it should be."""

    def settle(self, connection: Connection) -> None:
        """The server keeps its own log."""

    def query_plan(self, connection: Connection, text: str, parameters: Sequence[Stored]) -> list[str]:
        """How the database would run a statement, in its own words."""
        return [str(row[0]) for row in connection.execute(f"EXPLAIN {text}", parameters).fetchall()]


def _raw(connection: Connection) -> psycopg.Connection[Any]:
    assert isinstance(connection, PostgresqlConnection), "the driver's own connection"
    return connection.raw


def _unique(told: Diagnostic) -> ODataError:
    """`a, b` of `Key (a, b)=(1, 2) already exists.`, where it is no primary key."""
    match = _DUPLICATE.match(told.message_detail or "")
    if match is None or (told.constraint_name or "").endswith("_pkey"):
        return failures.key_taken()
    return failures.value_taken(match[1].replace('"', ""))


_DUPLICATE = re.compile(r"Key \((.*?)\)=\(")
_TOLD: dict[str, Callable[[Diagnostic], ODataError]] = {
    "23505": _unique,
    "23514": lambda told: failures.rule_broken(told.constraint_name or ""),
    "P0001": lambda told: failures.refused(told.message_primary or ""),
}
"""Failures of which the server says more, by SQLSTATE."""

_FAILURES: dict[str, Callable[[], ODataError]] = {
    "22001": failures.too_large,
    "22003": failures.out_of_range,
    "22012": failures.out_of_range,
    "22P05": failures.unkept,
    "23503": failures.reference_broken,
    "25006": failures.read_only,
    "40001": failures.contended,
    "40P01": failures.contended,
    "42501": failures.read_only,
    "53100": failures.full,
    "54001": failures.too_deep,
    "55P03": failures.busy,
    "57014": failures.too_slow,
}
"""By SQLSTATE."""

_CLASSES: dict[str, Callable[[], ODataError]] = {
    "08": failures.lost,
    "22": failures.unfitting,
    "23": failures.rule_broken,
    "53": failures.away,
    "54": failures.too_large,
    "57": failures.lost,
    "58": failures.away,
}
"""By the class of the SQLSTATE, for all others."""
