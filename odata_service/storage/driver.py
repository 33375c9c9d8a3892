"""What a store asks of a database's driver: connections, the family's few statements, and what its errors mean."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Protocol

from msgspec import Struct, field
from peewee import Database

from odata_service.database import Stored
from odata_service.database.catalogue import CHANGE_LOG
from odata_service.errors import ArithmeticFailure, ODataError
from odata_service.sql import Family
from odata_service.sql import Mapping as Tables
from odata_service.sql.migration import ExistingColumn, ExistingIndex, ExistingObject

Row = tuple[object, ...]

ANOTHER_RUNS = "Another migration of this database is running. Run this one again when that has ended."


class Cursor(Protocol):
    """The result of a statement."""

    @property
    def rowcount(self) -> int:
        """How many rows a write met."""

    def fetchall(self) -> list[Row]:
        """All rows."""

    def fetchone(self) -> Row | None:
        """The next row."""


class Connection(Protocol):
    """A connection in which every statement outside a transaction stands for itself."""

    def execute(self, text: str, parameters: Sequence[Stored] = (), /) -> Cursor:
        """Runs a statement."""

    def executemany(self, text: str, rows: Iterable[Sequence[Stored]], /) -> Cursor:
        """Runs a statement for each row."""


class Details(Struct, frozen=True):
    """What hangs on tables, by their names: see `DatabaseState` and `ExistingTable`."""

    indexes: Mapping[str, Sequence[ExistingIndex]] = field(default_factory=dict)
    key_names: Mapping[str, str] = field(default_factory=dict)
    objects: Sequence[ExistingObject] = ()
    guarded: Mapping[str, Sequence[str]] = field(default_factory=dict)


class TextIndexes(Struct, frozen=True):
    """The indexes of texts that a database has, each with its table; and what it lacks to have one, if anything."""

    found: Mapping[str, str] = field(default_factory=dict)
    lacking: str | None = None


class Tally(Struct):
    """What has been counted since the process began: rows that the database gave, its failures (5xx), statements."""

    rows: int = 0
    failures: int = 0
    statements: int = 0


class Driver(Protocol):
    """The driver of one database. `begin` starts a transaction for writing.

    `fails_whole` tells that a failed statement ends its transaction, unless it stands behind a savepoint;
    `alters_whole` that tables change inside transactions too.
    """

    @property
    def tally(self) -> Tally:
        """What has been counted in this process."""

    @property
    def database(self) -> Database:
        """The database as peewee has it: the same connections."""

    @property
    def family(self) -> Family:
        """The family that statements are written for."""

    @property
    def begin(self) -> str:
        """The statement that begins a transaction for writing."""

    @property
    def begin_snapshot(self) -> tuple[str, ...]:
        """The statements that begin a transaction which reads one moment."""

    @property
    def fails_whole(self) -> bool:
        """Whether a failed statement ends its transaction."""

    @property
    def alters_whole(self) -> bool:
        """Whether a transaction holds changes of tables."""

    @property
    def is_shared(self) -> bool:
        """Whether all threads see one database: each has one of its own where it is in memory."""

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What the driver raises."""

    def connect(self) -> Connection:
        """This thread's connection, opened where it is not."""

    def disconnect(self) -> None:
        """Closes this thread's connection."""

    def begins(self) -> None:
        """Hears that a statement begins now."""

    def check_writable(self) -> None:
        """Raises an `ODataError` where this thread's connection must not write, though it could."""

    def translate(self, error: Exception) -> Exception:
        """The service's error for one of the driver's, or what code has raised that the database called."""

    def is_open(self, connection: Connection) -> bool:
        """Whether a transaction is open in a connection that works."""

    def ping(self, connection: Connection) -> None:
        """Raises what the driver raises where the database cannot be read."""

    def existing(self, connection: Connection, tables: Sequence[str]) -> dict[str, list[ExistingColumn]]:
        """The columns of those tables and views that are there."""

    def details(self, connection: Connection, tables: Sequence[str]) -> Details:
        """What hangs on those tables that are there."""

    def text_indexes(self, connection: Connection) -> TextIndexes:
        """The indexes of texts that there are, by the look of their names, and whether more can be made."""

    def change_logs(self, connection: Connection) -> dict[str, str]:
        """The logs of changes that there are, each with the table whose changes it has."""

    def migrating(self, connection: Connection) -> AbstractContextManager[None]:
        """A migration's place: no other runs at the same time, and where the database can, all of it or nothing holds.

        `StorageMismatch` where what was done breaks something of others; the database is as it was then.
        """

    def patiently(self, connection: Connection) -> AbstractContextManager[None]:
        """Inside the current transaction: statements take the time that they need, such as that of making an index."""

    def register(self, connection: Connection, name: str, function: Callable[[int, Stored], Stored]) -> None:
        """Makes a function known to the connection, where the database can call one."""

    def prepare(self, connection: Connection, tables: Tables) -> None:
        """Readies a database whose tables this package makes."""

    def settle(self, connection: Connection) -> None:
        """What is to be done when the last process leaves the database."""

    def query_plan(self, connection: Connection, text: str, parameters: Sequence[Stored]) -> list[str]:
        """How the database would run a statement, in its own words."""


def logs_among(rows: Iterable[Row]) -> dict[str, str]:
    """The logs of changes among triggers, each row its name and that of its table: the one for new rows tells of it."""
    found = {str(name).removesuffix("-insert"): str(table) for name, table in rows}
    return {name: table for name, table in found.items() if CHANGE_LOG.fullmatch(name)}


def translated(driver: Driver) -> AbstractContextManager[None]:
    """Runs statements; what the driver raises leaves as an `ODataError`, its cause behind it."""
    return _Translation(driver)


class _Translation:
    """What `translated` runs in: every statement does, and a generator would cost more than some of them."""

    __slots__ = ("_driver",)

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def __enter__(self) -> None:
        pass

    def __exit__(self, _: type[BaseException] | None, error: BaseException | None, __: TracebackType | None) -> None:
        if isinstance(error, self._driver.errors):
            failure = self._driver.translate(error)
            if isinstance(failure, ODataError) and failure.status >= 500:
                self._driver.tally.failures += 1
            raise failure from error
        if isinstance(error, OverflowError):
            raise ArithmeticFailure("A number is beyond 64 bits.", hint="Use a smaller number.") from error


def grouped(rows: Iterable[Row]) -> dict[str, list[ExistingColumn]]:
    """Rows of a catalogue, each a table's name and the parts of a column, by table."""
    found: dict[str, list[ExistingColumn]] = {}
    for table, name, declared, not_null, default, key in rows:
        assert isinstance(key, int), "places in a key are numbers"
        stated = None if default is None else str(default)
        column = ExistingColumn(str(name), str(declared), bool(not_null), stated, key)
        found.setdefault(str(table), []).append(column)
    return found
