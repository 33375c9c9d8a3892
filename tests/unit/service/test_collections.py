"""Collections of values with query options of their own, read alone and inside $select, on each database.

(URL Conventions 5.1.1.14, 5.1.4; Protocol 11.2.4.1, 11.2.5.1.)
"""

from collections.abc import Iterator
from typing import Any

import pytest

from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Evaluation, Frame
from odata_service.semantics.resolved import Query, picked
from odata_service.semantics.tree import PropertyAccess
from odata_service.service import Service
from odata_service.url import parse_url
from tests.asking import ROOT, ask
from tests.models import every_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

ADDRESSES: list[dict[str, Any]] = [
    {"street": "A", "city": "Bonn", "labels": ["p", "q"], "place": {"latitude": 0.30000000000000004}},
    {"street": "B", "city": "Aachen", "color": "Green"},
    {"street": "C", "city": "Bonn"},
    {"city": "Zell"},
]
THING = {
    "id": "a",
    "home": {"street": "A", "labels": ["x", "z", "y"]},
    "work": {},
    "node": {"name": "n", "next": {"name": "m"}, "children": [{"name": "k"}, {"name": "j"}]},
    "addresses": ADDRESSES,
    "shapes": [
        {"@odata.type": "#every.Circle", "name": "c", "radius": 2.5},
        {"@odata.type": "#every.Box", "name": "b", "width": 9007199254740993, "free": 1},
    ],
}
ONE = "Things('a')"


@pytest.fixture(scope="module", params=FAMILIES)
def things(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, every_schema) as service:
        for body in (THING, {"id": "b", "work": {}}):
            assert ask(service, "POST", "Things", body).status == 201
        yield service


@pytest.mark.parametrize(
    ("target", "values"),
    [
        ("home/labels?$filter=$it gt 'x'&$orderby=$it desc", ["z", "y"]),
        ("home/labels?$filter=$this ne 'z'", ["x", "y"]),
        ("home/labels?$orderby=$this&$skip=1&$top=1", ["y"]),
        ("home/labels?$filter=$this lt $these/aggregate($this with max)", ["x", "y"]),
        ("home/labels/$filter($this ne 'x')?$filter=$this eq $these/aggregate($this with min)", ["y"]),
        ("home/labels/$filter($this eq $these/aggregate($this with max))", ["z"]),
        ("home/labels?$skip=1", ["z", "y"]),
        ("home/labels?$top=0", []),
        ("home/labels?$filter=$it eq 'nothing'", []),
        ("home/labels?$filter=contains(@c,$it)&@c='xy'", ["x", "y"]),
        ("home/labels?$search=NOT z", ["x", "y"]),
        ("addresses?$filter=city eq 'Bonn'&$orderby=street desc&$select=street", [{"street": "C"}, {"street": "A"}]),
        ("addresses?$orderby=street,city&$top=2&$select=street", [{"street": None}, {"street": "A"}]),
        (
            "addresses?$filter=$this/place/latitude gt 0.3&$select=place",
            [{"place": {"latitude": 0.30000000000000004, "point": None}}],
        ),
        ("addresses?$filter=color eq every.Color'Green'&$select=color", [{"color": "Green"}]),
        ("addresses?$filter=labels/any(l:l eq 'q')&$select=labels", [{"labels": ["p", "q"]}]),
        ("addresses?$search=aachen&$select=city", [{"city": "Aachen"}]),
        ("shapes?$filter=every.Circle/radius gt 1&$select=name", [{"@odata.type": "#every.Circle", "name": "c"}]),
        (
            "shapes?$filter=isof(every.Box)&$select=every.Box/width",
            [{"@odata.type": "#every.Box", "width": 9007199254740993}],
        ),
    ],
)
def test_a_collection_of_values_takes_options(things: Service, target: str, values: list[object]) -> None:
    answer = ask(things, "GET", f"{ONE}/{target}")
    assert (answer.status, answer.json["value"]) == (200, values)


def test_the_count_is_that_before_the_cut(things: Service) -> None:
    answer = ask(things, "GET", f"{ONE}/addresses?$filter=city ge 'B'&$count=true&$top=1&$select=city,street")
    assert answer.json == {
        "@odata.context": f"{ROOT}$metadata#Things('a')/addresses(street,city)",
        "@odata.count": 3,
        "value": [{"street": "A", "city": "Bonn"}],
    }
    text = ask(things, "GET", f"{ONE}/home/labels?$count=true", accept="application/json;IEEE754Compatible=true")
    assert text.json["@odata.count"] == "3"
    assert ask(things, "GET", f"{ONE}/addresses/$count?$filter=city eq 'Bonn'").body == b"2"
    assert ask(things, "GET", f"{ONE}/home/labels/$count?$search=x").body == b"1"


