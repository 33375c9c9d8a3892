"""MariaDB through PyMySQL, which puts the values into the text of a statement."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import pymysql
from peewee import MySQLDatabase, PeeweeException
from pymysql.constants import SERVER_STATUS

from odata_service.database import Stored
from odata_service.database.clocks import clock_of
from odata_service.errors import MigrationFailed, ODataError
from odata_service.settings import Settings
from odata_service.sql import Family, Mapping
from odata_service.sql.families.mariadb import mariadb_in
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

_OLDEST = (10, 6)
"""The first release with JSON_TABLE."""
_ISOLATION = "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"
_COLUMNS = """
SELECT c.TABLE_NAME, c.COLUMN_NAME, CONCAT_WS(' ', c.COLUMN_TYPE, c.COLLATION_NAME),
       c.IS_NULLABLE = 'NO',
       COALESCE(c.COLUMN_DEFAULT, IF(c.EXTRA LIKE '%%auto_increment%%' OR c.IS_GENERATED = 'ALWAYS', c.EXTRA, NULL)),
       CAST(COALESCE(k.SEQ_IN_INDEX, 0) AS INTEGER)
FROM information_schema.COLUMNS c LEFT JOIN information_schema.STATISTICS k
  ON k.TABLE_SCHEMA = c.TABLE_SCHEMA AND k.TABLE_NAME = c.TABLE_NAME AND k.COLUMN_NAME = c.COLUMN_NAME
  AND k.INDEX_NAME = 'PRIMARY'
WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME IN %s ORDER BY c.TABLE_NAME, c.ORDINAL_POSITION
"""
_INDEXES = """
SELECT TABLE_NAME, INDEX_NAME, NON_UNIQUE = 0, COLUMN_NAME FROM information_schema.STATISTICS
WHERE TABLE_SCHEMA = DATABASE() AND INDEX_NAME <> 'PRIMARY' AND COLUMN_NAME IS NOT NULL AND TABLE_NAME IN %s
ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX
"""
_LOGS = """
SELECT TRIGGER_NAME, EVENT_OBJECT_TABLE FROM information_schema.TRIGGERS
WHERE TRIGGER_SCHEMA = DATABASE() AND TRIGGER_NAME LIKE '%-changes-%-insert'
"""
_GIVEN_UP = 1139
"""What the server says of a pattern that goes through a text in more ways than it tries."""
_LOCK = "CONCAT('odata-migration-', MD5(DATABASE()))"


class MariadbConnection:
    """A connection of PyMySQL; text without parameters goes as it is."""

    __slots__ = ("raw",)

    def __init__(self, raw: "pymysql.Connection[Any]") -> None:
        self.raw = raw

    def execute(self, text: str, parameters: Sequence[Any] | None = None) -> Cursor:
        """Runs a statement."""
        cursor: Cursor = self.raw.cursor()
        cursor.execute(text, parameters)  # type: ignore[attr-defined]  # the protocol speaks of results alone
        if cursor.warning_count and "REGEXP" in text:  # type: ignore[attr-defined]  # see above
            self._check_patterns()
        return cursor

    def _check_patterns(self) -> None:
        """Raises what the server only warns of: a text that it has given up on counts as one that does not match."""
        cursor = self.raw.cursor()
        cursor.execute("SHOW WARNINGS")
        for _, number, message in cursor.fetchall():
            if number == _GIVEN_UP:
                raise pymysql.err.OperationalError(number, message)

    def executemany(self, text: str, rows: Iterable[Sequence[Stored]]) -> Cursor:
        """Runs a statement for each row; plain inserts become few statements of many rows."""
        cursor: Cursor = self.raw.cursor()
        cursor.executemany(text, list(rows))  # type: ignore[attr-defined]  # see above
        return cursor


class MariadbDriver:
    """The driver of a MariaDB database."""

    begin = "BEGIN"
    begin_snapshot = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ", "BEGIN")
    fails_whole = False
    alters_whole = False
    is_shared = True
    errors: tuple[type[Exception], ...] = (pymysql.Error, PeeweeException)

    def __init__(self, database: MySQLDatabase, settings: Settings) -> None:
        self.tally = Tally()
        self.database = database
        self.family: Family = mariadb_in(clock_of(settings.timezone))

    def connect(self) -> MariadbConnection:
        """This thread's connection."""
        opened: pymysql.Connection[Any] = self.database.connection()  # type: ignore[no-untyped-call]  # no stub
        connection = MariadbConnection(opened)
        found: str = opened.get_server_info()  # type: ignore[no-untyped-call]  # no stub
        if "mariadb" not in found.lower() or self.database.server_version < _OLDEST:
            self.disconnect()
            raise failures.unsupported(f"MariaDB {'.'.join(map(str, _OLDEST))} or later", found)
        connection.execute(_ISOLATION)
        return connection

    def disconnect(self) -> None:
        """Closes this thread's connection."""
        if not self.database.is_closed():
            self.database.close()

    def begins(self) -> None:
        """The server counts the time of a statement."""

    def check_writable(self) -> None:
        """The server knows."""

    def translate(self, error: Exception) -> ODataError:
        """The service's error for one of the driver's, by its number."""
        if isinstance(error, PeeweeException):
            return failures.away()
        number = error.args[0] if error.args else None
        if isinstance(error, pymysql.err.InterfaceError):
            return failures.lost()
        if number in _TOLD:
            return _TOLD[number](str(error.args[1]))
        make = _FAILURES.get(number, failures.unknown) if isinstance(number, int) else failures.unknown
        return make()

    def is_open(self, connection: Connection) -> bool:
        """Whether a transaction is open."""
        status: int = _raw(connection).server_status  # type: ignore[attr-defined]  # the stub leaves it out
        return bool(status & SERVER_STATUS.SERVER_STATUS_IN_TRANS)

    def ping(self, connection: Connection) -> None:
        """Asks for nothing."""
        connection.execute("SELECT 1").fetchone()

    def existing(self, connection: Connection, tables: Sequence[str]) -> dict[str, list[ExistingColumn]]:
        """The columns of those tables and views that are there."""
        if not tables:
            return {}
        cursor = _raw(connection).cursor()
        cursor.execute(_COLUMNS, (tuple(tables),))
        return grouped(cursor.fetchall())

    def details(self, connection: Connection, tables: Sequence[str]) -> Details:
        """What hangs on those tables that are there."""
        if not tables:
            return Details()
        cursor = _raw(connection).cursor()
        cursor.execute(_INDEXES, (tuple(tables),))
        found: dict[tuple[str, str, bool], list[str]] = {}
        for table, name, unique, column in cursor.fetchall():
            found.setdefault((table, name, bool(unique)), []).append(column)
        indexes: dict[str, list[ExistingIndex]] = {}
        for (table, name, unique), columns in found.items():
            indexes.setdefault(table, []).append(ExistingIndex(name, tuple(columns), unique))
        return Details(indexes)

    def text_indexes(self, connection: Connection) -> TextIndexes:
        """The server has no index that finds parts of words."""
        return TextIndexes()

    def change_logs(self, connection: Connection) -> dict[str, str]:
        """The logs of changes, told by their triggers."""
        return logs_among(connection.execute(_LOGS).fetchall())

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        """While no other migration of this database runs; each statement stands for itself."""
        if connection.execute(f"SELECT GET_LOCK({_LOCK}, 0)").fetchone() != (1,):
            raise MigrationFailed(ANOTHER_RUNS)
        try:
            yield
        finally:
            with suppress(*self.errors):
                connection.execute("UNLOCK TABLES")
                connection.execute(f"SELECT RELEASE_LOCK({_LOCK})")

    @contextmanager
    def patiently(self, connection: Connection) -> Iterator[None]:
        """The session has no limit for a while."""
        known = connection.execute("SELECT @@SESSION.max_statement_time").fetchone()
        assert known is not None, "every session has one"
        connection.execute("SET SESSION max_statement_time = 0")
        try:
            yield
        finally:
            with suppress(*self.errors):
                connection.execute(f"SET SESSION max_statement_time = {known[0]}")

    def register(self, connection: Connection, name: str, function: Callable[[int, Stored], Stored]) -> None:
        """The server calls no functions of ours: values are converted on the way."""

    def prepare(self, connection: Connection, tables: Mapping) -> None:
        """The server is as it should be."""

    def settle(self, connection: Connection) -> None:
        """The server keeps its own log."""

    def query_plan(self, connection: Connection, text: str, parameters: Sequence[Stored]) -> list[str]:
        """How the database would run a statement: of each table its access, its key, how many rows, and remarks."""
        rows = connection.execute(f"EXPLAIN {text}", parameters).fetchall()
        return [" ".join(str(part) for part in (*row[2:4], *row[5:6], *row[8:]) if part is not None) for row in rows]


