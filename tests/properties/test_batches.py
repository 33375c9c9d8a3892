"""Change sets and atomicity groups on each database: all of them, or every table as it was."""

from collections.abc import Iterator
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odata_service.service import Service
from odata_service.sql.wanted import wanted_tables
from odata_service.storage import DatabaseStore
from odata_service.storage.driver import Row
from tests.asking import ask, service_of
from tests.batches import change_set, divided, http, in_json, multipart, send
from tests.conformance.rows import fill
from tests.models import shop_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

Change = tuple[str, str, object]

CHANGES: tuple[Change, ...] = (
    ("POST", "Customers", {"id": "new", "displayName": "New", "tags": ["x"]}),
    ("PATCH", "Customers('a')", {"displayName": "Changed", "address": {"city": "Ulm"}}),
    ("PUT", "Customers('fresh')", {"displayName": "Upserted"}),
    ("PATCH", "Customers/$each", {"contractType": 9}),
    ("DELETE", "Customers('d')", None),
    ("DELETE", "Orders(1)", None),
    ("PUT", "Orders(4)/customer/$ref", {"@odata.id": "Customers('c')"}),
    ("POST", "Customers('b')/orders/$ref", {"@odata.id": "Orders(5)"}),
    ("PUT", "Photos(1)/$value", "new bytes"),
    ("DELETE", "Photos(1)", None),
)
FAILURES: tuple[Change, ...] = (
    ("POST", "Customers", {"id": "b"}),
    ("PATCH", "Customers('b')", {"displayName": 5}),
    ("DELETE", "Customers('nobody')", None),
    ("POST", "Customers('nobody')/orders/$ref", {"@odata.id": "Orders(5)"}),
    ("PUT", "Photos(99)/$value", "x"),
    ("PATCH", "$unknown", {}),
)


SOME = st.lists(st.sampled_from(CHANGES), max_size=6, unique_by=lambda change: change[:2])


@pytest.fixture(scope="module", params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, shop_schema) as service:
        fill(service)
        yield service


@pytest.fixture(scope="module")
def noisy() -> Iterator[Service]:
    with service_of(shop_schema()) as service:
        yield service


def tables(service: Service) -> dict[str, set[Row]]:
    """All rows of all tables."""
    store = service.store
    assert isinstance(store, DatabaseStore)
    quoted, connection = store.mapping.family.dialect.quoted, store.connection()
    names = [table.name for table in wanted_tables(store.mapping)]
    return {name: set(connection.execute(f"SELECT * FROM {quoted(name)}").fetchall()) for name in names}


def part(change: Change) -> str:
    """A change as a part of a change set."""
    method, url, body = change
    headers = "Content-Type: image/png\r\n" if isinstance(body, str) else ""
    return http(f"{method} {url}", body, headers)


def member(change: Change) -> dict[str, object]:
    """A change as a request of an atomicity group."""
    method, url, body = change
    headers = {"content-type": "image/png"} if isinstance(body, str) else {}
    text = "bmV3" if isinstance(body, str) else body
    return {"atomicityGroup": "g", "method": method, "url": url, "headers": headers, "body": text}


@settings(max_examples=60, deadline=None)
@given(changes=SOME, failing=st.sampled_from(FAILURES))
def test_what_fails_leaves_every_table_as_it_was(shop: Service, changes: list[Change], failing: Change) -> None:
    before = tables(shop)
    (failed,) = multipart(shop, change_set(*map(part, changes), part(failing), part(CHANGES[0])))
    assert 400 <= failed.status < 500, failed
    assert tables(shop) == before
    answers = in_json(shop, *map(member, changes), member(failing), member(CHANGES[0]))
    assert all(400 <= answer["status"] < 500 for answer in answers)
    assert sum(answer["status"] != 424 for answer in answers) <= 1
    assert tables(shop) == before


BATCH = divided("b", http("GET Customers", content_id="1"), change_set(http("POST $1", {"id": "$1"}))).encode()
JSON = b'{"requests":[{"id":"1","method":"get","url":"Customers"},{"id":"2","dependsOn":["1"],"if":"$1/x eq 1"}]}'
TYPES = ("multipart/mixed;boundary=b", "application/json")


@settings(max_examples=300, deadline=None)
@given(noise=st.binary(max_size=30), place=st.integers(0, 400), cut=st.integers(0, 40), kind=st.sampled_from(TYPES))
def test_noise_is_never_a_fault(noisy: Service, noise: bytes, place: int, cut: int, kind: str) -> None:
    whole = JSON if kind == "application/json" else BATCH
    body = whole[:place] + noise + whole[place + cut :]
    answer = send(noisy, body, kind, prefer="continue-on-error")
    assert answer.status in {200, 400}
    assert isinstance(answer.body, bytes)
    assert b"HTTP/1.1 5" not in answer.body
    assert b'"status":5' not in answer.body


LONG = 60_000


@pytest.mark.parametrize(
    "header",
    [
        f"Prefer: ({' ' * LONG}(",
        f'Accept: {"a" * (LONG // 2)}"{"b" * (LONG // 2)}',
        f"If-Match: {'W/' * (LONG // 2)}",
        f"Content-ID: {'x' * LONG}",
        f"OData-MaxVersion: {'4' * LONG}",
        f"Content-Type: application/json{'; ' * (LONG // 2)}",
    ],
    ids=lambda header: header.partition(":")[0],
)
def test_long_headers_take_no_time(noisy: Service, header: str) -> None:
    started = process_time()
    lines = ("PATCH Customers('a')", f"GET Customers{' ' * LONG}x", f"GET{' ' * LONG}")
    parts = multipart(noisy, *(http(line, headers=f"{header}\r\n") for line in lines), prefer="continue-on-error")
    assert all(200 <= part.status < 500 for part in parts)
    assert process_time() - started < 2


def test_what_succeeds_is_all_there(shop: Service) -> None:
    (done,) = multipart(shop, change_set(*map(part, CHANGES)))
    assert [found.status for found in done.parts] == [201, 200, 201, 200, 204, 204, 204, 204, 204, 204]
    assert ask(shop, "GET", "Customers?$orderby=id").column("id") == ["a", "b", "c", "e's/x", "fresh", "new"]
    assert ask(shop, "GET", "Customers/$count?$filter=contractType eq 9").body == b"6"
    assert ask(shop, "GET", "Customers('b')/orders").column("number") == [5]
    assert ask(shop, "GET", "Photos").values == []