def test_nothing_of_a_collection_is_told_from_no_entity(things: Service) -> None:
    assert ask(things, "GET", "Things('b')/addresses?$filter=city eq 'Bonn'").json["value"] == []
    assert ask(things, "GET", "Things('c')/addresses?$filter=city eq 'Bonn'").status == 404


def selected(service: Service, items: str) -> dict[str, Any]:
    """What one entity shows under a $select, without control information of its own."""
    answer = ask(service, "GET", f"Things?$filter=id eq 'a'&$select={items}")
    assert answer.status == 200, answer.body
    return {name: value for name, value in answer.values[0].items() if not name.startswith("@")}


@pytest.mark.parametrize(
    ("items", "shown"),
    [
        (
            "addresses($filter=city eq 'Bonn' and street ne $it/home/street;$select=street)",
            {"addresses": [{"street": "C"}]},
        ),
        (
            "addresses($orderby=city desc;$top=1;$count=true;$select=city)",
            {"addresses@odata.count": 4, "addresses": [{"city": "Zell"}]},
        ),
        ("addresses/city", {"addresses": [{"city": "Bonn"}, {"city": "Aachen"}, {"city": "Bonn"}, {"city": "Zell"}]}),
        ("addresses(@c='Aachen';$filter=city eq @c;$select=street)", {"addresses": [{"street": "B"}]}),
        (
            "home/labels($filter=$this gt $these/aggregate($this with min);$count=true),home/city",
            {"home": {"city": "Nowhere", "labels@odata.count": 2, "labels": ["z", "y"]}},
        ),
        ("home($select=labels($skip=1;$top=1))", {"home": {"labels": ["z"]}}),
        ("node($select=name,children/name)", {"node": {"name": "n", "children": [{"name": "k"}, {"name": "j"}]}}),
        ("node/next/name", {"node": {"next": {"name": "m"}}}),
    ],
)
def test_select_takes_options_on_values(things: Service, items: str, shown: dict[str, object]) -> None:
    assert selected(things, items) == shown


def test_a_wildcard_beside_a_collection_with_options_shows_all_else_whole(things: Service) -> None:
    shown = selected(things, "*,addresses($top=1)")
    assert (len(shown["addresses"]), shown["home"]["labels"], shown["id"]) == (1, ["x", "z", "y"], "a")


def test_the_context_names_what_is_selected_inside(things: Service) -> None:
    answer = ask(things, "GET", "Things?$select=addresses($select=city;$top=1),home/labels($top=1)")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Things(home/labels,addresses/city)"


def test_literals_inside_select_belong_to_one_shape(things: Service) -> None:
    kept = things._workshop.reads
    for city, streets in (("Bonn", ["A", "C"]), ("Aachen", ["B"])):
        found = selected(things, f"addresses($filter=city eq '{city}';$select=street)")["addresses"]
        assert [one["street"] for one in found] == streets
    before = len(kept)
    assert selected(things, "addresses($filter=city eq 'Zell';$select=street)") == {"addresses": [{"street": None}]}
    assert len(kept) == before


@pytest.mark.parametrize(
    "options",
    [
        "$filter=city eq 'Bonn'&$orderby=street desc",
        "$orderby=street desc,city&$skip=1&$top=2",
        "$filter=not (street gt 'A') or labels/$count gt 1&$orderby=length(city) desc",
        "$filter=place/latitude eq null&$orderby=city,street&$top=2",
    ],
)
def test_the_evaluator_arranges_as_the_databases_do(things: Service, options: str) -> None:
    query = resolve(parse_url("Things('a')/addresses", options), things.schema)
    assert isinstance(query, Query) and isinstance(query.property, PropertyAccess)
    arrangement = query.options.selection.arrangement
    assert arrangement is not None
    entity = {"addresses": [{"labels": (), **one} for one in ADDRESSES]}
    wanted = Evaluation()._value(arrangement.of(query.property), Frame(entity))
    found = ask(things, "GET", f"Things('a')/addresses?{options}&$select=city,street").json["value"]
    assert [(one["city"], one["street"]) for one in found] == [(one["city"], one.get("street")) for one in wanted]


