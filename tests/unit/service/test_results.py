"""What operations give beside entities of a source: paths into it, and options of it (Protocol 11.5.3, 11.5.4)."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

import pytest

from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import EntityType, KeyProperty, Property
from odata_service.edm.types import TypeRef
from odata_service.service import Call, Service
from tests.asking import ROOT, Answer, ask, service_of
from tests.models import every_schema

Object = Mapping[str, Any]
Address = Annotated[Object, "every.Address"]

ADDRESSES: list[Object] = [
    {"street": "A", "city": "Bonn", "labels": ["p", "q"], "place": {"latitude": 0.5}},
    {"street": "B", "city": "Aachen", "color": "Green", "labels": []},
    {"street": "C", "city": "Bonn", "labels": []},
    {"city": "Zell", "labels": ["x", "y", "z"]},
]
SHAPES: list[Object] = [
    {"@odata.type": "every.Circle", "name": "c", "radius": Decimal("2.5")},
    {"@odata.type": "every.Box", "name": "b", "width": 2**53 + 1, "free": {"deep": [1, 2]}, "day": date(2024, 1, 2)},
]
NODE: Object = {
    "name": "n",
    "next": {"name": "m"},
    "children": [{"name": "k", "when": datetime(2024, 1, 1, tzinfo=UTC)}, {"name": "j"}],
}


def addresses(call: Call) -> list[Address]:
    return ADDRESSES


def home(call: Call) -> Address:
    return ADDRESSES[0]


def words(call: Call, count: int = 3) -> list[str]:
    return [chr(ord("a") + place) * (place + 1) for place in range(count)]


def colors(call: Call) -> list[Annotated[str, "every.Color"]]:
    return ["Green", "Red", "Blue"]


def shapes(call: Call) -> list[Annotated[Object, "every.Shape"]]:
    return SHAPES


def node(call: Call) -> Annotated[Object, "every.Node"]:
    return NODE


def branches(call: Call, node: Annotated[Object, "every.Node"]) -> int:
    return len(node.get("children") or ())


def moved(call: Call, count: int) -> list[Address]:
    return ADDRESSES[:count]


@pytest.fixture(scope="module")
def things() -> Iterator[Service]:
    with service_of(every_schema()) as service:
        for body in (addresses, home, words, colors, shapes, node):
            service.function(f"every.{body.__name__.title()}")(body)
        service.function("every.Branches", bound=True)(branches)
        service.action("every.Move")(moved)
        yield service


@pytest.mark.parametrize(
    ("target", "values"),
    [
        ("Addresses()?$filter=city eq 'Bonn'&$orderby=street desc&$select=street", [{"street": "C"}, {"street": "A"}]),
        ("Addresses()?$orderby=street,city&$skip=1&$top=2&$select=street", [{"street": "A"}, {"street": "B"}]),
        ("Addresses()?$search=bonn&$select=street", [{"street": "A"}, {"street": "C"}]),
        ("Addresses()/$filter(city eq @c)?$select=street&@c='Aachen'", [{"street": "B"}]),
        (
            "Addresses()?$compute=place/latitude mul 2 as twice&$filter=twice gt 0&$select=twice",
            [{"twice": 1.0}],
        ),
        ("Addresses()/-1/labels?$filter=$it gt 'x'&$orderby=$this desc", ["z", "y"]),
        ("Words()?$filter=length($this) gt 1&$orderby=$it desc", ["ccc", "bb"]),
        ("Words(count=5)?$skip=1&$top=2", ["bb", "ccc"]),
        ("Words()?$search=NOT bb", ["a", "ccc"]),
        ("Words(count=0)?$top=2", []),
        ("Colors()?$filter=$it ne every.Color'Red'&$orderby=$it desc", ["Blue", "Green"]),
        ("Shapes()?$filter=every.Circle/radius gt 1&$select=name", [{"@odata.type": "#every.Circle", "name": "c"}]),
        ("Shapes()/every.Box?$select=width", [{"width": 2**53 + 1}]),
        ("Shapes()?$filter=every.Box/day eq 2024-01-02&$select=name", [{"@odata.type": "#every.Box", "name": "b"}]),
        ("Node()/children?$filter=when lt 2025-01-01T00:00:00Z&$select=name", [{"name": "k"}]),
        ("Node()/next/children", []),
    ],
)
def test_collections_that_a_function_gives_take_the_options_of_collections(
    things: Service, target: str, values: list[object]
) -> None:
    answer = ask(things, "GET", target)
    assert (answer.status, answer.json["value"]) == (200, values)


@pytest.mark.parametrize(
    ("target", "fragment", "members"),
    [
        ("Addresses()/1?$select=city", "every.Address(city)", {"city": "Aachen"}),
        ("Addresses()/$filter(city eq 'Bonn')/1/street", "Edm.String", {"value": "C"}),
        ("Words()/-1", "Edm.String", {"value": "ccc"}),
        ("Home()?$select=city,place/latitude", "every.Address(city,place/latitude)",
         {"city": "Bonn", "place": {"latitude": 0.5}}),
        ("Home()?$compute=concat(city,street) as both&$select=both", "every.Address(both)", {"both": "BonnA"}),
        ("Home()/labels", "Collection(Edm.String)", {"value": ["p", "q"]}),
        ("Home()/labels/-1", "Edm.String", {"value": "q"}),
        ("Shapes()/1/every.Box/width", "Edm.Int64", {"value": 2**53 + 1}),
        ("Shapes()/1/every.Box/free/deep/1", "Edm.Untyped", {"value": 2}),
        ("Shapes()/1/every.Box/day", "Edm.Untyped", {"@odata.type": "#Date", "value": "2024-01-02"}),
        ("Node()/next/name", "Edm.String", {"value": "m"}),
        ("Node()/children/0/when", "Edm.DateTimeOffset", {"value": "2024-01-01T00:00:00Z"}),
    ],
)  # fmt: skip
def test_paths_lead_into_what_a_function_gives(
    things: Service, target: str, fragment: str, members: dict[str, object]
) -> None:
    answer = ask(things, "GET", target)
    assert answer.json == {"@odata.context": f"{ROOT}$metadata#{fragment}", **members}


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("Addresses()/$count", b"4"),
        ("Addresses()/$count?$filter=labels/any(l:l eq 'q')", b"1"),
        ("Words()/$count?$filter=$it ne 'a'", b"2"),
        ("Home()/labels/$count", b"2"),
        ("Shapes()/1/every.Box/free/deep/$count", b"2"),
        ("Words()/1/$value", b"bb"),
        ("Addresses()/-1/labels/0/$value", b"x"),
        ("Shapes()/1/every.Box/day/$value", b"2024-01-02"),
        ("Node()/Branches()/$value", b"2"),
        ("Node()/next/Branches()/$value", b"0"),
        ("Node()/children/0/every.Branches()/$value", b"0"),
    ],
)
def test_numbers_raw_values_and_further_functions_follow_results(things: Service, target: str, body: bytes) -> None:
    answer = ask(things, "GET", target)
    assert (answer.status, answer.body) == (200, body)


def test_the_count_is_that_before_the_cut_and_full_metadata_tells_types(things: Service) -> None:
    target = "Addresses()?$count=true&$top=1&$filter=city eq 'Bonn'&$select=street"
    full = ask(things, "GET", target, accept="application/json;odata.metadata=full;IEEE754Compatible=true")
    assert full.json == {
        "@odata.context": f"{ROOT}$metadata#Collection(every.Address)(street)",
        "@odata.type": "#Collection(every.Address)",
        "@odata.count": "2",
        "value": [{"@odata.type": "#every.Address", "street": "A"}],
    }
    assert ask(things, "GET", target, accept="application/json;odata.metadata=none").json == {
        "@odata.count": 2,
        "value": [{"street": "A"}],
    }


def pages(service: Service, target: str, **headers: str) -> Iterator[Answer]:
    """The pages of a collection, one after the other."""
    while True:
        answer = ask(service, "GET", target, **headers)
        yield answer
        if "@odata.nextLink" not in answer.json:
            return
        target = answer.json["@odata.nextLink"].removeprefix(ROOT)


def test_results_have_pages(things: Service) -> None:
    target = "Words(count=7)?$filter=$it ne 'bb'&$orderby=$it desc&$top=5&$count=true"
    found = list(pages(things, target, prefer="maxpagesize=2"))
    assert [page.json["value"] for page in found] == [["ggggggg", "ffffff"], ["eeeee", "dddd"], ["ccc"]]
    assert [page.json["@odata.count"] for page in found] == [6, 6, 6]
    assert found[0].headers["Preference-Applied"] == "maxpagesize=2"
    computed = pages(things, "Addresses()?$compute=length(city) as n&$select=n", prefer="maxpagesize=3")
    assert [[one["n"] for one in page.json["value"]] for page in computed] == [[4, 6, 4], [4]]


def test_a_token_of_another_request_is_refused(things: Service) -> None:
    link = ask(things, "GET", "Words()", prefer="maxpagesize=1").json["@odata.nextLink"].removeprefix(ROOT)
    other = ask(things, "GET", link.replace("Words()", "Colors()"))
    assert (other.status, other.error["target"]) == (400, "$skiptoken")


def test_literals_of_options_belong_to_one_shape(things: Service) -> None:
    kept = things._workshop.reads
    found = [ask(things, "GET", f"Words()?$filter=$it eq '{word}'").json["value"] for word in ("a", "bb")]
    before = len(kept)
    found.append(ask(things, "GET", "Words()?$filter=$it eq 'ccc'").json["value"])
    assert (found, len(kept)) == ([["a"], ["bb"], ["ccc"]], before)


def test_the_result_of_an_action_takes_options_and_is_one_page(things: Service) -> None:
    target = "Move?$filter=city eq 'Bonn'&$orderby=street desc&$select=street&$count=true"
    answer = ask(things, "POST", target, {"count": 3}, prefer="maxpagesize=1")
    assert answer.json == {
        "@odata.context": f"{ROOT}$metadata#Collection(every.Address)(street)",
        "@odata.count": 2,
        "value": [{"street": "C"}, {"street": "A"}],
    }


def test_functions_are_bound_to_values_at_places_and_to_those_that_are_left(things: Service) -> None:
    kept = {"id": "a", "work": {}, "node": {"children": [{"name": "k", "children": [{"name": "x"}]}, {"name": "j"}]}}
    assert ask(things, "POST", "Things", kept).status == 201
    for path, count in (("node", 2), ("node/children/0", 1), ("node/children/$filter(name eq 'j')/0", 0)):
        assert ask(things, "GET", f"Things('a')/{path}/every.Branches()").json["value"] == count
    assert ask(things, "GET", "Things('a')/node/children/2/every.Branches()").status == 404


@pytest.mark.parametrize(
    ("method", "target", "status", "message"),
    [
        ("GET", "Addresses()/9", 404, "The collection has no member at this place. Places count from 0, from the end "
         "from -1."),
        ("GET", "Shapes()/0/every.Box", 404, "This value is a 'every.Circle', and no 'every.Box'."),
        ("GET", "Home()/town", 404, "'every.Address' has no property 'town'."),
        ("GET", "Addresses()/city", 404, "What is here is a collection, Collection(every.Address): 'city' cannot "
         "follow it. A place in it can: 0 is the first, -1 the last."),
        ("GET", "Addresses()?$filter=town eq 'x'", 400, "Property 'town' is not declared in 'every.Address' (at "
         "position 1 of $filter). It declares street, city, place, color, labels."),
        ("GET", "Addresses()?$orderby=place", 400, "$orderby takes values, and this is of type every.Place (at "
         "position 1 of $orderby). Order by one of its properties."),
        ("GET", "Words()?$select=a", 400, "$select does not go with a collection of primitive values. It goes with a "
         "collection of entities, one entity."),
        ("GET", "Words()/0?$top=1", 400, "$top does not go with a property. It goes with a collection of entities, a "
         "collection of references."),
        ("GET", "Words()?$top=-1", 400, "'-' is not understood at position 1 of '-1'. Expected a whole number, zero or "
         "more."),
        ("GET", "Words()?$filter=length($it) div 0 eq 1", 400, "A whole number is divided by zero."),
        ("GET", "Words()?$filter=$it eq $root/Things('a')/id", 501, "What an operation gives is not compared with "
         "entities of 'Things'. Read the entity first, and write its value."),
        ("POST", "Move?$index=1", 400, "$index says where a POST adds a member. Leave it out, or send a POST."),
    ],
)  # fmt: skip
def test_what_results_do_not_have_is_refused(
    things: Service, method: str, target: str, status: int, message: str
) -> None:
    assert ask(things, method, target, {"count": 1} if method == "POST" else None).refusal == (status, message)


def test_entities_that_live_in_no_set_are_asked_in_memory_too() -> None:
    properties = (Property("id", TypeRef("Edm.Int32", nullable=False)), Property("name", TypeRef("Edm.String")))
    builder = SchemaBuilder()
    builder.add_type(EntityType("m.Guest", properties, (KeyProperty("id"),)))
    with service_of(builder.freeze()) as service:

        def guests(call: Call) -> list[Annotated[Object, "m.Guest"]]:
            return [{"id": 1, "name": "b"}, {"id": 2, "name": "a"}]

        service.function("m.Guests")(guests)
        found = ask(service, "GET", "Guests()?$filter=id gt 0&$orderby=name&$select=name&$top=1")
        assert found.json["value"] == [{"@odata.id": None, "name": "a"}]
        assert ask(service, "GET", "Guests()(2)/name/$value").body == b"a"
        assert ask(service, "GET", "Guests()(3)").status == 404
