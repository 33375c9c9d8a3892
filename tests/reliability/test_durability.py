"""A killed process loses no acknowledged change (Protocol 11.4: a change that is answered has happened)."""

import http.client
import json
import os
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from pathlib import Path
from threading import Thread
from time import sleep

import pytest

from tests.serving import fetch, served

WRITERS = 4


def write_until_the_end(base_url: str, number: int, acknowledged: list[str]) -> None:
    """Creates entities one after another and notes each that was answered, until the server is gone."""
    connection = http.client.HTTPConnection(base_url.removeprefix("http://").rstrip("/"), timeout=10)
    with suppress(OSError, http.client.HTTPException):
        for place in range(100_000):
            key = f"{number}-{place}"
            body = json.dumps({"id": key, "displayName": f"Customer {key}"})
            connection.request("POST", "/Customers", body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            response.read()
            if response.status != 201:
                break
            acknowledged.append(key)
    connection.close()


@pytest.mark.parametrize("pause", [0.3, 0.6])
def test_every_acknowledged_create_is_there_after_kill_9(tmp_path: Path, pause: float) -> None:
    database = tmp_path / "x.db"
    acknowledged: list[list[str]] = [[] for _ in range(WRITERS)]
    with served(database) as (base_url, process):
        writers = [
            Thread(target=write_until_the_end, args=(base_url, number, acknowledged[number]))
            for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        sleep(pause)
        os.killpg(process.pid, signal.SIGKILL)
        for writer in writers:
            writer.join()
    with closing(sqlite3.connect(database)) as connection:
        stored = {row[0] for row in connection.execute("SELECT id FROM Customers")}
        integrity = connection.execute("PRAGMA integrity_check").fetchone()[0]
    expected = {key for keys in acknowledged for key in keys}
    assert expected
    assert (expected - stored, integrity) == (set(), "ok")


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
