"""Custom aggregates that are no properties, by the expressions of a service, over the trade of tests/trade.py.

(Data Aggregation 3.2.1.3.)
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from odata_service.edm.annotations import CUSTOM_AGGREGATE, Annotation
from odata_service.edm.model import Schema
from odata_service.service import Service
from tests.asking import ask, service_of
from tests.models import sales_schema
from tests.servers import FAMILIES
from tests.trade import fill, register, rows, trading

ADDED = {
    "trade.Sale": {
        "Middle": "Edm.Decimal",
        "Buyers": "Edm.Int64",
        "Most": "Edm.Int32",
        "Number": "Edm.Int64",
        "Heaviest": "Edm.Double",
        "ProductID": "Edm.String",
    },
    "trade.Product": {"Tax": "Edm.Decimal"},
}


def trade_schema() -> Schema:
    """The trade, whose types have more custom aggregates, beside those that are said of the set of sales."""
    schema = sales_schema()
    types = dict(schema.types)
    for name, added in ADDED.items():
        declared = schema.entity_type(name)
        stated = (Annotation(CUSTOM_AGGREGATE, kind, qualifier=qualifier) for qualifier, kind in added.items())
        types[name] = replace(declared, annotations=(*declared.annotations, *stated))
    return replace(schema, types=types)


@pytest.fixture(scope="module", params=FAMILIES)
def trade(request: pytest.FixtureRequest) -> Iterator[Service]:
    with trading(request.param, trade_schema, told) as service:
        yield service


def told(service: Service) -> None:
    register(service)
    service.custom_aggregate("Sales", "Middle", expression="Amount with trade.Median")
    service.custom_aggregate("trade.Sale", "Buyers", expression="Customer with countdistinct")
    service.custom_aggregate("Sales", "Most", expression="Pieces with max")
    service.custom_aggregate("Sales", "Number", expression="$count")
    service.custom_aggregate("Sales", "Heaviest", expression="Weight with max")
    service.custom_aggregate("trade.Product", "Tax", expression="TaxRate mul 100 with max")


@pytest.fixture
def alone() -> Iterator[Service]:
    with service_of(trade_schema()) as service:
        yield service


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("Sales?$apply=aggregate(Forecast)", [{"Forecast": 36}]),
        ("Sales?$apply=aggregate(Forecast as f,Amount with sum as s)", [{"f": 36, "s": 24}]),
        ("Sales?$apply=filter(Amount mul 1.5 gt 100)/aggregate(Forecast,Number)", [{"Forecast": None, "Number": 0}]),
        ("Sales?$apply=aggregate(Middle,Buyers,Most,Number)", [{"Middle": 2, "Buyers": 3, "Most": 7, "Number": 8}]),
        (
            "Sales?$apply=groupby((Customer/Country),aggregate(Forecast))&$filter=Forecast gt 10",
            [{"Customer": {"Country": "USA"}, "Forecast": 28.5}],
        ),
        ("Sales?$apply=aggregate(Forecast from Customer with max as f)", [{"f": 18}]),
        ("Sales?$apply=aggregate(Forecast from Customer as f)", [{"f": 36}]),
        ("Sales?$apply=aggregate(Middle from Customer as f)", [{"f": 2}]),
        (
            "Sales?$apply=concat(aggregate(Forecast),topcount(2,Amount)/aggregate(Forecast))",
            [{"Forecast": 36}, {"Forecast": 18}],
        ),
        (
            "Sales?$apply=groupby((Customer/Country),aggregate(Forecast))/filter(Forecast gt 10)/aggregate(Forecast)",
            [{"Forecast": 28.5}],
        ),
        (
            "Customers?$apply=groupby((Country),aggregate(Sales/Forecast))&$orderby=Country",
            [
                {"Country": "France", "Forecast": None},
                {"Country": "Netherlands", "Forecast": 7.5},
                {"Country": "USA", "Forecast": 28.5},
            ],
        ),
        ("Customers?$apply=aggregate(Sales/Product/Tax as t,Sales/Number as n)", [{"t": 14, "n": 8}]),
        ("Sales?$apply=filter(Product/Color eq 'Brown')/aggregate(Product/Tax)", [{"Tax": 6}]),
        (
            "Customers?$select=ID&$filter=Country eq 'USA'&$expand=Sales($apply=aggregate(Forecast))",
            [{"ID": "C1", "Sales": [{"Forecast": 10.5}]}, {"ID": "C2", "Sales": [{"Forecast": 18}]}],
        ),
        (
            "Products?$apply=addnested(Sales,aggregate(Forecast) as S)/filter(ID eq 'P2')&$select=ID,S",
            [{"ID": "P2", "S": [{"Forecast": 18}]}],
        ),
        (
            "Products?$apply=join(Sales as S,aggregate(Forecast))/groupby((ID),aggregate(S/Forecast with sum as f))",
            [{"ID": "P1", "f": 6}, {"ID": "P2", "f": 18}, {"ID": "P3", "f": 12}, {"ID": "P4", "f": None}],
        ),
        ("Customers?$filter=Sales/aggregate(Forecast) gt 10.5&$select=ID", [{"ID": "C2"}]),
        ("Sales?$filter=Amount mul 5 gt $these/aggregate(Forecast)&$select=ID", [{"ID": 4}]),
        (
            "$crossjoin(Sales,Products)?$apply=filter(Sales/ProductID eq Products/ID)/aggregate(Sales/Forecast)",
            [{"Forecast": 36}],
        ),
        (
            "Products?$apply=join(Sales as S)/groupby((Color),aggregate(S/Forecast as f,S/Middle as m))&$orderby=Color",
            [
                {"Color": "Brown", "f": 18, "m": 6},
                {"Color": "White", "f": 18, "m": 2},
            ],
        ),
        ("Sales?$apply=groupby((ProductID),aggregate(Buyers))/aggregate(Buyers)", [{"Buyers": 7}]),
        ("Sales?$apply=filter(Amount ge 8)/aggregate(Amount with sum as s,ProductID)", [{"s": 8, "ProductID": "P2"}]),
        ("Sales?$apply=aggregate(ProductID)", [{"ProductID": None}]),
        ("Sales?$apply=filter(ID lt 0)/aggregate(ProductID as p)", [{"p": None}]),
        (
            "Sales?$apply=filter(ID in (1,2,4,5,7,8))/groupby((CustomerID),aggregate(ProductID))&$orderby=CustomerID",
            [
                {"CustomerID": "C1", "ProductID": None},
                {"CustomerID": "C2", "ProductID": None},
                {"CustomerID": "C3", "ProductID": "P3"},
            ],
        ),
        (
            "Sales?$apply=filter(ID ge 7)/groupby((CustomerID),aggregate(ProductID))/aggregate(ProductID as p)",
            [{"p": "P3"}],
        ),
        (
            "Customers?$apply=groupby((Country),aggregate(Sales/CustomerID with odata.service.unit as c))",
            [{"Country": "France", "c": None}, {"Country": "Netherlands", "c": "C3"}, {"Country": "USA", "c": None}],
        ),
    ],
)
def test_expressions_stand_for_custom_aggregates(trade: Service, target: str, expected: list[dict[str, Any]]) -> None:
    assert rows(trade, target) == expected


def test_what_nobody_says_how_to_work_out_is_not_there(alone: Service) -> None:
    assert ask(alone, "GET", "Sales?$apply=aggregate(Forecast)").refusal == (
        501,
        "How 'Forecast' is worked out is not stated (at position 11 of $apply). Register it:"
        ' service.custom_aggregate("Sales", "Forecast", expression="… with sum"), in the file of --code.',
    )
    behind = ask(alone, "GET", "Customers?$apply=aggregate(Sales/Forecast)")
    assert (behind.status, behind.error["message"][:52]) == (
        501,
        "How 'Sales/Forecast' is worked out is not stated (at",
    )
    unknown = ask(alone, "GET", "Customers?$apply=aggregate(Sales/Weight)")
    assert (unknown.status, unknown.error["message"]) == (
        400,
        "'Sales/Weight' is no custom aggregate of this service (at position 11 of $apply). Write Sales/Weight with sum"
        " as Name, or with min, max, average or countdistinct.",
    )


def test_what_is_said_of_properties_does_not_hold_for_custom_aggregates(trade: Service) -> None:
    assert ask(trade, "GET", "Sales?$apply=aggregate(Weight with sum as w)").status == 400
    assert rows(trade, "Sales?$apply=aggregate(Heaviest)") == [{"Heaviest": None}]


def test_collections_are_not_followed_from_what_has_been_joined(alone: Service) -> None:
    alone.custom_aggregate("Sales", "Forecast", expression="Customer/Sales/Amount with sum")
    assert rows(alone, "Customers?$apply=aggregate(Sales/Forecast)") == [{"Forecast": None}]
    assert ask(alone, "GET", "Products?$apply=join(Sales as S)/aggregate(S/Forecast)").refusal == (
        501,
        "'Forecast' is worked out along collections, which are not followed from 'S' (at position 28 of $apply)."
        " Aggregate it where the instances are those of 'Sales'.",
    )


def test_properties_may_be_worked_out_otherwise(alone: Service) -> None:
    fill(alone)
    alone.custom_aggregate("Sales", "Amount", expression="Amount with average")
    assert rows(alone, "Sales?$apply=aggregate(Amount)") == [{"Amount": Decimal(3)}]
    assert rows(alone, "Customers?$apply=aggregate(Sales/Pieces)") == [{"Pieces": 7}]


@pytest.mark.parametrize(
    ("holder", "name", "expression", "message"),
    [
        ("Sale", "Forecast", "Amount with sum", "'Sale' is no entity set and no entity type. Did you mean 'Sales'?"),
        ("Sales", "Forcast", "Amount with sum", "'Sales' has no custom aggregate 'Forcast'. Did you mean 'Forecast'?"),
        (
            "Customers",
            "Forecast",
            "Name with max",
            "'Customers' has no custom aggregate 'Forecast'. Write it there in the definition: <Annotation Term=",
        ),
        (
            "Sales",
            "Forecast",
            "Amount with sum as a,Pieces with sum",
            "The expression of 'Sales/Forecast' does not fit: ",
        ),
        ("Sales", "Forecast", "Forecast", "The expression of 'Sales/Forecast' does not fit: It is to be one aggregate"),
        ("Sales", "Forecast", "Amount with sum) as x", "The expression of 'Sales/Forecast' does not fit: "),
        (
            "Sales",
            "Forecast",
            "Amount mul @rate with sum",
            "The expression of 'Sales/Forecast' does not fit: '@rate' is no parameter",
        ),
        (
            "Sales",
            "Forecast",
            "Amonut with sum",
            "The expression of 'Sales/Forecast' does not fit: Property 'Amonut' is not declared in 'trade.Sale'",
        ),
        (
            "Sales",
            "Forecast",
            "Pieces with sum",
            "The expression of 'Sales/Forecast' does not fit: 'Forecast' is Edm.Decimal in the definition, and its"
            " expression gives Edm.Int64. Write such as cast(…,Edm.Decimal) before with.",
        ),
        (
            "trade.Product",
            "Tax",
            "TaxRate add Sales/aggregate(Product/Tax) with sum",
            "The expression of 'trade.Product/Tax' does not fit: The expression of 'Tax' calls itself.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_when_it_is_registered(
    alone: Service, holder: str, name: str, expression: str, message: str
) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        alone.custom_aggregate(holder, name, expression=expression)
    assert str(caught.value).startswith(message)
