"""`rolluprecursive` with sequences that keep entities: each is told of every node that it is in, in each database."""

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask

NO_METADATA = "application/json;odata.metadata=none"
BY_KEY = "rolluprecursive($root/Offices,Offices,OfficeID)"
BY_ENTITY = "rolluprecursive($root/Offices,Offices,Office/ID)"


BEST = [(4, "Sales"), (4, "US"), (4, "US East"), (3, "US West"), (6, "EMEA"), (6, "EMEA Central")]

CASES: dict[str, tuple[str, list[dict[str, object]]]] = {
    "entities are told of the node": (
        f"Sales?$apply=groupby(({BY_KEY}),topcount(1,Amount))&$select=ID,OfficeID",
        [{"ID": number, "OfficeID": office} for number, office in BEST],
    ),
    "entities are related to the node": (
        f"Sales?$apply=groupby(({BY_ENTITY}),topcount(1,Amount))&$select=ID&$expand=Office($select=ID)",
        [{"ID": number, "Office": {"ID": office}} for number, office in BEST],
    ),
    "entities at a node itself": (
        f"Sales?$apply=filter(Amount gt 3)/groupby(({BY_ENTITY}),filter(Office eq Aggregation.rollupnode()))"
        "&$select=ID&$expand=Office($select=Name)",
        [
            {"ID": 3, "Office": {"Name": "US West"}},
            {"ID": 4, "Office": {"Name": "US East"}},
            {"ID": 5, "Office": {"Name": "US East"}},
        ],
    ),
    "measures of a node itself beside those of all below": (
        f"Sales?$apply=groupby(({BY_KEY}),compute(case(OfficeID eq Aggregation.rollupnode()/ID:Amount) as Own)"
        "/aggregate(Amount with sum as Total,Own with sum as Own))&$filter=startswith(OfficeID,'US')",
        [
            {"OfficeID": "US", "Total": 19, "Own": None},
            {"OfficeID": "US East", "Total": 12, "Own": 12},
            {"OfficeID": "US West", "Total": 7, "Own": 7},
        ],
    ),
    "what follows sees the nodes": (
        f"Sales?$apply=groupby(({BY_ENTITY}),identity)/groupby((Office/Name),aggregate(Amount with sum as t))/top(2)",
        [{"Office": {"Name": "Corporate Sales"}, "t": 24}, {"Office": {"Name": "EMEA"}, "t": 5}],
    ),
    "computed with, beside what is aggregated": (
        f"Sales?$apply=filter(ID eq 4)/groupby(({BY_KEY}),concat(compute(Amount mul 2 as x),aggregate($count as n)))"
        "&$select=ID,OfficeID,x,n&$filter=startswith(OfficeID,'US')",
        [
            {"ID": 4, "OfficeID": "US", "x": 16},
            {"ID": 4, "OfficeID": "US East", "x": 16},
            {"OfficeID": "US", "n": 1},
            {"OfficeID": "US East", "n": 1},
            {"OfficeID": "US West", "n": 0},
        ],
    ),
}


@pytest.mark.parametrize(("target", "expected"), CASES.values(), ids=CASES.keys())
def test_what_comes_out(trade: Service, target: str, expected: list[dict[str, object]]) -> None:
    answer = ask(trade, "GET", target, accept=NO_METADATA)
    assert answer.status == 200, answer.body
    assert answer.values == expected


def test_they_are_counted_and_stand_for_no_entity(trade: Service) -> None:
    answer = ask(trade, "GET", f"Sales?$apply=groupby(({BY_KEY}),identity)&$count=true&$top=1&$select=ID,OfficeID")
    assert answer.json["@odata.count"] == 24
    assert answer.values == [{"@odata.id": None, "ID": 1, "OfficeID": "Sales"}]


@pytest.mark.parametrize("orderby", ["", "&$orderby=Amount desc"])
def test_pages_joined_are_the_whole(trade: Service, orderby: str) -> None:
    target = f"Sales?$apply=groupby(({BY_KEY}),identity)&$select=ID,OfficeID{orderby}"
    whole = ask(trade, "GET", target, accept=NO_METADATA).values
    found: list[object] = []
    following = target
    while following and len(found) < 40:
        answer = ask(trade, "GET", following, prefer="odata.maxpagesize=7", accept=NO_METADATA)
        found += answer.values
        following = answer.json.get("@odata.nextLink", "").removeprefix(ROOT)
    assert found == whole


