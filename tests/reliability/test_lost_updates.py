"""Many clients change one entity at once: each change that is acknowledged is there, and no other (Protocol 11.4.1.1).

The condition and the change are one statement, so that of many that know the same state one finds it.
"""

import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import chain
from pathlib import Path
from typing import Annotated

import pytest

from odata_service import Call, Entity
from odata_service.service import Service
from odata_service.storage import DatabaseStore
from odata_service.storage.sqlite import SqliteDriver
from tests.asking import Answer, ask, service_of
from tests.batches import change_set, http, in_json, multipart
from tests.databases.asking import service_over
from tests.models import company_schema, partners_schema
from tests.servers import FAMILIES, database_url

CLIENTS = 16
CHANGES = 200
V401 = {"odata_version": "4.01"}


@pytest.fixture(params=FAMILIES)
def service(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Service]:
    """One partner, in a database that several connections can have."""
    with database_url(request.param) as made:
        url = f"sqlite:///{tmp_path / 'x.db'}" if request.param == "sqlite" else made
        with service_of(partners_schema(), url=url) as service:
            assert ask(service, "POST", "Partners", {"id": "p", "name": "0"}).status == 201
            yield service


def at_once(service: Service, change: Callable[[int], int], times: int) -> Counter[int]:
    """How often each status came back; each client has a connection of its own, and closes it."""

    def client(first: int) -> list[int]:
        try:
            wait_long(service)
            return [change(number) for number in range(first, times, CLIENTS)]
        finally:
            service.store.close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        return Counter(chain.from_iterable(clients.map(client, range(CLIENTS))))


def wait_long(service: Service) -> None:
    """On a busy machine sixteen writers of one file wait for longer than one does who asks for it."""
    store = service.store
    assert isinstance(store, DatabaseStore)
    if isinstance(store.driver, SqliteDriver):
        store.connection().execute("PRAGMA busy_timeout = 60000")


def tag_of(service: Service, path: str) -> str:
    return ask(service, "GET", path).headers["ETag"]


@pytest.mark.parametrize("body", ["name", "$value"])
def test_of_two_hundred_changes_of_one_state_one_wins(service: Service, body: str) -> None:
    tag = tag_of(service, "Partners('p')")

    def change(number: int) -> int:
        if body == "name":
            return ask(service, "PATCH", "Partners('p')", {"name": f"by {number}"}, if_match=tag).status
        raw = f"by {number}".encode()
        headers = {"content_type": "text/plain", "if_match": tag}
        return ask(service, "PUT", "Partners('p')/name/$value", raw, **headers).status

    found = at_once(service, change, CHANGES)
    won = 200 if body == "name" else 204
    assert found == {won: 1, 412: CHANGES - 1}
    assert ask(service, "GET", "Partners('p')").json["name"].startswith("by ")


def test_a_counter_counts_what_was_acknowledged(service: Service) -> None:
    def count_up(_: int) -> int:
        read = ask(service, "GET", "Partners('p')")
        body = {"name": str(int(read.json["name"]) + 1)}
        return ask(service, "PATCH", "Partners('p')", body, if_match=read.headers["ETag"]).status

    found = at_once(service, count_up, CHANGES)
    assert found[200] + found[412] == CHANGES
    assert ask(service, "GET", "Partners('p')").json["name"] == str(found[200])


@pytest.mark.parametrize("form", ["json", "multipart"])
def test_a_counter_counts_the_change_sets_that_were_acknowledged(service: Service, form: str) -> None:
    """Each counts up and adds an entity: those that lose leave none."""

    def count_up(number: int) -> int:
        read = ask(service, "GET", "Partners('p')")
        body, tag = {"name": str(int(read.json["name"]) + 1)}, read.headers["ETag"]
        added = {"id": f"by {number}", "name": "x"}
        if form == "multipart":
            patch = http("PATCH Partners('p')", body, f"If-Match: {tag}\r\n", "1")
            post = http("POST Partners", added, content_id="2")
            [part] = multipart(service, change_set(post, patch))
            return part.parts[-1].status if part.parts else part.status
        patched: dict[str, object] = {
            "method": "patch",
            "url": "Partners('p')",
            "headers": {"if-match": tag},
            "body": body,
        }
        posted: dict[str, object] = {"method": "post", "url": "Partners", "body": added}
        together = ({**one, "atomicityGroup": "all"} for one in (posted, patched))
        status: int = in_json(service, *together, **V401)[-1]["status"]
        return status

    found = at_once(service, count_up, CHANGES)
    assert found[200] + found[412] == CHANGES
    assert ask(service, "GET", "Partners('p')").json["name"] == str(found[200])
    assert ask(service, "GET", "Partners/$count").body == str(found[200] + 1).encode()


