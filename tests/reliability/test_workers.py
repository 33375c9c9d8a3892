"""Workers that end, hang or make room for others: whoever asks meanwhile is answered, and what is answered is whole."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep
from urllib.parse import urlsplit

import pytest

from tests.models import METADATA
from tests.serving import ROOT, fetch, served

pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="/proc tells of children on Linux alone")

COUNT = "/Customers/$count"
CODE = """
import ctypes, time

def register(service):
    @service.before_read("Customers")
    def wait(call):
        if "hang" in call.request.headers:
            ctypes.PyDLL(None).sleep(600)  # Python runs nothing else meanwhile
        time.sleep(float(call.request.headers.get("seconds", "0")))
"""


@pytest.fixture
def code(tmp_path: Path) -> Path:
    """Hooks by which a request takes as long as it says, or hangs."""
    path = tmp_path / "code.py"
    path.write_text(CODE)
    return path


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The processes that answer requests."""
    return list(map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()))


def until(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = monotonic() + seconds
    while not is_so():
        assert monotonic() < deadline, "it takes too long"
        sleep(0.02)


class Client:
    """A client that keeps its connection as long as the server does."""

    def __init__(self, base_url: str, timeout: float = 30) -> None:
        self._address = urlsplit(base_url)
        self._timeout = timeout
        self._connection: socket.socket | None = None

    def ask(self, path: str = COUNT, *headers: str) -> str:
        """The status of an answer that is whole; else what happened.

        A connection that was closed while nothing was asked is no failure: one asks again (RFC 9112, 9.3.1).
        """
        was_idle = self._connection is not None
        try:
            status = self._asked(path, headers)
        except OSError as error:
            self.close()
            status = type(error).__name__
        return self.ask(path, *headers) if was_idle and status in {"end", "ConnectionResetError"} else status

    def _asked(self, path: str, headers: tuple[str, ...]) -> str:
        if self._connection is None:
            self._connection = socket.create_connection((self._address.hostname, self._address.port), self._timeout)
        lines = "".join(f"{line}\r\n" for line in (f"GET {path} HTTP/1.1", "Host: a", *headers))
        self._connection.sendall(f"{lines}\r\n".encode())
        with self._connection.makefile("rb") as answer:
            status = answer.readline()[9:12].decode() or "end"
            heads = dict[bytes, bytes]()
            while line := answer.readline().strip().lower():
                name, _, value = line.partition(b": ")
                heads[name] = value
            length = int(heads.get(b"content-length", b"0"))
            if len(answer.read(length)) < length:
                status = "cut"
        if status in {"end", "cut"} or heads.get(b"connection") == b"close":
            self.close()
        return status

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def asked(base_url: str, path: str, *headers: str, timeout: float = 30) -> str:
    """What one request on a connection of its own got."""
    client = Client(base_url, timeout)
    try:
        return client.ask(path, *headers)
    finally:
        client.close()


@contextmanager
def asked_meanwhile(base_url: str, *, keeping: int = 4, connecting: int = 4) -> Iterator[Counter[str]]:
    """What clients got while the block ran; some keep their connections, others connect for each request."""
    found, ended = Counter[str](), Event()

    def ask(keeps: bool) -> None:
        client = Client(base_url)
        while not ended.is_set():
            found[client.ask()] += 1
            if not keeps:
                client.close()
        client.close()

    threads = [Thread(target=ask, args=(number < keeping,)) for number in range(keeping + connecting)]
    for thread in threads:
        thread.start()
    try:
        yield found
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def test_sigterm_cuts_no_answer_and_lets_nobody_connect_any_longer(tmp_path: Path, code: Path) -> None:
    rows = (json.dumps({"id": f"{number:05}", "displayName": "x" * 2_000}) for number in range(3_000))
    (tmp_path / "Customers.jsonl").write_text("\n".join(rows), "utf-8")
    options = ("--workers", "2", "--code", str(code), "--data", str(tmp_path / "Customers.jsonl"))
    with served(tmp_path / "x.db", *options) as (base_url, process):
        found: Counter[str] = Counter()

        def ask(path: str, *headers: str) -> None:
            found[asked(base_url, path, *headers)] += 1

        slow = [("/Customers('00001')", "Seconds: 1")] * 2
        askers = [Thread(target=ask, args=slowly) for slowly in (*slow, *[("/Customers('00002')",)] * 60)]
        reader = socket.socket()
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        reader.connect((urlsplit(base_url).hostname, urlsplit(base_url).port))
        reader.sendall(b"GET /Customers HTTP/1.1\r\nHost: a\r\nPrefer: maxpagesize=10000\r\nConnection: close\r\n\r\n")
        received = len(reader.recv(1_000))
        for asker in askers:
            asker.start()
        sleep(0.3)
        process.send_signal(signal.SIGTERM)
        sleep(0.6)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((urlsplit(base_url).hostname, urlsplit(base_url).port))
        for asker in askers:
            asker.join()
        assert found == {"200": 62}
        while piece := reader.recv(65_536):
            received += len(piece)
        reader.close()
        assert received > 6_000_000
        assert process.wait(timeout=20) == 0
    assert not (tmp_path / "x.db-wal").exists()


def test_a_second_sigterm_ends_the_service_at_once(tmp_path: Path, code: Path) -> None:
    with served(tmp_path / "x.db", "--code", str(code)) as (base_url, process):
        asker = Thread(target=asked, args=(base_url, "/Customers", "Seconds: 60"))
        asker.start()
        sleep(0.5)
        process.send_signal(signal.SIGTERM)
        sleep(1.2)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=5) == 0
        asker.join()
    assert not (tmp_path / "x.db-wal").exists()


