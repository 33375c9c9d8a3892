"""Paths into values whose type no definition tells, on each database and in what functions give (CSDL 4.3)."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import pytest

from odata_service import load_schema
from odata_service.service import Call, Service
from tests.asking import ROOT, Answer, ask, service_of
from tests.models import every_schema
from tests.servers import FAMILIES
from tests.standing import standing_service

THING: dict[str, Any] = {
    "id": "a",
    "work": {},
    "anything": {"a": [1, {"b": 2}], "big": 9007199254740993},
    "things": [1, "x", {"k": [5, 6]}, None],
    "scalar@odata.type": "#Date",
    "scalar": "2024-01-02",
    "structure": {"@odata.type": "#every.Place", "latitude": 1.5},
    "node": {"name": "n", "anything": [1, 2], "children": [{"name": "c", "anything": {"deep": True}}]},
}


def node(call: Call) -> Annotated[Mapping[str, Any], "every.Node"]:
    return {"name": "n", "anything": [1, 2], "children": [{"name": "c", "anything": {"deep": True}}]}


def things_of(call: Call) -> list[Annotated[Any, "Edm.Untyped"]]:
    return [1, "x", {"k": [5, 6]}, None]


@pytest.fixture(scope="module", params=FAMILIES)
def things(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, every_schema) as service:
        service.function("every.Node")(node)
        service.function("every.Varied")(things_of)
        assert ask(service, "POST", "Things", THING).status == 201
        yield service


def value(answer: Answer) -> object:
    """What was answered, without what tells about it."""
    assert answer.status == 200, answer.body
    return answer.json["value"]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("anything/a", [1, {"b": 2}]),
        ("anything/a/-1/b", 2),
        ("anything/big", 9007199254740993),
        ("things/0", 1),
        ("things/-2/k/1", 6),
        ("structure/latitude", 1.5),
        ("structure/every.Place/latitude", 1.5),
        ("node/anything", [1, 2]),
        ("node/anything/-1", 2),
        ("node/children/0/anything/deep", True),
    ],
)
def test_paths_lead_into_values_without_a_declared_type(things: Service, path: str, found: object) -> None:
    answer = ask(things, "GET", f"Things('a')/{path}")
    assert value(answer) == found
    is_among = "/children/0/" in path
    context = "Edm.Untyped" if is_among else f"Things('a')/{path}"
    assert answer.json["@odata.context"] == f"{ROOT}$metadata#{context}"


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Node()/anything/0", 1),
        ("Node()/children/0/anything/deep", True),
        ("Varied()", [1, "x", {"k": [5, 6]}, None]),
        ("Varied()/0", 1),
        ("Varied()/2/k/-1", 6),
    ],
)
def test_paths_lead_into_such_values_that_functions_give(things: Service, path: str, found: object) -> None:
    assert value(ask(things, "GET", path)) == found


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("Things('a')/things/1/$value", b"x"),
        ("Things('a')/things/2/k/$count", b"2"),
        ("Things('a')/scalar/$value", b"2024-01-02"),
        ("Things('a')/node/anything/$count", b"2"),
        ("Varied()/1/$value", b"x"),
        ("Varied()/$count", b"4"),
    ],
)
def test_raw_values_and_numbers_of_them(things: Service, path: str, body: bytes) -> None:
    answer = ask(things, "GET", path)
    assert (answer.status, answer.body) == (200, body)


def test_null_is_no_content(things: Service) -> None:
    assert ask(things, "GET", "Things('a')/things/-1").status == 204
    assert ask(things, "GET", "Things('a')/anything/missing").status == 204
    assert ask(things, "GET", "Varied()/-1").status == 204


@pytest.mark.parametrize(
    ("method", "path", "status", "message"),
    [
        ("GET", "Things('a')/things/9", 404, "The collection has no member at this place."),
        ("GET", "Things('a')/anything/a/x", 404, "A collection stands before 'x'."),
        ("GET", "Things('a')/scalar/x", 404, "'x' does not follow what is no collection, or has no members."),
        ("GET", "Things('a')/structure/town", 404, "'every.Place' has no property 'town'."),
        ("GET", "Things('a')/anything/a.b", 404, "'a.b' leads nowhere inside a value whose type no definition tells."),
        ("PUT", "Things('a')/things/0", 405, "This resource does not take PUT. It takes GET, HEAD."),
        ("GET", "Varied()/9", 404, "The collection has no member at this place."),
    ],
)
def test_what_is_not_there_is_refused(things: Service, method: str, path: str, status: int, message: str) -> None:
    answer = ask(things, method, path, {"value": 1} if method == "PUT" else None)
    assert answer.status == status
    assert answer.error["message"].startswith(message)


def test_a_member_of_a_kept_value_is_changed_and_ended(things: Service) -> None:
    assert ask(things, "PUT", "Things('a')/node/anything", {"value": {"n": 1}}).status == 204
    assert ask(things, "GET", "Things('a')/node/anything/n").json["value"] == 1
    assert ask(things, "PATCH", "Things('a')/node", {"anything": [1, 2]}).status == 204
    assert value(ask(things, "GET", "Things('a')/node/anything")) == [1, 2]


def test_collections_of_values_without_a_type_get_more_members(things: Service) -> None:
    place = {"@odata.type": "#every.Place", "latitude": 2.5}
    body = {"id": "more", "work": {}, "things": ["a"], "node": {"name": "n", "children": []}}
    assert ask(things, "POST", "Things", body).status == 201
    for stated in ({"value": None}, {"value": {"k": [1]}}, {"value": place}, place, {"value": [2]}):
        assert ask(things, "POST", "Things('more')/things", stated).status == 204
    assert ask(things, "POST", "Things('more')/things?$index=0", {"value": 9007199254740993}).status == 204
    kept = [9007199254740993, "a", None, {"k": [1]}, place, place, [2]]
    assert value(ask(things, "GET", "Things('more')/things")) == kept
    assert ask(things, "GET", "Things('more')").json["things"] == kept
    assert ask(things, "DELETE", "Things('more')").status == 204


def test_the_first_member_of_a_collection_of_values_without_a_type_may_be_null(things: Service) -> None:
    assert ask(things, "POST", "Things", {"id": "none", "work": {}}).status == 201
    assert ask(things, "POST", "Things('none')/things", {"value": None}).status == 204
    assert value(ask(things, "GET", "Things('none')/things")) == [None]
    assert ask(things, "DELETE", "Things('none')").status == 204


def test_such_a_collection_inside_of_a_kept_value_is_emptied_not_taken_away(tmp_path: Path) -> None:
    model = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.01"><edmx:DataServices>
      <Schema Namespace="m" xmlns="http://docs.oasis-open.org/odata/ns/edm">
        <ComplexType Name="Remark"><Property Name="words" Type="Collection(Edm.Untyped)"/></ComplexType>
        <EntityType Name="Page"><Key><PropertyRef Name="id"/></Key>
          <Property Name="id" Type="Edm.Int32" Nullable="false"/>
          <Property Name="remarks" Type="Collection(m.Remark)"/></EntityType>
        <EntityContainer Name="C"><EntitySet Name="Pages" EntityType="m.Page"/></EntityContainer>
      </Schema></edmx:DataServices></edmx:Edmx>"""
    (tmp_path / "model.xml").write_text(model, "utf-8")
    with service_of(load_schema(tmp_path / "model.xml")) as service:
        assert ask(service, "POST", "Pages", {"id": 1, "remarks": [{"words": ["a", 1]}]}).status == 201
        assert ask(service, "POST", "Pages(1)/remarks/0/words", {"value": None}).status == 204
        assert ask(service, "GET", "Pages(1)").json["remarks"] == [{"words": ["a", 1, None]}]
        assert ask(service, "DELETE", "Pages(1)/remarks/0/words").status == 204
        assert ask(service, "GET", "Pages(1)").json["remarks"] == [{"words": []}]


