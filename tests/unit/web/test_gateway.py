import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, field

from odata_service.errors import ODataError
from odata_service.service import Response
from odata_service.spool import ROOM
from odata_service.storage.driver import Tally
from odata_service.web.gateway import Bounds, Gateway
from odata_service.web.meter import Counted, Meter, Now


@pytest.fixture(autouse=True)
def _closed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files are read here before they would be closed."""
    monkeypatch.setattr("odata_service.web.gateway._OPENED_SECONDS", 0.0)
    monkeypatch.setattr(ROOM, "most", 0)


class Scope(Struct):
    """A request as granian tells of it."""

    method: str = "GET"
    path: str = "/a"
    headers: dict[str, str] = field(default_factory=dict)
    http_version: str = "1.1"


class Channel:
    """What an answer is sent with; its body comes in these pieces."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = list(pieces)
        self.sent: list[tuple[int, dict[str, str], bytes]] = []

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.sent.append((status, dict(headers), body))

    def response_file(self, status: int, headers: list[tuple[str, str]], file: str) -> None:
        self.sent.append((status, dict(headers), Path(file).read_bytes()))

    async def __call__(self) -> bytes:
        return b"".join(self.pieces)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in (*self.pieces, b""):
            yield piece


class Watcher:
    """A request of granian's."""

    def __init__(self, scope: Scope, pieces: Iterable[bytes] = ()) -> None:
        self.scope, self.proto = scope, Channel(pieces)
        self.ended: list[BaseException | None] = []

    def done(self) -> None:
        self.ended.append(None)

    def err(self, error: BaseException) -> None:
        self.ended.append(error)


class Echo:
    """Answers with the body that it is sent."""

    def __init__(self) -> None:
        self.meter = Meter(Tally())

    def answer(self, scope: Any, body: bytes) -> Response:
        if scope.path == "/fails":
            raise KeyError("a fault")
        if scope.path == "/pieces":
            return Response(200, {"A": "b"}, iter([body, body]))
        return Response(200, {"A": "b"}, body)

    def refused(self, scope: Any, error: ODataError) -> Response:
        return Response(error.status, {}, error.code.encode())

    def is_urgent(self, scope: Any) -> bool:
        return bool(scope.path == "/urgent")


async def answered(
    *watchers: Watcher, bounds: Bounds | None = None, lines: list[int] | None = None, application: Echo | None = None
) -> None:
    """Hears of requests, and waits for their ends."""
    log = None if lines is None else lambda _, __, ___, status: lines.append(status)
    gateway = Gateway(application or Echo(), bounds or Bounds(5, 1_000), asyncio.get_running_loop(), log)
    for watcher in watchers:
        gateway.hear(watcher)  # type: ignore[arg-type]  # of granian's attributes these have those that are asked for
    for _ in range(50):
        await asyncio.sleep(0)


def heard(watcher: Watcher, **options: Any) -> tuple[int, dict[str, str], bytes]:
    """The one answer to a request, which then has ended in order."""
    asyncio.run(answered(watcher, **options))
    [sent] = watcher.proto.sent
    assert watcher.ended == [None]
    return sent


def posted(pieces: Iterable[bytes], **headers: str) -> Watcher:
    return Watcher(Scope("POST", headers={name.replace("_", "-"): value for name, value in headers.items()}), pieces)


def test_a_request_without_a_body_is_answered_in_the_thread_that_hears_of_it() -> None:
    assert heard(Watcher(Scope())) == (200, {"A": "b"}, b"")


def test_bodies_of_reads_are_not_waited_for() -> None:
    assert heard(Watcher(Scope("GET", headers={"content-length": "3"}), [b"abc"])) == (200, {"A": "b"}, b"")


@pytest.mark.parametrize(
    "headers", [{"content_length": "6"}, {"transfer_encoding": "chunked"}, {"content_type": "a/b"}]
)
def test_a_body_is_gathered_however_its_length_is_told(headers: dict[str, str]) -> None:
    assert heard(posted([b"abc", b"def"], **headers)) == (200, {"A": "b"}, b"abcdef")


@pytest.mark.parametrize(
    ("pieces", "headers"),
    [
        ([b"abc", b""], {"transfer_encoding": "chunked"}),
        ([b""], {"content_type": "a/b"}),
        ([b"abc"], {"content_length": "70000"}),
    ],
)
def test_a_body_that_breaks_off_is_none(pieces: list[bytes], headers: dict[str, str]) -> None:
    assert heard(posted(pieces, **headers), bounds=Bounds(5, 100_000)) == (400, {}, b"BadRequest")


def test_a_body_of_http_2_may_have_empty_pieces() -> None:
    watcher = posted([b"abc", b"", b"def", b""], content_type="a/b")
    watcher.scope.http_version = "2"
    assert heard(watcher) == (200, {"A": "b"}, b"abcdef")


@pytest.mark.parametrize("length", ["0", "-1", "x", "1001"])
def test_a_body_that_is_refused_by_its_length_is_not_read(length: str) -> None:
    assert heard(posted([b"abc"], content_length=length)) == (200, {"A": "b"}, b"")


def test_a_body_of_unknown_length_is_read_until_it_is_too_long() -> None:
    watcher = posted([b"a" * 600] * 9, transfer_encoding="chunked")
    assert heard(watcher) == (200, {"A": "b"}, b"a" * 1_200)


