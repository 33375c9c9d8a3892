import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from threading import Event
from time import monotonic, sleep

import pytest

from odata_service.service import Call, Entity, Service
from odata_service.service.message import Principal
from odata_service.settings import Limits, Settings
from odata_service.storage import DatabaseStore
from tests.asking import ROOT, Answer, ask, service_of
from tests.batches import change_set, divided, http, parts_of, send
from tests.models import shop_schema
from tests.servers import FAMILIES, database_url
from tests.unit.service.callbacks import listening

LATER = "respond-async"


@pytest.fixture(params=FAMILIES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'shop.db'}"
        return
    with database_url(request.param) as found:
        yield found


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    with service_of(shop_schema(), url=url) as service:
        yield service


@pytest.fixture
def file(tmp_path: Path) -> str:
    """The URL of a database for what no database does in its own way."""
    return f"sqlite:///{tmp_path / 'file.db'}"


@pytest.fixture
def plain(file: str) -> Iterator[Service]:
    with service_of(shop_schema(), url=file) as service:
        yield service


class Gate:
    """The body of a function and of an action, which goes on when it is opened."""

    def __init__(self) -> None:
        self.began, self.opened = Event(), Event()

    def read(self, call: Call) -> list[Entity]:
        self._wait()
        return call.read("Customers", "$top=0")

    def change(self, call: Call, customer: Entity) -> None:
        self._wait()
        call.update(customer, isDeleted=True)

    def _wait(self) -> None:
        self.began.set()
        assert self.opened.wait(20), "nobody opened the gate"


@pytest.fixture
def gate(service: Service) -> Iterator[Gate]:
    gate = Gate()
    service.function("shop.TopCustomers")(gate.read)
    service.action("shop.archive")(gate.change)
    yield gate
    gate.opened.set()


def monitor_of(answer: Answer) -> str:
    assert answer.status == 202
    return answer.headers["Location"].removeprefix(ROOT)


def final(service: Service, monitor: str, **headers: str) -> Answer:
    """The monitor's answer when it is no longer 202."""
    deadline = monotonic() + 20
    while (answer := ask(service, "GET", monitor, **headers)).status == 202:
        assert monotonic() < deadline, "it takes too long"
        sleep(0.01)
    return answer


def test_a_request_is_answered_later_where_the_client_prefers_it(service: Service, gate: Gate) -> None:
    first = ask(service, "GET", "TopCustomers()", prefer=LATER, odata_maxversion="4.01")
    monitor = monitor_of(first)
    assert first.headers == {
        "OData-Version": "4.01",
        "Cache-Control": "no-store",
        "Location": f"{ROOT}{monitor}",
        "Retry-After": "1",
        "Preference-Applied": "respond-async",
    }
    assert gate.began.wait(20)
    running = ask(service, "GET", monitor, odata_maxversion="4.01")
    assert (running.status, running.headers["Location"], running.body) == (202, f"{ROOT}{monitor}", b"")
    gate.opened.set()
    done = final(service, monitor, odata_maxversion="4.01")
    assert (done.status, done.headers["AsyncResult"], done.headers["OData-Version"]) == (200, "200", "4.01")
    assert done.headers["Content-Type"] == "application/json;metadata=minimal"
    assert done.json == {"@odata.context": f"{ROOT}$metadata#Customers", "value": []}
    assert final(service, monitor, odata_maxversion="4.01").body == done.body


