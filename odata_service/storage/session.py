"""One connection a thread, and the transactions on it: what fails inside leaves nothing behind."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from random import random
from threading import local
from time import sleep

from odata_service.errors import ODataError, PreconditionFailed
from odata_service.storage.driver import Connection, Driver, translated
from odata_service.storage.failures import ConnectionLost, Contention
from odata_service.storage.store import Result

_LONGEST_PAUSE_SECONDS = 0.05


class Session:
    """The connection of each thread that asks for one; a broken one is opened anew."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self._local = local()

    @contextmanager
    def transaction(self, *, snapshot: bool = False) -> Iterator[None]:
        """A transaction, committed at the end, rolled back when an exception leaves it; see `Store`."""
        if self._in_transaction():
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
        if not ((always or self.driver.fails_whole) and self._in_transaction()):
            yield
            return
        self._run_plain("SAVEPOINT part")
        try:
            yield
        except BaseException:
            self._run_plain("ROLLBACK TO SAVEPOINT part")
            self._run_plain("RELEASE SAVEPOINT part")
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
                if self._in_transaction() or attempts > error.retries:
                    raise
            sleep(random() * _LONGEST_PAUSE_SECONDS)  # chance alone matters here

    def connection(self) -> Connection:
        """This thread's connection, for a statement that begins now."""
        self.driver.begins()
        known: Connection | None = getattr(self._local, "connection", None)
        if known is None:
            with translated(self.driver):
                known = self._local.connection = self.driver.connect()
        return known

    def _in_transaction(self) -> bool:
        inside: bool = getattr(self._local, "in_transaction", False)
        return inside

    def _reconnect(self) -> None:
        """Lets go of a broken connection: the next statement opens another, unless a transaction was lost with it."""
        self._discard()
        if self._in_transaction():
            raise ConnectionLost("The connection to the database was lost, and the change with it.")

    def _discard(self) -> None:
        self._local.connection = None
        with suppress(*self.driver.errors):
            self.driver.disconnect()

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
            self.driver.ping(self.connection())

    def _begin_snapshot(self) -> None:
        self._run_plain(*self.driver.begin_snapshot)

    def _run_plain(self, *texts: str) -> None:
        with translated(self.driver):
            for text in texts:
                self.connection().execute(text)

    def _roll_back(self) -> None:
        """Undoes the transaction; where the connection is broken, the database has done so by itself."""
        try:
            if self.driver.is_open(self.connection()):
                self._run_plain("ROLLBACK")
        except ODataError:
            self._discard()
