"""TopLevels: the first levels of a tree, and what its nodes tell of where they stand there."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest

from odata_service.service import Service
from tests.asking import ask
from tests.models import tree_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

PARENTS = {1: None, 2: 1, 3: 1, 4: 2, 5: 2, 6: 3, 7: 4, 8: None, 9: 8}
SHOWN = "$select=ID,Depth,Below,State,Stand/Rank"


@pytest.fixture(params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, tree_schema) as made:
        for number, parent in PARENTS.items():
            entity = {"ID": number, "Name": f"N{number % 3}", "ParentID": parent, "State": "kept"}
            assert ask(made, "POST", "Nodes", entity).status == 201
        yield made


def top_levels(further: str = "") -> str:
    return f"Hierarchy.TopLevels(HierarchyNodes=$root/Nodes,HierarchyQualifier='Tree',NodeProperty='ID'{further})"


def told(service: Service, apply: str, options: str = SHOWN) -> list[str]:
    """The nodes with their depth, how many of those below are shown, the beginning of their state, and their rank."""
    answer = ask(service, "GET", f"Nodes?$apply={quote(apply)}&{options}")
    assert answer.status == 200, answer.body
    return [
        f"{row['ID']}:{row['Depth']}{row['Below']}{row['State'][0]}{row['Stand']['Rank']}"
        for row in answer.json["value"]
    ]


@pytest.mark.parametrize(
    ("further", "expected"),
    [
        ("", "1:06e0 2:13e1 4:21e2 7:30l3 5:20l4 3:11e5 6:20l6 8:01e7 9:10l8"),
        (",Levels=1", "1:00c0 8:00c1"),
        (",Levels=2", "1:02e0 2:10c1 3:10c2 8:01e3 9:10l4"),
        (',Levels=1,ExpandLevels=[{"NodeID":"1","Levels":1}]', "1:02e0 2:10c1 3:10c2 8:00c3"),
        (
            ',Levels=1,ExpandLevels=[{"NodeID":1,"Levels":null}]',
            "1:06e0 2:13e1 4:21e2 7:30l3 5:20l4 3:11e5 6:20l6 8:00c7",
        ),
        (
            ',Levels=3,ExpandLevels=[{"NodeID":"2","Levels":0},{"NodeID":"8"},{"NodeID":"77","Levels":2}]',
            "1:03e0 2:10c1 3:11e2 6:20l3 8:01e4 9:10l5",
        ),
        (",Levels=2,Collapse=[8],Expand=[3]", "1:03e0 2:10c1 3:11e2 6:20l3 8:00c4"),
    ],
)  # fmt: skip
def test_levels_are_shown_in_preorder(service: Service, further: str, expected: str) -> None:
    assert " ".join(told(service, top_levels(further))) == expected


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("orderby(ID desc)/", "8:01e0 9:10l1 1:02e2 3:10c3 2:10c4"),
        ("orderby(Name)/", "1:02e0 3:10c1 2:10c2 8:01e3 9:10l4"),
        ("filter(ID ne 1)/", "2:02e0 4:10c1 5:10l2 3:01e3 6:10l4 8:01e5 9:10l6"),
        ("ancestors($root/Nodes,Tree,ID,filter(ID eq 7 or ID eq 6),keep start)/", "1:02e0 2:10c1 3:10c2"),
        ("descendants($root/Nodes,Tree,ID,filter(ID eq 2),keep start)/", "2:02e0 4:10c1 5:10l2"),
    ],
)
def test_what_stands_before_is_the_tree(service: Service, before: str, expected: str) -> None:
    assert " ".join(told(service, before + top_levels(",Levels=2"))) == expected


def test_pages_counts_filters_and_orders_are_of_what_is_shown(service: Service) -> None:
    apply = top_levels(",Levels=2")
    assert told(service, apply, f"{SHOWN}&$skip=1&$top=2") == ["2:10c1", "3:10c2"]
    assert told(service, apply, f"{SHOWN}&$filter=Depth eq 0&$orderby=Stand/Rank desc") == ["8:01e3", "1:02e0"]
    assert told(service, apply, f"{SHOWN}&$filter=ID eq 9") == ["9:10l4"]
    counted = ask(service, "GET", f"Nodes?$apply={quote(apply)}&$count=true&$top=0")
    assert counted.json["@odata.count"] == 5
    first = ask(service, "GET", f"Nodes?$apply={quote(apply)}&$select=ID,State", prefer="maxpagesize=3")
    second = ask(service, "GET", first.json["@odata.nextLink"].removeprefix("http://host/"))
    assert [row["ID"] for row in (*first.json["value"], *second.json["value"])] == [1, 2, 3, 8, 9]


@pytest.mark.parametrize(
    ("behind", "expected"),
    [
        ("aggregate($count as n,Depth with max as d)", [{"n": 5, "d": 1}]),
        (
            "groupby((State),aggregate($count as n))/orderby(State)",
            [{"State": "collapsed", "n": 2}, {"State": "expanded", "n": 2}, {"State": "leaf", "n": 1}],
        ),
        ("filter(Depth ge 1)/groupby((Depth),aggregate($count as n))/filter(n ge 1)", [{"Depth": 1, "n": 3}]),
        ("concat(aggregate($count as n),aggregate(ID with sum as n))", [{"n": 5}, {"n": 23}]),
    ],
)
def test_what_is_shown_may_be_aggregated(service: Service, behind: str, expected: list[dict[str, object]]) -> None:
    apply = f"{top_levels(',Levels=2')}/{behind}"
    answer = ask(service, "GET", f"Nodes?$apply={quote(apply)}", accept="application/json;odata.metadata=none")
    assert answer.json["value"] == expected


def test_descendants_that_tell_of_themselves_may_be_aggregated(service: Service) -> None:
    apply = "descendants($root/Nodes,Tree,ID,filter(ID eq 1),2)/groupby((State),aggregate($count as n))/orderby(State)"
    further = "/groupby((State,n))/filter(n gt 0)/groupby((State,n))"
    target = f"Nodes?$apply={quote(apply + further)}"
    answer = ask(service, "GET", target, accept="application/json;odata.metadata=none")
    assert answer.json["value"] == [
        {"State": "collapsed", "n": 1},
        {"State": "expanded", "n": 2},
        {"State": "leaf", "n": 2},
    ]


def test_nodes_are_entities_still(service: Service) -> None:
    answer = ask(
        service, "GET", f"Nodes?$apply={quote(top_levels(',Levels=1'))}&$top=1&$expand=Parent&$select=ID,State"
    )
    etag = ask(service, "GET", "Nodes(1)").headers["ETag"]
    assert answer.json["value"] == [{"@odata.etag": etag, "ID": 1, "State": "collapsed", "Parent": None}]
    assert ask(service, "GET", "Nodes(1)?$select=State").json["State"] == "kept"


@pytest.mark.parametrize(
    ("apply", "expected"),
    [
        ("descendants($root/Nodes,Tree,ID,filter(ID eq 1),1)", "2:collapsed 3:collapsed"),
        ("descendants($root/Nodes,Tree,ID,filter(ID eq 1),2)", "2:expanded 3:expanded 4:collapsed 5:leaf 6:leaf"),
        ("descendants($root/Nodes,Tree,ID,filter(ID eq 3 or ID eq 4))/orderby(ID desc)", "7:leaf 6:leaf"),
        (
            "ancestors($root/Nodes,Tree,ID,filter(ID eq 4),keep start)"
            "/descendants($root/Nodes,Tree,ID,filter(ID eq 2),1)",
            "4:leaf",
        ),
        ("descendants($root/Nodes,Tree,ID,filter(ID eq 1),1)/filter(State eq 'leaf')", ""),
    ],
)
def test_descendants_tell_whether_more_is_below(service: Service, apply: str, expected: str) -> None:
    answer = ask(service, "GET", f"Nodes?$apply={quote(apply)}&$select=ID,State")
    assert " ".join(f"{row['ID']}:{row['State']}" for row in answer.json["value"]) == expected


@pytest.mark.parametrize(
    ("apply", "message"),
    [
        ("Hierarchy.TopLevels(HierarchyNodes=$root/Nodes)", "TopLevels needs HierarchyQualifier, NodeProperty (at"),
        (top_levels(",Level=1"), "'Level' is no parameter of TopLevels (at position 1 of $apply). Did you mean 'Lev"),
        (top_levels(f",Levels={'9' * 5000}"), f"'{'9' * 80}…' is not an Edm.Int64. Write digits"),
        (top_levels(",Levels='1'"), "Levels is a whole number from 0 on. Leave it out for all levels."),
        (top_levels(",ExpandLevels=1"), "ExpandLevels is a JSON array. Write ExpandLevels=[…]."),
        (top_levels(",ExpandLevels=[1]"), "A member of ExpandLevels has no NodeID. Write"),
        (top_levels(',Expand=["x"]'), "Nodes are named by Edm.Int32, and not so (at"),
        (top_levels().replace("'Tree'", "'Trees'"), "'Trees' is no recursive hierarchy of 'tree.Node' (at"),
        (top_levels().replace("'Tree'", "Tree"), "HierarchyQualifier and NodeProperty are texts in quotes."),
        (top_levels().replace("$root/Nodes", "1"), "HierarchyNodes is no entity set (at"),
        (top_levels().replace("'Tree'", "'Net'"), "TopLevels takes nodes of 'Nodes' that have one parent each (at"),
        (top_levels().replace("'ID'", "'ParentID'"), "TopLevels takes nodes of 'Nodes' that have one parent each (at"),
        ("groupby((Name))/" + top_levels(), "TopLevels takes entities that nothing but filter, search"),
        (f"concat(identity,identity)/{top_levels()}", "TopLevels takes entities that nothing but filter, search"),
        (f"groupby((Name),{top_levels()})", "TopLevels takes entities that nothing but filter, search"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told(apply: str, message: str) -> None:
    with standing_service("sqlite", tree_schema) as service:
        answer = ask(service, "GET", f"Nodes?$apply={quote(apply)}")
        assert answer.status in {400, 501}
        assert answer.error["message"].startswith(message)


def test_hundreds_of_nodes_may_be_open(service: Service) -> None:
    members = ",".join(f'{{"NodeID":"{number}","Levels":{number % 2}}}' for number in range(1, 200))
    found = told(service, top_levels(f",Levels=1,ExpandLevels=[{members}]"))
    assert " ".join(found) == "1:03e0 2:10c1 3:11e2 6:20l3 8:00c4"


def test_a_row_rule_takes_nodes_out_of_the_tree() -> None:
    with standing_service("sqlite", tree_schema) as service:
        for number, parent in PARENTS.items():
            assert ask(service, "POST", "Nodes", {"ID": number, "ParentID": parent}).status == 201
        service.rows("Nodes")(lambda principal: "ID ne 1 and ID ne 9")
        assert " ".join(told(service, top_levels(",Levels=2"))) == "2:02e0 4:10c1 5:10l2 3:01e3 6:10l4 8:00l5"