def test_an_answer_is_a_whole_message_for_who_reads_such(plain: Service) -> None:
    monitor = monitor_of(ask(plain, "GET", "Customers/$count", prefer=LATER))
    for headers in ({}, {"accept": "application/http"}, {"accept": "application/http", "odata_maxversion": "4.01"}):
        done = final(plain, monitor, **headers)
        assert (done.status, done.headers["Content-Type"]) == (200, "application/http")
        assert done.body.startswith(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain")
        assert done.body.endswith(b"\r\nContent-Length: 1\r\n\r\n0")
    bare = final(plain, monitor, accept="*/*")
    assert (bare.body, bare.headers["AsyncResult"]) == (b"0", "200")
    head = ask(plain, "HEAD", monitor, accept="*/*")
    assert (head.status, head.body, head.headers["Content-Length"]) == (200, b"", "1")


def test_a_failure_is_an_answer_too(plain: Service) -> None:
    monitor = monitor_of(ask(plain, "GET", "Customers('none')", prefer=LATER))
    done = final(plain, monitor, accept="application/json")
    assert (done.status, done.headers["AsyncResult"], done.error["code"]) == (200, "404", "NotFound")


def test_changes_and_batches_are_made_later(service: Service) -> None:
    created = monitor_of(ask(service, "POST", "Customers", {"id": "n"}, prefer=LATER))
    done = final(service, created, accept="application/json")
    assert (done.headers["AsyncResult"], done.headers["Location"]) == ("201", f"{ROOT}Customers('n')")
    batch = {"requests": [{"id": "1", "method": "GET", "url": "Customers/$count"}]}
    monitor = monitor_of(ask(service, "POST", "$batch", batch, prefer=LATER))
    done = final(service, monitor, accept="application/json")
    assert [(part["id"], part["status"], part["body"]) for part in done.json["responses"]] == [("1", 200, "1")]


def test_a_multipart_batch_is_answered_later_as_a_whole(plain: Service) -> None:
    changes = change_set(
        http("POST Customers", {"id": "m"}, "Prefer: respond-async\r\n", content_id="1"),
        http("PATCH $1", {"displayName": "M"}, content_id="2"),
    )
    failing = change_set(
        http("POST Customers", {"id": "lost"}, content_id="3"), http("POST Customers", {"id": "m"}, content_id="4")
    )
    body, prefer = divided("b", changes, failing), "respond-async, odata.continue-on-error"
    accepted = send(plain, body, "multipart/mixed; boundary=b", prefer=prefer)
    assert accepted.status == 202
    done = final(plain, monitor_of(Answer(202, dict(accepted.headers), b"")), accept="multipart/mixed")
    (changed, refused) = parts_of(done.body, done.headers["Content-Type"])
    assert [part.status for part in changed.parts] == [201, 200]
    assert refused.status == 409
    assert ask(plain, "GET", "Customers?$select=displayName").column("displayName") == ["M"]


def test_what_comes_in_the_time_that_the_client_waits_is_answered_at_once(plain: Service) -> None:
    answer = ask(plain, "GET", "Customers/$count", prefer="respond-async, wait=20")
    assert (answer.status, answer.body, answer.headers.get("Preference-Applied")) == (200, b"0", None)


def test_what_takes_longer_than_the_client_waits_is_answered_later(service: Service, gate: Gate) -> None:
    answer = ask(service, "GET", "TopCustomers()", prefer="respond-async, wait=1")
    assert answer.headers["Preference-Applied"] == "respond-async, wait=1"
    gate.opened.set()
    assert final(service, monitor_of(answer), accept="application/json").json["value"] == []


def test_what_reads_and_what_is_done_can_be_cancelled(service: Service, gate: Gate) -> None:
    monitor = monitor_of(ask(service, "GET", "TopCustomers()", prefer=LATER))
    assert gate.began.wait(20)
    assert ask(service, "DELETE", monitor).status == 204
    assert [ask(service, method, monitor).status for method in ("GET", "DELETE")] == [404, 404]
    gate.opened.set()
    done = monitor_of(ask(service, "GET", "Customers/$count", prefer=LATER))
    final(service, done)
    assert [ask(service, method, done).status for method in ("DELETE", "GET")] == [204, 404]


def test_what_waits_can_be_cancelled_and_never_begins(service: Service, gate: Gate) -> None:
    for _ in range(2):
        monitor_of(ask(service, "GET", "TopCustomers()", prefer=LATER))
    waiting = monitor_of(ask(service, "POST", "Customers", {"id": "never"}, prefer=LATER))
    assert ask(service, "DELETE", waiting).status == 204
    gate.opened.set()
    final(service, monitor_of(ask(service, "GET", "Customers", prefer=LATER)))
    assert ask(service, "GET", "Customers('never')").status == 404


def test_what_is_changing_something_cannot_be_cancelled(service: Service, gate: Gate) -> None:
    ask(service, "POST", "Customers", {"id": "a"})
    monitor = monitor_of(ask(service, "POST", "Customers('a')/shop.archive", {}, prefer=LATER))
    assert gate.began.wait(20)
    refused = ask(service, "DELETE", monitor)
    assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")
    gate.opened.set()
    assert final(service, monitor, accept="application/json").headers["AsyncResult"] == "204"
    assert ask(service, "GET", "Customers('a')").json["isDeleted"] is True


def test_another_process_and_the_next_run_tell_of_an_answer(service: Service, url: str) -> None:
    monitor = monitor_of(ask(service, "GET", "Customers/$count", prefer=LATER))
    final(service, monitor)
    with service_of(shop_schema(), url=url) as another:
        assert ask(another, "GET", monitor, accept="*/*").body == b"0"


def test_what_ran_when_its_process_ended_is_gone(service: Service) -> None:
    monitor = monitor_of(ask(service, "GET", "Customers/$count", prefer=LATER))
    final(service, monitor)
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    store = service.store
    assert isinstance(store, DatabaseStore)
    run = f"UPDATE {{}} SET {{}} = 1, {{}} = {ended.pid}"
    with store.transaction():
        names = map(store.mapping.family.dialect.quoted, ("odata-jobs", "state", "process"))
        store.connection().execute(run.format(*names))
    assert (ask(service, "GET", monitor).status, ask(service, "GET", monitor).error["code"]) == (410, "Gone")


def test_a_monitor_is_for_the_caller_of_its_request(plain: Service) -> None:
    monitor = monitor_of(ask(plain, "GET", "Customers/$count", prefer=LATER, authorization="Basic YTpi"))
    assert final(plain, monitor, authorization="Basic YTpi", accept="*/*").body == b"0"
    assert [ask(plain, method, monitor).status for method in ("GET", "DELETE")] == [404, 404]
    assert ask(plain, "GET", monitor, authorization="Basic YTpj").status == 404


def test_a_principal_is_told_of_its_own_requests_however_it_is_identified(plain: Service) -> None:
    plain.authenticate("Bearer")(lambda request: Principal(request.headers["authorization"].partition("-")[0]))
    monitor = monitor_of(ask(plain, "GET", "Customers/$count", prefer=LATER, authorization="ann-1"))
    assert final(plain, monitor, authorization="ann-2", accept="*/*").body == b"0"
    assert ask(plain, "GET", monitor, authorization="bob-1").status == 404


@pytest.mark.parametrize("monitor", ["-/status/", "-/status/x", f"-/status/{'x' * 43}", f"-/status/{'x' * 43}/y"])
def test_what_is_no_monitor_is_not_found(plain: Service, monitor: str) -> None:
    assert ask(plain, "GET", monitor).status == 404


def test_a_monitor_takes_few_methods(plain: Service) -> None:
    monitor = monitor_of(ask(plain, "GET", "Customers/$count", prefer=LATER))
    assert ask(plain, "POST", monitor, {}).headers["Allow"] == "GET, HEAD, DELETE"
    assert ask(plain, "OPTIONS", monitor).headers["Allow"] == "GET, HEAD, DELETE, OPTIONS"


def test_the_preference_is_not_applied_where_too_many_answers_are_kept(file: str) -> None:
    with service_of(shop_schema(), Settings(limits=Limits(max_jobs=1)), file) as service:
        kept = monitor_of(ask(service, "GET", "Customers/$count", prefer=LATER))
        final(service, kept)
        at_once = ask(service, "GET", "Customers/$count", prefer=LATER)
        assert (at_once.status, at_once.body, at_once.headers.get("Preference-Applied")) == (200, b"0", None)
        assert ask(service, "DELETE", kept).status == 204
        assert ask(service, "GET", "Customers/$count", prefer=LATER).status == 202


def test_answers_are_kept_for_as_long_as_it_is_said(file: str) -> None:
    with service_of(shop_schema(), Settings(async_seconds=0), file) as service:
        assert ask(service, "GET", "Customers/$count", prefer=LATER).status == 200
    with service_of(shop_schema(), Settings(async_seconds=1), file) as service:
        monitor = monitor_of(ask(service, "GET", "Customers/$count", prefer=LATER))
        deadline = monotonic() + 20
        while ask(service, "GET", monitor).status != 404:
            assert monotonic() < deadline, "it is kept for too long"
            sleep(0.05)


def test_an_answer_that_is_too_long_is_not_kept(file: str) -> None:
    with service_of(shop_schema(), Settings(limits=Limits(max_result_bytes=20)), file) as service:
        done = final(service, monitor_of(ask(service, "GET", "Customers", prefer=LATER)), accept="application/json")
        assert (done.headers["AsyncResult"], done.error["code"]) == ("507", "InsufficientStorage")
        assert "--max-result-bytes" in done.error["message"]


def test_a_database_in_memory_answers_at_once() -> None:
    with service_of(shop_schema()) as service:
        assert ask(service, "GET", "Customers/$count", prefer=LATER).status == 200


def test_the_metadata_tell_whether_requests_are_answered_later(file: str) -> None:
    shown = {}
    for seconds in (0, 60):
        with service_of(shop_schema(), Settings(async_seconds=seconds), file) as service:
            body = ask(service, "GET", "$metadata").body
            shown[seconds] = b'AsynchronousRequestsSupported" Bool="true"' in body
    assert shown == {0: False, 60: True}


@pytest.mark.parametrize("name", ["callback", "odata.callback"])
def test_an_allowed_host_is_called_when_a_request_is_answered(file: str, name: str) -> None:
    with listening() as (host, heard), service_of(shop_schema(), Settings(callback_hosts=(host,)), file) as service:
        prefer = f'{LATER}, {name}; url="http://{host}/done?a=1,2"'
        answer = ask(service, "GET", "Customers/$count", prefer=prefer)
        assert answer.headers["Preference-Applied"] == prefer
        assert heard.get(timeout=20) == "/done?a=1,2"
        assert ask(service, "GET", monitor_of(answer), accept="*/*").body == b"0"


def test_other_hosts_are_not_called(plain: Service) -> None:
    answer = ask(plain, "GET", "Customers/$count", prefer=f'{LATER}, callback; url="http://127.0.0.1:9/"')
    assert answer.headers["Preference-Applied"] == LATER
    final(plain, monitor_of(answer))
