"""$apply over `$crossjoin`, over the trade of tests/trade.py, in each database."""

from decimal import Decimal

import pytest

from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Entity, Evaluation
from odata_service.semantics.evaluate_apply import transformed
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.url import parse_url
from tests.asking import ROOT, ask
from tests.trade import COLUMNS, PRODUCTS, SALES

BOTH = "$crossjoin(Sales,Products)"
SOLD = "filter(Sales/ProductID eq Products/ID)"


CASES: dict[str, tuple[str, list[dict[str, object]]]] = {
    "all combinations are counted": ("aggregate($count as n)", [{"n": 32}]),
    "groups by properties of one set aggregate those of another": (
        f"{SOLD}/groupby((Products/Name),aggregate(Sales/Amount with sum as s))",
        [
            {"Products": {"Name": "Coffee"}, "s": 12},
            {"Products": {"Name": "Paper"}, "s": 8},
            {"Products": {"Name": "Sugar"}, "s": 4},
        ],
    ),
    "combinations are ranked and computed with": (
        f"{SOLD}/topcount(2,Sales/Amount)/compute(Sales/Amount mul Products/TaxRate as x)/aggregate(x with sum as t)",
        [{"t": 0.72}],
    ),
    "paths go on to related entities": (
        f"{SOLD}/groupby((Products/Category/Name,Sales/Customer/Country),aggregate($count as n))/filter(n gt 1)",
        [
            {"Products": {"Category": {"Name": "Food"}}, "Sales": {"Customer": {"Country": "USA"}}, "n": 3},
            {"Products": {"Category": {"Name": "Non-Food"}}, "Sales": {"Customer": {"Country": "Netherlands"}}, "n": 2},
            {"Products": {"Category": {"Name": "Non-Food"}}, "Sales": {"Customer": {"Country": "USA"}}, "n": 2},
        ],
    ),
    "groups are rolled up": (
        f"{SOLD}/groupby((rollup(Products/Color,Products/Name)),aggregate($count as n))/filter(n gt 4)",
        [{"Products": {"Color": "White"}, "n": 6}],
    ),
    "combinations are nested": (
        f"{SOLD}/nest(topcount(1,Sales/Amount)/groupby((Products/Name)) as Best,aggregate($count as n) as All)",
        [{"Best": [{"Products": {"Name": "Coffee"}}], "All": [{"n": 8}]}],
    ),
    "groups of combinations nest": (
        f"{SOLD}/groupby((Products/Category/Name),nest(aggregate(Sales/Amount with sum as t) as Sum))",
        [
            {"Products": {"Category": {"Name": "Food"}}, "Sum": [{"t": 16}]},
            {"Products": {"Category": {"Name": "Non-Food"}}, "Sum": [{"t": 8}]},
        ],
    ),
    "aggregates are made from entities": (
        f"{SOLD}/aggregate(Sales/Amount with sum from Products with max as m)",
        [{"m": 12}],
    ),
    "all combinations are looked at": (
        "filter(Sales/ID eq $these/aggregate(Sales/ID with max))/aggregate($count as n)",
        [{"n": 4}],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_combinations_are_transformed(trade: Service, case: str) -> None:
    apply, expected = CASES[case]
    answer = ask(trade, "GET", f"{BOTH}?$apply={apply}", accept="application/json;odata.metadata=none")
    assert answer.status == 200, answer.body
    assert answer.values == expected


@pytest.mark.parametrize("apply", ["aggregate($count as n)", CASES["combinations are ranked and computed with"][0]])
def test_the_evaluator_agrees(trade: Service, apply: str) -> None:
    query = resolve(parse_url(BOTH, f"$apply={apply}"), trade.schema)
    assert isinstance(query, Query) and query.options.apply is not None
    (found,) = transformed(query.options.apply.steps, combinations(), Evaluation())
    (answered,) = ask(trade, "GET", f"{BOTH}?$apply={apply}", accept="application/json;odata.metadata=none").values
    assert {name: Decimal(str(value)) for name, value in answered.items()} == found


def combinations() -> list[Entity]:
    """Every sale with every product."""
    sales, products = (
        [dict(zip(COLUMNS[name], row, strict=True)) for row in rows]
        for name, rows in (("Sales", SALES), ("Products", PRODUCTS))
    )
    return [{"Sales": sale, "Products": product} for sale in sales for product in products]


def test_what_comes_out_is_counted_ordered_and_paged(trade: Service) -> None:
    apply = f"{SOLD}/groupby((Products/Name),aggregate($count as n))"
    first = ask(
        trade, "GET", f"{BOTH}?$apply={apply}&$orderby=n desc,Products/Name&$count=true", prefer="maxpagesize=2"
    )
    assert (first.status, first.json["@odata.count"], first.column("n")) == (200, 3, [4, 2])
    assert first.json["@odata.context"] == f"{ROOT}$metadata#Collection(Edm.ComplexType)"
    second = ask(trade, "GET", first.json["@odata.nextLink"].removeprefix(ROOT))
    assert [row["Products"] for row in second.values] == [{"Name": "Sugar"}]
    assert ask(trade, "GET", f"{BOTH}/$count?$apply={apply}").body == b"3"


def test_options_ask_for_aggregates_of_all_combinations(trade: Service) -> None:
    options = (
        "$filter=Sales/Amount gt $these/aggregate(Sales/Amount with average) and Sales/ProductID eq Products/ID"
        "&$orderby=Sales/Amount desc&$top=1&$count=true"
    )
    answer = ask(trade, "GET", f"{BOTH}?{options}")
    assert (answer.status, answer.json["@odata.count"]) == (200, 3)
    assert answer.values == [
        {"Sales@odata.navigationLink": f"{ROOT}Sales(4)", "Products@odata.navigationLink": f"{ROOT}Products('P2')"}
    ]
    answer = ask(trade, "GET", f"{BOTH}?{options}&$expand=Products($select=Name)&$select=Products")
    assert answer.values[0]["Products"]["Name"] == "Coffee"
    share = "$compute=Sales/Amount div $these/aggregate(Sales/Amount with max) as share&$orderby=share desc&$top=1"
    assert [row["share"] for row in ask(trade, "GET", f"{BOTH}?{share}").values] == [1]


def test_entities_of_the_combinations_that_are_left_are_expanded(trade: Service) -> None:
    target = f"{BOTH}?$apply={SOLD}/topcount(1,Sales/Amount)&$expand=Products($select=Name)"
    answer = ask(trade, "GET", target, accept="application/json;odata.metadata=none")
    assert (answer.status, answer.values) == (200, [{"Products": {"Name": "Coffee"}}])


@pytest.mark.parametrize(
    ("apply", "status", "message"),
    [
        ("aggregate(Amount with sum as s)", 400, "Property 'Amount' is not declared"),
        ("join(Sales as S)", 400, "'Sales' is no longer there"),
    ],
)
def test_what_does_not_go_with_combinations_is_said(trade: Service, apply: str, status: int, message: str) -> None:
    answer = ask(trade, "GET", f"{BOTH}?$apply={apply}")
    assert answer.status == status, answer.body
    assert answer.error["message"].startswith(message)
