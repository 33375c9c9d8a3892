"""Asynchronous requests and their answers, kept in the database: any process of the service can tell of them.

Times are seconds of the clock as it stood when the service began, and go on evenly from there: nothing is forgotten,
and nothing kept for hours, because the clock is set. Who runs a job counts on now and then; what has not been counted
on for a while, as each process sees for itself, was lost with the one that ran it.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from enum import IntEnum
from secrets import token_hex
from threading import Lock
from time import monotonic, time

from msgspec import Struct

from odata_service.database import Stored
from odata_service.sql.jobs import job_statements
from odata_service.storage.driver import translated
from odata_service.storage.pieces import in_pieces
from odata_service.storage.session import Session

_RUN = token_hex(16)
"""The run of the service: its workers are forked from one process and share it."""

_BEGAN = time() - monotonic()
"""The clock when all that counts evenly was 0."""

_MOST_SEEN = 1_000
_LOST_AFTER_SECONDS = 30
_SURELY_LOST_AFTER_SECONDS = 600
_FORGOTTEN_AFTER_SECONDS = 3_600
BEAT_SECONDS = 5


class State(IntEnum):
    """How far a job has come. What is `CHANGING` may not be removed: it could have changed something already."""

    WAITING = 0
    READING = 1
    CHANGING = 2
    DONE = 3


class KeptAnswer(Struct, frozen=True):
    """An answer's status and headers; its body is asked for by itself."""

    status: int
    headers: Mapping[str, str]


class Job(Struct, frozen=True):
    """A job as it is known to the database; `answer` once it is done."""

    owner: str
    state: State
    is_lost: bool
    answer: KeptAnswer | None


class Jobs:
    """The jobs of a store, in the connections and transactions of its session.

    Names are of at most 64 characters, as owners are. `clock` tells seconds that go on evenly.
    """

    def __init__(self, session: Session, clock: Callable[[], float] = monotonic) -> None:
        self._session = session
        self._clock = clock
        self._silence = _Silence(clock)
        self._statements = job_statements(session.driver.family)
        self._are_made = False

    def add(self, name: str, owner: str, state: State, *, seconds: int, most: int) -> bool:
        """Adds a job that is known for some seconds; False where as many as may be are known, 0 for no bound.

        Jobs whose time is over are forgotten with their answers.
        """
        self._make()
        now = self._now()
        with self._session.transaction(), translated(self._session.driver):
            for statement, values in zip(self._statements.forget, ((now,), ()), strict=True):
                self._session.connection().execute(statement, values)
            if most and self._number(self._statements.count) >= most:
                return False
            row = (name, owner, int(state), _RUN, os.getpid(), 0, now + seconds, None)
            self._session.connection().execute(self._statements.add, row)
        return True

    def start(self, name: str, state: State) -> bool:
        """Says that a waiting job runs now; False where it was removed."""
        return self._change(self._statements.start, (int(state), name, int(State.WAITING))) > 0

    def beat(self, names: Sequence[str]) -> None:
        """Says that these jobs still run: they are known for an hour more at least."""
        until = self._now() + _FORGOTTEN_AFTER_SECONDS
        with self._session.transaction(), translated(self._session.driver):
            for name in names:
                self._session.connection().execute(self._statements.beat, (until, until, name))

    def finish(self, name: str, answer: KeptAnswer, body: bytes, *, seconds: int) -> None:
        """Keeps the answer for some seconds from now on; nothing where the job was removed."""
        told = json.dumps([answer.status, dict(answer.headers)]).encode()
        with self._session.transaction(), translated(self._session.driver):
            statements, connection = self._statements, self._session.connection()
            values = (int(State.DONE), told, self._now() + seconds, name)
            if connection.execute(statements.finish, values).rowcount:
                for place, piece in enumerate(in_pieces(body)):
                    connection.execute(statements.add_piece, (name, place, piece))

    def find(self, name: str) -> Job | None:
        """What is known of a job; None where nothing is."""
        self._make()
        rows = self._session.rows(self._statements.find, (name,))
        if not rows:
            return None
        [(owner, state, run, process, beaten, expires, told)] = rows
        found = State(_integer(state))
        if found is State.DONE:
            answer = KeptAnswer(*json.loads(_bytes(told)))
            return Job(str(owner), found, False, answer) if _integer(expires) > self._now() else None
        is_at_work = _is_at_work(str(run), _integer(process))
        is_lost = is_at_work is False or self._silence.seconds(name, _integer(beaten)) > (
            _SURELY_LOST_AFTER_SECONDS if is_at_work else _LOST_AFTER_SECONDS
        )
        return Job(str(owner), found, is_lost, None)

    def body(self, name: str) -> bytes:
        """The body of a job's answer."""
        return b"".join(_bytes(piece) for (piece,) in self._session.rows(self._statements.pieces, (name,)))

    def remove(self, name: str) -> bool:
        """Forgets a job with its answer; False for one that is changing something, and for one that is not there."""
        with self._session.transaction(), translated(self._session.driver):
            removed = (
                self._session.connection().execute(self._statements.remove, (name, int(State.CHANGING))).rowcount > 0
            )
            if removed:
                self._session.connection().execute(self._statements.remove_pieces, (name,))
        return removed

    def _now(self) -> int:
        return int(_BEGAN + self._clock())

    def _make(self) -> None:
        """Makes the tables where they are not there; databases may refuse that, or to do it twice at the same time."""
        if self._are_made:
            return
        with self._session.transaction(), translated(self._session.driver):
            for statement in self._statements.create:
                self._session.connection().execute(statement)
        self._are_made = True

    def _change(self, statement: str, values: Sequence[Stored]) -> int:
        with self._session.transaction(), translated(self._session.driver):
            return self._session.connection().execute(statement, values).rowcount

    def _number(self, statement: str) -> int:
        [(number,)] = self._session.rows(statement)
        return _integer(number)


class _Silence:
    """How long jobs have not been counted on: since this process saw that, which no other clock has a part in."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._seen: dict[str, tuple[int, float]] = {}
        self._lock = Lock()

    def seconds(self, name: str, beats: int) -> float:
        """For how long a job has had this count, of which nothing is known when it is asked for first."""
        now = self._clock()
        with self._lock:
            known, since = self._seen.get(name, (None, now))
            if known == beats:
                return now - since
            self._seen.pop(name, None)
            if len(self._seen) >= _MOST_SEEN:
                del self._seen[next(iter(self._seen))]
            self._seen[name] = beats, now
            return 0


def _is_at_work(run: str, process: int) -> bool | None:
    """Whether the process that runs a job lives; None for one of another run, which may be that of another machine.

    A long change may keep it from counting on.
    """
    if run != _RUN or not hasattr(os, "fork"):
        return None
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def _integer(value: object) -> int:
    assert isinstance(value, int), "it is kept as a number"
    return value


def _bytes(value: object) -> bytes:
    assert isinstance(value, bytes), "it is kept as bytes"
    return value