def test_a_member_that_would_lose_the_type_that_it_states_is_refused(things: Service) -> None:
    answer = ask(things, "POST", "Things('a')/things", {"@odata.type": "#Date", "value": "2024-01-02"})
    assert (answer.status, answer.error["target"]) == (400, "things")
    assert answer.error["message"].endswith("Leave out @odata.type, or give one to the value around it.")


@pytest.mark.parametrize(
    "condition",
    [
        "things/any(t:t/k ne null)",
        "node/anything/k eq null and node/name eq 'n'",
        "node/children/any(c:c/anything/deep eq true)",
        "node/children/any(c:c/anything/x eq null and c/anything/deep/deeper eq null)",
    ],
)
def test_conditions_lead_into_values_that_may_be_anything(things: Service, condition: str) -> None:
    """Others are texts and numbers there, in which paths lead nowhere."""
    other = {"id": "o", "work": {}, "anything": "a", "things": ["{", 1], "node": {"name": "o", "anything": "{"}}
    assert ask(things, "PUT", "Things('o')", other).status in {200, 201}
    assert ask(things, "GET", f"Things?$filter={condition}&$orderby=node/anything/k,id").column("id") == ["a"]


@pytest.mark.parametrize("path", ["things?$filter=$it/k ne null", "things/$filter(@f)?@f=$it/k ne null"])
def test_members_without_a_type_are_found_by_what_is_in_them(things: Service, path: str) -> None:
    assert value(ask(things, "GET", f"Things('a')/{path}")) == [{"k": [5, 6]}]


