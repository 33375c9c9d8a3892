"""sqlalchemy-odata, the way of Superset: SQL over a service of customers, and over one of a database with many rows."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.clients.installed import directory_of, seen_by
from tests.serving import served

pytestmark = pytest.mark.clients

ORDERS = """
CREATE TABLE customers (customer_id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE orders (
  order_id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL REFERENCES customers,
  total DECIMAL(8, 2), placed TIMESTAMP, day DATE, paid BOOLEAN NOT NULL
);
INSERT INTO customers VALUES (1, 'Ada'), (2, 'Bo');
WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < 1200)
INSERT INTO orders
  SELECT number, 1 + number % 2, number + 0.5, '2024-05-06 07:08:09', '2024-05-06', number % 3 = 0 FROM numbers;
"""
COLUMNS = {
    "order_id": "BIGINT",
    "customer_id": "BIGINT",
    "total": "NUMERIC",
    "placed": "DATETIME",
    "day": "TEXT",
    "paid": "BOOLEAN",
}
SEEN: dict[str, Any] = {
    "v4-metadata": [["Customers"], ["customers", "orders"], COLUMNS, False],
    "v4-read": [["Name 1", 1, False, None]],
    "v4-filter": [["c01"]],
    "v4-dates": [["c11", "2024-01-11T10:00:00+00:00"], ["c12", "2024-01-12T10:00:00+00:00"]],
    "v4-sort": [["c09"], ["c08"], ["c07"]],
    "v4-count": [[12]],
    "v4-page": [[1200, 1200, 720600]],
    "v4-aggregate": [[1, 360900.0], [2, 360300.0]],
    "v4-along": [["Ada", 200], ["Bo", 200]],
}


@pytest.fixture(scope="module")
def seen(customers: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    directory_of("sqlalchemy_odata")
    database: Path = tmp_path_factory.mktemp("orders") / "orders.db"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(ORDERS)
    with served(None, source=database) as (base_url, _):
        yield seen_by("sqlalchemy_odata", customers, base_url)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
