"""What `nest` and `addnested` make inside of groups, and what is done with it then, in each database."""

from collections.abc import Iterator

import pytest

from odata_service.plan.read import plan_read
from odata_service.semantics import resolve
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.settings import Limits, Settings
from odata_service.storage import DatabaseStore
from odata_service.url import parse_url
from tests.asking import ask, service_of
from tests.models import sales_schema
from tests.servers import FAMILIES, database_url
from tests.trade import fill

NO_METADATA = "application/json;odata.metadata=none"


@pytest.fixture(scope="module", params=FAMILIES)
def trade(request: pytest.FixtureRequest) -> Iterator[Service]:
    with database_url(request.param) as url, service_of(sales_schema(), url=url) as service:
        fill(service)
        yield service


CASES: dict[str, tuple[str, list[dict[str, object]]]] = {
    "each group nests what a sequence makes of it": (
        "Sales?$apply=groupby((Customer/Country),nest(aggregate(Amount with sum as t) as Sum,"
        "groupby((Product/Name)) as Names))",
        [
            {
                "Customer": {"Country": "Netherlands"},
                "Sum": [{"t": 5}],
                "Names": [{"Product": {"Name": "Paper"}}, {"Product": {"Name": "Sugar"}}],
            },
            {
                "Customer": {"Country": "USA"},
                "Sum": [{"t": 19}],
                "Names": [{"Product": {"Name": name}} for name in ("Coffee", "Paper", "Sugar")],
            },
        ],
    ),
    "groups by what is computed nest their entities": (
        "Customers?$apply=compute(substring(Name,0,1) as First)/groupby((First),nest(identity as Some))"
        "&$filter=First eq 'S'",
        [
            {
                "First": "S",
                "Some": [
                    {"ID": "C2", "Name": "Sue", "Country": "USA", "First": "S"},
                    {"ID": "C3", "Name": "Sue", "Country": "Netherlands", "First": "S"},
                ],
            }
        ],
    ),
    "null is a group that nests, too": (
        "Sales?$apply=groupby((Pieces),nest(groupby((ID)) as Them))&$top=3&$orderby=Pieces",
        [
            {"Pieces": None, "Them": [{"ID": 3}, {"ID": 8}]},
            {"Pieces": 1, "Them": [{"ID": 2}]},
            {"Pieces": 2, "Them": [{"ID": 4}, {"ID": 5}]},
        ],
    ),
    "groups by values of every kind": (
        "Sales?$apply=groupby((Amount,Sold,Paid,Weight,Customer),nest(aggregate($count as n) as N))"
        "&$filter=Amount gt 4&$select=Sold&$expand=Customer($select=ID),N",
        [{"Sold": "2022-01-03", "N": [{"n": 1}], "Customer": {"ID": "C2"}}],
    ),
    "what was done before in the group is done before": (
        "Sales?$apply=filter(ID lt 9)/groupby((Customer/Country),topcount(2,Amount)/nest(groupby((ID)) as Best))",
        [
            {"Customer": {"Country": "Netherlands"}, "Best": [{"ID": 6}, {"ID": 8}]},
            {"Customer": {"Country": "USA"}, "Best": [{"ID": 3}, {"ID": 4}]},
        ],
    ),
    "of nothing that is left nothing is nested": (
        "Sales?$apply=groupby((Customer/Country),filter(Amount gt 7)/nest(groupby((ID)) as Them))",
        [{"Customer": {"Country": "Netherlands"}, "Them": []}, {"Customer": {"Country": "USA"}, "Them": [{"ID": 4}]}],
    ),
    "groups of groups": (
        "Sales?$apply=groupby((Customer/Country),groupby((Product/Name),nest(aggregate($count as n) as N)))&$top=2",
        [
            {"Customer": {"Country": "Netherlands"}, "Product": {"Name": "Paper"}, "N": [{"n": 2}]},
            {"Customer": {"Country": "Netherlands"}, "Product": {"Name": "Sugar"}, "N": [{"n": 1}]},
        ],
    ),
    "groups inside of what is nested": (
        "Sales?$apply=nest(groupby((Customer/Country),nest(aggregate($count as n) as N)) as All)",
        [
            {
                "All": [
                    {"Customer": {"Country": "Netherlands"}, "N": [{"n": 3}]},
                    {"Customer": {"Country": "USA"}, "N": [{"n": 5}]},
                ]
            }
        ],
    ),
    "beside other results": (
        "Sales?$apply=concat(groupby((Paid),nest(aggregate($count as n) as N)),aggregate($count as n))",
        [{"Paid": None, "N": [{"n": 8}]}, {"n": 8}],
    ),
    "collections are added to the entities of groups": (
        "Customers?$apply=groupby((Country),top(1)/addnested(Sales,groupby((ID)) as Them))&$select=ID,Them",
        [
            {"ID": "C1", "Them": [{"ID": 1}, {"ID": 2}, {"ID": 3}]},
            {"ID": "C3", "Them": [{"ID": 6}, {"ID": 7}, {"ID": 8}]},
            {"ID": "C4", "Them": []},
        ],
    ),
    "what is nested in collections is aggregated there": (
        "Customers?$apply=join(Sales as S,nest(identity as N)/aggregate($count as n))&$select=ID&$expand=S&$top=1",
        [{"ID": "C1", "S": {"n": 1}}],
    ),
    "identity leaves the instances of groups as they are": (
        "Sales?$apply=groupby((Pieces),identity)&$filter=Pieces eq 2&$select=ID",
        [{"ID": 4}, {"ID": 5}],
    ),
}


