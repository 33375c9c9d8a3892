"""The ways to nodes that have several parents, which are entities of their own in between, in each database.

Sales ─┬─ US ───┬─ Atlantis ── Child
       └─ EMEA ─┘
Mars ── Phobos
"""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.models import organizations_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

NO_METADATA = "application/json;odata.metadata=none"
ABOVE = {
    "Sales": [],
    "US": ["Sales"],
    "EMEA": ["Sales"],
    "Atlantis": ["US", "EMEA"],
    "Child": ["Atlantis"],
    "Mars": [],
    "Phobos": ["Mars"],
}
SALES = {1: ("US", 4), 2: ("EMEA", 2), 3: ("Atlantis", 10), 4: ("Phobos", 1)}
TREE = "$root/Organizations,Related,ID"
WAY = "@Aggregation.UpPath#Related"


@pytest.fixture(scope="module", params=FAMILIES)
def organized(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, organizations_schema) as service:
        for number, (name, parents) in enumerate(ABOVE.items()):
            relations = [
                {"Number": place, "Superordinate@odata.bind": f"Organizations('{parent}')"}
                for place, parent in enumerate(parents)
            ]
            one = {"ID": name, "Code": number, "Relations": relations}
            assert ask(service, "POST", "Organizations", one).status == 201
        for number, (name, amount) in SALES.items():
            sale = {"ID": number, "Amount": amount, "Organization@odata.bind": f"Organizations('{name}')"}
            assert ask(service, "POST", "Sales", sale).status == 201
        yield service


def ways(service: Service, target: str) -> list[tuple[str, list[str]]]:
    answer = ask(service, "GET", f"{target}&$select=ID", accept=NO_METADATA)
    assert answer.status == 200, answer.body
    return [(row["ID"], row[WAY]) for row in answer.values]


def test_each_way_to_a_node_is_told_by_the_names_of_those_above(organized: Service) -> None:
    assert ways(organized, f"Organizations?$apply=traverse({TREE},preorder)") == [
        ("Mars", []),
        ("Phobos", ["Mars"]),
        ("Sales", []),
        ("EMEA", ["Sales"]),
        ("Atlantis", ["EMEA", "Sales"]),
        ("Child", ["Atlantis", "EMEA", "Sales"]),
        ("US", ["Sales"]),
        ("Atlantis", ["US", "Sales"]),
        ("Child", ["Atlantis", "US", "Sales"]),
    ]


def test_a_traversal_begins_with_what_a_sequence_leaves_and_goes_on_to_all_below(organized: Service) -> None:
    target = f"Organizations?$apply=traverse({TREE},postorder,filter(ID eq 'US' or ID eq 'Child')/orderby(ID desc))"
    assert ways(organized, target) == [
        ("Child", ["Atlantis", "US"]),
        ("Atlantis", ["US"]),
        ("US", []),
        ("Child", []),
    ]


def test_nodes_are_the_entities_that_they_are(organized: Service) -> None:
    target = f"Organizations?$apply=traverse({TREE},preorder,filter(ID eq 'Atlantis'))&$select=ID,Code"
    answer = ask(organized, "GET", target, accept="application/json;odata.metadata=full")
    first = answer.values[0]
    assert (first["@odata.id"], first[WAY]) == (f"{ROOT}Organizations('Atlantis')", [])
    assert first["@odata.etag"].startswith("W/")


def test_names_that_are_no_texts_are_told_as_texts(organized: Service) -> None:
    target = "Organizations?$apply=traverse($root/Organizations,Coded,Code,preorder,filter(Code eq 2))&$select=ID"
    answer = ask(organized, "GET", target, accept=NO_METADATA)
    assert answer.column("@Aggregation.UpPath#Coded") == [[], ["2"], ["3", "2"]]


def test_what_is_related_to_nodes_shows_them_with_their_ways(organized: Service) -> None:
    target = (
        "Sales?$apply=traverse($root/Organizations,Related,Organization/ID,preorder,filter(ID eq 'Sales'),ID)"
        "&$select=Amount,Organization"
    )
    answer = ask(organized, "GET", target, accept=NO_METADATA)
    assert answer.status == 200, answer.body
    found = [(row["Amount"], row["Organization"]["ID"], row["Organization"][WAY]) for row in answer.values]
    assert found == [
        (2, "EMEA", ["Sales"]),
        (10, "Atlantis", ["EMEA", "Sales"]),
        (4, "US", ["Sales"]),
        (10, "Atlantis", ["US", "Sales"]),
    ]


def test_groups_are_made_for_each_way_in_the_order_of_the_traversal(organized: Service) -> None:
    walk = f"traverse({TREE},preorder,filter(ID eq 'Sales'),ID desc)"
    target = (
        f"Sales?$apply=groupby((rolluprecursive($root/Organizations,Related,Organization/ID,{walk})),"
        "aggregate(Amount with sum as Total))"
    )
    answer = ask(organized, "GET", target, accept=NO_METADATA)
    assert answer.status == 200, answer.body
    found = [(row["Organization"]["ID"], row["Organization"][WAY], row["Total"]) for row in answer.values]
    assert found == [
        ("Sales", [], 16),
        ("US", ["Sales"], 14),
        ("Atlantis", ["US", "Sales"], 10),
        ("Child", ["Atlantis", "US", "Sales"], None),
        ("EMEA", ["Sales"], 12),
        ("Atlantis", ["EMEA", "Sales"], 10),
        ("Child", ["Atlantis", "EMEA", "Sales"], None),
    ]


def test_relatives_are_found_by_way_of_the_relations(organized: Service) -> None:
    for apply, expected in (
        (f"ancestors({TREE},filter(ID eq 'Child'),2)", ["Atlantis", "EMEA", "US"]),
        (f"descendants({TREE},filter(ID eq 'US'),keep start)", ["Atlantis", "Child", "US"]),
    ):
        answer = ask(organized, "GET", f"Organizations?$apply={apply}&$select=ID", accept=NO_METADATA)
        assert answer.column("ID") == expected


def test_nodes_whose_parents_are_elsewhere_have_none(organized: Service) -> None:
    target = "Organizations?$apply=traverse($root/Organizations,Held,ID,preorder)&$select=ID&$top=3"
    assert ask(organized, "GET", target, accept=NO_METADATA).column("ID") == ["Atlantis", "Child", "EMEA"]
    call = "isroot(HierarchyNodes=$root/Organizations,HierarchyQualifier='Held',Node=ID)"
    assert ask(organized, "GET", f"Organizations/$count?$filter={call}").body == b"7"


@pytest.mark.parametrize("orderby", ["", "&$orderby=ID desc"])
def test_pages_joined_are_the_whole(organized: Service, orderby: str) -> None:
    target = f"Organizations?$apply=traverse({TREE},preorder,filter(ID eq 'Sales' or ID eq 'Atlantis')){orderby}"
    whole, found = ways(organized, target), list[tuple[str, list[str]]]()
    following = f"{target}&$select=ID"
    while following and len(found) < 30:
        answer = ask(organized, "GET", following, prefer="odata.maxpagesize=3", accept=NO_METADATA)
        found += [(row["ID"], row[WAY]) for row in answer.values]
        following = answer.json.get("@odata.nextLink", "").removeprefix(ROOT)
    assert sorted(found) == sorted(whole)
    assert len(found) == 9
