"""Requests as granian hears of them, and answers as it sends them: the WSGI server's gateway, but that nobody waits.

Bodies of requests are awaited by an event loop, and long answers are files that granian sends by itself: the threads of
Python work, and wait for no client that is slow.
"""

import sys
from asyncio import AbstractEventLoop
from collections.abc import AsyncIterator, Callable, Mapping
from time import perf_counter, time
from typing import Any, Protocol

from msgspec import Struct

from odata_service.service import Response
from odata_service.spool import WHOLE_BYTES, Spooled, spooled
from odata_service.web.meter import Meter
from odata_service.web.turns import Turns

_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "MERGE"})
_SHORT_BODY_BYTES = 64 * 1024
"""A stated body up to this size is awaited as a whole."""
_LOOK_SECONDS = 1.0
_OPENED_SECONDS = 5.0
"""So long after it was told of a file, granian surely has opened it."""

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

    def busy(self, scope: Scope) -> Response:
        """The refusal of a request for which there is no room."""

    def is_urgent(self, scope: Scope) -> bool:
        """Whether a request is answered before all that wait."""


Log = Callable[[float, float, Scope, int], None]
"""Writes a line: the time, when the request began by the performance counter, the request and its status."""


class Bounds(Struct, frozen=True):
    """How much a worker takes in: requests that wait, a body in bytes, and bytes of all bodies that are not whole yet.

    And how long it may go on with one request without any statement before it is taken for hanging. 0 is no bound.
    """

    waiting: int
    body_bytes: int
    unread_bytes: int = 256 * 1024 * 1024
    hang_seconds: float = 0.0


class Job(Struct):
    """A request that waits for its turn."""

    watcher: Watcher
    began: float
    body: bytes = b""


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
        self._is_leaving = False
        self._seen: tuple[Job | None, int] = (None, 0)
        self._turns: Turns[Job] = Turns(self._work, self._refuse, bounds.waiting)

    def hear(self, watcher: Watcher) -> None:
        """Takes a request, in a thread of granian's."""
        job, scope = Job(watcher, perf_counter()), watcher.scope
        self.meter.began(self._turns.waiting)
        if scope.method in _WITH_BODY and self._has_body(scope.headers):
            self._loop.call_soon_threadsafe(self._loop.create_task, self._await_body(job))
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
        self._loop.call_later(_LOOK_SECONDS, self._look)

    def rest(self) -> None:
        """Keeps a thread that has nothing to do, where another one is enough."""
        self._turns.rest()

    def _has_body(self, headers: Any) -> bool:
        """Whether there is a body that is to be read: the application refuses one that is too long by its headers."""
        length = headers.get("content-length")
        if length is None:
            return "transfer-encoding" in headers or "content-type" in headers
        return length.isdecimal() and 0 < int(length) <= (self._bounds.body_bytes or sys.maxsize)

    async def _await_body(self, job: Job) -> None:
        channel = job.watcher.proto
        length = int(job.watcher.scope.headers.get("content-length") or 0)
        try:
            body = await channel() if 0 < length <= _SHORT_BODY_BYTES else await self._gathered(channel)
        except Exception as error:  # as a rule the client has gone
            self._end(job, 0, error)
            return
        if body is None:
            self._refuse(job)
        else:
            job.body = body
            self._turns.take(job)

    async def _gathered(self, channel: Channel) -> bytes | None:
        """A body that comes in pieces, up to what shows that it is too long; None where there is no room for it."""
        pieces: list[bytes] = []
        size = 0
        try:
            async for piece in channel:
                if not piece:
                    break
                pieces.append(piece)
                size += len(piece)
                self._unread += len(piece)
                if self._bounds.body_bytes and size > self._bounds.body_bytes:
                    break
                if self._unread > self._bounds.unread_bytes:
                    return None
        finally:
            self._unread -= size
        return b"".join(pieces)

    def _work(self, job: Job) -> None:
        self._finish(job, lambda: self._application.answer(job.watcher.scope, job.body))

    def _refuse(self, job: Job) -> None:
        self._finish(job, lambda: self._application.busy(job.watcher.scope))

    def _finish(self, job: Job, answer: Callable[[], Response]) -> None:
        """Answers a request; nothing that goes wrong with it may end the thread that works for all."""
        try:
            response = answer()
            self._send(job.watcher.proto, response)
        except Exception as error:
            self._end(job, 500, error)
        else:
            self._end(job, response.status)

    def _end(self, job: Job, status: int, error: Exception | None = None) -> None:
        if error is None:
            job.watcher.done()
        else:
            job.watcher.err(error)
        scope = job.watcher.scope
        self.meter.ended(scope.method, scope.path, status, perf_counter() - job.began, self._turns.waiting)
        if self._log is not None:
            self._log(time(), job.began, scope, status)

    def _send(self, channel: Channel, response: Response) -> None:
        body = response.body
        if isinstance(body, bytes) and len(body) > WHOLE_BYTES:
            body = spooled((body,))
        elif not isinstance(body, bytes | Spooled):
            body = spooled(body)
        if isinstance(body, bytes):
            channel.response_bytes(response.status, self._headers(response.headers), body)
        else:
            self._send_file(channel, response, body)

    def _send_file(self, channel: Channel, response: Response, body: Spooled) -> None:
        headers = self._headers({**response.headers, "Content-Length": str(body.size)})
        channel.response_file(response.status, headers, f"/dev/fd/{body.descriptor}")
        self._loop.call_soon_threadsafe(self._loop.call_later, _OPENED_SECONDS, body.close)

    def _headers(self, headers: Mapping[str, str]) -> Headers:
        return [*headers.items(), ("Connection", "close")] if self._is_leaving else list(headers.items())