@pytest.mark.parametrize(("target", "expected"), CASES.values(), ids=CASES.keys())
def test_what_comes_out(trade: Service, target: str, expected: list[dict[str, object]]) -> None:
    answer = ask(trade, "GET", target, accept=NO_METADATA)
    assert answer.status == 200, answer.body
    assert answer.values == expected


def test_what_groups_nest_is_one_statement(trade: Service) -> None:
    options = "$apply=groupby((Customer/Country),nest(identity as All,aggregate($count as n) as N))"
    query = resolve(parse_url("Sales", options), trade.schema)
    assert isinstance(query, Query) and isinstance(trade.store, DatabaseStore)
    assert len(trade.store.prepare_read(plan_read(query, trade.schema)).statements()) == 3


def test_what_groups_nest_is_not_cut_into_pages(trade: Service) -> None:
    target = "Sales?$apply=groupby((Customer/Country),nest(groupby((ID)) as Them))"
    answer = ask(trade, "GET", target, prefer="odata.maxpagesize=1", accept=NO_METADATA)
    assert [row["Them"] for row in answer.values] == [[{"ID": 6}, {"ID": 7}, {"ID": 8}]]
    following = ask(trade, "GET", answer.json["@odata.nextLink"].removeprefix("http://host/"), accept=NO_METADATA)
    assert [len(row["Them"]) for row in following.values] == [5]


def test_more_than_there_may_be_is_refused() -> None:
    settings = Settings(track_changes=False, limits=Limits(max_expanded_rows=7))
    with service_of(sales_schema(), settings) as service:
        fill(service)
        answer = ask(service, "GET", "Sales?$apply=groupby((Customer/Country),nest(identity as All))")
    assert (answer.status, answer.error["code"]) == (400, "LimitExceeded")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "Products?$expand=Sales($apply=nest(identity as all))",
            "nest does not stand inside of another one in groupby",
        ),
        ("Customers?$apply=addnested(Sales,nest(identity as N) as X)", "nest does not stand inside of another one"),
        ("Sales?$apply=groupby((ID),nest(nest(identity as Y) as X))", "nest does not stand inside of another one"),
        (
            "Sales?$apply=groupby((rolluprecursive($root/Offices,Offices,OfficeID)),nest(identity as X))",
            "nest does not stand behind rolluprecursive",
        ),
        (
            "Sales?$apply=addnested(Office,compute($these/aggregate(Superordinate/ID with max) as x) as N)",
            "$these stands in $filter, $orderby and $compute of entities",
        ),
    ],
)
def test_what_does_not_nest_is_said(trade: Service, target: str, message: str) -> None:
    answer = ask(trade, "GET", target)
    assert answer.status == 501, answer.body
    assert answer.error["message"].startswith(message)
