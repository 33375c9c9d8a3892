"""Requests that were carried out, and their answers, so that none is carried out twice (Repeatable Requests 5).

What is remembered is written in the transaction of the request itself: both are there, or neither. A name that is being
written by another transaction is waited for, as any row is.
"""

from collections.abc import Sequence
from threading import Lock
from time import monotonic

from msgspec import Struct

from odata_service.database import Stored
from odata_service.errors import ODataError, ServiceError
from odata_service.sql.remembered import remembered_statements
from odata_service.storage.driver import translated
from odata_service.storage.pieces import in_pieces
from odata_service.storage.session import Session

_TIDY_SECONDS = 60
_TIDY_REQUESTS = 500
_KEPT_OF_TOO_MANY = 0.9


class Claim(Struct, frozen=True):
    """A request that is to be carried out once: its name, whose it is, and what tells it from others of this name.

    Names, clients, senders and digests are of at most 64 characters. `sent` are the seconds of its first sending.
    """

    name: str
    sender: str
    digest: str
    sent: int
    client: str | None = None


class Known(Struct, frozen=True):
    """What is remembered of a request."""

    sender: str
    digest: str
    answers: bytes


class Remembered:
    """The remembered requests of a store, in the connections and transactions of its session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._statements = remembered_statements(session.driver.family)
        self._is_made = False
        self._lock = Lock()
        self._since_tidied = 0
        self._tidied = monotonic()

    def prepare(self) -> None:
        """Makes the table where it is not there, in a transaction of its own."""
        if self._is_made:
            return
        try:
            with self._session.transaction():
                for statement in self._statements.create:
                    self._run(statement)
        except ODataError:
            if not self._is_there():  # another process may have made it at the same time
                raise
        self._is_made = True

    def add(self, claim: Claim) -> bool:
        """Remembers a request that is carried out in this transaction; False where one of its name is remembered."""
        try:
            return self._run(self._statements.add, _row(claim, 0, None)) > 0
        except ServiceError:
            self._is_made = False  # another database may stand in the place of the one that had the table
            raise

    def keep(self, claim: Claim, answers: bytes) -> None:
        """Keeps what is answered to a request that was added in this transaction."""
        first, *others = in_pieces(answers)
        self._run(self._statements.keep, (first, claim.name))
        for place, piece in enumerate(others, 1):
            self._run(self._statements.add, _row(claim, place, piece))

    def find(self, name: str) -> Known | None:
        """What is remembered under a name."""
        rows = self._session.rows(self._statements.find, (name,))
        if not rows:
            return None
        sender, digest, _ = rows[0]
        pieces = [piece for _, _, piece in rows if isinstance(piece, bytes)]
        return Known(str(sender), str(digest), b"".join(pieces))

    def floor(self) -> int:
        """The seconds from which on requests are remembered: some that were sent before have been forgotten."""
        found = self._number(self._statements.floor)
        assert found is not None, "the table is made with its floor"
        return found

    def remove(self, name: str, sender: str) -> None:
        """Forgets a request of a sender."""
        with self._session.transaction():
            self._run(self._statements.remove, (name, sender))

    def remove_client(self, client: str, sender: str) -> None:
        """Forgets all requests of a sender's client."""
        with self._session.transaction():
            self._run(self._statements.remove_client, (client, sender))

    def tidy(self, before: int, most: int) -> None:
        """Forgets, now and then, what was sent before an instant, and of too many rows the oldest; 0 for no bound."""
        with self._lock:
            self._since_tidied += 1
            if self._since_tidied < _TIDY_REQUESTS and monotonic() - self._tidied < _TIDY_SECONDS:
                return
            self._since_tidied, self._tidied = 0, monotonic()
        self.forget(before, most)

    def forget(self, before: int, most: int) -> None:
        """Forgets what was sent before an instant, and of too many rows the oldest; the floor rises with that."""
        statements = self._statements
        with self._session.transaction():
            self._run(statements.turn)
            if most and (self._number(statements.count) or 0) > most:
                oldest = self._number(statements.nth, (int(most * _KEPT_OF_TOO_MANY),))
                before = max(before, oldest or 0)
            latest = self._number(statements.latest, (before,))
            if latest is not None:
                self._run(statements.raise_floor, (latest + 1, latest + 1))
                self._run(statements.forget, (latest + 1,))

    def _is_there(self) -> bool:
        try:
            self.floor()
        except ODataError:
            return False
        return True

    def _run(self, statement: str, values: Sequence[Stored] = ()) -> int:
        with translated(self._session.driver):
            return self._session.connection().execute(statement, values).rowcount

    def _number(self, statement: str, values: Sequence[Stored] = ()) -> int | None:
        rows = self._session.rows(statement, values)
        found = rows[0][0] if rows else None
        assert found is None or isinstance(found, int), "it is kept as a number"
        return found


def _row(claim: Claim, place: int, piece: bytes | None) -> Sequence[Stored]:
    return (claim.name, place, claim.sent, claim.client, claim.sender, claim.digest, piece)