@pytest.mark.parametrize(
    ("target", "status", "message"),
    [
        (
            f"{ONE}/home/labels?$filter=city eq 'x'",
            400,
            "The members of the collection are Edm.String: nothing can follow it (at position 1 of $filter).",
        ),
        (
            f"{ONE}/addresses?$filter=town eq 'x'",
            400,
            "Property 'town' is not declared in 'every.Address' (at position 1 of $filter). It declares street, "
            "city, place, color, labels.",
        ),
        (
            f"{ONE}/addresses?$orderby=place",
            400,
            "$orderby takes values, and this is of type every.Place (at position 1 of $orderby). Order by one of "
            "its properties.",
        ),
        (
            f"{ONE}/home/labels?$select=x",
            400,
            "$select does not go with a collection of primitive values. It goes with a collection of entities, "
            "one entity.",
        ),
        (
            f"{ONE}/home/labels/$count?$apply=identity",
            400,
            "$apply does not go with a count of primitive values. It goes with a collection of entities, a cross join.",
        ),
        (
            f"{ONE}/addresses?$expand=x",
            400,
            "Property 'x' is not declared in 'every.Address' (at position 1 of $expand). It declares street, city, "
            "place, color, labels.",
        ),
        ("Things?$select=id($top=1)", 400, "Nothing can follow 'id' in $select (at position 1 of $select)."),
        ("Things?$select=addresses($top=1),addresses/city", 200, ""),
        (
            "Things?$select=addresses($top=1),addresses",
            400,
            "'addresses' stands twice in $select. Put all its options into one pair of parentheses.",
        ),
    ],
)
def test_what_does_not_go_with_values_is_refused(things: Service, target: str, status: int, message: str) -> None:
    answer = ask(things, "GET", target)
    assert (answer.status, answer.error["message"] if status != 200 else "") == (status, message)


@pytest.mark.parametrize(
    ("path", "context", "shown"),
    [
        ("addresses/1?$select=city", "every.Address(city)", {"city": "Aachen"}),
        ("addresses/-1/city", "Edm.String", {"value": "Zell"}),
        ("addresses/0/place", "every.Place", {"latitude": 0.30000000000000004, "point": None}),
        (
            "addresses/0/labels?$orderby=$it desc&$count=true",
            "Collection(Edm.String)",
            {"@odata.count": 2, "value": ["q", "p"]},
        ),
        ("addresses/0/labels/-1", "Edm.String", {"value": "q"}),
        ("addresses/1/color", "every.Color", {"value": "Green"}),
        ("home/labels/1", "Edm.String", {"value": "z"}),
        ("addresses/$filter(city eq 'Bonn')/-1/street", "Edm.String", {"value": "C"}),
        ("shapes/every.Circle/0/radius", "Edm.Decimal", {"value": 2.5}),
        ("shapes/0?$select=name", "every.Shape(name)", {"@odata.type": "#every.Circle", "name": "c"}),
        ("node/children/1/name", "Edm.String", {"value": "j"}),
        ("node/next/name", "Things('a')/node/next/name", {"value": "m"}),
        ("node/next?$select=name", "Things('a')/node/next(name)", {"name": "m"}),
    ],
)
def test_a_path_goes_on_by_the_place_of_a_member(
    things: Service, path: str, context: str, shown: dict[str, object]
) -> None:
    answer = ask(things, "GET", f"{ONE}/{path}")
    assert (answer.status, answer.json) == (200, {"@odata.context": f"{ROOT}$metadata#{context}", **shown})


def test_raw_values_and_counts_stand_behind_a_place(things: Service) -> None:
    assert ask(things, "GET", f"{ONE}/home/labels/-1/$value").body == b"y"
    assert ask(things, "GET", f"{ONE}/addresses/0/street/$value").body == b"A"
    assert ask(things, "GET", f"{ONE}/addresses/0/labels/$count").body == b"2"
    assert ask(things, "GET", f"{ONE}/addresses/3/street").status == 204


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("addresses/$filter(city eq 'Bonn')?$select=street", [{"street": "A"}, {"street": "C"}]),
        ("addresses/$filter(@f)?@f=city eq 'Bonn'&$filter=street gt 'A'&$select=street", [{"street": "C"}]),
        ("addresses/$filter(city eq 'Bonn')/$filter(street gt 'A')?$select=street", [{"street": "C"}]),
        ("home/labels/$filter($it gt 'x')", ["z", "y"]),
        ("shapes/every.Circle?$filter=radius gt 1&$select=radius", [{"@odata.type": "#every.Circle", "radius": 2.5}]),
        ("shapes/$filter(name eq 'c')/every.Box", []),
    ],
)
def test_a_path_narrows_a_collection_of_values(things: Service, path: str, values: list[object]) -> None:
    answer = ask(things, "GET", f"{ONE}/{path}")
    assert (answer.status, answer.json["value"]) == (200, values)


