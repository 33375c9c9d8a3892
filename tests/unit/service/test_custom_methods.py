"""Custom aggregation methods, in Python and in SQL, over the trade of tests/trade.py, in each database.

(Data Aggregation 3.2.1.2.)
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from odata_service.service import Service
from odata_service.settings import Limits, Settings
from tests.asking import ask, service_of
from tests.models import every_schema, sales_schema
from tests.servers import FAMILIES
from tests.standing import standing_service
from tests.trade import fill, register, rows, trading


@pytest.fixture(scope="module", params=FAMILIES)
def trade(request: pytest.FixtureRequest) -> Iterator[Service]:
    with trading(request.param, sales_schema, register) as service:
        yield service


@pytest.fixture
def alone() -> Iterator[Service]:
    with service_of(sales_schema()) as service:
        yield service


MEDIAN = "Amount with trade.Median as m"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (f"Sales?$apply=aggregate({MEDIAN},$count as n)", [{"m": 2, "n": 8}]),
        (f"Sales?$apply=filter(Amount gt 100)/aggregate({MEDIAN})", [{"m": None}]),
        ("Sales?$apply=aggregate(Pieces with trade.Median as m)", [{"m": 2.5}]),
        ("Sales?$apply=aggregate(Amount mul 2 with trade.Median as m)", [{"m": 4}]),
        ("Sales?$apply=aggregate(Pieces with trade.Mean as m)", [{"m": 20 / 6}]),
        ("Sales?$apply=aggregate(Customer/Name with trade.Least as m)", [{"m": "Joe"}]),
        ("Sales?$apply=aggregate(Customer/Name with trade.Last as m)", [{"m": "Sue"}]),
        (
            f"Sales?$apply=groupby((Customer/Country),aggregate({MEDIAN},Amount with sum as s))&$filter=m gt 2",
            [{"Customer": {"Country": "USA"}, "m": 4, "s": 19}],
        ),
        (
            "Customers?$apply=groupby((Country),aggregate(Sales/Amount with trade.Median as m))&$orderby=Country",
            [{"Country": "France", "m": None}, {"Country": "Netherlands", "m": 2}, {"Country": "USA", "m": 4}],
        ),
        (f"Sales?$apply=groupby((Sold),aggregate({MEDIAN}))/filter(m gt 2)/aggregate($count as n)", [{"n": 3}]),
        (
            f"Sales?$apply=groupby((Customer/Country),filter(Amount lt 2)/aggregate({MEDIAN}))&$filter=m gt 0",
            [{"Customer": {"Country": "Netherlands"}, "m": 1}, {"Customer": {"Country": "USA"}, "m": 1}],
        ),
        ("Sales?$apply=aggregate(Amount with sum from Customer with trade.Median as m)", [{"m": 7}]),
        ("Sales?$apply=aggregate(Amount with trade.Median from Customer with trade.Median as m)", [{"m": 2}]),
        (f"Sales?$apply=concat(aggregate({MEDIAN}),topcount(2,Amount)/aggregate({MEDIAN}))", [{"m": 2}, {"m": 6}]),
        (
            "Products?$apply=join(Sales as S,aggregate(Amount with trade.Median as a))/filter(ID ne 'P1')"
            "/groupby((ID),aggregate(S/a with trade.Median as m))",
            [{"ID": "P2", "m": 6}, {"ID": "P3", "m": 1.5}, {"ID": "P4", "m": None}],
        ),
        (
            "Sales?$apply=groupby((rolluprecursive($root/Offices,Offices,OfficeID)),"
            "aggregate(Amount with trade.Median as m))/filter(m gt 2)",
            [{"OfficeID": "US", "m": 4}, {"OfficeID": "US East", "m": 6}],
        ),
        ("Customers?$filter=Sales/aggregate(Amount with trade.Median) gt 2&$select=ID", [{"ID": "C2"}]),
        (
            "Sales?$filter=Amount gt $these/aggregate(Amount with trade.Median)&$select=ID",
            [{"ID": 3}, {"ID": 4}, {"ID": 5}],
        ),
        (
            f"Customers?$filter=Country eq 'USA'&$select=ID&$expand=Sales($apply=aggregate({MEDIAN}))",
            [{"ID": "C1", "Sales": [{"m": 2}]}, {"ID": "C2", "Sales": [{"m": 6}]}],
        ),
        (
            f"Products?$apply=addnested(Sales,aggregate({MEDIAN}) as S)/filter(ID eq 'P2')&$select=ID,S",
            [{"ID": "P2", "S": [{"m": 6}]}],
        ),
    ],
)
def test_code_and_databases_aggregate(trade: Service, target: str, expected: list[dict[str, Any]]) -> None:
    assert rows(trade, target) == expected


def test_counts_and_pages_know_what_code_has_aggregated(trade: Service) -> None:
    apply = "groupby((Product/Name),aggregate(Amount with trade.Median as m))"
    assert ask(trade, "GET", f"Sales/$count?$apply={apply}/filter(m ge 2)").body == b"2"
    first = ask(trade, "GET", f"Sales?$apply={apply}&$orderby=m desc&$count=true", prefer="odata.maxpagesize=2")
    assert (first.column("m"), first.json["@odata.count"]) == ([6, 2], 3)
    second = ask(trade, "GET", first.json["@odata.nextLink"].removeprefix("http://host/"))
    assert second.column("m") == [1.5]


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        (
            "Sales?$apply=aggregate(Amount with trade.Medien as m)",
            400,
            "'trade.Medien' is no aggregation method of this service (at position 11 of $apply). Did you mean"
            " 'trade.Median'?",
        ),
        (
            "Sales?$apply=aggregate(Sold with trade.Median as m)",
            400,
            "'trade.Median' takes values of Edm.Decimal, and this is an Edm.Date (at position 11 of $apply).",
        ),
        (
            "Sales?$apply=aggregate(Customer with trade.Median as m)",
            400,
            "'Customer' are entities, which have no trade.Median (at position 11 of $apply). Name one of their"
            " properties, or write with countdistinct.",
        ),
        (
            "Sales?$apply=aggregate(Customer/Name with trade.Least as m)/aggregate(m with sum as s)",
            400,
            "'sum' does not take Edm.String (at position 58 of $apply). sum and average take numbers, min and max what"
            " has an order, countdistinct everything.",
        ),
    ],
)
def test_what_a_method_does_not_take_is_said(trade: Service, target: str, status: int, message: str) -> None:
    assert ask(trade, "GET", target).refusal == (status, message)


@pytest.mark.parametrize("family", FAMILIES)
def test_methods_take_what_is_true_and_what_a_definition_names(family: str) -> None:
    with standing_service(family, every_schema) as service:

        @service.aggregation_method("every.Any")
        def some(values: list[bool]) -> bool:
            assert all(isinstance(value, bool) for value in values)
            return any(values)

        @service.aggregation_method("every.Longest", takes="every.Length", gives="every.Length")
        def longest(values: list[Decimal]) -> Decimal:
            return max(values)

        for key, flag, length in ((1, True, 1.5), (2, False, 2.5)):
            assert ask(service, "POST", "Scalars", {"id": key, "boolean": flag}).status == 201
            assert ask(service, "POST", "Things", {"id": str(key), "work": {}, "length": length}).status == 201
        found = ask(service, "GET", "Scalars?$apply=groupby((boolean),aggregate(boolean with every.Any as a))")
        assert sorted((one["boolean"], one["a"]) for one in found.values) == [(False, False), (True, True)]
        assert ask(service, "GET", "Things?$apply=aggregate(length with every.Longest as m)").column("m") == [2.5]


def test_metadata_names_the_methods(trade: Service) -> None:
    container = ask(trade, "GET", "$metadata", accept="application/json").json["trade"]["Trade"]
    known = ["trade.Median", "trade.Last", "trade.Least", "trade.Mean"]
    assert container["@Org.OData.Aggregation.V1.ApplySupportedDefaults"]["CustomAggregationMethods"] == known
    stated = container["Categories"]["@Org.OData.Aggregation.V1.ApplySupported"]
    assert (stated["CustomAggregationMethods"], stated["GroupableProperties"]) == (known, ["Name"])


def test_code_is_not_asked_of_more_values_than_there_is_room_for() -> None:
    with service_of(sales_schema(), Settings(limits=Limits(max_expanded_rows=7), track_changes=False)) as service:
        register(service)
        fill(service)
        assert ask(service, "GET", f"Sales?$apply=aggregate({MEDIAN})").refusal == (
            400,
            "'trade.Median' is carried out by code, and is asked of more than 7 values (--max-expanded-rows). Leave"
            " fewer of them, as by filter(…) before it.",
        )
        assert rows(service, f"Sales?$apply=filter(ID gt 1)/aggregate({MEDIAN})") == [{"m": 2}]


def test_what_is_declared_and_not_registered_is_not_there(alone: Service) -> None:
    assert ask(alone, "GET", "Sales?$apply=aggregate(Amount with trade.Median as m)").refusal == (
        400,
        "'trade.Median' is no aggregation method of this service (at position 11 of $apply). It has sum, min, max,"
        " average, countdistinct.",
    )


def _taking_two(values: list[Decimal], more: int) -> Decimal:
    return values[more]


def _of_one(value: Decimal) -> Decimal:
    return value


@pytest.mark.parametrize(
    ("name", "options", "body", "message"),
    [
        (
            "Median",
            {},
            max,
            "'Median' has no namespace: sum, min, max, average, countdistinct are the standard's. Write tr",
        ),
        ("trade.M", {}, _taking_two, "The body of an aggregation method takes the values alone."),
        ("trade.M", {}, _of_one, "<class 'decimal.Decimal'> is no collection of values: write list[…]."),
        (
            "trade.M",
            {"takes": "trade.Sale"},
            max,
            "what the method takes is trade.Sale: single values of primitive types",
        ),
        (
            "trade.M",
            {"sql": {"oracle": "median({0})"}},
            max,
            "'oracle' is no database: there are sqlite, postgresql, ma",
        ),
        ("trade.M", {"sql": "median()"}, max, "The SQL of 'trade.M' says nothing of the values: write {0} for that"),
    ],
)
def test_what_is_no_method_is_refused_when_it_is_registered(
    alone: Service, name: str, options: dict[str, Any], body: Any, message: str
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        alone.aggregation_method(name, **options)(body)
    assert str(caught.value).startswith(message)
