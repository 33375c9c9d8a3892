"""Requests as granian hears of them, and answers as it sends them: the WSGI server's gateway, but that nobody waits.

Bodies of requests are awaited by an event loop, and long answers are files that granian sends by itself: the threads of
Python work, and wait for no client that is slow.
"""

import logging
import sys
from asyncio import AbstractEventLoop, CancelledError, Task
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from time import perf_counter, time
from typing import Any, Protocol

from msgspec import Struct

from odata_service.errors import BadRequest, ODataError, RequestTimeout, Unavailable
from odata_service.service import Response
from odata_service.spool import ROOM, WHOLE_BYTES, NoRoom, Spooled, spooled
from odata_service.web.messages import WITH_BODY
from odata_service.web.meter import Meter
from odata_service.web.turns import Turns

_SHORT_BODY_BYTES = 64 * 1024
"""A stated body up to this size is awaited as a whole."""
_LOOK_SECONDS = 1.0
_LEAST_BYTES_A_SECOND = 1_024
"""A body that comes more slowly than this, beside the longest pause that it may make, does not come."""
_ROOM_LOOKS = 5
"""With each so many looks at how things go on there is one at which files are sent."""
_SAFE = frozenset({"GET", "HEAD"})
"""The methods whose answers may be refused although they are there: nothing has happened."""
_SILENT_SECONDS = 60.0
_OPENED_SECONDS = 5.0
"""So long after it was told of a file, granian surely has opened it."""

_LOG = logging.getLogger("odata_service")

Headers = list[tuple[str, str]]


class Scope(Protocol):
    """What granian says of a request; `path` is decoded."""

    client: str
    server: str
    scheme: str
    method: str
    http_version: str
    path: str
    query_string: str
    authority: str | None
    headers: Any


class Channel(Protocol):
    """What granian takes an answer with, and gives a body by."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Sends an answer."""

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """Sends an answer whose body is a file's."""

    async def __call__(self) -> bytes:
        """The whole body."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body in pieces."""


class Watcher(Protocol):
    """One request of granian's."""

    scope: Scope
    proto: Channel

    def done(self) -> None:
        """Ends the request, which has been answered."""

    def err(self, error: BaseException) -> None:
        """Ends the request with an error, which granian logs."""


class Application(Protocol):
    """What answers requests, which are counted by its meter."""

    @property
    def meter(self) -> Meter:
        """What counts requests."""

    def answer(self, scope: Scope, body: bytes) -> Response:
        """The answer to a request; its body is empty where none is taken, or where it would be longer than allowed."""

    def refused(self, scope: Scope, error: ODataError) -> Response:
        """The refusal of a request that nobody looks into: `BUSY`, `LATE`, `CUT` or `FULL`."""

    def is_urgent(self, scope: Scope) -> bool:
        """Whether a request is answered before all that wait."""


Log = Callable[[float, float, Scope, int], None]
"""Writes a line: the time, when the request began by the performance counter, the request and its status."""


class Bounds(Struct, frozen=True):
    """How much a worker takes in: requests that wait, a body in bytes, and bytes of all bodies that are not whole yet.

    Then the longest time without anything of a body, and bytes of answers in files; and how long the worker may go on
    with one request without any statement before it is taken for hanging. 0 is no bound.
    """

    waiting: int
    body_bytes: int
    unread_bytes: int = 256 * 1024 * 1024
    stall_seconds: float = 0.0
    spooled_bytes: int = 0
    hang_seconds: float = 0.0


BUSY = Unavailable("Too many requests wait already.", hint="Send the request again later.")
"""There is no room for a request."""
LATE = RequestTimeout(
    "The body does not come (--stall-seconds).", hint="Send the request again, without a pause in it."
)
"""A body is not there in time."""
CUT = BadRequest("The body breaks off before its end.", hint="Send the request again, all of it.")
"""A body is not all there."""
FULL = NoRoom()
"""There is no room for a long answer."""


