"""Hierarchies whose nodes have several parents, in each database.

    world ─┬─ europe ── bavaria ─┬─ alps ── peak
           └─ snow ──────────────┘

and two regions that are within each other, which no root leads to.
"""

from collections.abc import Iterator

import pytest

from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.models import places_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

NO_METADATA = "application/json;odata.metadata=none"
WITHIN = {
    "world": [],
    "europe": ["world"],
    "snow": ["world"],
    "bavaria": ["europe"],
    "alps": ["bavaria", "snow"],
    "peak": ["alps"],
    "one": [],
    "two": ["one"],
}
SHOPS = {1: "alps", 2: "bavaria", 3: "peak", 4: "snow"}


@pytest.fixture(scope="module", params=FAMILIES)
def regions(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, places_schema) as service:
        for name, parents in WITHIN.items():
            links = [f"Regions('{parent}')" for parent in parents]
            region = {"id": name, "name": name.title(), "within@odata.bind": links}
            assert ask(service, "POST", "Regions", region).status == 201
        assert ask(service, "POST", "Regions('one')/within/$ref", {"@odata.id": "Regions('two')"}).status == 204
        for number, name in SHOPS.items():
            shop = {"id": number, "size": {"width": 1, "depth": 1}, "region@odata.bind": f"Regions('{name}')"}
            assert ask(service, "POST", "Shops", shop).status == 201
        yield service


def keys(service: Service, target: str) -> list[object]:
    answer = ask(service, "GET", f"{target}&$select=id", accept=NO_METADATA)
    assert answer.status == 200, answer.body
    return answer.column("id")


TREE = "$root/Regions,Regions,id"
CASES: dict[str, tuple[str, list[object]]] = {
    "all that are above": (f"ancestors({TREE},filter(id eq 'alps'))", ["bavaria", "europe", "snow", "world"]),
    "so many levels": (f"ancestors({TREE},filter(id eq 'alps'),1,keep start)", ["alps", "bavaria", "snow"]),
    "all that are below": (f"descendants({TREE},filter(id eq 'snow'))", ["alps", "peak"]),
    "a cycle ends": (f"descendants({TREE},filter(id eq 'one'))", ["one", "two"]),
    "nodes for each way to them": (
        f"traverse({TREE},preorder,name desc)",
        ["world", "snow", "alps", "peak", "europe", "bavaria", "alps", "peak"],
    ),
    "nodes behind those below them": (
        f"traverse({TREE},postorder,name)",
        ["peak", "alps", "bavaria", "europe", "peak", "alps", "snow", "world"],
    ),
    "beginning with some": (
        f"traverse({TREE},preorder,filter(id eq 'bavaria' or id eq 'snow'),name)",
        ["bavaria", "alps", "peak", "snow", "alps", "peak"],
    ),
    "a cycle ends where it begins": (f"traverse({TREE},preorder,filter(id eq 'one'))", ["one", "two"]),
    "what follows sees each": (
        f"traverse({TREE},preorder,name)/filter(contains(id,'p'))/skip(2)",
        ["peak", "alps", "peak"],
    ),
}


@pytest.mark.parametrize(("apply", "expected"), CASES.values(), ids=CASES.keys())
def test_nodes(regions: Service, apply: str, expected: list[object]) -> None:
    found = keys(regions, f"Regions?$apply={apply}")
    assert found == expected


def test_each_node_is_told_once_with_what_is_below_it(regions: Service) -> None:
    target = "Shops?$apply=groupby((rolluprecursive($root/Regions,Regions,region/id)),aggregate($count as n))"
    answer = ask(regions, "GET", f"{target}&$expand=region($select=id)&$filter=n gt 0", accept=NO_METADATA)
    assert [(row["region"]["id"], row["n"]) for row in answer.values] == [
        ("alps", 2),
        ("bavaria", 3),
        ("europe", 3),
        ("peak", 1),
        ("snow", 3),
        ("world", 4),
    ]


def test_functions_know_all_parents(regions: Service) -> None:
    call = "Aggregation.{}(HierarchyNodes=$root/Regions,HierarchyQualifier='Regions',Node=id{})"
    assert keys(regions, f"Regions?$filter={call.format('isdescendant', ',Ancestor=%27snow%27')}") == ["alps", "peak"]
    assert keys(regions, f"Regions?$filter={call.format('isroot', '')}") == ["world"]
    assert keys(regions, f"Regions?$filter={call.format('isleaf', '')}") == ["peak"]
    assert keys(regions, f"Regions?$filter={call.format('issibling', ',Other=%27snow%27')}") == ["europe"]


@pytest.mark.parametrize("orderby", ["", "&$orderby=name"])
def test_pages_joined_are_the_whole(regions: Service, orderby: str) -> None:
    target = f"Regions?$apply=traverse({TREE},preorder,name desc){orderby}"
    whole = keys(regions, target)
    found: list[object] = []
    following = f"{target}&$select=id"
    while following and len(found) < 20:
        answer = ask(regions, "GET", following, prefer="odata.maxpagesize=3", accept=NO_METADATA)
        found += answer.column("id")
        following = answer.json.get("@odata.nextLink", "").removeprefix(ROOT)
    assert found == whole
    assert len(found) == 8
