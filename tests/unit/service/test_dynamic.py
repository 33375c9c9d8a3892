"""Dynamic properties of open types by their own URLs."""

from collections.abc import Iterator
from typing import Any

import pytest

from odata_service.service import Service
from tests.asking import ROOT, Answer, ask, service_of
from tests.models import every_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

ADDRESS: dict[str, object] = {"street": "S", "city": "Nowhere", "place": None, "color": None, "labels": []}
THING = {
    "id": "a",
    "home": {"street": "H"},
    "work": {},
    "shape": {"@odata.type": "#every.Box", "name": "b", "weight": 3},
    "shapes": [{"@odata.type": "#every.Box", "name": "b", "weight": 4}],
    "free": "text",
    "number": 1.50,
    "truth": True,
    "when@odata.type": "#Duration",
    "when": "PT1H",
    "long@odata.type": "#Int64",
    "long": 7,
    "list": [1, "a", {"b": [True]}],
    "numbers@odata.type": "#Collection(Int32)",
    "numbers": [1, 2],
    "object": {"a": {"b": 1}, "c": None},
    "place": {"@odata.type": "#every.Address", "street": "S"},
    "box": {"@odata.type": "#every.Box", "name": "n", "inner": {"x": 1}},
}


@pytest.fixture
def things() -> Iterator[Service]:
    with service_of(every_schema()) as service:
        assert ask(service, "POST", "Things", THING).status == 201
        yield service


def written(service: Service, method: str, path: str, body: object, **headers: str) -> Answer:
    return ask(service, method, f"Things('a')/{path}", body, **headers)


@pytest.mark.parametrize(
    ("path", "document"),
    [
        ("free", {"value": "text"}),
        ("number", {"value": 1.5}),
        ("truth", {"value": True}),
        ("when", {"@odata.type": "#Duration", "value": "PT1H"}),
        ("long", {"@odata.type": "#Int64", "value": 7}),
        ("list", {"value": [1, "a", {"b": [True]}]}),
        ("list/1", {"value": "a"}),
        ("list/-1/b/0", {"value": True}),
        ("numbers", {"@odata.type": "#Collection(Int32)", "value": [1, 2]}),
        ("numbers/-1", {"@odata.type": "#Int32", "value": 2}),
        ("object", {"value": {"a": {"b": 1}, "c": None}}),
        ("object/a/b", {"value": 1}),
        ("place", {"@odata.type": "#every.Address", **ADDRESS}),
        ("place/street", {"value": "S"}),
        ("place/every.Address/city", {"value": "Nowhere"}),
        ("place/labels", {"@odata.type": "#Collection(String)", "value": []}),
        ("box/inner/x", {"value": 1}),
        ("shape/every.Box/weight", {"value": 3}),
    ],
)
def test_what_is_asked_of_a_dynamic_property_is_answered_with_its_path(
    things: Service, path: str, document: dict[str, Any]
) -> None:
    answer = ask(things, "GET", f"Things('a')/{path}")
    assert (answer.status, answer.json) == (
        200,
        {"@odata.context": f"{ROOT}$metadata#Things('a')/{path}", **document},
    )


def test_a_dynamic_property_of_a_member_of_a_collection_is_read(things: Service) -> None:
    answer = ask(things, "GET", "Things('a')/shapes/0/every.Box/weight")
    assert answer.json == {"@odata.context": f"{ROOT}$metadata#Edm.Untyped", "value": 4}
    assert ask(things, "GET", "Things('a')/shapes/1/every.Box/weight").status == 404


@pytest.mark.parametrize("path", ["never", "never/and/on", "object/c", "object/d", "place/color", "never/$value"])
def test_a_dynamic_property_that_is_not_there_is_null(things: Service, path: str) -> None:
    assert ask(things, "GET", f"Things('a')/{path}").status == 204


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("free/inner", "'inner' does not follow what is no collection, or has no members."),
        ("place/stret", "'every.Address' has no property 'stret'."),
        ("place/every.Box/name", "This value is every.Address, and no 'every.Box'."),
        ("object/every.Box", "This value is an object without a type, and no 'every.Box'."),
        ("list/a", "A collection stands before 'a'."),
        ("list/3", "The collection has no member at this place."),
        ("list/$value", "Objects and collections have no raw value."),
        ("free/$count", "This value is no collection, so nothing is counted."),
        ("home/free", "'every.Address' has no property 'free'."),
        ("free('a')", "'every.Thing' has no property 'free'."),
        ("free/a('b')", "'a('b')' leads nowhere inside the dynamic property 'free'."),
    ],
)
def test_what_a_value_does_not_have_is_not_found(things: Service, path: str, message: str) -> None:
    answer = ask(things, "GET", f"Things('a')/{path}")
    assert answer.status == 404
    assert message.partition("'a('")[0] in answer.error["message"]


