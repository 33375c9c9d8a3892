"""Functions of the service as set transformations, over the trade of tests/trade.py, in each database.

(Data Aggregation 3.6, 5.4.)
"""

from collections.abc import Iterator
from typing import Any

import pytest

from odata_service.errors import Forbidden
from odata_service.service import Call, Entities, Entity, Request, Service
from odata_service.settings import Limits, Settings
from tests.asking import ROOT, Answer, ask, service_of
from tests.models import sales_schema
from tests.servers import FAMILIES
from tests.trade import fill, register, rows, trading


@pytest.fixture(scope="module", params=FAMILIES)
def trade(request: pytest.FixtureRequest) -> Iterator[Service]:
    with trading(request.param, sales_schema, register) as service:
        yield service


@pytest.fixture
def alone() -> Iterator[Service]:
    with service_of(sales_schema()) as service:
        fill(service)
        yield service


def get(service: Service, target: str, **headers: str) -> Answer:
    answer = ask(service, "GET", target, **headers)
    assert answer.status == 200, answer.body
    return answer


@pytest.mark.parametrize(
    ("apply", "expected"),
    [
        ("trade.Top(count=3)", [4, 3, 5]),
        ("trade.Top()", [4, 3]),
        ("trade.Top(count=@c)&@c=1", [4]),
        ("filter(Amount lt 5)/trade.Top(count=3)", [3, 5, 2]),
        ("filter(Amount lt 5)/identity/filter(ID ne 3)/trade.Top()", [5, 2]),
        ("trade.Top(count=3)/filter(ID gt 3)", [4, 5]),
        ("trade.Top(count=4)/trade.Top(count=1)", [4]),
        ("trade.Top(count=3)/orderby(ID)", [3, 4, 5]),
        ("trade.Top(count=3)/skip(1)", [3, 5]),
        ("trade.Top(count=4)/topcount(1,Pieces)", [4]),
        ("compute(Amount mul 2 as x)/trade.Top(count=1)", [4]),
        ("topcount(5,Pieces)/trade.Top()", [4, 5]),
        ("filter(Amount gt 100)/trade.Top()", []),
        ("bottomcount($these/$count sub 8,Amount)/trade.Top()", []),
        ("filter(Amount gt $these/aggregate(Amount with average))/trade.Top(count=1)", [4]),
        ("groupby((Customer/Country),trade.Top(count=1))", [4, 6]),
        ("concat(filter(ID le 3)/trade.Top(count=1),bottomcount(1,Amount))", [3, 1]),
        ("join(Customer as C)", None),
    ],
)
def test_a_function_gives_entities(trade: Service, apply: str, expected: list[int] | None) -> None:
    target = f"Sales?$apply={apply}"
    if expected is None:
        assert ask(trade, "GET", target).status == 400
    else:
        answer = get(trade, f"{target}&$select=ID")
        assert (answer.json["@odata.context"], answer.column("ID")) == (f"{ROOT}$metadata#Sales(ID)", expected)


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            "Sales?$apply=groupby((Customer/Country),trade.Top(count=2)/aggregate(Amount with sum as s))",
            [{"Customer": {"Country": "Netherlands"}, "s": 4}, {"Customer": {"Country": "USA"}, "s": 12}],
        ),
        ("Sales?$apply=topcount(5,Amount)/trade.Top(count=7)/aggregate($count as n)", [{"n": 5}]),
        ("Sales?$apply=trade.Top(count=3)&$filter=ID ne 4&$orderby=ID desc&$select=ID", [{"ID": 5}, {"ID": 3}]),
        (
            "Sales?$apply=trade.Top(count=1)&$expand=Customer($select=Name)&$select=ID",
            [{"ID": 4, "Customer": {"Name": "Sue"}}],
        ),
        (
            "Customers?$expand=Sales($apply=trade.Top(count=1);$select=ID)&$select=ID&$filter=Country ne 'USA'",
            [{"ID": "C3", "Sales": [{"ID": 6}]}, {"ID": "C4", "Sales": []}],
        ),
        (
            "Products?$apply=filter(TaxRate lt 0.1)/join(Sales as S,trade.Top(count=1))"
            "&$select=ID&$expand=S($select=ID)",
            [{"ID": "P1", "S": {"ID": 2}}, {"ID": "P2", "S": {"ID": 4}}],
        ),
        ("Customers('C1')/Sales?$apply=trade.Top(count=1)&$select=ID", [{"ID": 3}]),
        ("Sales/$filter(Amount lt 3)?$apply=trade.Top(count=1)&$select=ID", [{"ID": 2}]),
        ("Sales/trade.Top(count=5)?$apply=trade.Top(count=1)&$select=ID", [{"ID": 4}]),
    ],
)
def test_what_follows_a_function_goes_on_with_what_it_gave(
    trade: Service, target: str, expected: list[dict[str, Any]]
) -> None:
    assert rows(trade, target) == expected