class Job(Struct, eq=False):
    """A request that waits for its body or its turn; `size` bytes of the body are here, the last since `heard`."""

    watcher: Watcher
    began: float
    body: bytes = b""
    size: int = 0
    heard: float = 0.0


class Gateway:
    """Gives requests to an application, one at a time, and its answers to granian."""

    def __init__(
        self, application: Application, bounds: Bounds, loop: AbstractEventLoop, log: Log | None = None
    ) -> None:
        self._application = application
        self.meter = application.meter
        self._bounds = bounds
        self._loop = loop
        self._log = log
        self._unread = 0
        self._coming: dict[Job, Task[None]] = {}
        self._looks = 0
        self._full_told_at = 0.0
        ROOM.most = bounds.spooled_bytes
        self._is_leaving = False
        self._seen: tuple[Job | None, int] = (None, 0)
        self._turns: Turns[Job] = Turns(self._work, self._refuse, bounds.waiting)

    def hear(self, watcher: Watcher) -> None:
        """Takes a request, in a thread of granian's."""
        job, scope = Job(watcher, perf_counter()), watcher.scope
        self.meter.began(self._turns.waiting)
        if scope.method in WITH_BODY and self._has_body(scope.headers):
            self._loop.call_soon_threadsafe(self._expect_body, job)
        elif self._application.is_urgent(scope):
            self._work(job)
        else:
            self._turns.take(job)

    def begin(self) -> None:
        """Begins to look each second, in the loop, how things go on."""
        self._look()

    def leave(self) -> None:
        """Asks clients to connect anew for what they ask next, which another worker will answer."""
        self._is_leaving = True

    def _look(self) -> None:
        """Says that the worker is well: that it has nothing to do, or went on with it since it said so the last time.

        This is a look at what is counted anyway; a request is not asked to say how it goes on.
        """
        before, self._seen = self._seen, (self._turns.at_work, self.meter.statements)
        if self._seen[0] is None or self._seen != before:
            self.meter.beat()
        self._end_stalled(perf_counter())
        self._looks += 1
        if self._looks % _ROOM_LOOKS == 0:
            ROOM.look()
        self.meter.keeps(ROOM.bytes)
        self._loop.call_later(_LOOK_SECONDS, self._look)

    def _end_stalled(self, now: float) -> None:
        """Ends the wait for bodies of which nothing comes for too long, or too little."""
        pause = self._bounds.stall_seconds
        for job, coming in [*self._coming.items()] if pause else ():
            allowed = pause + job.size / _LEAST_BYTES_A_SECOND
            if now - job.began > allowed or (job.heard and now - job.heard > pause):
                coming.cancel()

    def rest(self) -> None:
        """Keeps a thread that has nothing to do, where another one is enough."""
        self._turns.rest()

    def _has_body(self, headers: Any) -> bool:
        """Whether there is a body that is to be read: the application refuses one that is too long by its headers."""
        length = headers.get("content-length")
        if length is None:
            return "transfer-encoding" in headers or "content-type" in headers
        return length.isdecimal() and 0 < int(length) <= (self._bounds.body_bytes or sys.maxsize)

    def _expect_body(self, job: Job) -> None:
        self._coming[job] = self._loop.create_task(self._await_body(job))

    async def _await_body(self, job: Job) -> None:
        channel = job.watcher.proto
        length = int(job.watcher.scope.headers.get("content-length") or 0)
        try:
            body = await (self._short(channel, length) if 0 < length <= _SHORT_BODY_BYTES else self._gathered(job))
        except CancelledError:
            self._refuse(job, LATE)
            return
        except EOFError:
            self._refuse(job, CUT)
            return
        except Exception as error:  # as a rule the client has gone
            self._end(job, 0, error)
            return
        finally:
            del self._coming[job]
        if body is None:
            self._refuse(job)
        else:
            job.body = body
            self._turns.take(job)

    async def _short(self, channel: Channel, length: int) -> bytes | None:
        """A body of a length that is stated and short; None where there is no room for it."""
        if self._unread + length > self._bounds.unread_bytes:
            return None
        self._unread += length
        try:
            return await channel()
        finally:
            self._unread -= length

    async def _gathered(self, job: Job) -> bytes | None:
        """A body that comes in pieces, up to what shows that it is too long; None where there is no room for it.

        `EOFError` for one that breaks off: granian says so by an empty piece before the one that ends every body. In
        HTTP/2 such a piece may be one of the body.
        """
        pieces: list[bytes] = []
        scope, has_ended = job.watcher.scope, False
        try:
            async for piece in job.watcher.proto:
                if not piece:
                    if has_ended and scope.http_version[:1] == "1":
                        raise EOFError
                    has_ended = True
                    continue
                pieces.append(piece)
                job.size, job.heard = job.size + len(piece), perf_counter()
                self._unread += len(piece)
                if self._bounds.body_bytes and job.size > self._bounds.body_bytes:
                    break
                if self._unread > self._bounds.unread_bytes:
                    return None
        finally:
            self._unread -= job.size
        if job.size < int(scope.headers.get("content-length") or 0):
            raise EOFError
        return b"".join(pieces)

    def _work(self, job: Job) -> None:
        self._finish(job, lambda: self._application.answer(job.watcher.scope, job.body))

    def _refuse(self, job: Job, error: ODataError = BUSY) -> None:
        self._finish(job, lambda: self._application.refused(job.watcher.scope, error))

    def _finish(self, job: Job, answer: Callable[[], Response]) -> None:
        """Answers a request; nothing that goes wrong with it may end the thread that works for all."""
        scope = job.watcher.scope
        try:
            response = answer()
            try:
                body = _sendable(response.body, refuses=scope.method in _SAFE)
            except NoRoom as error:
                self._tell_full(error)
                response = self._application.refused(scope, FULL)
                body = _sendable(response.body)
            self._send(job.watcher.proto, response, body)
        except Exception as error:
            self._end(job, 500, error)
        else:
            self._end(job, response.status)

    def _tell_full(self, error: NoRoom) -> None:
        """Says in the log, once a minute, that long answers are refused."""
        now = perf_counter()
        if now >= self._full_told_at:
            self._full_told_at = now + _SILENT_SECONDS
            _LOG.warning("long answers are refused: %s", error.text)

    def _end(self, job: Job, status: int, error: Exception | None = None) -> None:
        if error is None:
            job.watcher.done()
        else:
            job.watcher.err(error)
        scope = job.watcher.scope
        self.meter.ended(scope.method, scope.path, status, perf_counter() - job.began, self._turns.waiting)
        if self._log is not None:
            self._log(time(), job.began, scope, status)

    def _send(self, channel: Channel, response: Response, body: bytes | Spooled) -> None:
        if isinstance(body, bytes):
            channel.response_bytes(response.status, self._headers(response), body)
            return
        headers = self._headers(response, {"Content-Length": str(body.size)})
        channel.response_file(response.status, headers, f"/dev/fd/{body.descriptor}")
        self._loop.call_soon_threadsafe(self._loop.call_later, _OPENED_SECONDS, body.close)

    def _headers(self, response: Response, told: Mapping[str, str] | None = None) -> Headers:
        headers = response.headers if told is None else {**response.headers, **told}
        if self._is_leaving or response.status == LATE.status:
            return [*headers.items(), ("Connection", "close")]
        return list(headers.items())


def _sendable(body: bytes | Iterable[bytes], *, refuses: bool = False) -> bytes | Spooled:
    """A body as it is sent: whole where it is short, else in a file; `NoRoom` where it may be refused."""
    if isinstance(body, Spooled) or (isinstance(body, bytes) and len(body) <= WHOLE_BYTES):
        return body
    return spooled((body,) if isinstance(body, bytes) else body, refuses=refuses)