def test_a_worker_that_hangs_is_replaced_while_others_serve(tmp_path: Path, code: Path) -> None:
    options = ("--workers", "2", "--code", str(code), "--statement-seconds", "1")
    with served(tmp_path / "x.db", *options) as (base_url, process):
        before = set(workers_of(process))
        hanging: list[str] = []
        asker = Thread(target=lambda: hanging.append(asked(base_url, "/Customers", "Hang: 1")))
        asker.start()
        sleep(0.3)
        until(lambda: asked(base_url, "/$metadata", timeout=0.5) == "200", 2.5)
        until(lambda: len(set(workers_of(process)) - before) == 1)
        asker.join()
        assert hanging[0] in {"end", "ConnectionResetError"}
        assert len(before & set(workers_of(process))) == 1
        assert {fetch(f"{base_url}Customers/$count").status for _ in range(10)} == {200}


def test_who_waits_to_be_connected_is_not_lost_with_a_worker(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with log.open("w") as errors, served(tmp_path / "x.db", "--workers", "2", errors=errors) as (base_url, process):
        before = set(workers_of(process))
        for worker in before:
            os.kill(worker, signal.SIGSTOP)
        for worker in before:
            os.kill(worker, signal.SIGKILL)
        assert {fetch(f"{base_url}Customers/$count").status for _ in range(10)} == {200}
        until(lambda: len(workers_of(process)) == 2)
        assert log.read_text().count("has ended by signal 9 (Killed); another one takes its place.") == 2


def page_with(tmp_path: Path, name: str) -> Path:
    """A definition with one entity set."""
    page = tmp_path / "model.xml"
    page.write_text(
        '<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>'
        '<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n"><EntityType Name="T"><Key>'
        '<PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String" Nullable="false"/></EntityType>'
        f'<EntityContainer Name="C"><EntitySet Name="Customers" EntityType="n.T"/>'
        f'<EntitySet Name="{name}" EntityType="n.T"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>'
    )
    return page


def test_sighup_serves_the_definition_as_it_is_now_and_no_request_fails(tmp_path: Path) -> None:
    page = page_with(tmp_path, "Before")
    config = tmp_path / "service.toml"
    config.write_text("page-size = 100\n")
    options = ("--workers", "2", "--config", str(config))
    with served(tmp_path / "x.db", *options, source=page) as (base_url, process):
        before = set(workers_of(process))
        with asked_meanwhile(base_url) as found:
            page_with(tmp_path, "After")
            config.write_text("page-size = 1\n")
            process.send_signal(signal.SIGHUP)
            until(lambda: not before & set(workers_of(process)))
        assert set(found) == {"200"}
        assert [fetch(base_url + name).status for name in ("After", "Before")] == [200, 404]
        for key in "ab":
            body = json.dumps({"id": key}).encode()
            fetch(f"{base_url}After", "POST", body, {"Content-Type": "application/json"})
        assert "@odata.nextLink" in fetch(f"{base_url}After").json
        metrics = fetch(f"{base_url}-/metrics").body.decode()
        assert "odata_workers 2.0" in metrics
        assert f'kind="count",method="GET",status="200"}} {found["200"]}.0' in metrics


def test_a_definition_that_is_broken_leaves_the_one_before_and_says_so(tmp_path: Path) -> None:
    page = page_with(tmp_path, "Before")
    log = tmp_path / "log"
    with log.open("w") as errors, served(tmp_path / "x.db", source=page, errors=errors) as (base_url, process):
        before = workers_of(process)
        page.write_text(page.read_text().replace('Type="Edm.String"', 'Type="n.Nothing"'))
        process.send_signal(signal.SIGHUP)
        until(lambda: "SIGHUP" in log.read_text())
        assert workers_of(process) == before
        assert fetch(f"{base_url}Before").status == 200
        assert "'n.Nothing'" in log.read_text()
        page_with(tmp_path, "After")
        process.send_signal(signal.SIGHUP)
        until(lambda: fetch(f"{base_url}After").status == 200)


WITHOUT_GRANIAN = """
import odata_service.web.server

odata_service.web.server.serve_workers = None
from odata_service.cli import main

main()
"""


def test_where_there_is_no_granian_one_process_answers_every_connection(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WITHOUT_GRANIAN, "serve", str(METADATA), "--port", "0", "--workers", "4"]
    process = subprocess.Popen(
        [*command, "--database", f"sqlite:///{tmp_path / 'x.db'}"], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert process.stdout is not None
    try:
        base_url = process.stdout.readline().removeprefix("Serving ").strip()
        assert {asked(base_url, COUNT, timeout=5) for _ in range(12)} == {"200"}
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
    assert [path.name for path in tmp_path.iterdir()] == ["x.db"]
