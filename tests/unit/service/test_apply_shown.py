"""What $select and $expand show of what transformations have made, in each database (Data Aggregation 3.1.1)."""

import pytest

from odata_service.service import Service
from tests.asking import ask

NO_METADATA = "application/json;odata.metadata=none"
GROUPS = "Sales?$apply=groupby((Customer/Country,Customer/Name,Product/Name),aggregate($count as n))"
FIRST = "&$orderby=Customer/Country,Customer/Name,Product/Name&$top=1"


CASES: dict[str, tuple[str, list[dict[str, object]]]] = {
    "options of what is inside": (
        f"{GROUPS}&$select=Customer($select=Name),n{FIRST}",
        [{"Customer": {"Name": "Sue"}, "n": 2}],
    ),
    "all that is inside": (
        f"{GROUPS}&$select=Customer($select=*)" + FIRST,
        [{"Customer": {"Country": "Netherlands", "Name": "Sue"}}],
    ),
    "operations, which no group has": (f"{GROUPS}&$select=n,trade.*{FIRST}", [{"n": 2}]),
    "everything": (
        f"{GROUPS}&$select=*{FIRST}",
        [{"Customer": {"Country": "Netherlands", "Name": "Sue"}, "Product": {"Name": "Paper"}, "n": 2}],
    ),
    "of parts of entities those that $expand names": (
        f"{GROUPS}&$expand=Product{FIRST}",
        [{"Product": {"Name": "Paper"}, "n": 2}],
    ),
    "and what it selects of them": (
        f"{GROUPS}&$expand=Customer($select=Country){FIRST}",
        [{"Customer": {"Country": "Netherlands"}, "n": 2}],
    ),
    "beside what is selected": (
        f"{GROUPS}&$select=n&$expand=Customer($select=Country){FIRST}",
        [{"Customer": {"Country": "Netherlands"}, "n": 2}],
    ),
    "properties of an entity that groups are made by": (
        "Sales?$apply=groupby((Customer))&$select=Customer/ID,Customer/Name&$top=1",
        [{"Customer": {"ID": "C1", "Name": "Joe"}}],
    ),
    "options of an entity that is joined": (
        "Categories?$apply=join(Products as P)&$select=ID,P($select=Name)&$top=1",
        [{"ID": "PG1", "P": {"Name": "Sugar"}}],
    ),
    "options of what is nested": (
        "Products?$apply=addnested(Sales,filter(Amount gt 1) as B)&$top=2"
        "&$select=ID,B($select=ID;$orderby=ID desc;$top=1)",
        [{"ID": "P1", "B": [{"ID": 6}]}, {"ID": "P2", "B": [{"ID": 4}]}],
    ),
    "members of what is nested in a group": (
        "Sales?$apply=groupby((Paid),nest(top(2) as N))&$select=N/ID,N/Amount",
        [{"N": [{"ID": 1, "Amount": 1}, {"ID": 2, "Amount": 2}]}],
    ),
    "counts of what is nested": (
        "Products?$apply=addnested(Sales,filter(Amount gt 1) as B)&$select=ID&$expand=B/$count&$top=1",
        [{"ID": "P1", "B@odata.count": 2}],
    ),
    "counts of what is nested in groups": (
        "Sales?$apply=groupby((Paid),nest(filter(Amount gt 1) as N))&$expand=N/$count",
        [{"Paid": None, "N@odata.count": 6}],
    ),
    "what is nested without what that shows by itself": (
        "Customers?$apply=addnested(Sales,groupby((Product/Name)) as G)&$select=ID&$expand=G&$top=1",
        [{"ID": "C1", "G": [{}, {}, {}]}],
    ),
    "what is nested inside where it is named": (
        "Customers?$apply=addnested(Sales,addnested(Product,compute(1 as x) as P) as S)&$select=ID"
        "&$expand=S($select=ID;$top=1;$expand=P($select=ID))&$top=1",
        [{"ID": "C1", "S": [{"ID": 1, "P": {"ID": "P3"}}]}],
    ),
}


@pytest.mark.parametrize(("target", "expected"), CASES.values(), ids=CASES.keys())
def test_what_is_shown(trade: Service, target: str, expected: list[dict[str, object]]) -> None:
    answer = ask(trade, "GET", target, accept=NO_METADATA)
    assert answer.status == 200, answer.body
    assert answer.values == expected


@pytest.mark.parametrize(
    ("target", "context"),
    [
        (f"{GROUPS}&$expand=Customer($select=Country)", "Sales(n,Customer(Country))"),
        (
            "Customers?$apply=addnested(Sales,groupby((Product/Name)) as G)&$expand=G",
            "Customers(G(@Core.AnyStructure))",
        ),
    ],
)
def test_context_urls_say_what_is_shown(trade: Service, target: str, context: str) -> None:
    assert ask(trade, "GET", target).json["@odata.context"] == f"http://host/$metadata#{context}"


def test_a_collection_that_is_added_says_what_its_members_have(trade: Service) -> None:
    answer = ask(trade, "GET", "Products?$apply=addnested(Sales,aggregate(Amount with sum as Total) as A)&$top=1")
    assert answer.values[0]["A@odata.context"] == "#Sales(Total)"


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (f"{GROUPS}&$select=Customer($top=1)", "$top does not go with a complex value"),
        (f"{GROUPS}&$select=Customer/ID", "'Customer/ID' is not in the result of $apply"),
        (f"{GROUPS}&$expand=Customer($select=ID)", "'Customer/ID' is not in the result of $apply"),
        ("Sales?$apply=nest(identity as N)&$select=N($top=1),N/ID", "'N' stands twice in $select"),
    ],
)
def test_what_is_not_there_is_told(trade: Service, target: str, message: str) -> None:
    answer = ask(trade, "GET", target)
    assert answer.status == 400, answer.body
    assert answer.error["message"].startswith(message)