@pytest.mark.parametrize("path", ["Things('b')/free", "Things('b')/never"])
def test_a_dynamic_property_of_no_entity_is_not_found(things: Service, path: str) -> None:
    assert ask(things, "GET", path).status == 404


@pytest.mark.parametrize(
    ("path", "text"),
    [("free", "text"), ("number", "1.5"), ("truth", "true"), ("when", "PT1H"), ("long", "7"), ("object/a/b", "1")],
)
def test_the_raw_value_of_a_dynamic_property_is_its_text(things: Service, path: str, text: str) -> None:
    answer = ask(things, "GET", f"Things('a')/{path}/$value")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain;charset=utf-8")
    assert answer.body == text.encode()


def test_the_members_of_a_dynamic_collection_are_counted(things: Service) -> None:
    assert ask(things, "GET", "Things('a')/list/$count").body == b"3"
    assert ask(things, "GET", "Things('a')/numbers/$count").body == b"2"


def test_options_of_a_dynamic_property_are_refused(things: Service) -> None:
    answer = ask(things, "GET", "Things('a')/list?$filter=$it eq 1")
    assert (answer.status, answer.error["target"]) == (400, "$filter")


def test_metadata_none_shows_the_value_alone(things: Service) -> None:
    answer = ask(things, "GET", "Things('a')/place?$format=application/json;odata.metadata=none")
    assert answer.json == ADDRESS


def test_declared_properties_go_before_dynamic_ones(things: Service) -> None:
    assert ask(things, "GET", "Things('a')/color").status == 204
    assert written(things, "PUT", "color", {"value": "Purple"}).status == 400


@pytest.mark.parametrize(
    ("method", "path", "body", "after"),
    [
        ("PUT", "free", {"value": 5}, {"value": 5}),
        ("PUT", "new", {"@odata.type": "#Date", "value": "2024-01-31"},
         {"@odata.type": "#Date", "value": "2024-01-31"}),
        ("PUT", "new", {"value": [1, 2]}, {"value": [1, 2]}),
        ("PUT", "place", {"@odata.type": "#every.Address", "city": "C"},
         {"@odata.type": "#every.Address", **ADDRESS, "street": None, "city": "C"}),
        ("PATCH", "place", {"city": "C"}, {"@odata.type": "#every.Address", **ADDRESS, "city": "C"}),
        ("PATCH", "free", {"value": "other"}, {"value": "other"}),
        ("PUT", "place/street", {"value": "T"}, {"value": "T"}),
        ("PUT", "place/every.Address/street", {"value": "T"}, {"value": "T"}),
        ("PUT", "object/a/b", {"value": "T"}, {"value": "T"}),
        ("PUT", "object/new", {"value": [1]}, {"value": [1]}),
        ("PUT", "box/other", {"@odata.type": "#Int64", "value": 8}, {"@odata.type": "#Int64", "value": 8}),
        ("PUT", "shape/every.Box/weight", {"value": 5}, {"value": 5}),
        ("PUT", "shape/every.Box/new", {"value": 5}, {"value": 5}),
        ("POST", "list", {"value": "b"}, {"value": [1, "a", {"b": [True]}, "b"]}),
        ("POST", "list?$index=0", {"value": None}, {"value": [None, 1, "a", {"b": [True]}]}),
        ("POST", "numbers", {"value": 3}, {"@odata.type": "#Collection(Int32)", "value": [1, 2, 3]}),
        ("POST", "place/labels", {"value": "l"}, {"@odata.type": "#Collection(String)", "value": ["l"]}),
    ],
)  # fmt: skip
def test_a_change_of_a_dynamic_property_is_seen_and_leaves_the_others(
    things: Service, method: str, path: str, body: object, after: dict[str, Any]
) -> None:
    before = ask(things, "GET", "Things('a')")
    answer = written(things, method, path, body)
    path = path.partition("?")[0]
    read = ask(things, "GET", f"Things('a')/{path}")
    assert (answer.status, read.json) == (
        204,
        {"@odata.context": f"{ROOT}$metadata#Things('a')/{path}", **after},
    )
    assert answer.headers["ETag"] == read.headers["ETag"] != before.headers["ETag"]
    changed = {path.partition("/")[0], f"{path}@odata.type", "@odata.etag"}
    rest = {name: value for name, value in before.json.items() if name not in changed}
    assert {name: value for name, value in ask(things, "GET", "Things('a')").json.items() if name in rest} == rest


@pytest.mark.parametrize("path", ["free", "place", "numbers", "object/a", "box/inner", "shape/every.Box/weight"])
def test_a_deleted_dynamic_property_is_gone(things: Service, path: str) -> None:
    assert written(things, "DELETE", path, None).status == 204
    assert ask(things, "GET", f"Things('a')/{path}").status == 204
    holder, _, name = path.rpartition("/")
    entity = ask(things, "GET", f"Things('a')/{holder}" if "." not in holder and holder else "Things('a')").json
    assert name not in entity.get("value", entity)


