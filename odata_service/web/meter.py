"""What workers count of requests, where each of them sees what all have counted: memory that they share.

Counting adds to numbers in that memory, a microsecond or two a request. The memory is made before workers are forked,
and a worker that takes the place of another one goes on with its numbers.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from mmap import mmap
from threading import Lock
from time import monotonic, perf_counter
from typing import Any, NamedTuple
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from odata_service.storage.driver import Tally

METHODS = ("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE", "OPTIONS", "other")
KINDS = ("resource", "count", "service", "metadata", "batch", "v2", "other")
"""What requests are for; `other` is all below `/-/`."""
STATUSES = (
    0, 200, 201, 202, 204, 206, 303, 304, 400, 401, 403, 404, 405, 406, 408, 409, 410, 411, 412, 413, 414, 415, 416,
    422, 424, 428, 429, 431, 500, 501, 503, 507,
)  # fmt: skip
"""The statuses that are told apart; 0 is any other one."""
BOUNDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
"""The upper bounds of the classes of durations, in seconds."""

_METHOD = {method: place * len(KINDS) for place, method in enumerate(METHODS)}
_OTHER_METHOD = _METHOD["other"]
_STATUSES = len(STATUSES)
_STATUS = {status: place for place, status in enumerate(STATUSES)}
_KIND = {kind: place for place, kind in enumerate(KINDS)}
_RESOURCE, _SERVICE, _V2, _OTHER = (_KIND[kind] for kind in ("resource", "service", "v2", "other"))
_LAST_SEGMENTS = {f"${kind}": _KIND[kind] for kind in ("count", "metadata", "batch")}
_PLACES = len(METHODS) * len(KINDS)
_WIDTH = len(BOUNDS) + 2
_DURATIONS = _PLACES * _STATUSES
_GAUGES = _DURATIONS + _PLACES * _WIDTH
_WORKING, _IN_FLIGHT, _WAITING, _ROWS, _FAILURES, _LOST, _SPOOLED = _NOW = range(_GAUGES, _GAUGES + 7)
_BEAT = _GAUGES + len(_NOW)
_SIZE = _BEAT + 1
_BYTES = 8


class Counted(NamedTuple):
    """How many requests of a kind have been answered so."""

    method: str
    kind: str
    status: int
    times: float


class Durations(NamedTuple):
    """How long requests of a kind took: how many are in each class, the last one without a bound, and the sum."""

    method: str
    kind: str
    classes: tuple[float, ...]
    seconds: float


class Now(NamedTuple):
    """How things are, of all workers: their number, requests in them and of these those that wait.

    Behind them, since the service began: rows that the database gave, its failures, lines of the log that were lost.
    Last the bytes of answers that wait for their readers in files.
    """

    workers: float
    in_flight: float
    waiting: float
    rows: float
    failures: float
    lost: float
    spooled: float


class Meter:
    """The counters of a service, with a place for each of so many workers; one that is not forked is the first of them.

    `tally` is what the store counts in this process, and in each worker anew. `before` is the meter of the service that
    this one takes the place of: it goes on with its numbers.
    """

    def __init__(self, tally: Tally, workers: int = 1, *, v2_path: str = "/v2", before: "Meter | None" = None) -> None:
        self._tally = tally
        self._places: int = workers + 1 if before is None else before._places
        self._all: memoryview[float] = _shared(self._places * _SIZE) if before is None else before._all
        self._v2_path = f"/{v2_path.strip('/')}/" if v2_path.strip("/") else "nowhere"
        self._lock = Lock()
        self._rows = self._failures = 0
        self._values = self._all[-_SIZE:]
        if before is None:
            self.open(0)

    def open(self, worker: int) -> None:
        """Counts at the place of a worker from now on; the requests of who was there before are gone."""
        self._lock = Lock()  # who forked this process may have held it
        self._values = self._all[worker * _SIZE : (worker + 1) * _SIZE]
        self._values[_WORKING] = 1.0
        self._values[_IN_FLIGHT] = self._values[_WAITING] = self._values[_SPOOLED] = 0.0
        self._rows, self._failures = self._tally.rows, self._tally.failures

    def stand_beside(self) -> None:
        """Counts for the process that looks after the workers from now on, which answers no requests."""
        self.leave(0)
        self._values = self._all[-_SIZE:]

    def leave(self, worker: int) -> None:
        """The worker that was at a place is gone, and its requests with it."""
        first = worker * _SIZE
        for number in (_WORKING, _IN_FLIGHT, _WAITING, _SPOOLED, _BEAT):
            self._all[first + number] = 0.0

    def beat(self) -> None:
        """The worker is well now."""
        self._values[_BEAT] = monotonic()

    def keeps(self, spooled_bytes: int) -> None:
        """So many bytes of answers are in files of this worker now."""
        self._values[_SPOOLED] = spooled_bytes

    def beat_of(self, worker: int) -> float:
        """When a worker was well, by the monotonic clock; 0 as long as it has not begun."""
        return self._all[worker * _SIZE + _BEAT]

    def lose(self, lines: int) -> None:
        """So many lines of the log are lost."""
        with self._lock:
            self._values[_LOST] += lines

    @property
    def statements(self) -> int:
        """How many statements this process has begun."""
        return self._tally.statements

    def began(self, waiting: int = 0) -> None:
        """A request is here, and so many wait."""
        with self._lock:
            self._values[_IN_FLIGHT] += 1
            self._values[_WAITING] = waiting

    def ended(self, method: str, path: str, status: int, seconds: float, waiting: int = 0) -> None:
        """A request is answered; the path begins with a slash."""
        place = _METHOD.get(method, _OTHER_METHOD) + self._kind_of(path)
        durations = _DURATIONS + place * _WIDTH
        values, tally = self._values, self._tally
        with self._lock:
            values[place * _STATUSES + _STATUS.get(status, 0)] += 1
            values[durations + bisect_left(BOUNDS, seconds)] += 1
            values[durations + _WIDTH - 1] += seconds
            values[_IN_FLIGHT] -= 1
            values[_WAITING] = waiting
            if tally.rows != self._rows:
                values[_ROWS] += tally.rows - self._rows
                self._rows = tally.rows
            if tally.failures != self._failures:
                values[_FAILURES] += tally.failures - self._failures
                self._failures = tally.failures

    def counted(self) -> Iterator[Counted]:
        """All that has been counted."""
        for place, method, kind in _places():
            for status, number in _STATUS.items():
                times = self._sum(place * _STATUSES + number)
                if times:
                    yield Counted(method, kind, status, times)

    def durations(self) -> Iterator[Durations]:
        """How long requests took."""
        for place, method, kind in _places():
            first = _DURATIONS + place * _WIDTH
            classes = tuple(self._sum(first + number) for number in range(_WIDTH - 1))
            if any(classes):
                yield Durations(method, kind, classes, self._sum(first + _WIDTH - 1))

    def now(self) -> Now:
        """How things are."""
        return Now(*(self._sum(number) for number in _NOW))

    def _sum(self, number: int) -> float:
        return sum(self._all[worker * _SIZE + number] for worker in range(self._places))

    def _kind_of(self, path: str) -> int:
        if "/$" in path:
            found = _LAST_SEGMENTS.get(path[path.rfind("/") + 1 :])
            if found is not None:
                return found
        if path[:3] == "/-/":
            return _OTHER
        if path[: len(self._v2_path)] == self._v2_path:
            return _V2
        return _SERVICE if len(path) <= 1 else _RESOURCE


def _shared(numbers: int) -> "memoryview[float]":
    return memoryview(mmap(-1, numbers * _BYTES)).cast("d")


def counted(application: WSGIApplication, meter: Meter) -> WSGIApplication:
    """A WSGI application whose requests are counted: answered is one when its body begins."""

    def count(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        statuses: list[str] = []

        def start(status: str, *rest: Any) -> Callable[[bytes], object]:
            statuses.append(status)
            return start_response(status, *rest)

        began = perf_counter()
        meter.began()
        try:
            return application(environ, start)
        finally:
            status = int(statuses[-1][:3]) if statuses else 500
            path = environ.get("PATH_INFO", "")
            meter.ended(environ["REQUEST_METHOD"], path, status, perf_counter() - began)

    return count


def _places() -> Iterator[tuple[int, str, str]]:
    names = ((method, kind) for method in METHODS for kind in KINDS)
    return ((place, method, kind) for place, (method, kind) in enumerate(names))