def test_counts_and_pages_know_what_a_function_gave(trade: Service) -> None:
    assert get(trade, "Sales/$count?$apply=trade.Top(count=3)/filter(ID ne 4)").body == b"2"
    first = get(trade, "Sales?$apply=trade.Top(count=5)&$count=true&$select=ID", prefer="odata.maxpagesize=3")
    assert (first.column("ID"), first.json["@odata.count"]) == ([4, 3, 5], 5)
    second = get(trade, first.json["@odata.nextLink"].removeprefix(ROOT))
    assert second.column("ID") == [2, 6]


def test_entities_of_another_set_are_what_the_rest_of_the_request_is_about(trade: Service) -> None:
    answer = get(trade, "Sales?$apply=filter(Amount ge 2)/trade.Buyers()&$select=ID&$expand=Sales($top=1;$select=ID)")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Customers(ID,Sales(ID))"
    assert [(one["ID"], one["Sales"][0]["ID"]) for one in answer.values] == [("C3", 6), ("C2", 4), ("C1", 1)]
    apply = "topcount(3,Amount)/trade.Buyers()/groupby((Country),aggregate($count as n,Sales/Amount with sum as s))"
    assert rows(trade, f"Sales?$apply={apply}&$filter=n gt 1") == [{"Country": "USA", "n": 2, "s": 19}]
    assert get(trade, "Sales/$count?$apply=trade.Buyers()&$filter=Country eq 'USA'").body == b"2"


SHARES = [
    {
        "Country": "Netherlands",
        "Percent": 20.8,
        "During": {"First": "2022-04-01", "Last": "2022-11-22"},
        "Buyers": ["C3"],
    },
    {
        "Country": "USA",
        "Percent": 79.2,
        "During": {"First": "2022-01-03", "Last": "2022-11-09"},
        "Buyers": ["C1", "C2"],
    },
]


def test_values_are_instances_like_others(trade: Service) -> None:
    answer = get(trade, "Sales?$apply=trade.Shares()", accept="application/json;odata.metadata=none")
    assert answer.values == SHARES
    told = get(trade, "Sales?$apply=trade.Shares()").json["@odata.context"]
    assert told == f"{ROOT}$metadata#Collection(trade.Share)(Country,Percent,During,Buyers)"


@pytest.mark.parametrize(
    ("rest", "expected"),
    [
        ("/filter(During/First lt 2022-02-01 and Percent gt 10)&$select=Country", [{"Country": "USA"}]),
        (
            "&$orderby=Percent desc&$top=1&$select=Country,During/First",
            [{"Country": "USA", "During": {"First": "2022-01-03"}}],
        ),
        ("/filter(Buyers/any(b:b eq 'C1'))&$select=Buyers", [{"Buyers": ["C1", "C2"]}]),
        ("/compute(Percent mul 2 as p)/aggregate(p with sum as s,Country with max as m)", [{"s": 200, "m": "USA"}]),
        (
            "/groupby((During),aggregate($count as n))&$filter=During/Last gt 2022-11-10",
            [{"During": SHARES[0]["During"], "n": 1}],
        ),
        ("&$filter=During eq null", []),
        ("/topcount(1,Percent)/aggregate(Country with trade.Last as c)", [{"c": "USA"}]),
    ],
)
def test_transformations_and_options_go_on_with_values(
    trade: Service, rest: str, expected: list[dict[str, Any]]
) -> None:
    assert rows(trade, f"Sales?$apply=trade.Shares(){rest}") == expected


def test_values_are_given_for_each_group_and_each_collection(trade: Service) -> None:
    apply = "groupby((Product/Category/Name),trade.Shares())"
    found = rows(trade, f"Sales?$apply={apply}&$filter=Percent gt 70&$select=Country,Percent,Product/Category/Name")
    assert found == [{"Product": {"Category": {"Name": "Food"}}, "Country": "USA", "Percent": 87.5}]
    expand = "Sales($apply=trade.Shares();$select=Percent)"
    assert rows(trade, f"Customers?$expand={expand}&$select=ID&$filter=ID eq 'C1'") == [
        {"ID": "C1", "Sales": [{"Percent": 100}]}
    ]