def test_the_order_of_what_is_joined_is_kept(trade: Service) -> None:
    target = (
        "Products?$apply=join(Sales as S,traverse($root/Offices,Offices,OfficeID,preorder,Name desc)/top(1))"
        "&$select=ID&$expand=S($select=ID)"
    )
    answer = ask(trade, "GET", target, accept=NO_METADATA)
    assert [(row["ID"], row["S"]["ID"]) for row in answer.values] == [("P1", 2), ("P2", 3), ("P3", 1)]


BY_NODE = "rolluprecursive($root/Offices,Offices,ID)"


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (
            f"Offices?$apply=groupby(({BY_NODE}),filter(startswith(Name,'US'))/compute(length(Name) as l))&$select=ID,l"
            "&$filter=l gt 2",
            [(name, 7) for name in ("Sales", "Sales", "US", "US", "US East", "US West")],
        ),
        (
            f"Offices?$apply=groupby(({BY_NODE}),topcount(1,Name)/compute(length(Name) as l))&$select=ID,l&$top=2",
            [("EMEA", 12), ("EMEA Central", 12)],
        ),
        (
            f"Offices?$apply=groupby(({BY_NODE}),nest(filter(startswith(Name,'US'))/groupby((ID)) as l))&$select=ID,l"
            "&$top=1&$skip=3",
            [("US", [{"ID": "US"}, {"ID": "US East"}, {"ID": "US West"}])],
        ),
    ],
)
def test_entities_become_the_nodes_that_they_are_in(
    trade: Service, target: str, expected: list[tuple[str, object]]
) -> None:
    answer = ask(trade, "GET", target, accept=NO_METADATA)
    assert answer.status == 200, answer.body
    assert [(row["ID"], row["l"]) for row in answer.values] == expected


def test_other_groups_beside_nodes_are_told_in_their_place(trade: Service) -> None:
    target = f"Offices?$apply=groupby((Name,{BY_NODE}),aggregate($count as n))&$filter=ID eq 'EMEA'&$select=ID,Name"
    answer = ask(trade, "GET", target)
    assert answer.values == [{"@odata.id": None, "ID": "EMEA", "Name": name} for name in ("EMEA", "EMEA Central")]


def test_pages_of_entities_that_become_nodes_joined_are_the_whole(trade: Service) -> None:
    following, found = f"Offices?$apply=groupby(({BY_NODE}),compute(Name as Own))&$select=ID,Own", list[object]()
    while following and len(found) < 40:
        answer = ask(trade, "GET", following, prefer="odata.maxpagesize=4", accept=NO_METADATA)
        found += [(row["ID"], row["Own"]) for row in answer.values]
        following = answer.json.get("@odata.nextLink", "").removeprefix(ROOT)
    assert len(found) == len(set(map(str, found))) == 14


def test_nodes_have_nothing_that_is_added_to_others(trade: Service) -> None:
    assert ask(trade, "GET", f"Offices?$apply=groupby(({BY_NODE}),addnested(Sales,identity as All))").refusal == (
        501,
        "Nodes that are grouped by themselves have nothing that addnested gives to others (at position 1 of $apply). "
        "Write addnested behind groupby.",
    )


def test_what_has_many_nodes_is_joined_first(trade: Service) -> None:
    assert ask(trade, "GET", "Products?$apply=traverse($root/Offices,Offices,Sales/Office/ID,preorder)").refusal == (
        501,
        "By 'Sales/Office/ID' an instance has many nodes (at position 32 of $apply). "
        "Join the collection first: join(Sales as Name), and go on from Name.",
    )
    target = (
        "Products?$apply=join(Sales as S)/traverse($root/Offices,Offices,S/Office/ID,preorder)&$select=ID,S/ID&$top=1"
    )
    assert ask(trade, "GET", target, accept=NO_METADATA).values == [{"ID": "P1", "S": {"ID": 6}}]
