"""Aggregates in expressions, `$these` and `isdefined`, over the trade of tests/trade.py, in each database."""

import pytest

from odata_service.service import Service
from tests.asking import ask


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("Customers?$filter=Sales/aggregate(Amount with sum) gt 7", ["C2"]),
        ("Customers?$filter=Sales/aggregate($count) eq 3", ["C1", "C3"]),
        ("Customers?$filter=Sales/aggregate(Amount with min) eq null", ["C4"]),
        ("Customers?$filter=Sales/aggregate(Product with countdistinct) eq 2", ["C2", "C3"]),
        ("Customers?$orderby=Sales/aggregate(Pieces with min) desc,ID", ["C3", "C2", "C1", "C4"]),
        ("Products?$filter=Sales/$filter(Pieces gt 2)/aggregate(Amount mul 2 with sum) gt 2", ["P1", "P3"]),
        ("Products?$filter=$root/Sales/aggregate(Amount with max) eq Sales/aggregate(Amount with max)", ["P2"]),
        ("Sales?$filter=Customer/Sales/aggregate(Amount with max) eq Amount", [3, 4, 6, 8]),
        ("Sales?$filter=Amount gt $these/aggregate(Amount with average)", [3, 4, 5]),
        ("Sales?$filter=Amount gt $these/aggregate(Amount with average)&$orderby=Amount desc&$skip=1&$top=1", [3]),
        ("Sales?$filter=Paid eq null and ID gt $these/$count sub 2", [7, 8]),
        ("Sales?$filter=ID gt 2&$orderby=Amount sub $these/aggregate(Amount with max) desc,ID&$top=2", [4, 3]),
        ("Customers('C1')/Sales?$filter=Amount eq $these/aggregate(Amount with max)", [3]),
        ("Sales?$apply=filter(ID le 3)/filter(Amount eq $these/aggregate(Amount with max))", [3]),
        ("Sales?$apply=topcount($these/$count div 4,Amount)", [4, 3]),
        ("Sales?$apply=groupby((Customer/Country),filter(Amount eq $these/aggregate(Amount with max)))", [4, 6, 8]),
        ("Sales?$filter=isdefined(Product) and isdefined(Pieces)&$top=1", [1]),
        ("Customers?$filter=Sales/$filter(Amount ge $these/aggregate(Amount with average))/$count eq 2", ["C3"]),
        ("Customers?$filter=Sales/any(s:s/Amount gt $these/$count)", ["C2"]),
        ("Customers?$filter=Sales/$count($filter=$these/$count eq 3 and Amount gt 1) eq 2", ["C1", "C3"]),
        ("Customers?$filter=Sales/aggregate(Amount sub $these/aggregate(Amount with min) with max) ge 3", ["C1", "C2"]),
        ("Sales?$filter=Customer/Sales/$filter($these/$count eq 2)/any(s:s/Amount gt $these/$count sub 3)", [4, 5]),
        (
            "Sales?$apply=filter(Customer/Sales/$filter(Amount eq $these/aggregate(Amount with max))/$count gt 1)",
            [6, 7, 8],
        ),
        ("Sales/$filter(Amount gt $these/aggregate(Amount with average))", [3, 4, 5]),
        ("Sales/$filter(@f)?@f=Amount gt $these/aggregate(Amount with average)&$orderby=Amount desc", [4, 3, 5]),
        ("Customers('C1')/Sales/$filter(Amount eq $these/aggregate(Amount with max))", [3]),
        ("Sales(5)/Customer/Sales/$filter(Amount lt $these/aggregate(Amount with average))", [5]),
        (
            "Sales/$filter(Customer/Sales/any(s:s/Amount gt 7))/$filter(Amount eq $these/aggregate(Amount with min))",
            [5],
        ),
        ("Sales/$filter(ID gt 3 and $these/$count gt 7)/$filter($these/$count eq 5 and ID lt 6)", [4, 5]),
        ("Sales/$filter(ID gt 3)(4)/Customer/Sales/$filter($these/$count eq 2)", [4, 5]),
    ],
)
def test_aggregates_stand_in_expressions(trade: Service, target: str, expected: list[object]) -> None:
    answer = ask(trade, "GET", target)
    assert answer.status == 200, answer.body
    assert answer.column("ID") == expected


def test_aggregates_of_collections_are_computed(trade: Service) -> None:
    compute = "Sales/aggregate(Pieces with average) as a,Sales/aggregate(Sold with max) as m"
    answer = ask(trade, "GET", f"Customers?$compute={compute}&$select=ID,a,m")
    assert [(entity["ID"], entity["a"], entity["m"]) for entity in answer.values] == [
        ("C1", 2, "2022-08-07"),
        ("C2", 2, "2022-11-09"),
        ("C3", 6, "2022-11-22"),
        ("C4", None, None),
    ]


