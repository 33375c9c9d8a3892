"""`nest` inside of `nest`, of `$expand`, of `addnested`, and behind `rolluprecursive`, in each database."""

import pytest

from odata_service.service import Service
from tests.asking import ask

NO_METADATA = "application/json;odata.metadata=none"
BY_OFFICE = "rolluprecursive($root/Offices,Offices,OfficeID)"


def keys(*numbers: int) -> list[dict[str, object]]:
    return [{"ID": number} for number in numbers]


CASES: dict[str, tuple[str, list[dict[str, object]]]] = {
    "in what is expanded": (
        "Customers?$select=ID&$expand=Sales($apply=nest(filter(Amount gt 3)/groupby((ID)) as Large))&$skip=2",
        [{"ID": "C3", "Sales": [{"Large": []}]}, {"ID": "C4", "Sales": [{"Large": []}]}],
    ),
    "in groups of what is expanded": (
        "Customers?$select=ID&$filter=ID eq 'C3'"
        "&$expand=Sales($apply=filter(ID lt 8)/groupby((Amount),nest(groupby((ID)) as Them)))",
        [{"ID": "C3", "Sales": [{"Amount": 1, "Them": keys(7)}, {"Amount": 2, "Them": keys(6)}]}],
    ),
    "in what is nested in groups": (
        "Sales?$apply=groupby((Customer/Country),nest(nest(top(2)/groupby((ID)) as Two,"
        "aggregate($count as n) as N) as All))",
        [
            {"Customer": {"Country": "Netherlands"}, "All": [{"Two": keys(6, 7), "N": [{"n": 3}]}]},
            {"Customer": {"Country": "USA"}, "All": [{"Two": keys(1, 2), "N": [{"n": 5}]}]},
        ],
    ),
    "in groups of what is nested in groups": (
        "Sales?$apply=groupby((Customer/Country),nest(groupby((Amount),nest(groupby((ID)) as Them)) as By))&$top=1",
        [
            {
                "Customer": {"Country": "Netherlands"},
                "By": [{"Amount": 1, "Them": keys(7)}, {"Amount": 2, "Them": keys(6, 8)}],
            }
        ],
    ),
    "in members that a type narrows and transformations have made": (
        "Customers?$select=ID,X&$filter=ID eq 'C1'"
        "&$apply=addnested(Sales/trade.Sale,compute(Amount mul 2 as Twice)/nest(groupby((Twice)) as N) as X)",
        [{"ID": "C1", "X": [{"N": [{"Twice": 2}, {"Twice": 4}, {"Twice": 8}]}]}],
    ),
    "four times": (
        "Customers?$select=ID,X&$filter=ID eq 'C2'&$apply=addnested(Sales,"
        "nest(nest(nest(groupby((ID)) as C) as B) as A) as X)",
        [{"ID": "C2", "X": [{"A": [{"B": [{"C": keys(4, 5)}]}]}]}],
    ),
    "in the options of what is nested": (
        "Sales?$apply=groupby((Customer/Country),nest(topcount(3,Amount) as X))"
        "&$expand=Customer,X($apply=compute(ID mul 2 as d)/nest(groupby((d)) as N))",
        [
            {"Customer": {"Country": "Netherlands"}, "X": [{"N": [{"d": 12}, {"d": 14}, {"d": 16}]}]},
            {"Customer": {"Country": "USA"}, "X": [{"N": [{"d": 6}, {"d": 8}, {"d": 10}]}]},
        ],
    ),
    "with options for what is inside": (
        "Sales?$apply=nest(groupby((Customer),nest(identity as N)) as X)&$expand=X($expand=N($select=ID;$top=1))",
        [{"X": [{"N": keys(1)}, {"N": keys(4)}, {"N": keys(6)}]}],
    ),
    "for the nodes of a tree": (
        f"Sales?$apply=groupby(({BY_OFFICE}),filter(Amount gt 1)/nest(groupby((ID)) as X))&$skip=3",
        [
            {"OfficeID": "US", "X": keys(2, 3, 4, 5)},
            {"OfficeID": "US East", "X": keys(4, 5)},
            {"OfficeID": "US West", "X": keys(2, 3)},
        ],
    ),
    "of a node itself": (
        "Sales?$apply=groupby((rolluprecursive($root/Offices,Offices,Office/ID)),"
        "nest(filter(Office eq Aggregation.rollupnode())/groupby((ID)) as Own,aggregate($count as n) as All))"
        "&$expand=Office($select=ID),Own,All&$filter=startswith(Office/ID,'US')",
        [
            {"Office": {"ID": "US"}, "Own": [], "All": [{"n": 5}]},
            {"Office": {"ID": "US East"}, "Own": keys(4, 5), "All": [{"n": 2}]},
            {"Office": {"ID": "US West"}, "Own": keys(1, 2, 3), "All": [{"n": 3}]},
        ],
    ),
    "for groups at the nodes of a tree": (
        f"Sales?$apply=groupby(({BY_OFFICE}),groupby((Customer/Country),nest(aggregate($count as n) as N)))"
        "&$skip=2&$top=2",
        [
            {"OfficeID": "Sales", "Customer": {"Country": "Netherlands"}, "N": [{"n": 3}]},
            {"OfficeID": "Sales", "Customer": {"Country": "USA"}, "N": [{"n": 5}]},
        ],
    ),
}


@pytest.mark.parametrize(("target", "expected"), CASES.values(), ids=CASES.keys())
def test_what_comes_out(trade: Service, target: str, expected: list[dict[str, object]]) -> None:
    answer = ask(trade, "GET", target, accept=NO_METADATA)
    assert answer.status == 200, answer.body
    assert answer.values == expected


def test_context_urls_say_what_is_nested(trade: Service) -> None:
    target = "Sales?$apply=groupby((Paid),nest(groupby((Amount),nest(groupby((ID)) as Them)) as By))&$top=1"
    answer = ask(trade, "GET", target)
    assert answer.json["@odata.context"] == "http://host/$metadata#Sales(Paid,By(Amount,Them(ID)))"
    (group,) = answer.values
    assert group["By@odata.context"] == "#Sales(Amount,Them(ID))"
    assert group["By"][0]["Them@odata.context"] == "#Sales(ID)"
