"""PUT changes all that V2 shows of an entity, and nothing that it does not show."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.v2 import V2Service
from tests.asking import Answer, ask, service_of
from tests.unit.v2.shop import Shop

MODEL = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n">
<ComplexType Name="Place"><Property Name="town" Type="Edm.String"/><Property Name="zip" Type="Edm.Int32"/>
<Property Name="names" Type="Collection(Edm.String)" Nullable="false"/></ComplexType>
<EntityType Name="Thing" OpenType="true"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.Int32" Nullable="false"/><Property Name="name" Type="Edm.String"/>
<Property Name="count" Type="Edm.Int64" Nullable="false" DefaultValue="7"/>
<Property Name="must" Type="Edm.Int32" Nullable="false"/>
<Property Name="kind" Type="Edm.Int32" Nullable="false"><Annotation Term="Org.OData.Core.V1.Immutable"/></Property>
<Property Name="tags" Type="Collection(Edm.String)" Nullable="false"/>
<Property Name="at" Type="Edm.GeographyPoint"/>
<Property Name="home" Type="n.Place"/><Property Name="base" Type="n.Place" Nullable="false"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Things" EntityType="n.Thing"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""
PLACE = {"town": "Bonn", "zip": 5, "names": ["x"]}
POINT = {"type": "Point", "coordinates": [1, 2]}
THING = {
    "id": 1, "name": "a", "count": 3, "must": 4, "kind": 5, "tags": ["t"], "at": POINT, "home": PLACE, "base": PLACE,
    "free": "f",
}  # fmt: skip


@pytest.fixture
def things(tmp_path: Path) -> Iterator[Shop]:
    source = tmp_path / "things.xml"
    source.write_text(MODEL, encoding="utf-8")
    with service_of(load_schema(str(source))) as service:
        assert ask(service, "POST", "Things", THING).status == 201
        yield Shop(service, V2Service(service))


def state(things: Shop) -> dict[str, object]:
    answer: Answer = ask(things.service, "GET", "Things(1)")
    return {name: value for name, value in answer.json.items() if "@" not in name}


@pytest.mark.parametrize("media_type", ["application/json", "application/atom+xml"])
def test_what_v2_does_not_show_stays(things: Shop, media_type: str) -> None:
    before = state(things)
    read = things.ask("GET", "Things(1)", accept=media_type)
    assert things.ask("PUT", "Things(1)", read.body, content_type=media_type).status == 204
    assert state(things) == before


def test_what_a_body_leaves_out_is_its_default_or_null(things: Shop) -> None:
    body = {"must": 9, "home": {"town": "Köln"}}
    assert things.ask("PUT", "Things(1)", body).status == 204
    expected = {
        "name": None, "count": 7, "must": 9,
        "home": {**PLACE, "town": "Köln", "zip": None}, "base": {**PLACE, "town": None, "zip": None},
    }  # fmt: skip
    assert state(things) == {**THING, **expected}


def test_a_complex_value_is_changed_as_a_whole(things: Shop) -> None:
    assert things.ask("PUT", "Things(1)/home", {"home": {"zip": 6}}).status == 204
    assert state(things)["home"] == {**PLACE, "town": None, "zip": 6}
    assert things.ask("MERGE", "Things(1)/home", {"home": {"town": "Ulm"}}).status == 204
    assert state(things)["home"] == {**PLACE, "town": "Ulm", "zip": 6}


def test_what_must_have_a_value_is_missed(things: Shop) -> None:
    answer = things.ask("PUT", "Things(1)", {"name": "b"})
    assert (answer.status, "'must'" in answer.error["message"]["value"]) == (400, True)
    assert state(things) == THING


@pytest.mark.parametrize("stated", [{"name": {}}, {"count": {"town": "x"}}, {"home": 5}, {"home": {"town": {}}}])
def test_an_object_that_stands_for_a_value_is_refused(things: Shop, stated: dict[str, object]) -> None:
    answer = things.ask("PUT", "Things(1)", {"must": 1, **stated})
    assert (answer.status, answer.error["code"]) == (400, "PayloadError")
    assert state(things) == THING
