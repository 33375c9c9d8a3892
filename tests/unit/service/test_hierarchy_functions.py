"""The functions of recursive hierarchies in every option, over the offices of tests/trade.py, in each database."""

import pytest

from odata_service.service import Service
from tests.asking import ask

TREE = "HierarchyNodes=$root/Offices,HierarchyQualifier='Offices'"


CASES: dict[str, tuple[str, list[str]]] = {
    "ancestors": (f"Aggregation.isancestor({TREE},Node=ID,Descendant='US West')", ["Sales", "US"]),
    "the whole namespace": (f"Org.OData.Aggregation.V1.isroot({TREE},Node=ID)", ["Sales"]),
    "ancestors within a distance": (f"isancestor({TREE},Node=ID,Descendant='US West',MaxDistance=1)", ["US"]),
    "an ancestor and itself": (f"isancestor({TREE},Node=ID,Descendant='US',IncludeSelf=true)", ["Sales", "US"]),
    "descendants": (f"isdescendant({TREE},Node=ID,Ancestor='US')", ["US East", "US West"]),
    "descendants within a distance": (f"isdescendant({TREE},Node=ID,Ancestor='Sales',MaxDistance=1)", ["EMEA", "US"]),
    "rows that name both nodes": (
        f"isdescendant({TREE},Node=ID,Ancestor=Superordinate/SuperordinateID)",
        ["EMEA Central", "US East", "US West"],
    ),
    "rows that name both nodes within a distance": (
        f"isdescendant({TREE},Node=ID,Ancestor=Superordinate/SuperordinateID,MaxDistance=1)",
        [],
    ),
    "two nodes of the request": (f"isdescendant({TREE},Node='US',Ancestor='EMEA') or ID eq 'US'", ["US"]),
    "what is no node has nothing below it": (f"isdescendant({TREE},Node=ID,Ancestor='x',IncludeSelf=true)", []),
    "leaves": (f"isleaf({TREE},Node=ID)", ["EMEA Central", "US East", "US West"]),
    "siblings": (f"issibling({TREE},Node=ID,Other='US')", ["EMEA"]),
    "a root is no sibling of itself": (f"issibling({TREE},Node=ID,Other='Sales')", []),
    "null is neither a node nor none": (f"isnode({TREE},Node=SuperordinateID) eq null", ["Sales"]),
    "nodes": (f"isnode({TREE},Node=Name)", ["EMEA", "EMEA Central", "US", "US East", "US West"]),
    "within a lambda": (
        f"Sales/any(s:isdescendant({TREE},Node=s/OfficeID,Ancestor='US'))",
        ["US East", "US West"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_nodes_are_found_by_their_place_in_the_tree(trade: Service, case: str) -> None:
    condition, expected = CASES[case]
    answer = ask(trade, "GET", f"Offices?$select=ID&$orderby=ID&$filter={condition}")
    assert answer.status == 200, answer.body
    assert answer.column("ID") == expected


def test_hierarchies_and_their_qualifiers_may_stand_behind_aliases(trade: Service) -> None:
    condition = "isroot(HierarchyNodes=@n,HierarchyQualifier=@q,Node=ID)"
    answer = ask(trade, "GET", f"Offices?$filter={condition}&@n=$root/Offices&@q='Offices'")
    assert answer.column("ID") == ["Sales"]


def test_a_condition_of_nodes_is_computed_and_ordered_by(trade: Service) -> None:
    leaf = f"isleaf({TREE},Node=ID)"
    answer = ask(trade, "GET", f"Offices?$compute={leaf} as Leaf&$orderby={leaf} desc,ID&$select=ID,Leaf&$top=4")
    assert [(entity["ID"], entity["Leaf"]) for entity in answer.values] == [
        ("EMEA Central", True),
        ("US East", True),
        ("US West", True),
        ("EMEA", False),
    ]


def test_a_distance_is_looked_at_in_each_request_of_a_shape(trade: Service) -> None:
    found = [
        ask(trade, "GET", f"Offices?$filter=isdescendant({TREE},Node=ID,Ancestor='Sales',MaxDistance={levels})")
        for levels in (2, 1, 0)
    ]
    assert [answer.status for answer in found] == [200, 200, 400]
    assert [len(answer.values) for answer in found[:2]] == [5, 2]


ROLLUP = "rolluprecursive($root/Offices,Offices,OfficeID)"


@pytest.mark.parametrize(
    "sequence",
    [
        "filter(Office eq Aggregation.rollupnode())/aggregate(Amount with sum as s)",
        "filter(OfficeID eq rollupnode(Position=1)/ID)/aggregate(Amount with sum as s)",
        "compute(case(OfficeID eq rollupnode()/ID:Amount) as Own)/aggregate(Own with sum as s)",
    ],
)
def test_rollupnode_is_the_node_of_the_group(trade: Service, sequence: str) -> None:
    answer = ask(trade, "GET", f"Sales?$apply=groupby(({ROLLUP}),{sequence})&$orderby=OfficeID")
    assert answer.status == 200, answer.body
    assert answer.column("s") == [None, 5, None, None, 12, 7]


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("isancestor(HierarchyNodes=$root/Offices,Node=ID)", "isancestor needs HierarchyQualifier, Descendant"),
        (f"isnode({TREE},Nod=ID)", "'Nod' is no parameter of isnode"),
        (f"isnode({TREE},Node=5)", "'Node' is an Edm.Int32, and nodes are named by an Edm.String"),
        ("isnode($root/Offices,'Offices',ID)", "isnode takes each parameter once, by its name"),
        ("isnode(HierarchyNodes=$root/Sales,HierarchyQualifier='Offices',Node=ID)", "'Offices' is no recursive"),
        ("isnode(HierarchyNodes=$root/Offices,HierarchyQualifier=ID,Node=ID)", "The qualifier of a hierarchy"),
        ("isnode(HierarchyNodes='a',HierarchyQualifier='Offices',Node=ID)", "The nodes of a hierarchy are an"),
        (f"isdescendant({TREE},Node=ID,Ancestor='US',MaxDistance=0)", "MaxDistance is a whole number from 1 on"),
        (f"isdescendant({TREE},Node=ID,Ancestor='US',IncludeSelf=1)", "IncludeSelf is true or false"),
        ("rollupnode() eq null", "There is no rolluprecursive number 1 around rollupnode"),
    ],
)
def test_what_is_wrong_with_a_call_is_said(trade: Service, condition: str, message: str) -> None:
    answer = ask(trade, "GET", f"Offices?$filter={condition}")
    assert (answer.status, answer.error["target"]) == (400, "$filter")
    assert answer.error["message"].startswith(message)
