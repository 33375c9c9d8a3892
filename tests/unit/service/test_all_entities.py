"""`$all`: the entities of every set and singleton (URL Conventions 4.16), on each database."""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.company import fill
from tests.models import company_schema, findings_schema
from tests.servers import FAMILIES
from tests.standing import standing_service


@pytest.fixture(scope="module", params=FAMILIES)
def company(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, company_schema) as service:
        fill(service)
        made = ask(service, "PATCH", "Me", {"@odata.type": "#firm.Employee", "id": "me", "name": "I", "salary": 3})
        assert made.status == 201
        yield service


def ids(service: Service, target: str, **headers: str) -> list[str]:
    """The entity-ids of a page, relative to the service root."""
    answer = ask(service, "GET", target, **headers)
    assert answer.status == 200, answer.body
    return [found.removeprefix(ROOT) for found in answer.column("@odata.id")]


WHOLE = ["People('ann')", "People('bob')", "People('cy')", "People('di')", "Settings", "Me"]


def test_all_entities_come_source_by_source(company: Service) -> None:
    assert sorted(ids(company, "$all")) == sorted(WHOLE)
    assert ask(company, "GET", "$all/$count").body == b"6"


def test_each_entity_tells_where_it_lives_and_what_it_is(company: Service) -> None:
    answer = ask(company, "GET", "$all")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Collection(Edm.EntityType)"
    found = {one["@odata.id"]: (one["@odata.context"], one["@odata.type"]) for one in answer.values}
    assert found[f"{ROOT}People('bob')"] == (f"{ROOT}$metadata#People/$entity", "#firm.Employee")
    assert found[f"{ROOT}People('ann')"] == (f"{ROOT}$metadata#People/$entity", "#firm.Person")
    assert found[f"{ROOT}Settings"][0] == f"{ROOT}$metadata#Settings"
    assert all(one["@odata.etag"].startswith('W/"') for one in answer.values)


def test_pages_joined_are_the_whole_with_its_count(company: Service) -> None:
    whole = ids(company, "$all")
    target, found, pages = "$all?$count=true", [], 0
    while target:
        answer = ask(company, "GET", target, prefer="maxpagesize=2")
        assert answer.json["@odata.count"] == 6
        found += [one["@odata.id"].removeprefix(ROOT) for one in answer.values]
        target, pages = answer.json.get("@odata.nextLink", "").removeprefix(ROOT), pages + 1
    assert (found, pages) == (whole, 3)


def test_skip_and_top_go_over_the_sources(company: Service) -> None:
    whole = ids(company, "$all")
    assert ids(company, "$all?$skip=3&$top=2") == whole[3:5]
    assert ids(company, "$all?$skip=5") == whole[5:]
    assert ids(company, "$all?$skip=6") == []
    assert ids(company, "$all?$top=0") == []
    answer = ask(company, "GET", "$all?$skip=1&$top=4", prefer="maxpagesize=3")
    following = answer.json["@odata.nextLink"].removeprefix(ROOT)
    last = ask(company, "GET", following, prefer="maxpagesize=3")
    assert [one["@odata.id"].removeprefix(ROOT) for one in (*answer.values, *last.values)] == whole[1:5]
    assert "@odata.nextLink" not in last.json


def test_a_type_leaves_those_of_it_with_their_options(company: Service) -> None:
    target = "$all/firm.Employee?$filter=salary gt 4&$select=id,salary&$count=true"
    answer = ask(company, "GET", target)
    assert (answer.json["@odata.context"], answer.json["@odata.count"]) == (
        f"{ROOT}$metadata#Collection(firm.Employee)", 2,
    )  # fmt: skip
    assert [(one["id"], one["salary"]) for one in answer.values] == [("bob", 5), ("cy", 9)]
    assert [one["@odata.type"] for one in answer.values] == ["#firm.Employee", "#firm.Director"]
    assert ask(company, "GET", "$all/firm.Employee/$count?$filter=salary lt 9").body == b"2"
    assert sorted(ids(company, "$all/firm.Employee")) == ["Me", "People('bob')", "People('cy')"]


ORDERS = {
    "$orderby=name desc": ["Me", "People('di')", "People('cy')", "People('bob')", "People('ann')"],
    "$orderby=born": ["People('bob')", "People('cy')", "People('di')", "Me", "People('ann')"],
    "$orderby=born desc,name": ["People('ann')", "People('bob')", "People('cy')", "People('di')", "Me"],
    "$orderby=contains(name,'i'),id&$filter=born eq null": ["People('bob')", "People('cy')", "Me", "People('di')"],
    "$orderby=name&$skip=1&$top=3": ["People('bob')", "People('cy')", "People('di')"],
    "$orderby=name&$top=0": [],
}


