"""A killed process loses no acknowledged change (Protocol 11.4: a change that is answered has happened)."""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Thread
from time import monotonic, sleep

import pytest

from tests.asking import ask, service_of
from tests.models import customer_schema
from tests.servers import database_url
from tests.serving import fetch, served

WRITERS = 4
V401 = {"odata_version": "4.01"}


class Writer:
    """Creates, changes and deletes entities of its own, one request after another, until the server is gone.

    `certain` has what its acknowledged requests have made of each entity, None where it is deleted; `open` what the
    request without an answer would make of those that it is about, which may have happened, but not in part.
    """

    def __init__(self, base_url: str, number: int) -> None:
        self.number = number
        self.certain: dict[str, str | None] = {}
        self.open: dict[str, str | None] = {}
        self._connection = http.client.HTTPConnection(base_url.removeprefix("http://").rstrip("/"), timeout=10)

    def run(self) -> None:
        with suppress(OSError, http.client.HTTPException):
            for round_number in range(10_000):
                for method, path, body, change in self._requests(round_number):
                    self.open = change
                    self._send(method, path, body)
                    self.certain |= change
        self._connection.close()

    def _requests(self, number: int) -> Iterator[tuple[str, str, object, dict[str, str | None]]]:
        first, *group = (f"{self.number}-{number}-{place}" for place in range(6))
        yield "POST", "/Customers", {"id": first, "displayName": "new"}, {first: "new"}
        yield "PATCH", f"/Customers('{first}')", {"displayName": "changed"}, {first: "changed"}
        yield "POST", "/$batch", change_set("POST", "new", group), dict.fromkeys(group, "new")
        yield "POST", "/$batch", change_set("PATCH", "changed", group), dict.fromkeys(group, "changed")
        yield "POST", "/$batch", change_set("DELETE", None, group[1:]), dict.fromkeys(group[1:])
        yield "DELETE", f"/Customers('{first}')", None, {first: None}

    def _send(self, method: str, path: str, body: object) -> None:
        headers = {"Content-Type": "application/json", "OData-Version": "4.01"}
        self._connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self._connection.getresponse()
        text = response.read()
        assert response.status < 300, text
        assert all(part["status"] < 300 for part in (json.loads(text)["responses"] if path == "/$batch" else ())), text


def change_set(method: str, name: str | None, keys: Sequence[str]) -> dict[str, object]:
    """A batch that does the same to several entities, all or nothing."""
    return {
        "requests": [
            {"id": key, "atomicityGroup": "all", "method": method}
            | {"url": "Customers" if method == "POST" else f"Customers('{key}')"}
            | ({} if name is None else {"body": {"id": key, "displayName": name}})
            for key in keys
        ]
    }


def differing(writer: Writer, stored: dict[str, str]) -> list[str]:
    """What of a writer's entities is neither as was acknowledged, nor as the open request would have made all of it."""
    found = {key: stored.get(key) for key in {**writer.certain, **writer.open}}
    possible = (writer.certain, writer.certain | writer.open)
    return (
        [] if any(found == {**dict.fromkeys(found), **known} for known in possible) else [f"{writer.number}: {found}"]
    )


@contextmanager
def database(family: str, directory: Path) -> Iterator[tuple[Path | None, str]]:
    """A file or a server's database, as the server is started with it, and its URL."""
    if family == "sqlite":
        yield directory / "x.db", f"sqlite:///{directory / 'x.db'}"
        return
    with database_url(family) as url:
        yield None, url


@pytest.mark.parametrize(("family", "pauses"), [("sqlite", (0.4, 0.8)), ("postgresql", (0.7,))])
def test_what_was_acknowledged_is_there_after_kill_9_and_nothing_by_halves(
    tmp_path: Path, family: str, pauses: tuple[float, ...]
) -> None:
    with database(family, tmp_path) as (file, url):
        options = ("--workers", "2", *(("--database", url) if file is None else ()))
        writers: list[Writer] = []
        for pause in pauses:
            with served(file, *options) as (base_url, process):
                new = [Writer(base_url, len(writers) + number) for number in range(WRITERS)]
                writers += new
                threads = [Thread(target=writer.run) for writer in new]
                for thread in threads:
                    thread.start()
                sleep(pause)
                os.killpg(process.pid, signal.SIGKILL)
                for thread in threads:
                    thread.join()
        with service_of(customer_schema(), url=url) as service:
            found = ask(service, "GET", "Customers?$select=id,displayName", prefer="odata.maxpagesize=10000").values
            stored = {entity["id"]: entity["displayName"] for entity in found}
    assert sum(len(writer.certain) for writer in writers) > len(writers)
    assert [said for writer in writers for said in differing(writer, stored)] == []
    if file is not None:
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