def _raw(connection: Connection) -> "pymysql.Connection[Any]":
    assert isinstance(connection, MariadbConnection), "the driver's own connection"
    return connection.raw


def _unique(message: str) -> ODataError:
    """`i` of `Duplicate entry '1' for key 'i'`, where it is no primary key."""
    index = message.rpartition(" for key ")[2].strip("'")
    return failures.key_taken() if index == "PRIMARY" else failures.value_taken(index)


_TOLD: dict[object, Callable[[str], ODataError]] = {
    **dict.fromkeys((1062, 1586), _unique),
    1644: failures.refused,
    4025: lambda message: failures.rule_broken(message.partition("`")[2].partition("`")[0]),
}
"""Failures whose message says more, by the server's number."""

_FAILURES: dict[int, Callable[[], ODataError]] = {
    **dict.fromkeys((1216, 1217, 1451, 1452), failures.reference_broken),
    **dict.fromkeys((1048, 1364), failures.rule_broken),
    **dict.fromkeys((1265, 1292, 1366, 1411), failures.unfitting),
    **dict.fromkeys((1153, 1264, 1406), failures.too_large),
    **dict.fromkeys((1365, 1441, 1690), failures.out_of_range),
    _GIVEN_UP: failures.too_many_ways,
    1242: failures.unfitting,  # see sql.families.mariadb_casts
    **dict.fromkeys((1119, 1390, 1436), failures.too_deep),
    1205: failures.busy,
    **dict.fromkeys((1020, 1213), failures.contended),
    **dict.fromkeys((1317, 1969, 3024), failures.too_slow),
    **dict.fromkeys((1053, 1927, 2006, 2013, 2055), failures.lost),
    **dict.fromkeys((1021, 1026, 1114), failures.full),
    **dict.fromkeys((1036, 1044, 1142, 1143, 1290, 1792), failures.read_only),
    **dict.fromkeys((1040, 1041, 1203, 2002, 2003), failures.away),
}
"""By the server's number of an error, or the client's from 2000 on."""
