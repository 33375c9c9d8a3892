"""Keys that are whole numbers: a create that states none gets the next one, on every database."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.edm.model import Schema
from odata_service.service import Service
from tests.asking import ROOT, ask
from tests.migrating import opened, place
from tests.servers import FAMILIES

MODEL = """<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="n" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EntityType Name="Box"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Byte" Nullable="false"/>
<Property Name="text" Type="Edm.String"/>
<NavigationProperty Name="parts" Type="Collection(n.Part)" ContainsTarget="true"/></EntityType>
<EntityType Name="Part"><Key><PropertyRef Name="place"/></Key>
<Property Name="place" Type="Edm.Int64" Nullable="false"/></EntityType>
<EntityType Name="Lid"><Key><PropertyRef Name="boxId"/></Key>
<Property Name="boxId" Type="Edm.Byte" Nullable="false"/>
<NavigationProperty Name="box" Type="n.Box" Nullable="false">
<ReferentialConstraint Property="boxId" ReferencedProperty="id"/></NavigationProperty></EntityType>
<EntityType Name="Film" HasStream="true"><Key><PropertyRef Name="id"/></Key>
<Property Name="id" Type="Edm.Int32" Nullable="false"/></EntityType>
<EntityContainer Name="C"><EntitySet Name="Boxes" EntityType="n.Box"/><EntitySet Name="Films" EntityType="n.Film"/>
<EntitySet Name="Lids" EntityType="n.Lid"><NavigationPropertyBinding Path="box" Target="Boxes"/></EntitySet>
</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def schema(tmp_path: Path) -> Schema:
    path = tmp_path / "model.xml"
    path.write_text(MODEL)
    return load_schema(path)


@pytest.fixture(params=FAMILIES)
def boxes(request: pytest.FixtureRequest, schema: Schema, tmp_path: Path) -> Iterator[Service]:
    with place(request.param, tmp_path) as url, opened(url, schema) as store:
        store.create()
        yield Service(schema, store)


def made(service: Service, target: str, **members: object) -> int:
    answer = ask(service, "POST", target, members)
    assert answer.status == 201, answer.body
    return int(answer.json.get("id", answer.json.get("place")))


def test_numbers_begin_at_one_and_go_on_behind_the_greatest(boxes: Service) -> None:
    assert [made(boxes, "Boxes", text="a"), made(boxes, "Boxes", id=7), made(boxes, "Boxes", text="b")] == [1, 7, 8]
    assert ask(boxes, "GET", "Boxes(8)/text").json["value"] == "b"


def test_where_the_type_ends_the_least_that_is_free_is_next(boxes: Service) -> None:
    assert made(boxes, "Boxes", id=255) == 255
    assert [made(boxes, "Boxes") for _ in range(2)] == [1, 2]
    assert made(boxes, "Boxes", id=4) == 4
    assert [made(boxes, "Boxes") for _ in range(2)] == [3, 5]


def test_creates_at_the_same_time_get_numbers_of_their_own(boxes: Service) -> None:
    def client(_: int) -> list[int]:
        try:
            return [made(boxes, "Boxes") for _ in range(4)]
        finally:
            boxes.store.close()

    with ThreadPoolExecutor(3) as clients:
        numbers = list(chain.from_iterable(clients.map(client, range(3))))
    assert sorted(numbers) == list(range(1, 13))


def test_contained_entities_are_numbered_in_each_entity(boxes: Service) -> None:
    body = {"id": 1, "parts": [{}, {}]}
    assert [part["place"] for part in ask(boxes, "POST", "Boxes", body).json["parts"]] == [1, 2]
    assert made(boxes, "Boxes", id=2) == 2
    assert [made(boxes, "Boxes(2)/parts"), made(boxes, "Boxes(1)/parts")] == [1, 3]


def test_media_entities_are_created_by_their_streams_alone(boxes: Service) -> None:
    answer = ask(boxes, "POST", "Films", b"moving", content_type="video/mp4")
    assert (answer.status, answer.headers["Location"]) == (201, f"{ROOT}Films(1)")
    assert ask(boxes, "GET", "Films(1)/$value").body == b"moving"


def test_a_number_that_is_the_key_of_another_entity_is_stated_or_related(boxes: Service) -> None:
    assert made(boxes, "Boxes") == 1
    refused = ask(boxes, "POST", "Lids", {})
    assert (refused.status, refused.error["target"]) == (400, "box")
    assert ask(boxes, "POST", "Lids", {"box@odata.bind": "Boxes(1)"}).json["boxId"] == 1


def test_a_relation_does_not_change_a_key(boxes: Service) -> None:
    made(boxes, "Boxes"), made(boxes, "Boxes")
    assert ask(boxes, "POST", "Lids", {"boxId": 1}).status == 201
    refused = ask(boxes, "PUT", "Lids(1)/box/$ref", {"@odata.id": "Boxes(2)"})
    assert (refused.status, refused.error["message"]) == (
        400,
        "'box' says what 'boxId' is, a part of the key, which never changes. Create an entity with the other key, and "
        "delete this one.",
    )
    assert ask(boxes, "PUT", "Lids(1)/box/$ref", {"@odata.id": "Boxes(1)"}).status == 204