def test_the_context_of_narrowed_values_names_the_type(things: Service) -> None:
    assert ask(things, "GET", f"{ONE}/shapes/every.Circle").json["@odata.context"] == (
        f"{ROOT}$metadata#Things('a')/shapes/every.Circle"
    )


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("addresses/4", 404, "The collection has no member at this place. Places count from 0, from the end from -1."),
        (
            "addresses/-5/city",
            404,
            "The collection has no member at this place. Places count from 0, from the end from -1.",
        ),
        (
            "addresses/first",
            404,
            "What is here is a collection, Collection(every.Address): "
            "'first' cannot follow it. A place in it can: 0 is the "
            "first, -1 the last.",
        ),
        ("home/labels/0/x", 404, "What is here is primitive, Edm.String: 'x' cannot follow it."),
        ("addresses/0/town", 404, "'every.Address' has no property 'town'."),
        ("addresses/0/$value", 404, "'every.Address' has no raw value. Leave out /$value."),
        (
            "shapes/every.Address",
            400,
            "'every.Address' is not derived from 'every.Shape' (at position 20 of the path).",
        ),
    ],
)
def test_a_place_where_nothing_is_is_not_found(things: Service, path: str, status: int, message: str) -> None:
    assert ask(things, "GET", f"{ONE}/{path}").refusal == (status, message)


def test_the_evaluator_picks_as_the_databases_do(things: Service) -> None:
    query = resolve(parse_url("Things('a')/addresses/$filter(city eq 'Bonn')/-2/labels/1", ""), things.schema)
    assert isinstance(query, Query) and query.property is not None
    entity = {"addresses": [{"labels": (), **one} for one in ADDRESSES]}
    assert Evaluation().value(picked(query.path.ordinals, query.property), entity) == "q"
    assert Evaluation().value(picked(query.path.ordinals, query.property), {"addresses": ()}) is None


def test_members_that_a_condition_chooses_are_changed_with_their_collection(things: Service) -> None:
    for path in ("addresses/$filter(true)/0", "home/labels/$filter($it eq 'x')", "shapes/every.Circle"):
        answer = ask(things, "PUT", f"{ONE}/{path}", {"value": "x"})
        assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_values_are_computed_for_each_member(things: Service) -> None:
    compute = "$compute=length(city) as n,city eq 'Bonn' as home,n mul 1.5 as d,n div 4e0 as f,duration'PT1M' as p"
    target = f"{ONE}/addresses?{compute}&$select=street,n,home,d,f,p&$filter=n gt 3&$orderby=n desc,street desc&$top=2"
    answer = ask(things, "GET", target, accept="application/json;odata.metadata=none")
    assert answer.json["value"] == [
        {"street": "B", "n": 6, "home": False, "d": 9, "f": 1.5, "p": "PT1M"},
        {"street": "C", "n": 4, "home": True, "d": 6, "f": 1.0, "p": "PT1M"},
    ]


def test_decimals_that_are_computed_have_no_zeros_at_their_end(things: Service) -> None:
    compute = "$compute=1.50 mul 2 as d,length(city) div 8.0 as e,300 mul 1.0 as f&$select=d,e,f"
    answer = ask(things, "GET", f"{ONE}/addresses?{compute}&$top=1", accept="application/json;odata.metadata=none")
    assert answer.body.startswith(b'{"value":[{"d":3,"e":0.5,"f":300}]')


def test_values_are_computed_for_the_members_of_the_collections_of_entities(things: Service) -> None:
    inner = "$compute=concat(street,city) as line,place/latitude as at;$select=line,at;$top=1;$skip=1"
    answer = ask(things, "GET", f"Things?$select=id,addresses({inner})")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Things(id,addresses/line,addresses/at)"
    assert answer.values[0]["addresses"] == [{"line": "BAachen", "at": None}]


def test_what_is_computed_stands_beside_all_members_and_says_its_type(things: Service) -> None:
    answer = ask(things, "GET", f"{ONE}/addresses?$compute=length(street) as n&$filter=street eq 'C'")
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#Things('a')/addresses(*,n)"
    found = answer.values[0]
    assert (found["city"], found["n@odata.type"], found["n"]) == ("Bonn", "#Int32", 1)