def test_these_are_what_is_there_when_the_option_is_asked(trade: Service) -> None:
    answer = ask(trade, "GET", "Sales?$filter=Amount ge 4&$compute=Amount div $these/aggregate(Amount with sum) as s")
    assert [round(share * 24, 9) for share in answer.column("s")] == [4, 8, 4]
    counted = ask(trade, "GET", "Sales/$count?$filter=Amount gt $these/aggregate(Amount with average)")
    assert counted.body == b"3"


def test_these_are_the_members_of_each_expanded_collection(trade: Service) -> None:
    expand = "Sales($filter=Amount gt $these/aggregate(Amount with average);$select=ID)"
    answer = ask(trade, "GET", f"Customers?$expand={expand}&$select=ID")
    assert answer.status == 200, answer.body
    assert [[sale["ID"] for sale in entity["Sales"]] for entity in answer.values] == [[3], [4], [6, 8], []]


def test_entities_stay_entities_when_all_are_looked_at(trade: Service) -> None:
    plain = ask(trade, "GET", "Sales(4)").json
    answer = ask(trade, "GET", "Sales?$filter=Amount eq $these/aggregate(Amount with max)&$count=true")
    assert answer.json["@odata.context"].endswith("$metadata#Sales")
    assert answer.json["@odata.count"] == 1
    assert answer.values == [{name: value for name, value in plain.items() if name != "@odata.context"}]


def test_pages_go_on_where_all_are_looked_at(trade: Service) -> None:
    target = "Sales?$filter=Amount lt $these/aggregate(Amount with max)&$orderby=Amount desc&$select=ID"
    first = ask(trade, "GET", target, prefer="odata.maxpagesize=3")
    link = first.json["@odata.nextLink"].removeprefix("http://host/")
    second = ask(trade, "GET", link, prefer="odata.maxpagesize=9")
    assert (first.column("ID"), second.column("ID")) == ([3, 5, 2], [6, 8, 1, 7])


def test_results_are_set_against_their_sum(trade: Service) -> None:
    apply = "groupby((Customer/Country),aggregate(Amount with sum as s))/compute($these/aggregate(s with max) as m)"
    answer = ask(trade, "GET", f"Sales?$apply={apply}/filter(s lt m)")
    assert answer.status == 200, answer.body
    assert [(row["s"], row["m"]) for row in answer.values] == [(5, 19)]


BIG = "Products?$apply=addnested(Sales,filter(Amount gt 1) as Big)"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (f"{BIG}/filter(Big/$count gt 1)", ["P1", "P2", "P3"]),
        (f"{BIG}/filter(Big/any(b:b/Customer/Sales/any(s:s/Amount gt b/Amount)))", ["P1", "P3"]),
        (f"{BIG}&$filter=Big/aggregate(Amount with sum) gt 5", ["P2", "P3"]),
        (f"{BIG}&$orderby=Big/aggregate(Amount with max) desc,ID", ["P2", "P3", "P1", "P4"]),
        ("Products?$apply=addnested(Category,identity as C)/filter(C/Name eq 'Food')", ["P1", "P2"]),
    ],
)
def test_what_is_nested_is_used_by_its_alias(trade: Service, target: str, expected: list[str]) -> None:
    answer = ask(trade, "GET", target)
    assert answer.status == 200, answer.body
    assert answer.column("ID") == expected


def test_totals_are_told_by_what_is_no_longer_defined(trade: Service) -> None:
    apply = "concat(aggregate(Amount with sum as s),groupby((Customer/Country),aggregate(Amount with sum as s)))"
    last = ask(trade, "GET", f"Sales?$apply={apply}&$orderby=isdefined(Customer/Country) desc,Customer/Country")
    assert last.column("s") == [5, 19, 24]
    alone = ask(trade, "GET", f"Sales?$apply={apply}&$filter=not isdefined(Customer/Country)")
    assert alone.column("s") == [24]


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        ("Sales?$filter=$these gt 1", 400, "$these are all instances, and no value"),
        ("Sales?$filter=isdefined(5)", 400, "isdefined takes the path of a property"),
        ("Sales?$filter=isdefined(Nope)", 400, "Property 'Nope' is not declared"),
        ("Customers?$filter=Name/aggregate(Name with sum) gt 1", 400, "any, all, aggregate, $count and $filter stand"),
        ("Products?$filter=Sales/aggregate(Sold with sum) gt 1", 400, "'sum' does not take Edm.Date"),
        ("Products?$filter=Sales/aggregate(Amount with sum)/x gt 1", 400, "Nothing can follow any, all, aggregate"),
        ("Products?$filter=Sales/$filter($these/Amount gt 1)/any()", 400, "$these are all instances, and no value"),
        (
            "Products?$filter=Sales/$filter($these/aggregate(Customer/Sales/Amount with sum) gt 1)/any()",
            501,
            "An aggregate in this expression is one of the members themselves",
        ),
    ],
)
def test_what_is_wrong_with_an_aggregate_is_said(trade: Service, target: str, status: int, message: str) -> None:
    answer = ask(trade, "GET", target)
    assert answer.status == status, answer.body
    assert answer.error["message"].startswith(message)
