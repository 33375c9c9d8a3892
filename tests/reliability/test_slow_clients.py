"""Clients that send or read slowly, and clients that are too many: all others are answered as ever."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest

from tests.serving import fetch, served

ROWS = 3_000
READERS = 30
WHOLE = f"/Customers?$top={ROWS}"


@pytest.fixture(scope="module")
def heads(server: tuple[str, int]) -> Iterator[tuple[float, list[socket.socket]]]:
    """Connections whose heads come a byte a second as long as the tests run, and when they began."""
    ended = Event()
    senders = [connected(server[0]) for _ in range(50)]

    def drip() -> None:
        for byte in b"GET /Customers HTTP/1.1\r\nX-Long: 0123456789":
            for sender in senders:
                with suppress(OSError):
                    sender.send(bytes([byte]))
            if ended.wait(1):
                return

    began, thread = monotonic(), Thread(target=drip)
    thread.start()
    yield began, senders
    ended.set()
    thread.join()
    for sender in senders:
        sender.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A worker that is soon out of patience and of room, and its process; a page of all customers has some 3 MB."""
    directory = tmp_path_factory.mktemp("slow")
    rows = (json.dumps({"id": f"{number:05}", "displayName": "x" * 500}) for number in range(ROWS))
    (directory / "Customers.jsonl").write_text("\n".join(rows), "utf-8")
    bounds = ("--max-waiting", "2", "--stall-seconds", "2", "--max-spooled-bytes", "100000000")
    options = ("--data", str(directory / "Customers.jsonl"), *bounds)
    with served(directory / "x.db", *options) as (base_url, process):
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
        yield base_url, int(children.read_text().split()[-1]) if children.exists() else 0


def connected(base_url: str, receives: int = 0) -> socket.socket:
    """A connection, whose buffer for what comes back is small where that is wished."""
    address = urlsplit(base_url)
    connection = socket.socket()
    if receives:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
    connection.connect((address.hostname, address.port))
    connection.settimeout(10)
    return connection