def test_bodies_that_need_more_room_than_there_is_are_refused() -> None:
    watcher = posted([b"a" * 600] * 3, transfer_encoding="chunked")
    assert heard(watcher, bounds=Bounds(5, 0, 1_000)) == (503, {}, b"Unavailable")


@pytest.mark.parametrize("path", ["/", "/pieces"])
def test_a_long_answer_is_a_file_and_has_its_length(path: str) -> None:
    watcher = posted([b"a" * 1_200_000], transfer_encoding="chunked")
    watcher.scope.path = path
    status, headers, body = heard(watcher, bounds=Bounds(5, 0))
    times = 2 if path == "/pieces" else 1
    assert (status, headers) == (200, {"A": "b", "Content-Length": str(1_200_000 * times)})
    assert body == b"a" * 1_200_000 * times


def test_a_fault_ends_its_request_alone() -> None:
    lines: list[int] = []
    failing, other = Watcher(Scope(path="/fails")), Watcher(Scope())
    asyncio.run(answered(failing, other, lines=lines))
    assert [repr(error) for error in failing.ended] == ["KeyError('a fault')"]
    assert (other.ended, lines) == ([None], [500, 200])


def test_what_is_urgent_is_answered_too() -> None:
    assert heard(Watcher(Scope(path="/urgent"))) == (200, {"A": "b"}, b"")


def test_requests_are_counted_and_those_that_are_not_answered_yet() -> None:
    application = Echo()
    asyncio.run(answered(Watcher(Scope()), Watcher(Scope(path="/fails")), application=application))
    counted = [Counted("GET", "resource", 200, 1), Counted("GET", "resource", 500, 1)]
    assert list(application.meter.counted()) == counted
    assert application.meter.now() == Now(workers=1, in_flight=0, waiting=0, rows=0, failures=0, lost=0, spooled=0)


def test_who_leaves_asks_clients_to_connect_anew() -> None:
    short, long = Watcher(Scope()), posted([b"a" * 1_200_000], transfer_encoding="chunked")

    async def leaving() -> None:
        gateway = Gateway(Echo(), Bounds(5, 0), asyncio.get_running_loop())
        gateway.leave()
        for watcher in (short, long):
            gateway.hear(watcher)  # type: ignore[arg-type]  # as above
        for _ in range(50):
            await asyncio.sleep(0)

    asyncio.run(leaving())
    assert [sent[0][1]["Connection"] for sent in (short.proto.sent, long.proto.sent)] == ["close", "close"]


class Looks:
    """A loop in which nothing happens but what it is asked for."""

    def __init__(self) -> None:
        self.next: Any = None

    def call_later(self, _: float, call: Any) -> None:
        self.next = call


def test_a_worker_beats_as_long_as_it_has_nothing_to_do_or_goes_on_with_it() -> None:
    tally, beats = Tally(), list[bool]()

    class Looking(Echo):
        def __init__(self) -> None:
            self.meter = Meter(tally)

        def answer(self, scope: Any, body: bytes) -> Response:
            for change in (0, 0, 1, 0):
                tally.statements += change
                look()
            return Response(200, {}, b"")

    def look() -> None:
        application.meter.leave(0)
        loop.next()
        beats.append(application.meter.beat_of(0) > 0)

    application, loop = Looking(), Looks()
    gateway = Gateway(application, Bounds(5, 0), loop)  # type: ignore[arg-type]  # it has what is asked for
    gateway.begin()
    look()
    gateway.hear(Watcher(Scope()))  # type: ignore[arg-type]  # as above
    look()
    assert beats == [True, True, False, True, False, True]


class Silent(Channel):
    """A client that sends a little of a body, and no more."""

    async def __call__(self) -> bytes:
        await asyncio.sleep(10)
        raise AssertionError("nobody waits so long")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(10)


@pytest.mark.parametrize("length", ["1000", "100000"])
def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch, length: str) -> None:
    monkeypatch.setattr("odata_service.web.gateway._LOOK_SECONDS", 0.01)
    watcher = posted([], content_length=length)
    watcher.proto = Silent([])

    async def waited_for() -> None:
        gateway = Gateway(Echo(), Bounds(5, 0, stall_seconds=0.05), asyncio.get_running_loop())
        gateway.begin()
        gateway.hear(watcher)  # type: ignore[arg-type]  # as above
        while not watcher.ended:
            await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(waited_for(), 5))
    assert watcher.proto.sent == [(408, {"Connection": "close"}, b"RequestTimeout")]
    assert watcher.ended == [None]


def test_short_bodies_that_need_more_room_than_there_is_are_refused() -> None:
    assert heard(posted([b"abc"], content_length="3"), bounds=Bounds(5, 0, 2)) == (503, {}, b"Unavailable")


@pytest.mark.parametrize(("method", "status"), [("GET", 503), ("POST", 200)])
def test_a_long_answer_for_which_files_have_no_room_is_refused_unless_something_has_happened(
    method: str, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    class Long(Echo):
        def answer(self, scope: Any, body: bytes) -> Response:
            return Response(200, {}, iter([b"a" * 1_200_000]))

    watcher = Watcher(Scope(method))
    found = heard(watcher, application=Long(), bounds=Bounds(5, 0, spooled_bytes=1_100_000))
    assert (found[0], len(found[2])) == (status, 11 if status == 503 else 1_200_000)
    [record] = caplog.messages
    assert record.startswith(
        "long answers are refused: Too many" if status == 503 else "A long answer stays in memory. Too"
    )