CUTS = 100


def test_whatever_of_the_log_a_power_cut_leaves_is_whole_change_sets(tmp_path: Path) -> None:
    file, log = tmp_path / "x.db", tmp_path / "x.db-wal"
    with service_of(customer_schema(), url=f"sqlite:///{file}") as service:
        for number in range(12):
            keys = [f"{number}-{place}" for place in range(5)]
            assert ask(service, "POST", "$batch", change_set("POST", "x" * 900, keys), **V401).status == 200
        whole, written = file.read_bytes(), log.read_bytes()
    counts = []
    for cut in range(CUTS + 1):
        kept = len(written) * cut // CUTS
        garbage = bytes(cut) * 41 if cut % 2 else b""
        file.write_bytes(whole)
        log.write_bytes(written[:kept] + garbage)
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
            found = connection.execute("SELECT count(*) FROM Customers").fetchone() if "Customers" in names else (0,)
            counts.append(found[0])
        (tmp_path / "x.db-shm").unlink(missing_ok=True)
    assert {count % 5 for count in counts} == {0}
    assert (counts, counts[-1], len(set(counts))) == (sorted(counts), 60, 13)


def test_the_service_goes_on_after_kill_9(tmp_path: Path) -> None:
    database = tmp_path / "x.db"
    with served(database) as (base_url, process):
        fetch(f"{base_url}Customers", "POST", b'{"id":"a"}', {"Content-Type": "application/json"})
        os.killpg(process.pid, signal.SIGKILL)
    with served(database) as (base_url, _):
        assert fetch(f"{base_url}Customers('a')").json["id"] == "a"


def test_sigterm_ends_with_zero_and_leaves_one_file(tmp_path: Path) -> None:
    database = tmp_path / "x.db"
    with served(database) as (base_url, process):
        assert fetch(f"{base_url}Customers/$count").body == b"0"
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=45) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["x.db"]


def test_a_port_in_use_is_one_line(tmp_path: Path) -> None:
    with served(tmp_path / "x.db") as (base_url, _):
        port = base_url.rstrip("/").rpartition(":")[2]
        command = [sys.executable, "-m", "odata_service", "serve", "metadata", "--port", port]
        done = subprocess.run(
            [*command, "--database", f"sqlite:///{tmp_path / 'y.db'}"],
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [f"Port {port} on 127.0.0.1 cannot be used: Address already in use."]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT])
def test_signals_to_the_whole_group_and_more_than_once_end_it_in_order(tmp_path: Path, ending: signal.Signals) -> None:
    with served(tmp_path / "x.db", "--workers", "2") as (base_url, process):
        assert fetch(f"{base_url}Customers/$count").body == b"0"
        for _ in range(3):
            process.send_signal(ending)
            os.killpg(process.pid, ending)
        assert process.wait(timeout=20) == 0


def workers_of(process: subprocess.Popen[str]) -> list[int]:
    """The processes that answer requests."""
    return list(map(int, Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()))


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="/proc tells of children on Linux alone")
def test_a_worker_that_dies_again_and_again_is_replaced(tmp_path: Path) -> None:
    with served(tmp_path / "x.db", "--workers", "2") as (base_url, process):
        for _ in range(3):
            before = workers_of(process)
            os.kill(before[-1], signal.SIGKILL)
            deadline = monotonic() + 5
            while len(now := workers_of(process)) < 2 or before[-1] in now:
                assert monotonic() < deadline, "no worker takes its place"
                sleep(0.01)
            assert fetch(f"{base_url}Customers/$count").status == 200
        assert process.poll() is None
