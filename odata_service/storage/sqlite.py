"""SQLite through Python's own driver: one file, one writer at a time, statements stopped by a progress handler."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import local
from time import monotonic

from peewee import PeeweeException, SqliteDatabase

from odata_service.database import Stored
from odata_service.database.catalogue import TEXT_INDEX
from odata_service.database.clocks import clock_of
from odata_service.database.connections import BUSY_SECONDS
from odata_service.database.functions import take_failure
from odata_service.errors import ODataError, StorageMismatch
from odata_service.settings import Settings
from odata_service.sql import Family, Mapping
from odata_service.sql.families.sqlite import sqlite_in
from odata_service.sql.migration import ExistingColumn
from odata_service.storage import failures
from odata_service.storage.driver import Connection, Details, Row, Tally, TextIndexes, grouped, logs_among
from odata_service.storage.sqlite_details import read_details
from odata_service.storage.sqlite_file import OpenedFile

_TRIGGERS = "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '%-search-%-insert'"
_LOGS = "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger' AND name LIKE '%-changes-%-insert'"
_TRIGRAMS_SINCE = (3, 34)
_LACKING = (
    f"An index of texts needs SQLite 3.34 or later with FTS5, and this Python has {sqlite3.sqlite_version}. Leave out "
    "--search-index and SearchIndex in the definition: searches read every row then."
)
_STEPS_BETWEEN_CHECKS = 200_000
_DOUBTFUL_SECONDS = 0.25
"""How long a lock is tried for that has just been waited for in vain."""

_UNFIT = ("Could not decode to UTF-8 column", "user-defined function raised exception")
_TOO_DEEP = ("parser stack overflow", "Expression tree is too large", "too many SQL variables")


class SqliteDriver:
    """The driver of a SQLite database. A transaction takes the one lock of the database at its beginning."""

    begin = "BEGIN IMMEDIATE"
    begin_snapshot = ("BEGIN",)
    fails_whole = False
    alters_whole = True
    errors: tuple[type[Exception], ...] = (sqlite3.Error,)

    def __init__(self, database: SqliteDatabase, settings: Settings) -> None:
        self.tally = Tally()
        self.database = database
        self.family: Family = sqlite_in(clock_of(settings.timezone))
        self.is_shared = database.database != ":memory:"
        self._seconds = settings.limits.statement_seconds
        self._local = local()
        self._file = OpenedFile(database.database)

    def connect(self) -> sqlite3.Connection:
        """This thread's connection; a file that was there before is not made anew."""
        is_new = self.database.is_closed()
        if is_new:
            self._file.check_before_opening()
        try:
            opened: sqlite3.Connection = self.database.connection()  # type: ignore[no-untyped-call]  # no stub
        except PeeweeException as error:
            cause = error.__context__
            raise cause if isinstance(cause, sqlite3.Error) else error from error
        if is_new:
            self._file.opened()
            self._local.is_locked = False
        if self._seconds:
            opened.set_progress_handler(self._is_late, _STEPS_BETWEEN_CHECKS)
        return opened

    def disconnect(self) -> None:
        """Closes this thread's connection."""
        if not self.database.is_closed():
            self.database.close()

    def check_writable(self) -> None:
        """Refuses to write into a file that is not where it was opened, is damaged, or only to be read now.

        And into one whose lock was not come by the last time: what is in line behind waits for each that waits, so all
        that follow try whether it has come free, and wait as long as ever only then.
        """
        self._file.check()
        if self._local.is_locked:
            self._try_lock()

    def _try_lock(self) -> None:
        opened: sqlite3.Connection = self.database.connection()  # type: ignore[no-untyped-call]  # no stub
        opened.execute(f"PRAGMA busy_timeout = {int(_DOUBTFUL_SECONDS * 1_000)}")
        try:
            opened.execute(self.begin)
            opened.execute("ROLLBACK")
        except sqlite3.OperationalError as error:
            raise self.translate(error) from error
        finally:
            opened.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1_000}")
        self._local.is_locked = False

    def begins(self) -> None:
        """The statement's time starts to count."""
        self._local.deadline = monotonic() + self._seconds

    def _is_late(self) -> bool:
        deadline: float = self._local.deadline
        return monotonic() > deadline

    def translate(self, error: Exception) -> Exception:
        """The service's error for one of the driver's."""
        failure = take_failure()
        if failure is not None:
            return failure
        if any(part in str(error) for part in _TOO_DEEP):
            return failures.too_deep()
        if str(error) == "integer overflow":
            return failures.out_of_range()
        if str(error).startswith(_UNFIT):
            return failures.unfit()
        name: str = getattr(error, "sqlite_errorname", "") or ""
        if name in _TOLD:
            return _TOLD[name](str(error))
        family = "_".join(name.split("_")[:2])
        make = _FAILURES.get(name) or _FAILURES.get(family) or failures.unknown
        if make is failures.damaged:
            self._file.found_damaged()
        if name == "SQLITE_BUSY":
            self._local.is_locked = True
        return make()

    def is_open(self, connection: Connection) -> bool:
        """Whether a transaction is open."""
        assert isinstance(connection, sqlite3.Connection), "the driver's own connection"
        return connection.in_transaction

    def ping(self, connection: Connection) -> None:
        """Reads what every database has."""
        connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()

    def existing(self, connection: Connection, tables: Sequence[str]) -> dict[str, list[ExistingColumn]]:
        """The columns of those tables and views that are there."""
        quoted = self.family.dialect.quoted
        return grouped(
            (name, *row[1:6])
            for name in tables
            for row in connection.execute(f"PRAGMA table_xinfo({quoted(name)})").fetchall()
        )

    def details(self, connection: Connection, tables: Sequence[str]) -> Details:
        """What hangs on those tables that are there."""
        return read_details(connection, tables)

    def text_indexes(self, connection: Connection) -> TextIndexes:
        """The triggers that keep each tell that it is there."""
        found = {
            str(name).removesuffix("-insert"): str(table) for name, table in connection.execute(_TRIGGERS).fetchall()
        }
        options = connection.execute("SELECT 1 FROM pragma_compile_options WHERE compile_options = 'ENABLE_FTS5'")
        can = options.fetchone() is not None and sqlite3.sqlite_version_info >= _TRIGRAMS_SINCE
        return TextIndexes(
            {name: table for name, table in found.items() if TEXT_INDEX.fullmatch(name)}, None if can else _LACKING
        )

    def change_logs(self, connection: Connection) -> dict[str, str]:
        """The logs of changes, told by their triggers."""
        return logs_among(connection.execute(_LOGS).fetchall())

    @contextmanager
    def migrating(self, connection: Connection) -> Iterator[None]:
        """A transaction that no writer is beside, without foreign keys, which would see a table go that comes back."""
        connection.execute("PRAGMA foreign_keys = OFF")
        try:
            connection.execute("BEGIN EXCLUSIVE")
            broken = set(connection.execute("PRAGMA foreign_key_check").fetchall())
            yield
            _refuse_orphans(connection.execute("PRAGMA foreign_key_check").fetchall(), broken)
            connection.execute("COMMIT")
        finally:
            if self.is_open(connection):
                connection.execute("ROLLBACK")
            connection.execute("PRAGMA foreign_keys = ON")

    @contextmanager
    def patiently(self, connection: Connection) -> Iterator[None]:
        """Nothing looks at the clock."""
        assert isinstance(connection, sqlite3.Connection), "the driver's own connection"
        connection.set_progress_handler(None, 0)
        try:
            yield
        finally:
            if self._seconds:
                self.begins()
                connection.set_progress_handler(self._is_late, _STEPS_BETWEEN_CHECKS)

    def register(self, connection: Connection, name: str, function: Callable[[int, Stored], Stored]) -> None:
        """Makes a function of two arguments known to the connection."""
        assert isinstance(connection, sqlite3.Connection), "the driver's own connection"
        connection.create_function(name, 2, function)

    def prepare(self, connection: Connection, tables: Mapping) -> None:
        """Turns the log on: what was committed is durable, and readers go on beside the writer."""
        connection.execute("PRAGMA journal_mode = wal")

    def settle(self, connection: Connection) -> None:
        """Writes the log back into the database file and removes it, once no other process has the file open."""
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def query_plan(self, connection: Connection, text: str, parameters: Sequence[Stored]) -> list[str]:
        """How the database would run a statement, in its own words."""
        return [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {text}", parameters).fetchall()]


def _refuse_orphans(found: Sequence[Row], before: set[Row]) -> None:
    """Refuses to leave rows of others that refer to what is no longer there."""
    orphans: dict[tuple[object, object], int] = {}
    for table, row, parent, number in found:
        if (table, row, parent, number) not in before:
            orphans[table, parent] = orphans.get((table, parent), 0) + 1
    if orphans:
        raise StorageMismatch(
            f"{count:,} row{'' if count == 1 else 's'} of table '{table}' would refer to rows of '{parent}' that are "
            "not there any longer. Remove the foreign key first."
            for (table, parent), count in orphans.items()
        )


def _columns(message: str) -> str:
    """`a, b` of `UNIQUE constraint failed: table.a, table.b`."""
    return ", ".join(part.partition(".")[2] for part in message.partition(": ")[2].split(", "))


_TOLD: dict[str, Callable[[str], ODataError]] = {
    "SQLITE_CONSTRAINT_UNIQUE": lambda message: failures.value_taken(_columns(message)),
    "SQLITE_CONSTRAINT_CHECK": lambda message: failures.rule_broken(message.partition(": ")[2]),
    "SQLITE_CONSTRAINT_TRIGGER": failures.refused,
}
"""Failures whose message says more, by the driver's name."""

_FAILURES: dict[str, Callable[[], ODataError]] = {
    "SQLITE_CONSTRAINT_PRIMARYKEY": failures.key_taken,
    "SQLITE_CONSTRAINT_ROWID": failures.key_taken,
    "SQLITE_CONSTRAINT_FOREIGNKEY": failures.reference_broken,
    "SQLITE_CONSTRAINT": failures.rule_broken,
    "SQLITE_BUSY": failures.busy,
    "SQLITE_LOCKED": failures.busy,
    "SQLITE_INTERRUPT": failures.too_slow,
    "SQLITE_FULL": failures.full,
    "SQLITE_READONLY": failures.read_only,
    "SQLITE_TOOBIG": failures.too_large,
    "SQLITE_CANTOPEN": failures.away,
    "SQLITE_IOERR": failures.away,
    "SQLITE_CORRUPT": failures.damaged,
    "SQLITE_CORRUPT_VTAB": failures.away,
    "SQLITE_NOTADB": failures.away,
    "SQLITE_PROTOCOL": failures.away,
}
"""By the driver's name of the failure, or of its family."""