def test_what_is_available_on_aggregates_takes_them(trade: Service) -> None:
    apply = "groupby((Customer/Country),aggregate(Amount with sum as total))/trade.Ranked()"
    assert rows(trade, f"Sales?$apply={apply}") == [
        {"Country": "USA", "Percent": 19, "During": None, "Buyers": []},
        {"Country": "Netherlands", "Percent": 5, "During": None, "Buyers": []},
    ]


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        (
            "Sales?$apply=aggregate(Amount with sum as s)/trade.Top()",
            400,
            "'trade.Top' takes entities, and the transformations before it leave none (at position 33 of $apply). Write"
            " it before groupby and aggregate, or annotate it with AvailableOnAggregates.",
        ),
        (
            "Sales?$apply=groupby((Sold),aggregate(Amount with sum as total))/trade.Ranked()",
            400,
            "'trade.Ranked' needs 'Customer/Country', which is no longer there (at position 53 of $apply). Group by"
            " Customer/Country.",
        ),
        (
            "Sales?$apply=trade.Topp()",
            400,
            "'trade.Topp' is no function of this service (at position 1 of $apply). Did you mean 'trade.Top'?",
        ),
        (
            "Customers?$apply=trade.Top()",
            400,
            "'trade.Top' is not bound to Collection(trade.Customer) (at position 1 of $apply). A transformation is a"
            " function that is bound to the collection that is transformed.",
        ),
        (
            "Sales?$apply=trade.Newest()",
            400,
            "'trade.Newest' gives trade.Sale, and a transformation gives a collection of instances (at position 1 of"
            " $apply). Call it in the path.",
        ),
        ("Sales?$apply=trade.Top(size=3)", 400, "'trade.Top' does not take (size). Write Top(count=…)."),
        (
            "Sales?$apply=trade.Top(3)",
            400,
            "Parameters of 'trade.Top' are given by name (at position 1 of $apply). Write (name=value).",
        ),
        (
            "Sales?$apply=groupby((Customer),trade.Buyers())",
            501,
            "'trade.Buyers' gives entities of 'Customers', which do not stand among those of 'Sales' (at position 20 of"
            " $apply). Write it outside of groupby, concat, join and $expand.",
        ),
    ],
)
def test_what_is_no_transformation_is_refused(trade: Service, target: str, status: int, message: str) -> None:
    assert ask(trade, "GET", target).refusal == (status, message)


def test_a_function_without_a_body_is_not_there(alone: Service) -> None:
    answer = ask(alone, "GET", "Sales?$apply=trade.Top()")
    assert (answer.status, answer.error["target"]) == (501, "trade.Top")


def test_bodies_know_the_request_and_what_they_raise_is_the_answer(alone: Service) -> None:
    seen: list[Request] = []

    @alone.function("trade.Top")
    def top(call: Call, sales: Entities, count: int = 2) -> list[Entity]:
        seen.append(call.request)
        if count > 2:
            raise Forbidden("Two at most.")
        return sales.read(f"$top={count}")

    assert get(alone, "Sales?$apply=trade.Top()&$select=ID").column("ID") == [1, 2]
    assert seen[0].query == "$apply=trade.Top()&$select=ID"
    assert ask(alone, "GET", "Sales?$apply=trade.Top(count=3)").error["message"] == "Two at most."


def test_bodies_transform_by_functions_too(alone: Service) -> None:
    register(alone)

    @alone.function("trade.Newest")
    def newest(call: Call, sales: Entities) -> Entity | None:
        (buyer,) = call.read("Sales", "$apply=topcount(1,Amount)/trade.Buyers()")
        return sales.first("$apply=filter(CustomerID eq @buyer)/trade.Top(count=1)", buyer=buyer["ID"])

    assert get(alone, "Sales/trade.Newest()").json["ID"] == 4
    assert get(alone, "Sales/$filter(ID gt 4)/trade.Newest()").json["ID"] == 5


def test_a_function_that_comes_first_reads_what_it_wants_of_any_number() -> None:
    with service_of(sales_schema(), Settings(limits=Limits(max_expanded_rows=4), track_changes=False)) as service:
        register(service)
        fill(service)
        assert get(service, "Sales?$apply=filter(ID ne 4)/trade.Top(count=1)&$select=ID").column("ID") == [3]
        answer = ask(service, "GET", "Sales?$apply=compute(ID as x)/trade.Top()")
        assert (answer.status, answer.error["message"].partition(" (--")[0]) == (
            400,
            "'trade.Top' is carried out by code, and is asked of more than 4 values",
        )


def test_rows_that_are_not_the_callers_are_not_transformed(alone: Service) -> None:
    register(alone)
    alone.rows("Sales")(lambda principal: "ID lt 4")
    assert get(alone, "Sales?$apply=trade.Top()&$select=ID").column("ID") == [3, 2]
    assert get(alone, "Sales?$apply=compute(ID as x)/trade.Top()&$select=ID").column("ID") == [3, 2]
