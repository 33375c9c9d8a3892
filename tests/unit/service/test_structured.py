"""Complex values, collections, dynamic properties and enumerations over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from odata_service.edm.build import SchemaBuilder
from odata_service.edm.model import ComplexType, EntitySet, EntityType, KeyProperty, Property, Schema
from odata_service.edm.types import TypeRef
from odata_service.service import Service
from tests.asking import ROOT, ask, service_of
from tests.models import every_schema

HOME = {"street": "S", "place": {"latitude": 1.5}, "color": "Blue", "labels": ["x"]}
NODE = {"name": "n", "next": {"name": "m"}, "children": [{"name": "k"}]}


@pytest.fixture
def things() -> Iterator[Service]:
    with service_of(every_schema()) as service:
        body = {
            "id": "a",
            "home": HOME,
            "work": {},
            "shape": {"@odata.type": "#every.Circle", "name": "c", "radius": 2},
            "node": NODE,
            "addresses": [{"street": "A"}],
            "color": "Green",
            "scalar@odata.type": "#Date",
            "scalar": "2024-01-01",
            "free": "text",
        }
        assert ask(service, "POST", "Things", body).status == 201
        yield service


def member(service: Service, name: str, **headers: str) -> Any:
    return ask(service, "GET", "Things('a')", **headers).json[name]


def test_a_create_gives_members_their_defaults_and_collections_nothing(things: Service) -> None:
    whole = {"street": "S", "city": "Nowhere", "place": {"latitude": 1.5, "point": None}, "color": "Blue"}
    assert member(things, "home") == {**whole, "labels": ["x"]}
    assert member(things, "work") == {"street": None, "city": "Nowhere", "place": None, "color": None, "labels": []}
    assert member(things, "addresses") == [
        {"street": "A", "city": "Nowhere", "place": None, "color": None, "labels": []}
    ]
    assert member(things, "access") == "Read"


def test_a_patch_of_a_complex_value_changes_what_it_states(things: Service) -> None:
    patch = {"home": {"place": {"point": {"type": "Point", "coordinates": [1, 2]}}}, "node": {"next": {"name": "o"}}}
    ask(things, "PATCH", "Things('a')", patch)
    home, node = member(things, "home"), member(things, "node")
    assert home["place"] == {"latitude": 1.5, "point": {"type": "Point", "coordinates": [1, 2]}}
    assert (home["street"], home["color"]) == ("S", "Blue")
    assert (node["name"], node["next"]["name"], len(node["children"])) == ("n", "o", 1)


def test_a_patch_makes_a_complex_value_where_there_is_none(things: Service) -> None:
    ask(things, "PATCH", "Things('a')", {"home": None})
    assert member(things, "home") is None
    ask(things, "PATCH", "Things('a')", {"home": {"street": "T"}})
    assert member(things, "home") == {"street": "T", "city": "Nowhere", "place": None, "color": None, "labels": []}


def test_a_replacement_leaves_nothing_of_a_complex_value(things: Service) -> None:
    ask(things, "PUT", "Things('a')", {"work": {"street": "W"}})
    entity = ask(things, "GET", "Things('a')").json
    assert entity["work"] == {"street": "W", "city": "Nowhere", "place": None, "color": None, "labels": []}
    assert (entity["home"], entity["node"], entity["addresses"], "free" in entity) == (None, None, [], False)


def test_a_complex_value_may_become_one_of_another_type(things: Service) -> None:
    ask(things, "PATCH", "Things('a')", {"shape": {"name": "d"}})
    assert member(things, "shape") == {"@odata.type": "#every.Circle", "name": "d", "radius": 2}
    ask(things, "PATCH", "Things('a')", {"shape": {"@odata.type": "#every.Box", "width": 1, "free": True}})
    assert member(things, "shape") == {
        "@odata.type": "#every.Box",
        "name": "d",
        "width": 1,
        "radius": None,
        "color": None,
        "free": True,
    }


def test_a_dynamic_property_is_added_changed_and_taken_away(things: Service) -> None:
    patch = {"free": None, "when@odata.type": "#Duration", "when": "PT1H", "list": [1, "a"]}
    entity = ask(things, "PATCH", "Things('a')", patch).json
    assert "free" not in entity
    assert (entity["when@odata.type"], entity["when"], entity["list"]) == ("#Duration", "PT1H", [1, "a"])


def test_concurrent_tags_are_honoured_by_a_patch_that_reads_before(things: Service) -> None:
    tag = ask(things, "GET", "Things('a')").headers["ETag"]
    assert ask(things, "PATCH", "Things('a')", {"home": {"street": "1"}}, if_match=tag).status == 200
    assert ask(things, "PATCH", "Things('a')", {"home": {"street": "2"}}, if_match=tag).status == 412
    assert ask(things, "PATCH", "Things('b')", {"home": {"street": "2"}, "work": {}}).status == 201


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("home/city", {"value": "Nowhere"}),
        ("home/place", {"latitude": 1.5, "point": None}),
        ("home/labels", {"value": ["x"]}),
        ("shape", {"@odata.type": "#every.Circle", "name": "c", "radius": 2}),
        ("shape/every.Circle/radius", {"value": 2}),
        ("scalar", {"@odata.type": "#Date", "value": "2024-01-01"}),
        ("color", {"value": "Green"}),
        ("home?$select=city,place/latitude", {"city": "Nowhere", "place": {"latitude": 1.5}}),
    ],
)
def test_a_path_leads_to_a_part_of_an_entity(things: Service, path: str, document: dict[str, object]) -> None:
    answer = ask(things, "GET", f"Things('a')/{path}")
    shown = "home(city,place/latitude)" if "?" in path else path
    assert (answer.status, answer.json) == (200, {"@odata.context": f"{ROOT}$metadata#Things('a')/{shown}", **document})


def test_raw_values_counts_and_nulls_of_parts(things: Service) -> None:
    assert ask(things, "GET", "Things('a')/home/city/$value").body == b"Nowhere"
    assert ask(things, "GET", "Things('a')/color/$value").body == b"Green"
    assert ask(things, "GET", "Things('a')/addresses/$count").body == b"1"
    assert ask(things, "GET", "Things('a')/work/place").status == 204
    assert ask(things, "GET", "Things('a')/work/place/latitude").status == 204


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("home/nothing", 404),
        ("home/city/length", 404),
        ("addresses/city", 404),
        ("home/$value", 404),
        ("shape/every.Address", 400),
        ("node/nothing", 404),
        ("addresses?$filter=1", 400),
    ],
)
def test_paths_that_lead_nowhere(things: Service, path: str, status: int) -> None:
    assert ask(things, "GET", f"Things('a')/{path}").status == status


@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_a_part_is_changed_alone(things: Service, method: str) -> None:
    before = ask(things, "GET", "Things('a')").json["home"]
    assert ask(things, method, "Things('a')/home/city", {"value": "x"}).status == 204
    assert ask(things, "GET", "Things('a')").json["home"] == {**before, "city": "x"}


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ("home/city eq 'Nowhere'", True),
        ("home/place/latitude gt 1", True),
        ("home eq null", False),
        ("home/place/point ne null", False),
        ("work ne null", True),
        ("shape ne null", True),
        ("shape/every.Circle/radius eq 2", True),
        ("shape/every.Box/width eq 2", False),
        ("color eq every.Color'Green'", True),
        ("color eq 'Green'", True),
        ("color gt 'Red'", True),
        ("color in ('Red','Blue')", False),
        ("home/color eq 'Blue'", True),
        ("access has 'Read'", True),
        ("access has every.Access'Read,Write'", False),
        ("scalar ne null", True),
    ],
)
def test_conditions_reach_into_complex_values(things: Service, condition: str, found: bool) -> None:
    answer = ask(things, "GET", f"Things?$select=id&$filter={condition.replace(' ', '%20')}")
    assert (answer.status, answer.values != []) == (200, found), answer.body


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("color eq 'Pink'", 400),
        ("color eq every.Access'Read'", 400),
        ("color eq every.Colour'Red'", 400),
        ("home eq 'x'", 400),
        ("home/city/x eq 1", 400),
        ("addresses/city eq 'x'", 400),
        ("home/nothing eq 1", 400),
    ],
)
def test_conditions_that_make_no_sense_say_so(things: Service, condition: str, status: int) -> None:
    assert ask(things, "GET", f"Things?$filter={condition.replace(' ', '%20')}").status == status


def test_an_order_and_its_pages_follow_a_member(things: Service) -> None:
    for key, street in (("b", "R"), ("c", "T"), ("d", None)):
        ask(things, "POST", "Things", {"id": key, "work": {}, "home": {"street": street}})
    target, found = "Things?$orderby=home/street desc,color&$select=id".replace(" ", "%20"), []
    while target:
        page = ask(things, "GET", target, prefer="odata.maxpagesize=1")
        found += page.column("id")
        target = page.json.get("@odata.nextLink", "").removeprefix(ROOT)
    assert found == ["c", "a", "b", "d"]


def test_a_selection_shows_members_of_complex_values_and_dynamic_properties(things: Service) -> None:
    entity = ask(things, "GET", "Things('a')?$select=home/city,shape/name,free,none").json
    del entity["@odata.etag"]
    assert entity == {
        "@odata.context": f"{ROOT}$metadata#Things(home/city,shape/name,free,none)/$entity",
        "@odata.id": f"{ROOT}Things('a')",
        "home": {"city": "Nowhere"},
        "shape": {"@odata.type": "#every.Circle", "name": "c"},
        "free": "text",
        "none": None,
    }


def test_full_metadata_names_every_type_that_json_does_not_show(things: Service) -> None:
    entity = ask(
        things, "GET", "Things('a')?$select=addresses,color,home", accept="application/json;odata.metadata=full"
    )
    shown = entity.json
    assert (shown["addresses@odata.type"], shown["color@odata.type"]) == ("#Collection(every.Address)", "#every.Color")
    assert shown["home"]["labels@odata.type"] == "#Collection(String)"
    assert shown["home"]["@odata.type"] == "#every.Address"
    assert shown["addresses"][0]["@odata.type"] == "#every.Address"


def test_no_metadata_at_all_where_none_is_asked_for(things: Service) -> None:
    entity = ask(things, "GET", "Things('a')", accept="application/json;odata.metadata=none").json
    assert (entity["shape"], entity["scalar"]) == ({"name": "c", "radius": 2}, "2024-01-01")
    assert not [name for name in entity if "@" in name]


@pytest.mark.parametrize(
    ("body", "target", "complaint"),
    [
        ({"work": {"city": None}}, "work/city", "must not be null"),
        ({"work": None}, "work", "must not be null"),
        ({"work": {}, "home": "x"}, "home", "Write an object"),
        ({"work": {}, "home": {"nothing": 1}}, "home/nothing", "not declared in 'every.Address'"),
        ({"work": {}, "addresses": [{}, {"city": 5}]}, "addresses/1/city", "is not an Edm.String"),
        ({"work": {}, "addresses": [None]}, "addresses/0", "must not be null"),
        ({"work": {}, "addresses": None}, "addresses", "must not be null"),
        ({"work": {}, "addresses": {}}, "addresses", "is not an array"),
        ({"work": {}, "home": {"street": "x" * 41}}, "home/street", "at most 40"),
        ({"work": {}, "shape": {"name": "x"}}, "shape", "is abstract"),
        ({"work": {}, "shape": {"@odata.type": "#every.Circle"}}, "shape/radius", "must have a value"),
        ({"work": {}, "shape": {"@odata.type": "#every.Node"}}, "shape", "It may be every.Shape, every.Circle"),
        ({"work": {}, "shapes": [{"@odata.type": "#every.Circle"}]}, "shapes/0/radius", "must have a value"),
        ({"work": {}, "node": {"children": [{"when": "x"}]}}, "node/children/0/when", "YYYY-MM-DD"),
        ({"work": {}, "color": "Pink"}, "color", "Write one of Red, Green, Blue"),
        ({"work": {}, "color": 7}, "color", "Write one of Red, Green, Blue"),
        ({"work": {}, "color": True}, "color", "name of a member"),
        ({"work": {}, "access": 2**63}, "access", "Write one of"),
        ({"work": {}, "scalar": [1]}, "scalar", "says of which type it is"),
        ({"work": {}, "scalar@odata.type": "#every.Place", "scalar": {}}, "scalar", "every.Place is not"),
        ({"work": {}, "structure": {"latitude": 1}}, "structure", "says of which type it is"),
        ({"work": {}, "free@odata.type": "#Dat", "free": "x"}, "free", "is no type of this service"),
        ({"work": {}, "free@odata.type": "#Date", "free": "x"}, "free", "YYYY-MM-DD"),
        ({"work": {}, "a-b": 1}, "a-b", "is no name of a property"),
        ({"work": {}, "color@odata.type": "#String", "color": "Red"}, "color", "is of type every.Color"),
        ({"work": {"labels": ["\ud800"]}}, "labels", "surrogate"),
    ],
)
def test_a_body_that_does_not_fit_is_refused_with_the_path(
    things: Service, body: dict[str, object], target: str, complaint: str
) -> None:
    answer = ask(things, "POST", "Things", {"id": "x", **body})
    assert (answer.status, answer.error.get("target")) == (400, target), answer.body
    assert complaint in answer.error["message"]


def test_flags_are_numbers_or_names_in_and_names_out(things: Service) -> None:
    ask(things, "PATCH", "Things('a')", {"access": 6})
    assert member(things, "access") == "Write,Execute"
    ask(things, "PATCH", "Things('a')", {"access": "Read,Execute"})
    assert member(things, "access") == "Read,Execute"
    ask(things, "PATCH", "Things('a')", {"access": 9})
    assert member(things, "access") == "9"


def test_a_place_is_compared_and_read_raw_as_well_known_text() -> None:
    with service_of(every_schema()) as service:
        area = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}
        body = {"id": 1, "point": {"type": "Point", "coordinates": [142.1, 64.1]}, "area": area}
        assert ask(service, "POST", "Scalars", body).status == 201
        raw = ask(service, "GET", "Scalars(1)/area/$value").body
        assert raw == b"SRID=31467;Polygon((0 0,1 0,1 1,0 0))"
        for literal, found in (("geography'SRID=4326;Point(142.1 64.1)'", [1]), ("geography'Point(0 0)'", [])):
            answer = ask(service, "GET", f"Scalars?$filter=point%20eq%20{literal.replace(' ', '%20')}")
            assert answer.column("id") == found, answer.body
        assert ask(service, "GET", "Scalars?$filter=point%20eq%20geography'x'").status == 400
        assert ask(service, "GET", "Scalars?$orderby=point").status == 400


def test_a_key_may_be_in_a_complex_value_and_be_an_enumeration() -> None:
    with service_of(every_schema()) as service:
        created = ask(service, "POST", "Keyeds", {"code": {"color": "Red", "number": 1}, "text": "t"})
        assert created.headers["Location"] == f"{ROOT}Keyeds(color=every.Color'Red',number=1)"
        assert ask(service, "GET", "Keyeds(color='Red',number=1)").json["text"] == "t"
        assert ask(service, "PATCH", "Keyeds(color=every.Color'Blue',number=2)", {"text": "u"}).status == 201
        linked = {"otherCode": {"color": "Blue", "number": 2}}
        assert ask(service, "PATCH", "Keyeds(color='Red',number=1)", linked).status == 200
        assert ask(service, "GET", "Keyeds(color='Red',number=1)/other").json["text"] == "u"
        assert ask(service, "GET", "Keyeds?$orderby=color%20desc").status == 400
        assert ask(service, "GET", "Keyeds?$orderby=code/color%20desc").column("text") == ["u", "t"]
        assert ask(service, "GET", "Keyeds?$expand=other").values[0]["other"]["text"] == "u"


def firm_schema() -> Schema:
    """People, some of whom have an office: those of one type always."""
    address = ComplexType("firm.Address", (Property("city", TypeRef("Edm.String")),))
    office = Property("office", TypeRef("firm.Address", nullable=False))
    builder = SchemaBuilder()
    builder.add_type(address)
    builder.add_type(
        EntityType("firm.Person", (Property("id", TypeRef("Edm.String", nullable=False)),), (KeyProperty("id"),))
    )
    builder.add_type(EntityType("firm.Clerk", (office,), base="firm.Person", open=True))
    builder.add_type(EntityType("firm.Guest", (Property("office", TypeRef("firm.Address")),), base="firm.Person"))
    builder.add_entity_set(EntitySet("People", "firm.Person"))
    return builder.freeze()


def test_derived_entities_have_complex_values_and_dynamic_properties_of_their_own() -> None:
    with service_of(firm_schema()) as service:
        bodies: list[dict[str, object]] = [
            {"@odata.type": "#firm.Clerk", "id": "c", "office": {"city": "C"}, "free": 1},
            {"@odata.type": "#firm.Guest", "id": "g", "office": {"city": "G"}},
            {"@odata.type": "#firm.Guest", "id": "h", "office": None},
            {"id": "p"},
        ]
        for body in bodies:
            assert ask(service, "POST", "People", body).status == 201
        shown = [
            {name: value for name, value in entity.items() if name != "@odata.etag"}
            for entity in ask(service, "GET", "People").values
        ]
        assert shown == bodies
        for condition, keys in (
            ("firm.Clerk/office ne null", ["c"]),
            ("firm.Guest/office ne null", ["g"]),
            ("firm.Clerk/office eq null", ["g", "h", "p"]),
            ("firm.Clerk/office/city eq 'C'", ["c"]),
            ("firm.Guest/office/city eq 'C'", []),
        ):
            found = ask(service, "GET", f"People?$filter={condition.replace(' ', '%20')}&$select=id")
            assert found.column("id") == keys, condition
        assert ask(service, "PATCH", "People('c')", {"office": {}, "free": None}).json.keys() == {
            "@odata.context",
            "@odata.type",
            "@odata.etag",
            "id",
            "office",
        }
