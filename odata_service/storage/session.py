"""One connection a thread, and the transactions on it: what fails inside leaves nothing behind."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from random import random
from threading import local
from time import sleep
from typing import TypeVar

from odata_service.database import Stored
from odata_service.errors import ODataError, PreconditionFailed
from odata_service.storage.driver import Connection, Cursor, Driver, Row, translated
from odata_service.storage.failures import ConnectionLost, Contention

_LONGEST_PAUSE_SECONDS = 0.05

Result = TypeVar("Result")


class _Ended:
    """Stands for the connection while a transaction is not left yet that the database has ended by itself.

    What goes on in it all the same would be a change of its own: each statement fails as that did which ended it.
    `connection` is that of the next transaction, None where it is broken.
    """

    def __init__(self, error: BaseException, connection: Connection | None) -> None:
        self.error = error
        self.connection = connection

    def execute(self, _: str, __: Sequence[Stored] = (), /) -> Cursor:
        raise self.error

    def executemany(self, _: str, __: Iterable[Sequence[Stored]], /) -> Cursor:
        raise self.error


class Session:
    """The connection of each thread that asks for one; a broken one is opened anew."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._local = local()

    @contextmanager
    def transaction(self, *, snapshot: bool = False) -> Iterator[None]:
        """A transaction, committed at the end, rolled back when an exception leaves it; see `Store`."""
        if self.is_in_transaction:
            if not snapshot:
                yield
                return
            if not self._local.is_snapshot:
                raise PreconditionFailed("Inside a group of changes no snapshot is offered.", target="Isolation")
            with self.savepoint():
                yield
            return
        begin = self._begin_snapshot if snapshot else self._begin
        try:
            begin()
        except ConnectionLost:
            self._reconnect()
            begin()
        self._local.in_transaction, self._local.is_snapshot = True, snapshot
        try:
            yield
            self._run_plain("COMMIT")
        except BaseException:
            self._roll_back()
            raise
        finally:
            self._local.in_transaction = False

    @contextmanager
    def savepoint(self, *, always: bool = False) -> Iterator[None]:
        """A part of a transaction that may fail without the rest, where the database does not have it so already.

        `always`: the part is more than one statement, and fails whole.
        """
        if not ((always or self.driver.fails_whole) and self.is_in_transaction):
            yield
            return
        self._run_plain("SAVEPOINT part")
        try:
            yield
        except BaseException as error:
            self._see_whether_ended(error)
            self._undo_part()
            raise
        self._run_plain("RELEASE SAVEPOINT part")

    def retried(self, work: Callable[[], Result]) -> Result:
        """The result of work that holds whole transactions: run again where another transaction stood in the way."""
        attempts = 0
        while True:
            attempts += 1
            try:
                return work()
            except Contention as error:
                if self.is_in_transaction or attempts > error.retries:
                    raise
            sleep(random() * _LONGEST_PAUSE_SECONDS)  # chance alone matters here

    def again(self, work: Callable[[], Result]) -> Result:
        """The result of work that only reads: done once more, on another connection, where this one has broken."""
        try:
            return work()
        except ConnectionLost:
            self._reconnect()
            return work()

    def rows(self, text: str, parameters: Sequence[Stored] = ()) -> list[Row]:
        """The rows of a statement that reads."""

        def read() -> list[Row]:
            with translated(self.driver):
                return self.connection().execute(text, parameters).fetchall()

        return self.again(read)

    def connection(self) -> Connection:
        """This thread's connection, for a statement that begins now."""
        self.driver.begins()
        self.driver.tally.statements += 1
        known: Connection | None = getattr(self._local, "connection", None)
        if known is None:
            with translated(self.driver):
                known = self._local.connection = self.driver.connect()
        return known

    @property
    def is_in_transaction(self) -> bool:
        """Whether this thread is inside a transaction."""
        inside: bool = getattr(self._local, "in_transaction", False)
        return inside

    def _reconnect(self) -> None:
        """Lets go of a broken connection: the next statement opens another, unless a transaction was lost with it."""
        self._discard()
        if self.is_in_transaction:
            error = ConnectionLost("The connection to the database was lost, and the change with it.")
            self._local.connection = _Ended(error, None)
            raise error

    def _discard(self) -> None:
        self._local.connection = None
        with suppress(*self.driver.errors):
            self.driver.disconnect()

    def _see_whether_ended(self, error: BaseException) -> None:
        """Lets nothing more happen in the current transaction where its database has ended it with this failure.

        SQLite does so where the disk is full or a statement that writes takes too long, servers do for a deadlock.
        """
        known: Connection | None = getattr(self._local, "connection", None)
        if known is None or isinstance(known, _Ended) or not self.is_in_transaction:
            return
        if isinstance(error, Contention) or not self.driver.is_open(known):
            self._local.connection = _Ended(error, known)

    def _undo_part(self) -> None:
        """Undoes what stands behind the savepoint; where all is lost, so is that."""
        known: Connection | None = getattr(self._local, "connection", None)
        if isinstance(known, _Ended):
            return
        try:
            self._run_plain("ROLLBACK TO SAVEPOINT part", "RELEASE SAVEPOINT part")
        except ODataError as error:
            self._discard()
            self._local.connection = _Ended(error, None)

    def _begin(self) -> None:
        self.connection()
        self.driver.check_writable()
        self._run_plain(self.driver.begin)

    def _check_writable(self) -> None:
        """That the connection may write, be it by opening another one."""
        try:
            self.driver.check_writable()
        except ConnectionLost:
            self._reconnect()
            self._ping()

    def _ping(self) -> None:
        with translated(self.driver):
            self.driver.ping(self.connection())

    def _begin_snapshot(self) -> None:
        self._run_plain(*self.driver.begin_snapshot)

    def _run_plain(self, *texts: str) -> None:
        with translated(self.driver):
            for text in texts:
                self.connection().execute(text)

    def _roll_back(self) -> None:
        """Undoes the transaction; where the connection is broken, the database has done so by itself."""
        known: Connection | None = getattr(self._local, "connection", None)
        if isinstance(known, _Ended):
            self._local.connection = known.connection
            known = known.connection
        try:
            if known is not None and self.driver.is_open(known):
                self._run_plain("ROLLBACK")
        except ODataError:
            self._discard()