def test_of_many_relations_of_one_state_one_wins(service: Service) -> None:
    assert ask(service, "POST", "Customers", {"id": "c"}).status == 201
    for number in range(CLIENTS):
        assert ask(service, "POST", "Partners", {"id": f"p{number}", "name": "x"}).status == 201
    tag = tag_of(service, "Customers('c')")

    def relate(number: int) -> int:
        body = {"@odata.id": f"Partners('p{number % CLIENTS}')"}
        return ask(service, "PUT", "Customers('c')/partner/$ref", body, if_match=tag).status

    assert at_once(service, relate, 50) == {204: 1, 412: 49}


def test_of_many_actions_on_one_state_one_runs(service: Service) -> None:
    @service.action("contoso.sales.Rename", bound=True)
    def rename(call: Call, partner: Annotated[Entity, "contoso.sales.Partner"], number: int) -> None:
        call.update(partner, name=f"{partner['name']} {number}")

    tag = tag_of(service, "Partners('p')")

    def act(number: int) -> int:
        body = {"number": number}
        return ask(service, "POST", "Partners('p')/contoso.sales.Rename", body, if_match=tag).status

    assert at_once(service, act, 50) == {204: 1, 412: 49}
    assert len(ask(service, "GET", "Partners('p')").json["name"].split()) == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_of_many_streams_for_one_state_one_is_kept(tmp_path: Path, family: str) -> None:
    with database_url(family) as made:
        url = f"sqlite:///{tmp_path / 'x.db'}" if family == "sqlite" else made
        with service_of(company_schema(), url=url) as service:
            assert ask(service, "POST", "People", {"id": "ann"}).status == 201

            def put(number: int, **headers: str) -> Answer:
                body = f"portrait {number}".encode()
                return ask(service, "PUT", "People('ann')/portrait", body, content_type="image/png", **headers)

            assert at_once(service, lambda number: put(number, if_none_match="*").status, 30) == {204: 1, 412: 29}
            tag = tag_of(service, "People('ann')/portrait")
            assert at_once(service, lambda number: put(number, if_match=tag).status, 30) == {204: 1, 412: 29}


def test_of_many_creates_with_one_key_one_wins(service: Service) -> None:
    def create(number: int) -> int:
        return ask(service, "POST", "Partners", {"id": "q", "name": str(number)}).status

    assert at_once(service, create, 50) == {201: 1, 409: 49}


def test_no_writer_hears_of_the_locks_of_the_others(service: Service) -> None:
    def create(number: int) -> int:
        return ask(service, "POST", "Partners", {"id": f"n{number}", "name": str(number)}).status

    assert at_once(service, create, CHANGES) == {201: CHANGES}
    assert ask(service, "GET", "Partners/$count").body == str(CHANGES + 1).encode()


def test_of_many_deletes_one_wins(service: Service) -> None:
    tag = tag_of(service, "Partners('p')")
    found = at_once(service, lambda _: ask(service, "DELETE", "Partners('p')", if_match=tag).status, 50)
    assert found == {204: 1, 404: 49}


def test_the_row_of_a_table_of_others_has_one_winner_too(tmp_path: Path) -> None:
    """Such a table has no column for versions: the ETag is that of the row's values."""
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(
            "CREATE TABLE items (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO items VALUES (1, 'a')"
        )
    with service_over(path) as service:
        target = "items(1)"
        tag = tag_of(service, target)

        def change(number: int) -> int:
            return ask(service, "PATCH", target, {"name": f"by {number}"}, if_match=tag).status

        assert at_once(service, change, CHANGES) == {200: 1, 412: CHANGES - 1}


def headers_of(answer: Answer) -> tuple[int, str | None]:
    return answer.status, answer.headers.get("ETag")


def test_lists_and_the_star_are_conditions_too(service: Service) -> None:
    old = tag_of(service, "Partners('p')")
    new = ask(service, "PATCH", "Partners('p')", {"name": "1"}, if_match=old).headers["ETag"]
    strong = new.removeprefix("W/")
    assert ask(service, "PATCH", "Partners('p')", {"name": "2"}, if_match=f'{old}, "other"').status == 412
    assert ask(service, "PATCH", "Partners('p')", {"name": "3"}, if_match=f"{old}, {strong}").status == 200
    assert ask(service, "PATCH", "Partners('p')", {"name": "4"}, if_match="*").status == 200
    assert ask(service, "PATCH", "Partners('q')", {"name": "4"}, if_match="*").status == 412
    last = tag_of(service, "Partners('p')")
    read = ask(service, "GET", "Partners('p')", if_none_match=f"{old}, {last}")
    assert (headers_of(read), read.body) == ((304, last), b"")
    assert ask(service, "GET", "Partners('p')", if_none_match=old).status == 200
    assert ask(service, "GET", "Partners('p')", if_match=old).status == 412
