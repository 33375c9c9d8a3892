"""What `nest` and `addnested` make inside of groups, and what is done with it then, in each database."""

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
from tests.trade import fill

NO_METADATA = "application/json;odata.metadata=none"


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
    "the order of a tree ends where all is nested": (
        "Offices?$apply=traverse($root/Offices,Offices,ID,preorder,Name desc)/nest(top(2)/groupby((ID)) as First)",
        [{"First": [{"ID": "Sales"}, {"ID": "US"}]}],
    ),
    "members are compared with all beside them": (
        "Products?$apply=addnested(Sales,compute(Amount mul 2 as Twice) as B)&$select=ID&$filter=Sales/$count gt 2"
        "&$expand=B($filter=Twice gt $these/aggregate(Twice with average);$select=ID,Twice)",
        [{"ID": "P3", "B": [{"ID": 5, "Twice": 8}]}],
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
    "aggregates of what was nested": (
        "Products?$apply=addnested(Sales,groupby((Customer/Country),aggregate(Amount with sum as T)) as S)"
        "/groupby((Color),aggregate(S/T with max as t,S/$count as n,S/Customer/Country with countdistinct as c,"
        "S/T with sum from S/Customer/Country with max as f,$count as k))",
        [
            {"Color": "Black", "t": None, "n": 0, "c": 0, "f": None, "k": 1},
            {"Color": "Brown", "t": 12, "n": 1, "c": 1, "f": 12, "k": 1},
            {"Color": "White", "t": 5, "n": 4, "c": 2, "f": 7, "k": 2},
        ],
    ),
    "aggregates of nested entities in groups": (
        "Customers?$apply=groupby((Country),addnested(Sales,topcount(1,Amount) as Best)"
        "/aggregate(Best/Amount with sum as s,Best with countdistinct as n))",
        [
            {"Country": "France", "s": None, "n": 0},
            {"Country": "Netherlands", "s": 2, "n": 1},
            {"Country": "USA", "s": 12, "n": 2},
        ],
    ),
    "any of what was nested": (
        "Products?$apply=addnested(Sales,groupby((Customer/Country),aggregate(Amount with sum as T)) as S)"
        "/filter(S/any(x:x/Customer/Country eq 'USA' and x/T gt TaxRate mul 30))&$select=ID",
        [{"ID": "P1"}, {"ID": "P2"}, {"ID": "P3"}],
    ),
    "all of what was nested": (
        "Products?$apply=addnested(Sales,topcount(1,Amount) as S)&$filter=S/all(x:x/Pieces gt 1) and not S/any(y:false)"
        "&$select=ID",
        [{"ID": "P2"}, {"ID": "P3"}, {"ID": "P4"}],
    ),
    "what was nested is counted and aggregated": (
        "Products?$apply=addnested(Sales,topcount(2,Amount) as S)/compute(S/aggregate(Amount mul 2 with average) as q,"
        "S/$count($filter=Customer/Country eq 'USA') as u)&$select=ID,q,u&$orderby=S/$count,q desc",
        [
            {"ID": "P4", "q": None, "u": 0},
            {"ID": "P2", "q": 12, "u": 2},
            {"ID": "P3", "q": 6, "u": 1},
            {"ID": "P1", "q": 4, "u": 1},
        ],
    ),
    "what was nested where it is expanded": (
        "Customers?$expand=Sales($apply=addnested(Office,identity as O)/filter(Amount gt 3);$select=ID;"
        "$expand=O($select=Name))&$select=ID&$top=2",
        [
            {"ID": "C1", "Sales": [{"ID": 3, "O": {"Name": "US West"}}]},
            {"ID": "C2", "Sales": [{"ID": 4, "O": {"Name": "US East"}}, {"ID": 5, "O": {"Name": "US East"}}]},
        ],
    ),
    "options behind what was nested": (
        "Products?$apply=addnested(Sales,compute(Amount mul 2 as Twice) as S)&$select=ID&$expand=S("
        "$compute=Twice add 1 as More;$filter=More gt 4;$orderby=More desc;$top=1;$count=true;$select=ID,More;"
        "$expand=Customer($select=Name))",
        [
            {"ID": "P1", "S@odata.count": 2, "S": [{"ID": 2, "More": 5, "Customer": {"Name": "Joe"}}]},
            {"ID": "P2", "S@odata.count": 2, "S": [{"ID": 4, "More": 17, "Customer": {"Name": "Sue"}}]},
            {"ID": "P3", "S@odata.count": 2, "S": [{"ID": 5, "More": 9, "Customer": {"Name": "Sue"}}]},
            {"ID": "P4", "S@odata.count": 0, "S": []},
        ],
    ),
    "transformations behind what was nested": (
        "Sales?$apply=groupby((Customer/Country),nest(identity as S))"
        "&$expand=Customer,S($apply=aggregate(Amount with sum as t))",
        [{"Customer": {"Country": "Netherlands"}, "S": [{"t": 5}]}, {"Customer": {"Country": "USA"}, "S": [{"t": 19}]}],
    ),
    "members of one kind are selected": (
        "Sales?$apply=concat(groupby((Paid),nest(identity as N)),aggregate($count as n))"
        "&$expand=N($top=2;$select=ID;$orderby=Amount desc,ID)",
        [{"Paid": None, "N": [{"ID": 4}, {"ID": 3}]}, {"n": 8}],
    ),
    "an aggregate of aggregates in a condition": (
        "Products?$filter=Sales/aggregate(Amount with sum from Customer/Country with max) gt 3&$select=ID",
        [{"ID": "P2"}, {"ID": "P3"}],
    ),
    "an aggregate along further collections in a condition": (
        "Categories?$filter=Products/aggregate(Sales/Amount with sum) gt 8"
        "&$compute=Products/aggregate(Sales/$count) as n&$select=ID,n",
        [{"ID": "PG1", "n": 4}],
    ),
    "all instances of a group are aggregated along collections": (
        "Products?$apply=groupby((Category),filter($these/aggregate(Sales/Amount with sum) gt 8))&$select=ID",
        [{"ID": "P1"}, {"ID": "P2"}],
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


RELATIVES = "descendants($root/Offices,Offices,ID,top(9),keep start)"
ABOVE = "ancestors($root/Offices,Offices,ID,top(1)/"

BOMBS = {
    "nests inside of nests": f"Sales?$apply={'nest(' * 60}identity{' as x)' * 60}",
    "many nests": f"Sales?$apply=groupby((ID),nest({','.join(f'identity as a{n}' for n in range(101))}))",
    "many nested entities": f"Sales?$apply={'/'.join(f'addnested(Customer,identity as a{n})' for n in range(101))}",
    "relatives of relatives": f"Offices?$apply={'/'.join([RELATIVES] * 30)}",
    "relatives inside of relatives": f"Offices?$apply={ABOVE * 30}identity{')' * 30}",
    "joins behind joins": f"Products?$apply={'/'.join(f'join(Sales as S{n},top(1))' for n in range(30))}",
    "all instances again": f"Sales?$apply={'/'.join(['filter(Amount ge $these/aggregate(Amount with min))'] * 30)}",
    "sums again and again": f"Sales?$apply={'/'.join(f'compute(1 as a{n})' for n in range(501))}",
}


@pytest.mark.parametrize("target", BOMBS.values(), ids=BOMBS.keys())
def test_statements_without_end_are_refused(trade: Service, target: str) -> None:
    answer = ask(trade, "GET", target)
    assert (answer.status, answer.error["code"]) == (400, "LimitExceeded")
    assert "(--max-" in answer.error["message"]


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            "Sales?$apply=addnested(Office,compute($these/aggregate(Superordinate/ID with max) as x) as N)",
            "$these stands in $filter, $orderby and $compute of entities",
        ),
        (
            "Products?$apply=addnested(Sales,groupby((Customer)) as S)/aggregate(S with countdistinct as d)",
            "'S' is no entity any more, and nothing else tells it from others",
        ),
        (
            "Products?$apply=addnested(Sales,top(1) as S)&$filter=Category/Products/any(p:S/any(x:x/Amount gt 1))",
            "'S' has been made by more than filter: of its members nothing is asked here",
        ),
        (
            "Customers?$filter=Sales/any(s:s/Product/Sales/aggregate(Amount with sum from Sold with max) gt 3)",
            "An aggregate in this expression is one of the members themselves",
        ),
        (
            "Products?$apply=addnested(Sales,top(2) as B)&$expand=B/$ref",
            "'B' is what $apply has made, and takes no options",
        ),
    ],
)
def test_what_does_not_nest_is_said(trade: Service, target: str, message: str) -> None:
    answer = ask(trade, "GET", target)
    assert answer.status == 501, answer.body
    assert answer.error["message"].startswith(message)