def resident_bytes(process: int) -> int:
    """The memory that a process has for itself."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


def asked(path: str, prefer: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: a\r\nPrefer: {prefer}\r\n\r\n".encode()


@pytest.mark.usefixtures("heads")
def test_who_reads_slowly_costs_little_and_holds_nobody_up(server: tuple[str, int]) -> None:
    base_url, process = server
    if not process:
        pytest.skip("/proc tells of memory on Linux alone")
    assert len(fetch(base_url + WHOLE[1:], headers={"Prefer": "maxpagesize=10000"}).values) == ROWS
    before = resident_bytes(process)
    with ExitStack() as connections:
        for _ in range(READERS):
            reader = connections.enter_context(connected(base_url, receives=4_096))
            reader.sendall(asked(WHOLE, "maxpagesize=10000"))
            assert reader.recv(12) == b"HTTP/1.1 200"
        assert fetch(f"{base_url}Customers/$count").body == str(ROWS).encode()
        assert resident_bytes(process) - before < READERS * 1024 * 1024


def test_who_sends_a_body_slowly_holds_nobody_up(server: tuple[str, int]) -> None:
    base_url, _ = server
    head = b"POST /Customers HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n"
    with ExitStack() as connections:
        senders = [connections.enter_context(connected(base_url)) for _ in range(5)]
        for sender in senders:
            sender.sendall(head + b'{"id":')
        assert fetch(f"{base_url}Customers/$count").status == 200
        senders[0].sendall(b'"slowly"}')
        assert senders[0].recv(12) == b"HTTP/1.1 201"
    assert fetch(f"{base_url}Customers('slowly')", "DELETE").status == 204


@pytest.mark.parametrize(
    ("header", "sent"),
    [
        ("Transfer-Encoding: chunked", b"4\r\nhalf\r\n"),
        ("Transfer-Encoding: chunked", b"8\r\nhalf"),
        ("Content-Length: 8", b"half"),
        ("Content-Length: 100000", b"half"),
    ],
)
def test_of_a_body_that_breaks_off_nothing_is_kept(server: tuple[str, int], header: str, sent: bytes) -> None:
    base_url, _ = server
    name = "Customers('00001')/displayName/$value"
    with connected(base_url) as sender:
        sender.sendall(
            f"PUT /{name} HTTP/1.1\r\nHost: a\r\nContent-Type: text/plain\r\n{header}\r\n\r\n".encode() + sent
        )
        sender.shutdown(socket.SHUT_WR)
        assert not sender.recv(12).startswith(b"HTTP/1.1 2")
    assert fetch(base_url + name).body == b"x" * 500


def test_a_body_of_unknown_length_is_taken_and_one_that_is_too_long_refused(server: tuple[str, int]) -> None:
    base_url, _ = server
    headers = {"Content-Type": "application/json", "Transfer-Encoding": "chunked"}

    def send(pieces: list[bytes]) -> int:
        connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=10)
        try:
            connection.request("POST", "/Customers", iter(pieces), headers, encode_chunked=True)
            return connection.getresponse().status
        finally:
            connection.close()

    assert send([b'{"id":', b'"chunked"}']) == 201
    assert send([b" " * 1_000_000] * 17) == 413
    assert fetch(f"{base_url}Customers('chunked')", "DELETE").status == 204


def test_more_than_may_wait_are_told_to_come_again_and_health_is_told_meanwhile(server: tuple[str, int]) -> None:
    base_url, _ = server
    slow = " and ".join(f"not contains(concat(displayName,'{n}'),concat('y','{n}'))" for n in range(60))
    path = f"Customers/$count?$filter={slow}".replace(" ", "%20")
    answers = []

    def ask() -> None:
        answers.append(fetch(base_url + path))

    askers = [Thread(target=ask) for _ in range(12)]
    for asker in askers:
        asker.start()
    assert fetch(f"{base_url}-/health").json == {"status": "ok"}
    for asker in askers:
        asker.join()
    refused = [answer for answer in answers if answer.status == 503]
    assert all(answer.error["innerError"]["request-id"] == answer.headers["x-request-id"] for answer in refused)
    assert {answer.status for answer in answers} == {200, 503}
    assert {answer.error["message"] for answer in refused} == {
        "Too many requests wait already. Send the request again later."
    }
    assert all(1 <= int(answer.headers["retry-after"]) <= 3 for answer in refused)


def test_a_body_of_which_nothing_comes_is_a_408_and_its_connection_ends(server: tuple[str, int]) -> None:
    base_url, _ = server
    head = b"POST /Customers HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
    with ExitStack() as connections:
        senders = [connections.enter_context(connected(base_url)) for _ in range(2)]
        for sender, length in zip(senders, (b"Content-Length: 15", b"Transfer-Encoding: chunked"), strict=True):
            sender.sendall(head + length + b"\r\n\r\n")
        for sender in senders:
            answer = b"".join(iter(lambda: sender.recv(65_536), b""))  # noqa: B023  # it is used at once
            assert answer.startswith(b"HTTP/1.1 408")
            assert b'"code":"RequestTimeout","message":"The body does not come (--stall-seconds).' in answer


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux gives up for us")
def test_who_takes_nothing_of_an_answer_loses_its_connection(server: tuple[str, int]) -> None:
    base_url, _ = server
    with connected(base_url, receives=4_096) as reader:
        reader.sendall(asked(WHOLE, "maxpagesize=10000"))
        sleep(4)
        with pytest.raises(ConnectionResetError):
            while reader.recv(65_536):
                pass


def spooled_bytes(base_url: str) -> float:
    lines = fetch(f"{base_url}-/metrics").body.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("odata_spooled_bytes "))


def test_long_answers_for_which_files_have_no_room_are_refused_until_others_are_read(server: tuple[str, int]) -> None:
    base_url, process = server
    if not process:
        pytest.skip("/proc tells of files on Linux alone")
    with ExitStack() as connections:
        refused = 0
        for _ in range(50):
            reader = connections.enter_context(connected(base_url, receives=4_096))
            reader.sendall(asked(WHOLE, "maxpagesize=10000"))
            refused += reader.recv(12) == b"HTTP/1.1 503"
            if refused:
                break
        assert refused
        assert fetch(f"{base_url}Customers/$count").body == str(ROWS).encode()
    deadline = monotonic() + 20
    while fetch(base_url + WHOLE[1:], headers={"Prefer": "maxpagesize=10000"}).status != 200:
        assert monotonic() < deadline, "there is no room again"
        sleep(0.2)


def test_connections_whose_heads_do_not_come_end_after_ten_seconds(heads: tuple[float, list[socket.socket]]) -> None:
    began, senders = heads
    for sender in senders:
        sender.settimeout(max(began + 15 - monotonic(), 1))
        with suppress(ConnectionResetError):
            assert sender.recv(1_000) == b""
