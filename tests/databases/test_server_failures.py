"""What a server can do to a service: connections that end, locks that stay, rights that are missing."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Barrier, Thread

import pytest

from odata_service.errors import Unavailable
from odata_service.service import Service
from odata_service.storage import DatabaseStore, open_store
from odata_service.storage.bulk import upsert_rows
from odata_service.storage.failures import ConnectionLost
from tests.asking import ask, service_of
from tests.models import partners_schema, sales_schema
from tests.servers import database_url

NUMBER = {"postgresql": "SELECT pg_backend_pid()", "mariadb": "SELECT CONNECTION_ID()"}
END = {"postgresql": "SELECT pg_terminate_backend({})", "mariadb": "KILL CONNECTION {}"}
IMPATIENT = {"postgresql": "SET lock_timeout = 100", "mariadb": "SET SESSION innodb_lock_wait_timeout = 1"}
READ_ONLY = {
    "postgresql": "SET default_transaction_read_only = on",
    "mariadb": "SET SESSION TRANSACTION READ ONLY",
}


@pytest.fixture(params=["postgresql", "mariadb"])
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with database_url(request.param) as made:
        yield made


@pytest.fixture
def service(url: str) -> Iterator[Service]:
    """Two partners."""
    with service_of(partners_schema(), url=url) as made:
        load(store_of(made), ("p1", "One"), ("p2", "Two"))
        yield made


def store_of(service: Service) -> DatabaseStore:
    assert isinstance(service.store, DatabaseStore)
    return service.store


def load(store: DatabaseStore, *rows: tuple[str, str]) -> None:
    with store.transaction():
        upsert_rows(store, "Partners", ("id", "name"), rows)


@contextmanager
def another(url: str) -> Iterator[DatabaseStore]:
    """The store that another process would have."""
    store = open_store(url, partners_schema())
    try:
        yield store
    finally:
        store.close()


def end_connection(service: Service, url: str) -> None:
    """Ends the service's connection from another one."""
    store = store_of(service)
    family = store.mapping.family.name
    number = store.connection().execute(NUMBER[family]).fetchone()
    assert number is not None
    with another(url) as other:
        other.connection().execute(END[family].format(number[0])).fetchall()


def test_a_read_goes_on_over_another_connection(service: Service, url: str) -> None:
    end_connection(service, url)
    assert ask(service, "GET", "Partners?$orderby=id").column("id") == ["p1", "p2"]


def test_a_write_goes_on_over_another_connection(service: Service, url: str) -> None:
    end_connection(service, url)
    assert ask(service, "POST", "Partners", {"id": "p3", "name": "Three"}).status == 201


def test_a_transaction_whose_connection_ended_leaves_nothing(service: Service, url: str) -> None:
    store = store_of(service)
    with pytest.raises(ConnectionLost), store.transaction():
        upsert_rows(store, "Partners", ("id", "name"), [("lost", "x")])
        end_connection(service, url)
        upsert_rows(store, "Partners", ("id", "name"), [("lost too", "x")])
    assert ask(service, "GET", "Partners?$orderby=id").column("id") == ["p1", "p2"]


def test_a_lock_that_stays_answers_503(service: Service, url: str) -> None:
    store = store_of(service)
    store.connection().execute(IMPATIENT[store.mapping.family.name])
    with another(url) as other, other.transaction():
        upsert_rows(other, "Partners", ("id", "name"), [("p1", "taken")])
        answer = ask(service, "PATCH", "Partners('p1')", {"name": "mine"})
        assert (answer.status, answer.error["code"], answer.headers["Retry-After"]) == (503, "Unavailable", "1")
    assert ask(service, "PATCH", "Partners('p1')", {"name": "mine"}).status == 200


