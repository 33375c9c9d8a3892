"""Clients that send or read slowly, and clients that are too many: all others are answered as ever."""

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest

from tests.serving import fetch, served

ROWS = 3_000
READERS = 30
WHOLE = f"/Customers?$top={ROWS}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, int]]:
    """A worker that lets two requests wait, and its process; a page of all customers has some 3 MB."""
    directory = tmp_path_factory.mktemp("slow")
    rows = (json.dumps({"id": f"{number:05}", "displayName": "x" * 500}) for number in range(ROWS))
    (directory / "Customers.jsonl").write_text("\n".join(rows), "utf-8")
    options = ("--data", str(directory / "Customers.jsonl"), "--max-waiting", "2")
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
    assert {answer.status for answer in answers} == {200, 503}
    assert {answer.error["message"] for answer in refused} == {
        "Too many requests wait already. Send the request again later."
    }
    assert all(1 <= int(answer.headers["retry-after"]) <= 3 for answer in refused)
