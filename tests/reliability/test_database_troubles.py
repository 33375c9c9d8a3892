"""What a database goes through while the service runs: a full disk, a restart. Nothing acknowledged is lost by it."""

import http.client
import json
import os
import pwd
import shutil
import socket
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic, sleep

import pytest

from odata_service import Call
from odata_service.errors import ODataError
from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from tests.asking import ROOT, Answer, ask, service_of
from tests.disks import limited
from tests.models import customer_schema, every_schema
from tests.servers import database_url, end_connections
from tests.serving import fetch, served

WRITERS = 4
NOBODY = 65_534


def test_a_full_disk_answers_507_and_leaves_no_half_of_an_entity(tmp_path: Path) -> None:
    with service_of(every_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as service:
        limited(service.store, 8)
        statuses = [
            ask(service, "POST", "Things", {"id": f"p{number}", "work": {}, "free": "x" * 2000}).status
            for number in range(60)
        ]
        created = statuses.count(201)
        assert (set(statuses), statuses[:created]) == ({201, 507}, [201] * created)
        answer = ask(service, "POST", "Things", {"id": "q", "work": {}, "free": "x" * 2000})
        assert (answer.status, answer.error["message"]) == (507, "The database's disk is full: nothing was changed.")
        assert ask(service, "GET", "Things/$count").body == str(created).encode()
        assert ask(service, "GET", "Things('p0')").json["free"] == "x" * 2000
        limited(service.store, 1000)
        assert ask(service, "POST", "Things", {"id": "q", "work": {}, "free": "x" * 2000}).status == 201
        assert isinstance(service.store, DatabaseStore)
        assert service.store.connection().execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_full_disk_leaves_no_half_of_a_change_set(tmp_path: Path) -> None:
    with service_of(every_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as service:
        limited(service.store, 4)
        requests = [
            {
                "id": str(number),
                "atomicityGroup": "all",
                "method": "POST",
                "url": "Things",
                "headers": {"content-type": "application/json"},
                "body": {"id": f"p{number}", "work": {}, "free": "x" * 2000},
            }
            for number in range(40)
        ]
        answer = ask(service, "POST", "$batch", {"requests": requests})
        found = {part["status"] for part in answer.json["responses"]}
        assert 507 in found
        assert not found & {200, 201, 204}
        assert ask(service, "GET", "Things/$count").body == b"0"


def test_a_lock_that_is_held_long_is_not_waited_for_by_each_that_stands_in_line(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    with (
        service_of(customer_schema(), url=f"sqlite:///{file}") as service,
        closing(sqlite3.connect(file, isolation_level=None)) as other,
    ):
        assert isinstance(service.store, DatabaseStore)
        service.store.connection().execute("PRAGMA busy_timeout = 600")
        other.execute("BEGIN EXCLUSIVE")
        waited = []
        for key in ("a", "b", "c"):
            began = monotonic()
            refused = ask(service, "POST", "Customers", {"id": key})
            waited.append(monotonic() - began)
            assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
        assert waited[0] > 0.5 > max(waited[1:])
        assert service.store.ready() == "The database is busy with other changes. Try again in a moment."
        assert ask(service, "GET", "Customers/$count").body == b"0"
        other.execute("ROLLBACK")
        assert ask(service, "POST", "Customers", {"id": "a"}).status == 201
        assert service.store.connection().execute("PRAGMA busy_timeout").fetchall() == [(5_000,)]
        assert service.store.ready() is None


@pytest.mark.slow
def test_a_line_of_writers_is_told_of_a_lock_one_after_another_without_delay(tmp_path: Path) -> None:
    file = tmp_path / "x.db"

    def create(base_url: str, key: str) -> tuple[int, float]:
        began = monotonic()
        body, headers = json.dumps({"id": key}).encode(), {"Content-Type": "application/json"}
        return fetch(f"{base_url}Customers", "POST", body, headers).status, monotonic() - began

    with served(file) as (base_url, _), closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with ThreadPoolExecutor(6) as clients:
            answers = list(clients.map(lambda number: create(base_url, str(number)), range(6)))
            assert {status for status, _ in answers} == {503}
            assert max(seconds for _, seconds in answers) < 9
        other.execute("ROLLBACK")
        assert create(base_url, "a")[0] == 201


def changes_that_go_on(service: Service, count: int) -> Answer:
    """Entities that are put one by one: what fails is told of each alone."""
    items = [{"id": f"p{number}", "work": {}, "free": "x" * 2000} for number in range(count)]
    body = {"@context": "#$delta", "value": items}
    return ask(service, "PATCH", "Things", body, prefer="continue-on-error", odata_version="4.01")


def test_a_full_disk_ends_changes_that_go_on_past_failures(tmp_path: Path) -> None:
    """The database undoes all of them: none is told to have been made."""
    with service_of(every_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as service:
        limited(service.store, 8)
        assert changes_that_go_on(service, 40).status == 507
        assert ask(service, "GET", "Things/$count").body == b"0"
        limited(service.store, 1000)
        assert changes_that_go_on(service, 40).status == 204
        assert ask(service, "GET", "Things/$count").body == b"40"


def test_code_that_passes_over_a_full_disk_changes_nothing(tmp_path: Path) -> None:
    """What it did before is undone by the database, so what it does behind that would be a change of its own."""
    with service_of(every_schema(), url=f"sqlite:///{tmp_path / 'x.db'}") as service:
        passed: list[int] = []

        @service.action("every.Fill")
        def fill(call: Call) -> None:
            for number in range(60):
                try:
                    call.create("Things", {"id": f"p{number}", "work": {}, "free": "x" * 2000})
                except ODataError as error:
                    passed.append(error.status)
                    limited(service.store, 1000)

        limited(service.store, 8)
        answer = ask(service, "POST", "Fill")
        assert (answer.status, set(passed)) == (507, {507})
        assert ask(service, "GET", "Things/$count").body == b"0"


@pytest.mark.parametrize("family", ["postgresql", "mariadb"])
def test_a_lost_connection_ends_changes_that_go_on_past_failures(family: str) -> None:
    """What comes behind it would be a change of its own, on another connection."""
    with database_url(family) as url, service_of(every_schema(), url=url) as service:

        @service.before_create("Things")
        def cut(_: Call, values: dict[str, object]) -> None:
            if values["id"] in {"p3", "p7"}:
                end_connections(url)

        answer = changes_that_go_on(service, 10)
        assert answer.status == 503
        assert ask(service, "GET", "Things/$count").body == b"0"


def test_a_file_that_is_moved_takes_no_changes_until_it_is_back(tmp_path: Path) -> None:
    file, elsewhere = tmp_path / "x.db", tmp_path / "y.db"
    with service_of(customer_schema(), url=f"sqlite:///{file}") as service:
        assert ask(service, "POST", "Customers", {"id": "a"}).status == 201
        file.rename(elsewhere)
        refused = ask(service, "POST", "Customers", {"id": "b"})
        assert (refused.status, refused.headers["Retry-After"]) == (503, "10")
        assert refused.error["message"] == service.store.ready() == "The database file is not where it was."
        assert ask(service, "GET", "Customers/$count").body == b"1"
        elsewhere.rename(file)
        assert service.store.ready() is None
        assert ask(service, "POST", "Customers", {"id": "c"}).status == 201
        assert ask(service, "GET", "Customers").column("id") == ["a", "c"]


def test_a_new_connection_makes_no_file_where_one_has_been(tmp_path: Path) -> None:
    file = tmp_path / "x.db"
    with service_of(customer_schema(), url=f"sqlite:///{file}") as service:
        service.store.close()
        file.unlink()
        assert ask(service, "GET", "Customers").status == 503
        assert not file.exists()


def test_a_file_in_the_place_of_another_is_the_database_from_then_on(tmp_path: Path) -> None:
    file, copy = tmp_path / "x.db", tmp_path / "copy.db"
    with service_of(customer_schema(), url=f"sqlite:///{file}") as service:
        assert ask(service, "POST", "Customers", {"id": "a"}).status == 201
        with closing(sqlite3.connect(file)) as connection:
            connection.execute(f"VACUUM INTO '{copy}'")
        assert ask(service, "POST", "Customers", {"id": "b"}).status == 201
        for name in ("x.db", "x.db-wal", "x.db-shm"):
            (tmp_path / name).rename(tmp_path / f"former-{name}")
        copy.rename(file)
        assert service.store.ready() is None
        assert ask(service, "POST", "Customers", {"id": "c"}).status == 201
        assert ask(service, "GET", "Customers").column("id") == ["a", "c"]


@pytest.mark.parametrize("family", ["postgresql", "mariadb"])
def test_whatever_comes_first_on_a_broken_connection_gets_another(family: str) -> None:
    with database_url(family) as url, service_of(customer_schema(), Settings(), url) as service:
        assert ask(service, "POST", "Customers", {"id": "a"}).status == 201
        delta = ask(service, "GET", "Customers", prefer="odata.track-changes").json["@odata.deltaLink"]
        promised = ask(service, "GET", "Customers", prefer="respond-async")
        monitor = promised.headers["Location"].removeprefix(ROOT)
        while ask(service, "GET", monitor).status == 202:
            sleep(0.01)
        snapshot = {"requests": [{"id": "1", "method": "get", "url": "Customers"}]}
        requests: list[tuple[str, str, object, dict[str, str]]] = [
            ("GET", "Customers", None, {}),
            ("GET", "Customers/$count", None, {}),
            ("GET", "Customers", None, {"prefer": "odata.track-changes"}),
            ("GET", delta.removeprefix(ROOT), None, {}),
            ("GET", monitor, None, {}),
            ("PATCH", "Customers('a')", {"displayName": "A"}, {}),
            ("POST", "$batch", snapshot, {"isolation": "snapshot", "odata_version": "4.01"}),
        ]
        statuses = []
        for method, target, body, headers in requests:
            end_connections(url)
            statuses.append(ask(service, method, target, body, **headers).status)
        end_connections(url)
        assert service.store.ready() is None
        assert statuses == [200] * len(requests)


@contextmanager
def directory_of_nobody() -> Iterator[Path]:
    """A directory, and the rights of whom it belongs to: root writes into what can only be read."""
    with tempfile.TemporaryDirectory(prefix="odata-") as directory:
        is_root = os.geteuid() == 0
        if is_root:
            shutil.chown(directory, NOBODY)
            os.seteuid(NOBODY)
        try:
            yield Path(directory)
        finally:
            if is_root:
                os.seteuid(0)


def test_a_file_that_becomes_read_only_is_read_and_takes_no_changes() -> None:
    with directory_of_nobody() as place, service_of(customer_schema(), url=f"sqlite:///{place / 'x.db'}") as service:
        file = place / "x.db"
        file.chmod(0o444)
        refused = ask(service, "POST", "Customers", {"id": "b"})
        assert refused.status == 503
        assert refused.error["message"] == service.store.ready() == "The database can only be read at present."
        assert ask(service, "GET", "Customers/$count").body == b"0"
        file.chmod(0o644)
        assert service.store.ready() is None
        assert ask(service, "POST", "Customers", {"id": "b"}).status == 201


class Cluster:
    """A PostgreSQL server of its own, which may be stopped."""

    def __init__(self, directory: Path, user: str | None) -> None:
        self.directory, self.user = directory, user
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._run("initdb", "-D", f"{directory}/data", "-A", "trust", "-U", "postgres", "-N", "--no-instructions")

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -k {self.directory} -c listen_addresses=127.0.0.1"
        self._run("pg_ctl", "-D", f"{self.directory}/data", "-l", f"{self.directory}/log", "-w", "-o", options, "start")

    def stop(self, mode: str) -> None:
        self._run("pg_ctl", "-D", f"{self.directory}/data", "-m", mode, "-w", "stop")

    def _run(self, *command: str) -> None:
        subprocess.run(
            command, user=self.user, cwd=self.directory, check=True, timeout=60,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running server; the test is skipped where none is installed, or only for the one user that may not run it."""
    user = None
    if shutil.which("initdb") is None or shutil.which("pg_ctl") is None:
        pytest.skip("initdb and pg_ctl are not installed")
    if os.geteuid() == 0:
        user = next((entry.pw_name for entry in pwd.getpwall() if entry.pw_name == "postgres"), None)
        if user is None:
            pytest.skip("PostgreSQL does not run as root, and there is no user 'postgres'")
    with tempfile.TemporaryDirectory(prefix="odata-cluster-") as directory:
        if user is not None:
            shutil.chown(directory, user)
        made = Cluster(Path(directory), user)
        made.start()
        try:
            yield made
        finally:
            with suppress(subprocess.CalledProcessError):
                made.stop("immediate")


def create_until(ending: Event, base_url: str, number: int, found: list[tuple[str, int]]) -> None:
    """Creates entities one after another and notes how each was answered."""
    connection = http.client.HTTPConnection(base_url.removeprefix("http://").rstrip("/"), timeout=30)
    for place in range(100_000):
        if ending.is_set():
            break
        key = f"{number}-{place}"
        body = json.dumps({"id": key, "displayName": f"Customer {key}"})
        connection.request("POST", "/Customers", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        response.read()
        found.append((key, response.status))
        if response.status != 201:
            sleep(0.05)
    connection.close()


def first_good_answer(base_url: str) -> float:
    """How many seconds pass until the service answers from its database."""
    began = monotonic()
    while fetch(f"{base_url}Customers/$count").status != 200 and monotonic() - began < 20:
        sleep(0.02)
    return monotonic() - began


@pytest.mark.slow
def test_the_service_goes_on_by_itself_when_postgresql_is_restarted_under_load() -> None:
    found: list[list[tuple[str, int]]] = [[] for _ in range(WRITERS)]
    ending = Event()
    with cluster() as server, served(None, "--database", server.url) as (base_url, process):
        writers = [
            Thread(target=create_until, args=(ending, base_url, number, found[number])) for number in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        sleep(1)
        server.stop("immediate")
        sleep(0.5)
        assert fetch(f"{base_url}Customers/$count").status == 503
        assert fetch(f"{base_url}-/ready").status == 503
        server.start()
        waited = first_good_answer(base_url)
        sleep(1)
        ending.set()
        for writer in writers:
            writer.join()
        answers = [answer for answers in found for answer in answers]
        kept = {entity["id"] for entity in everything(f"{base_url}Customers?$select=id")}
        assert process.poll() is None
    assert waited < 2
    assert {status for _, status in answers} == {201, 503}
    assert [answers[-1][1] for answers in found] == [201] * WRITERS
    assert {key for key, status in answers if status == 201} <= kept


def everything(url: str) -> Iterator[dict[str, str]]:
    """All entities of a collection, page by page."""
    while url:
        page = fetch(url).json
        yield from page["value"]
        url = page.get("@odata.nextLink", "")
