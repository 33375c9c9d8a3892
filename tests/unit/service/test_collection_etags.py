"""Conditional GET of collections, where the log of changes tells their versions (Protocol 8.2.5, 8.3.1)."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from time import sleep

import psycopg
import pytest

from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from tests.asking import ask, service_of
from tests.models import shop_schema
from tests.servers import FAMILIES, database_url

TRACKED = Settings(track_changes=True, collection_etags=True)


def wait_for_others(service: Service, family: str) -> None:
    """Waits until transactions that are under way on a server of PostgreSQL have ended: its ETags tell of them."""
    if family == "postgresql":
        assert isinstance(service.store, DatabaseStore)
        connection = service.store.connection()
        [[next_number]] = connection.execute("SELECT txid_snapshot_xmax(txid_current_snapshot())").fetchall()
        assert isinstance(next_number, int)
        ended = "SELECT txid_snapshot_xmin(txid_current_snapshot()) >= %s"
        while connection.execute(ended, (next_number,)).fetchall() != [(True,)]:
            sleep(0.005)


@pytest.fixture(params=FAMILIES)
def shop(request: pytest.FixtureRequest) -> Iterator[Service]:
    """A customer with one order, both tracked."""
    with database_url(request.param) as url, service_of(shop_schema(), TRACKED, url) as made:
        assert ask(made, "POST", "Customers", {"id": "a", "orders": [{"number": 1}]}).status == 201
        wait_for_others(made, request.param)
        yield made


@pytest.mark.parametrize(
    ("target", "change", "other"),
    [
        ("Customers", "Customers('a')", "Orders(1)"),
        ("Customers?$select=id&$expand=orders", "Orders(1)", None),
        ("Customers?$filter=orders/any(o:o/title eq 'x')", "Orders(1)", None),
        ("Customers('a')/orders?$orderby=title&$top=1", "Orders(1)", None),
        ("Orders?$orderby=customer/displayName", "Customers('a')", None),
    ],
)
def test_a_collection_has_an_etag_until_something_in_it_changes(
    shop: Service, target: str, change: str, other: str | None
) -> None:
    tag = ask(shop, "GET", target).headers["ETag"]
    if other is not None:
        assert ask(shop, "PATCH", other, {}).status == 200
    same = ask(shop, "GET", target, if_none_match=tag)
    assert (same.status, same.body, same.headers["ETag"]) == (304, b"", tag)
    assert ask(shop, "HEAD", target, if_none_match=f'"x", {tag}').status == 304
    assert ask(shop, "PATCH", change, {}).status == 200
    fresh = ask(shop, "GET", target, if_none_match=tag)
    assert fresh.status == 200 and fresh.headers["ETag"] != tag
    assert ask(shop, "GET", target, if_match=tag).status == 412


@pytest.mark.parametrize("shop", ["sqlite"], indirect=True)
def test_an_unchanged_collection_is_not_read(shop: Service) -> None:
    tag = ask(shop, "GET", "Orders").headers["ETag"]
    assert isinstance(shop.store, DatabaseStore)
    connection = shop.store.connection()
    assert isinstance(connection, sqlite3.Connection)
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    assert ask(shop, "GET", "Orders", if_none_match=tag).status == 304
    assert len(statements) == 1 and 'max("odata-position")' in statements[0]


def check_what_is_committed_late(
    shop: Service, family: str, transaction: AbstractContextManager[object], change: Callable[[], object]
) -> None:
    """A change of the first order is another state where it is committed behind the creation of the second."""
    assert ask(shop, "POST", "Orders", {"number": 1}).status == 201
    wait_for_others(shop, family)
    with transaction:
        change()
        assert ask(shop, "POST", "Orders", {"number": 2}).status == 201
        before = ask(shop, "GET", "Orders")
        assert ask(shop, "GET", "Orders", if_none_match=before.headers["ETag"]).status == 304
    wait_for_others(shop, family)
    later = ask(shop, "GET", "Orders", if_none_match=before.headers["ETag"])
    assert (before.column("title"), later.status, later.column("title")) == ([None, None], 200, ["late", None])
    assert ask(shop, "GET", "Orders", if_none_match=later.headers["ETag"]).status == 304


def test_what_is_committed_behind_later_changes_is_another_state() -> None:
    with database_url("postgresql") as url, service_of(shop_schema(), TRACKED, url) as shop:
        slow = psycopg.connect(url)
        check_what_is_committed_late(
            shop, "postgresql", slow, lambda: slow.execute('UPDATE "Orders" SET title = %s', ("late",))
        )


def three(stack: ExitStack) -> tuple[Service, DatabaseStore, DatabaseStore]:
    """A service over a database of MariaDB, and two other stores over the same one."""
    url = stack.enter_context(database_url("mariadb"))
    made = [stack.enter_context(service_of(shop_schema(), TRACKED, url)) for _ in range(3)]
    _, second, third = (one.store for one in made)
    assert isinstance(second, DatabaseStore) and isinstance(third, DatabaseStore)
    return made[0], second, third


def test_what_is_committed_late_in_mariadb_is_another_state() -> None:
    with ExitStack() as stack:
        shop, slow, _ = three(stack)
        late = "UPDATE `Orders` SET title = 'late' WHERE number = 1"
        check_what_is_committed_late(shop, "mariadb", slow.transaction(), lambda: slow.connection().execute(late))


def test_workers_that_have_counted_up_to_different_places_say_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odata_service.storage.counted_logs._MOST_BEHIND", 3)
    with ExitStack() as stack:
        shop, store, slow = three(stack)
        other = Service(shop.schema, store, TRACKED)
        for number in range(6):
            assert ask(shop, "POST", "Orders", {"number": number}).status == 201
        tags = [ask(shop, "GET", "Orders").headers["ETag"] for _ in range(2)]
        with slow.transaction():
            slow.connection().execute("UPDATE `Orders` SET title = 'x' WHERE number = 1")
            tags += [ask(other, "GET", "Orders").headers["ETag"] for _ in range(2)]
            assert len(set(tags)) == 1
        after = [ask(one, "GET", "Orders").headers["ETag"] for one in (shop, other, shop, other)]
        assert len(set(after)) == 1 and set(after).isdisjoint(tags)
        (log,) = store.connection().execute("SHOW TABLES LIKE 'Orders-changes-%'").fetchall()[0]
        store.connection().execute(f"DELETE FROM `{log}` ORDER BY `odata-position` LIMIT 2")
        shortened = [ask(one, "GET", "Orders").headers["ETag"] for one in (shop, other, shop)]
        assert len(set(shortened)) == 1 and set(shortened).isdisjoint(after)


def test_what_a_group_of_changes_sees_of_a_log_is_forgotten_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("odata_service.storage.counted_logs._MOST_BEHIND", 1)
    with ExitStack() as stack:
        shop, store, _ = three(stack)
        for number in range(4):
            assert ask(shop, "POST", "Orders", {"number": number}).status == 201
        requests: list[dict[str, object]] = [
            {"id": "1", "method": "patch", "url": "Orders(1)", "body": {"title": "x"}},
            {"id": "2", "method": "get", "url": "Orders"},
            {"id": "3", "method": "delete", "url": "Orders(99)"},
        ]
        batch = {"requests": [{**one, "atomicityGroup": "g"} for one in requests]}
        failed = ask(shop, "POST", "$batch", batch).json["responses"]
        assert [one["status"] for one in failed] == [424, 424, 404]
        services = (shop, Service(shop.schema, store, TRACKED))
        assert len({ask(one, "GET", "Orders").headers["ETag"] for one in services}) == 1


@pytest.mark.parametrize(
    "target",
    [
        "Photos",
        "Customers?$filter=createdDateTime lt now()",
        "Orders?$apply=aggregate($count as n)",
        "$crossjoin(Customers,Orders)",
        "TopCustomers()",
    ],
)
def test_what_else_changes_a_result_leaves_it_without_etag(shop: Service, target: str) -> None:
    assert "ETag" not in ask(shop, "GET", target).headers


def test_where_nothing_is_written_down_or_callers_differ_there_is_no_etag() -> None:
    for settings in (Settings(track_changes=True), Settings(track_changes=False, collection_etags=True)):
        with service_of(shop_schema(), settings) as untracked:
            assert "ETag" not in ask(untracked, "GET", "Orders").headers
    with service_of(shop_schema(), TRACKED) as ruled:
        ruled.rows("Orders")(lambda principal: "number gt 1")
        assert "ETag" not in ask(ruled, "GET", "Orders").headers