@pytest.fixture(scope="module")
def loose(things: Service) -> Service:
    """Things whose values are of all kinds."""
    values = {"n": 5, "t": "5", "b": True, "f": 2.5, "o": {"k": 5}, "l": [5], "z": None}
    for key, anything in values.items():
        body = {"id": f"v{key}", "work": {}, "anything": anything, "things": [anything, "w"], "extra": anything}
        assert ask(things, "PUT", f"Things('v{key}')", body).status in {200, 201}
    return things


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("anything eq 5", ["vn"]),
        ("anything gt 2", ["vf", "vn"]),
        ("anything eq '5'", ["vt"]),
        ("anything", ["vb"]),
        ("anything ne 5", ["vb", "vf", "vl", "vo", "vt", "vz"]),
        ("anything eq null", ["vz"]),
        ("anything in ('5','6')", ["vt"]),
        ("contains(anything,'5')", ["vt"]),
        ("anything add 1 eq 3.5", ["vf"]),
        ("anything eq 2024-01-02", []),
        ("cast(anything,Edm.String) eq '5'", ["vt"]),
        ("things/any(t:t eq 5)", ["vn"]),
        ("things/any(t:startswith(t,'5'))", ["vt"]),
        ("things/all(t:t ne true and t ne 2.5)", ["vl", "vn", "vo", "vt", "vz"]),
    ],
)
def test_a_value_without_a_type_is_one_of_the_type_that_it_is_used_as(
    loose: Service, condition: str, keys: list[str]
) -> None:
    target = f"Things?$filter=startswith(id,'v') and ({condition})&$orderby=id&$select=id"
    assert ask(loose, "GET", target).column("id") == keys


def test_values_without_a_type_are_ordered_as_dynamic_properties_are(loose: Service) -> None:
    target = "Things?$filter=startswith(id,'v') and anything ne null&$orderby=anything desc,id&$select=id"
    assert ask(loose, "GET", target).column("id") == ["vb", "vn", "vf", "vt", "vl", "vo"]


def test_members_without_a_type_are_found_by_themselves(loose: Service) -> None:
    assert value(ask(loose, "GET", "Things('a')/things?$filter=$it eq 'x'")) == ["x"]
    assert ask(loose, "GET", "Things('a')?$select=things($filter=$this ge 1)").json["things"] == [1]


@pytest.mark.parametrize("name", ["anything", "scalar"])
@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("{} eq 2024-01-02", ["sd"]),
        ("{} eq '2024-01-02'", ["st"]),
        ("year(cast({},Edm.Date)) eq 2024", ["sd"]),
        ("{} eq 9007199254740993", ["sl"]),
        ("{} eq 3f2504e0-4f89-41d3-9a0c-0305e82c3301", ["sg"]),
    ],
)
def test_a_value_is_of_the_type_that_it_states(things: Service, name: str, condition: str, keys: list[str]) -> None:
    stated = {
        "sd": ("#Date", "2024-01-02"),
        "st": (None, "2024-01-02"),
        "sl": ("#Int64", 9007199254740993),
        "sg": ("#Guid", "3f2504e0-4f89-41d3-9a0c-0305e82c3301"),
    }
    for key, (type_name, of_it) in stated.items():
        told = {} if type_name is None else {f"{name}@odata.type": type_name}
        assert ask(things, "PUT", f"Things('{key}')", {"work": {}, **told, name: of_it}).status in {200, 201}
    target = f"Things?$filter=startswith(id,'s') and {condition.format(name)}&$select=id"
    assert ask(things, "GET", target).column("id") == keys


@pytest.mark.parametrize(
    ("condition", "keys"),
    [
        ("anything/any()", ["vl"]),
        ("anything/any(a:a eq 5)", ["vl"]),
        ("anything/all(a:a eq 6) and anything ne null", ["vb", "vf", "vn", "vo", "vt"]),
        ("anything/$count eq 1", ["vl"]),
        ("anything/$count($filter=$this gt 5) eq 0 and anything/any()", ["vl"]),
        ("anything/k/any()", []),
        ("things/any(t:t/any(u:u eq 5))", ["vl"]),
        ("extra/any(e:e gt 4)", ["vl"]),
        ("extra/$count eq 1", ["vl"]),
    ],
)
def test_what_is_a_list_has_members_whatever_its_type(loose: Service, condition: str, keys: list[str]) -> None:
    target = f"Things?$filter=startswith(id,'v') and {condition}&$orderby=anything/$count desc,id&$select=id"
    assert ask(loose, "GET", target).column("id") == keys
