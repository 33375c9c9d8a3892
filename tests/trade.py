"""The trade of tests/models/sales.xml: what was sold, to whom and where."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from odata_service.edm.model import Schema
from odata_service.edm.values import PrimitiveValue
from odata_service.service import Call, Entities, Entity, Service
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import upsert_rows
from tests.asking import ask
from tests.standing import standing_service

Row = tuple[PrimitiveValue | None, ...]

CATEGORIES: list[Row] = [("PG1", "Food"), ("PG2", "Non-Food")]
PRODUCTS: list[Row] = [
    ("P1", "Sugar", "White", Decimal("0.06"), "PG1"),
    ("P2", "Coffee", "Brown", Decimal("0.06"), "PG1"),
    ("P3", "Paper", "White", Decimal("0.14"), "PG2"),
    ("P4", "Pencil", "Black", Decimal("0.14"), "PG2"),
]
CUSTOMERS: list[Row] = [
    ("C1", "Joe", "USA"),
    ("C2", "Sue", "USA"),
    ("C3", "Sue", "Netherlands"),
    ("C4", "Luc", "France"),
]
OFFICES: list[Row] = [
    ("Sales", "Corporate Sales", None),
    ("US", "US", "Sales"),
    ("US West", "US West", "US"),
    ("US East", "US East", "US"),
    ("EMEA", "EMEA", "Sales"),
    ("EMEA Central", "EMEA Central", "EMEA"),
]
SALES: list[Row] = [
    (1, Decimal(1), 3, "2022-01-03", "C1", "P3", "US West"),
    (2, Decimal(2), 1, "2022-04-10", "C1", "P1", "US West"),
    (3, Decimal(4), None, "2022-08-07", "C1", "P2", "US West"),
    (4, Decimal(8), 2, "2022-01-03", "C2", "P2", "US East"),
    (5, Decimal(4), 2, "2022-11-09", "C2", "P3", "US East"),
    (6, Decimal(2), 5, "2022-04-01", "C3", "P1", "EMEA Central"),
    (7, Decimal(1), 7, "2022-08-06", "C3", "P3", "EMEA Central"),
    (8, Decimal(2), None, "2022-11-22", "C3", "P3", "EMEA Central"),
]


COLUMNS = {
    "Categories": ("ID", "Name"),
    "Products": ("ID", "Name", "Color", "TaxRate", "CategoryID"),
    "Customers": ("ID", "Name", "Country"),
    "Offices": ("ID", "Name", "SuperordinateID"),
    "Sales": ("ID", "Amount", "Pieces", "Sold", "CustomerID", "ProductID", "OfficeID"),
}


def fill(service: Service, sales: list[Row] = SALES) -> None:
    """Puts everything into an empty service; `sales` in the order of their columns."""
    store = service.store
    assert isinstance(store, DatabaseStore)
    rows = (CATEGORIES, PRODUCTS, CUSTOMERS, OFFICES, sales)
    with store.transaction():
        for (target, columns), known in zip(COLUMNS.items(), rows, strict=True):
            upsert_rows(store, target, columns, known)


@contextmanager
def trading(
    family: str, schema: Callable[[], Schema], prepare: Callable[[Service], None] = lambda _: None
) -> Iterator[Service]:
    """A service over all of it, and over nothing else; `prepare` tells the service what code does."""
    with standing_service(family, schema) as service:
        prepare(service)
        fill(service)
        yield service


def rows(service: Service, target: str) -> list[dict[str, Any]]:
    """The instances that a service answers, without control information."""
    answer = ask(service, "GET", target, accept="application/json;odata.metadata=none")
    assert answer.status == 200, answer.body
    return answer.values


def median(values: list[Decimal]) -> Decimal:
    """The value in the middle, or the mean of the two that stand there."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def last_of(values: list[str]) -> str:
    """The greatest text by its last letter."""
    return max(values, key=lambda text: (text[-1:], text))


def top(call: Call, sales: Entities, count: int = 1) -> list[Entity]:
    """The sales of the greatest amounts."""
    return sales.read(f"$orderby=Amount desc,ID&$top={count}")


def buyers(call: Call, sales: Entities) -> list[dict[str, object]]:
    """The customers of sales, by their keys."""
    return [{"ID": key} for key in sorted({sale["CustomerID"] for sale in sales} - {None}, reverse=True)]


def shares(call: Call, sales: Entities) -> list[dict[str, object]]:
    """How much of the whole amount each country has bought."""
    found = list(sales)
    whole = sum(sale["Amount"] for sale in found)
    known = {customer["ID"]: customer["Country"] for customer in call.read("Customers")}
    return [
        {
            "Country": country,
            "Percent": round(sum(sale["Amount"] for sale in own) * 100 / whole, 1),
            "During": {"First": min(sale["Sold"] for sale in own), "Last": max(sale["Sold"] for sale in own)},
            "Buyers": sorted({sale["CustomerID"] for sale in own}),
        }
        for country in sorted(set(known.values()))
        if (own := [sale for sale in found if known.get(sale["CustomerID"]) == country])
    ]


def ranked(call: Call, sales: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
    """The countries that instances are of, which transformations may have made, in the order of their totals."""
    ordered = sorted(sales, key=lambda one: one["total"], reverse=True)
    return [{"Country": one["Customer"]["Country"], "Percent": one["total"], "Buyers": []} for one in ordered]


def register(service: Service) -> None:
    """Functions that may stand among transformations, aggregation methods in Python and SQL, and a custom aggregate."""
    for name, body in (("Top", top), ("Buyers", buyers), ("Shares", shares), ("Ranked", ranked)):
        service.function(f"trade.{name}")(body)
    service.aggregation_method("trade.Median")(median)
    service.aggregation_method("trade.Last")(last_of)
    service.aggregation_method("trade.Least", sql="min({0})")
    service.aggregation_method("trade.Mean", takes=float, gives=float, sql={"postgresql": "avg({0})"})(
        lambda values: sum(values) / len(values)
    )
    service.custom_aggregate("Sales", "Forecast", expression="Amount mul 1.5 with sum")