def test_of_two_changes_that_lock_each_other_out_one_is_run_again(service: Service, url: str) -> None:
    meeting, runs = Barrier(2), []

    def change(store: DatabaseStore, first: str, second: str) -> None:
        with store.transaction():
            runs.append(first)
            upsert_rows(store, "Partners", ("id", "name"), [(first, f"by {first}")])
            if runs.count(first) == 1:
                meeting.wait(10)
            upsert_rows(store, "Partners", ("id", "name"), [(second, f"by {first}")])

    def run_beside() -> None:
        with another(url) as other:
            other.retried(lambda: change(other, "p2", "p1"))

    beside = Thread(target=run_beside)
    beside.start()
    store_of(service).retried(lambda: change(store_of(service), "p1", "p2"))
    beside.join()
    assert sorted(runs) in (["p1", "p1", "p2"], ["p1", "p2", "p2"])
    one, other = ask(service, "GET", "Partners?$orderby=id").column("name")
    assert one == other


def test_change_sets_in_opposite_order_are_run_again_or_told_to_wait(service: Service, url: str) -> None:
    rounds, answers = 6, list[tuple[int, str | None]]()

    def send(target: Service, *keys: str) -> None:
        for number in range(rounds):
            requests = [
                {"id": key, "atomicityGroup": "g", "method": "PATCH", "url": f"Partners('{key}')", "body": {"name": n}}
                for key, n in ((key, f"{keys[0]} {number}") for key in keys)
            ]
            parts = ask(target, "POST", "$batch", {"requests": requests}).json["responses"]
            found = next((part for part in parts if part["status"] not in {200, 424}), parts[0])
            answers.append((found["status"], found["headers"].get("retry-after")))

    def send_beside() -> None:
        with service_of(partners_schema(), url=url) as other:
            send(other, "p2", "p1")

    beside = Thread(target=send_beside)
    beside.start()
    send(service, "p1", "p2")
    beside.join()
    assert len(answers) == 2 * rounds
    assert set(answers) <= {(200, None), (503, "1")}
    assert answers.count((200, None)) > rounds
    one, other = ask(service, "GET", "Partners?$orderby=id").column("name")
    assert one == other


def test_a_database_that_takes_no_changes_answers_503_and_is_read(service: Service) -> None:
    store = store_of(service)
    store.connection().execute(READ_ONLY[store.mapping.family.name])
    answer = ask(service, "POST", "Partners", {"id": "p3", "name": "x"})
    assert (answer.status, answer.headers["Retry-After"]) == (503, "10")
    assert ask(service, "GET", "Partners/$count").body == b"2"


def test_a_server_that_is_away_answers_503_and_says_so_at_ready(url: str) -> None:
    scheme = url.partition("://")[0]
    store = open_store(f"{scheme}://nobody@127.0.0.1:9/none", partners_schema())
    assert store.ready() is not None
    with pytest.raises(Unavailable, match="cannot be used at present"):
        store.create()


def test_a_text_that_mariadb_gives_up_on_is_no_text_that_does_not_match() -> None:
    given_up = "matchesPattern(Name,'^.*a.*a.*[bc]$')"
    with database_url("mariadb") as url, service_of(sales_schema(), url=url) as service:
        for key, name in (("C1", "a" * 200 + "b"), ("C2", "Two")):
            assert ask(service, "POST", "Customers", {"ID": key, "Name": name}).status == 201
        assert ask(service, "GET", f"Customers?$filter={given_up}").column("ID") == ["C1"]
        assert ask(service, "POST", "Customers", {"ID": "C3", "Name": "a" * 900}).status == 201
        answer = ask(service, "GET", f"Customers?$filter={given_up}")
        assert (answer.status, answer.error["code"]) == (400, "LimitExceeded")
        by_code = "matchesPattern(Name,'^(?:a%2B|T)%2B[bw]')"
        assert ask(service, "GET", f"Customers?$filter={by_code}&$orderby=ID").column("ID") == ["C1", "C2"]
        assert ask(service, "GET", f"Customers/$count?$filter=not {by_code}").body == b"1"