def test_null_takes_a_dynamic_property_away(things: Service) -> None:
    assert written(things, "PUT", "free", {"value": None}).status == 204
    assert "free" not in ask(things, "GET", "Things('a')").json


def test_the_last_dynamic_property_goes_too(things: Service) -> None:
    ask(things, "PUT", "Things('a')", {"work": {}, "only": 1})
    assert written(things, "DELETE", "only", None).status == 204
    assert ask(things, "GET", "Things('a')/only").status == 204


@pytest.mark.parametrize(
    ("path", "text", "after"),
    [
        ("free", b"new", {"value": "new"}),
        ("number", b"2.5", {"value": 2.5}),
        ("truth", b"false", {"value": False}),
        ("when", b"PT2H", {"@odata.type": "#Duration", "value": "PT2H"}),
        ("never", b"1", {"value": "1"}),
        ("place/street", b"T", {"value": "T"}),
    ],
)
def test_raw_text_is_read_as_of_the_type_that_is_there(
    things: Service, path: str, text: bytes, after: dict[str, Any]
) -> None:
    answer = ask(things, "PUT", f"Things('a')/{path}/$value", text, content_type="text/plain")
    read = ask(things, "GET", f"Things('a')/{path}").json
    assert (answer.status, {name: read[name] for name in after}) == (204, after)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "number/$value", b"x", 400),
        ("PUT", "object/$value", b"x", 400),
        ("PUT", "numbers/$value", b"x", 400),
        ("PUT", "free/inner", {"value": 1}, 404),
        ("PUT", "never/inner", {"value": 1}, 404),
        ("PUT", "place/stret", {"value": 1}, 404),
        ("PUT", "place/every.Box/name", {"value": 1}, 404),
        ("PUT", "place/street", {"value": 1}, 400),
        ("PUT", "free", {"a": 1}, 400),
        ("PUT", "free", {"@odata.type": "#Int32", "value": "x"}, 400),
        ("PUT", "free", {"@odata.type": "#Nothing", "value": "x"}, 400),
        ("PUT", "object/a", {"@odata.type": "#Date", "value": "2024-01-31"}, 400),
        ("PATCH", "place", {"nowhere": 1}, 400),
        ("POST", "free", {"value": 1}, 400),
        ("POST", "numbers", {"value": "a"}, 400),
        ("PUT", "list/0", {"value": 1}, 405),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(
    things: Service, method: str, path: str, body: object, status: int
) -> None:
    before = ask(things, "GET", "Things('a')").body
    headers = {"content_type": "text/plain"} if path.endswith("$value") else {}
    answer = ask(things, method, f"Things('a')/{path}", body, **headers)
    assert (answer.status, bool(answer.error["message"])) == (status, True)
    assert ask(things, "GET", "Things('a')").body == before


def test_changes_of_dynamic_properties_are_conditional(things: Service) -> None:
    tag = ask(things, "GET", "Things('a')/free").headers["ETag"]
    assert written(things, "PUT", "free", {"value": 1}, if_match=tag).status == 204
    assert written(things, "PUT", "free", {"value": 2}, if_match=tag).status == 412
    current = ask(things, "GET", "Things('a')/free")
    assert current.json["value"] == 1
    assert ask(things, "GET", "Things('a')/free", if_none_match=current.headers["ETag"]).status == 304


def test_a_change_is_answered_with_the_representation_where_that_is_preferred(things: Service) -> None:
    answer = written(things, "PUT", "free", {"value": 1}, prefer="return=representation")
    assert (answer.status, answer.json["value"]) == (200, 1)


def test_another_entity_is_not_changed_by_the_same_kind_of_request(things: Service) -> None:
    ask(things, "POST", "Things", {"id": "b", "work": {}})
    assert ask(things, "PUT", "Things('b')/free", {"value": "b"}).status == 204
    assert ask(things, "PUT", "Things('a')/free", {"value": "a"}).status == 204
    assert [ask(things, "GET", f"Things('{key}')/free").json["value"] for key in "ab"] == ["a", "b"]
    assert ask(things, "PUT", "Things('c')/free", {"value": "c"}).status == 404


@pytest.mark.parametrize("family", FAMILIES)
def test_every_database_keeps_and_tells_dynamic_properties_by_their_paths(family: str) -> None:
    with standing_service(family, every_schema) as service:
        ask(service, "POST", "Things", THING)
        written(service, "PUT", "free", {"value": [1.50, "ä"]})
        written(service, "PATCH", "place", {"city": "C"})
        written(service, "DELETE", "number", None)
        written(service, "PUT", "shape/every.Box/weight", {"value": 5})
        paths = ("free", "place/city", "shape/every.Box/weight", "shapes/0/every.Box/weight", "object/a/b")
        found = [ask(service, "GET", f"Things('a')/{path}").json["value"] for path in paths]
        assert found == [[1.5, "ä"], "C", 5, 4, 1]
        assert ask(service, "GET", "Things('a')/number").status == 204
