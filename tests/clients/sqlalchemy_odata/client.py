"""sqlalchemy-odata, by which Superset reads: what it saw of two services, as one JSON object."""

# mypy: ignore-errors
# Types of the client are known where it is installed alone.

import sys
from urllib.parse import urlsplit

from features import feature, report
from sqlalchemy import MetaData, Table, create_engine, func, inspect, select, text

root, shop_root = (urlsplit(url).netloc for url in sys.argv[1:])
engine, shop = create_engine(f"odata://{root}"), create_engine(f"odata://{shop_root}")


def rows(statement: str, on: object = engine) -> list[list[object]]:
    with on.connect() as connection:
        return [list(row) for row in connection.execute(text(statement))]


def metadata() -> list[object]:
    """The tables as Superset shows them, with the types of their columns."""
    found = inspect(shop)
    columns = {column["name"]: str(column["type"]) for column in found.get_columns("orders")}
    return [inspect(engine).get_table_names(), found.get_table_names(), columns, found.has_table("nothing")]


def aggregate() -> list[list[object]]:
    """A statement of SQLAlchemy's own over a table that it has looked up."""
    orders = Table("orders", MetaData(), autoload_with=shop)
    total = func.sum(orders.c.total)
    with shop.connect() as connection:
        statement = select(orders.c.customer_id, total).group_by(orders.c.customer_id).order_by(orders.c.customer_id)
        return [[name, float(number)] for name, number in connection.execute(statement)]


def along() -> list[list[object]]:
    return rows(
        "SELECT c.name, count(*) FROM customers c JOIN orders o ON o.customer_id = c.customer_id"
        " WHERE o.paid GROUP BY c.name ORDER BY c.name",
        shop,
    )


def dates() -> list[object]:
    """Instants are compared as they are shown, and have a zone."""
    after = "SELECT id, cosmosCreatedDateTimeUTC FROM Customers WHERE cosmosCreatedDateTimeUTC > '2024-01-11'"
    return [[name, instant.isoformat()] for name, instant in rows(after)]


feature("v4-metadata", metadata)
feature("v4-read", lambda: rows("SELECT displayName, contractType, isDeleted, domain FROM Customers WHERE id = 'c01'"))
feature("v4-filter", lambda: rows("SELECT id FROM Customers WHERE contractType = 1 AND displayName LIKE '%1%'"))
feature("v4-dates", dates)
feature("v4-sort", lambda: rows("SELECT id FROM Customers ORDER BY displayName DESC LIMIT 3"))
feature("v4-count", lambda: rows("SELECT count(*) FROM Customers"))
feature("v4-page", lambda: rows("SELECT count(*), count(DISTINCT order_id), sum(order_id) FROM orders", shop))
feature("v4-aggregate", aggregate)
feature("v4-along", along)
report()
