"""A request that is carried out in a thread of its own, and the threads that do so.

What becomes of it is told to who waits for it, and kept in the database once it was promised that it would be.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock, Thread
from time import sleep

from msgspec import Struct

from odata_service.errors import InsufficientStorage, ODataError
from odata_service.payload import write_error
from odata_service.service.callbacks import call_back
from odata_service.service.message import Request, Response
from odata_service.service.query_body import is_query
from odata_service.settings import Limits
from odata_service.storage import BEAT_SECONDS, Jobs, KeptAnswer, State, Store

_LOG = logging.getLogger("odata_service")
_THREADS = 2
_BODIES = 4
"""How many of the largest bodies may wait in the memory of a process."""
_PAUSES_SECONDS = (0.5, 1, 2, 4)


class Keeping(Struct, frozen=True):
    """Where an answer is kept: under which name and for whom, for how long, how large; and who is told of it."""

    jobs: Jobs
    name: str
    owner: str
    seconds: int
    limits: Limits
    callback: str | None = None


class Deferred:
    """One request. `answer` answers it, and raises nothing."""

    def __init__(self, request: Request, answer: Callable[[Request], Response], keeping: Keeping) -> None:
        self.request = request
        self.keeping = keeping
        self.is_promised = False
        self._answer = answer
        self._runs = False
        self._response: Response | None = None
        self._lock = Lock()
        self._is_answered = Event()

    def promise(self) -> bool:
        """Sees to it that the answer will be kept; False where it is there already, or there is no place for it."""
        keeping = self.keeping
        with self._lock:
            if self._response is not None:
                return False
            state = self._running_state() if self._runs else State.WAITING
            most = keeping.limits.max_jobs
            try:
                self.is_promised = keeping.jobs.add(
                    keeping.name, keeping.owner, state, seconds=keeping.seconds, most=most
                )
            except ODataError as error:
                _LOG.warning("request %s is not answered later: %s", self.request.request_id, error.message)
            return self.is_promised

    def answer_within(self, seconds: float | None) -> Response | None:
        """The answer, if it comes in that time; None for as long as it takes."""
        return self._response if self._is_answered.wait(seconds) else None

    def run(self) -> None:
        """Carries the request out, unless it was cancelled."""
        keeping = self.keeping
        with self._lock:
            if self.is_promised and not keeping.jobs.start(keeping.name, self._running_state()):
                return
            self._runs = True
        response = _whole(self._answer(self.request), keeping.limits.max_result_bytes)
        with self._lock:
            self._response = response
            self._is_answered.set()
        if self.is_promised:
            self._keep(response)
            if keeping.callback is not None:
                call_back(keeping.callback)

    def _running_state(self) -> State:
        reads = self.request.method in {"GET", "HEAD"} or is_query(self.request)
        return State.READING if reads else State.CHANGING

    def _keep(self, response: Response) -> None:
        """Keeps the answer, with some patience for a database that is away."""
        assert isinstance(response.body, bytes), "it was made whole"
        keeping, answer = self.keeping, KeptAnswer(response.status, response.headers)
        for pause in _PAUSES_SECONDS:
            try:
                keeping.jobs.finish(keeping.name, answer, response.body, seconds=keeping.seconds)
            except ODataError as error:
                _LOG.warning("the answer to %s is not kept yet: %s", self.request.request_id, error.message)
                sleep(pause)
            else:
                return
        keeping.jobs.finish(keeping.name, answer, response.body, seconds=keeping.seconds)


class Runners:
    """The threads of a process, made when they are needed. While jobs wait and run, another says that they do."""

    def __init__(self, store: Store, limits: Limits) -> None:
        self._store = store
        self._limits = limits
        self._executor = ThreadPoolExecutor(_THREADS, "deferred")
        self._active: dict[str, Deferred] = {}
        self._lock = Lock()
        self._beats = False

    def has_room(self, request: Request) -> bool:
        """Whether this process can take another request: so many may wait, and so many bytes of bodies."""
        most_bytes = self._limits.max_body_bytes * _BODIES
        with self._lock:
            waiting = [deferred.request for deferred in self._active.values()]
        is_full = 0 < self._limits.max_jobs <= len(waiting)
        size = len(request.body) + sum(len(other.body) for other in waiting)
        return not is_full and (not most_bytes or size <= most_bytes)

    def run(self, deferred: Deferred) -> None:
        """Has it carried out when a thread is free."""
        with self._lock:
            self._active[deferred.keeping.name] = deferred
            if not self._beats:
                self._beats = True
                Thread(target=self._beat, name="deferred-beat", daemon=True).start()
        self._executor.submit(self._work, deferred)

    def _work(self, deferred: Deferred) -> None:
        try:
            deferred.run()
        except Exception:
            _LOG.exception("request %s was lost", deferred.request.request_id)
        finally:
            with self._lock:
                del self._active[deferred.keeping.name]
            self._store.close()

    def _beat(self) -> None:
        while True:
            sleep(BEAT_SECONDS)
            with self._lock:
                promised = [deferred for deferred in self._active.values() if deferred.is_promised]
                if not self._active:
                    self._beats = False
                    break
            try:
                if promised:
                    promised[0].keeping.jobs.beat([deferred.keeping.name for deferred in promised])
            except ODataError as error:
                _LOG.warning("running requests are not told to run: %s", error.message)
        self._store.close()


def _whole(response: Response, limit: int) -> Response:
    """A response whose body is in one piece, or an error where it is longer than may be."""
    pieces, size = [], 0
    for piece in [response.body] if isinstance(response.body, bytes) else response.body:
        size += len(piece)
        if limit and size > limit:
            return _too_large(response, limit)
        pieces.append(piece)
    return Response(response.status, response.headers, b"".join(pieces))


def _too_large(response: Response, limit: int) -> Response:
    version = response.headers["OData-Version"]
    error = InsufficientStorage(
        f"The request was carried out, and its answer is longer than {limit} bytes (--max-result-bytes).",
        hint="Ask for less at a time, or without respond-async.",
    )
    headers = {"Content-Type": "application/json", "OData-Version": version, "Content-Language": "en"}
    return Response(error.status, headers, write_error(error, version="4.0" if version == "4.0" else "4.01"))
