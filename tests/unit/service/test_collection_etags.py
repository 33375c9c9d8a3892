"""Conditional GET of collections, where the log of changes tells their versions (Protocol 8.2.5, 8.3.1)."""

import sqlite3
from collections.abc import Iterator

import pytest

from odata_service.service import Service
from odata_service.settings import Settings
from odata_service.storage import DatabaseStore
from tests.asking import ask, service_of
from tests.models import shop_schema

TRACKED = Settings(track_changes=True, collection_etags=True)


@pytest.fixture
def shop() -> Iterator[Service]:
    """A customer with one order, both tracked."""
    with service_of(shop_schema(), TRACKED) as made:
        assert ask(made, "POST", "Customers", {"id": "a", "orders": [{"number": 1}]}).status == 201
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


def test_an_unchanged_collection_is_not_read(shop: Service) -> None:
    tag = ask(shop, "GET", "Orders").headers["ETag"]
    assert isinstance(shop.store, DatabaseStore)
    connection = shop.store.connection()
    assert isinstance(connection, sqlite3.Connection)
    statements: list[str] = []
    connection.set_trace_callback(statements.append)
    assert ask(shop, "GET", "Orders", if_none_match=tag).status == 304
    assert len(statements) == 1 and 'max("odata-position")' in statements[0]


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