@pytest.mark.parametrize(("options", "expected"), ORDERS.items(), ids=ORDERS.keys())
def test_entities_of_a_type_come_in_an_order_over_all_sources(
    company: Service, options: str, expected: list[str]
) -> None:
    assert ids(company, f"$all/firm.Person?{options}") == expected


@pytest.mark.parametrize("options", ["$orderby=born", "$orderby=born desc", "$orderby=name&$top=4", "$orderby=born,id"])
def test_ordered_pages_joined_are_the_whole_with_its_count(company: Service, options: str) -> None:
    target = f"$all/firm.Person?{options}&$count=true"
    whole, found, pages = ids(company, target), [], 0
    while target:
        answer = ask(company, "GET", target, prefer="maxpagesize=1")
        assert answer.json["@odata.count"] == 5
        found += [one["@odata.id"].removeprefix(ROOT) for one in answer.values]
        target, pages = answer.json.get("@odata.nextLink", "").removeprefix(ROOT), pages + 1
    assert (found, pages) == (whole, len(whole))


@pytest.fixture(scope="module", params=FAMILIES)
def dig(request: pytest.FixtureRequest) -> Iterator[Service]:
    marks: dict[str, dict[str, object]] = {
        "Others": {"o1": 2.5, "o2": "b", "o3": True, "o4": None},
        "Stones": {"s1": 3, "s2": None, "s3": 1},
        "Coins": {"c1": 2.5, "c2": 1.5},
        "Letters": {"l1": "a", "l2": "c"},
        "Prints": {"p1": "2024-01-02", "p2": "2023-01-02"},
    }
    with standing_service(request.param, findings_schema) as service:
        for target, known in marks.items():
            for key, mark in known.items():
                body = {"id": key, "mark": mark}
                assert ask(service, "POST", target, body).status == 201
        yield service


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("$orderby=mark,id", "o4 s2 l1 o2 l2 p2 p1 s3 c2 c1 o1 s1 o3"),
        ("$orderby=mark desc,id", "o3 s1 c1 o1 c2 s3 p1 p2 l2 o2 l1 o4 s2"),
        ("$orderby=mark,id desc&$skip=2&$top=4", "l1 o2 l2 p2"),
    ],
)
def test_values_of_several_types_have_an_order(dig: Service, options: str, expected: str) -> None:
    target, found = f"$all/dig.Finding?{options}&$select=id", list[str]()
    while target:
        answer = ask(dig, "GET", target, prefer="maxpagesize=2")
        assert answer.status == 200, answer.body
        found += answer.column("id")
        target = answer.json.get("@odata.nextLink", "").removeprefix(ROOT)
    assert found == expected.split()


def test_all_entities_are_searched(company: Service) -> None:
    assert ids(company, "$all?$search=Ann") == ["People('ann')"]
    answer = ask(company, "GET", "$all?$search=NOT light&$count=true&$top=1")
    assert (answer.json["@odata.count"], len(answer.values)) == (5, 1)


def test_related_entities_are_expanded_in_pages_with_links(company: Service) -> None:
    answer = ask(
        company, "GET", "$all/firm.Person?$filter=id eq 'ann'&$expand=notes($select=number)", prefer="maxpagesize=1"
    )
    (ann,) = answer.values
    assert [note["number"] for note in ann["notes"]] == [1]
    following = ask(company, "GET", ann["notes@odata.nextLink"].removeprefix(ROOT))
    assert [note["number"] for note in following.values] == [2]


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        ("$all/firm.Clerk", 404, "The name of an entity type or $count follows $all in a path, and nothing else."),
        ("$all/People", 404, "The name of an entity type or $count follows $all in a path, and nothing else."),
        (
            "$all?$filter=true",
            400,
            "$filter does not go with all entities. It goes with a collection of entities, a collection of references.",
        ),
        (
            "$all/firm.Person?$orderby=friend",
            400,
            "$orderby takes values, and this is of type firm.Person (at position 1 of $orderby). Order by one of its "
            "properties.",
        ),
        (
            "$all/firm.Person?$filter=$these/$count gt 1",
            501,
            "Aggregates of all entities of several sets are not supported. Ask for those of one entity set.",
        ),
        (
            "$all?$skiptoken=x",
            400,
            "This $skiptoken does not belong to this request. Follow the @odata.nextLink of the page before as it is, "
            "or leave $skiptoken out to begin again.",
        ),
    ],
)
def test_what_does_not_go_with_all_entities_is_refused(
    company: Service, target: str, status: int, message: str
) -> None:
    assert ask(company, "GET", target).refusal == (status, message)


def test_all_entities_are_read_alone(company: Service) -> None:
    answer = ask(company, "DELETE", "$all")
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")
