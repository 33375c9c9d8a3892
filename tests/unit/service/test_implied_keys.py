"""Keys of several parts in paths: those that the entity before says are left out, segments stand for the others.

(URL Conventions 4.3.3, 4.3.6)
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.service import Service
from tests.asking import ROOT, ask, service_of

FLEET = """<edmx:Edmx Version="4.01" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="fleet" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <EntityType Name="Ship"><Key><PropertyRef Name="hull"/></Key>
    <Property Name="hull" Type="Edm.Int32" Nullable="false"/>
    <NavigationProperty Name="cabins" Type="Collection(fleet.Cabin)" Partner="ship"/>
    <NavigationProperty Name="crew" Type="Collection(fleet.Cabin)"/></EntityType>
  <EntityType Name="Cabin"><Key><PropertyRef Name="hull"/><PropertyRef Name="door"/></Key>
    <Property Name="hull" Type="Edm.Int32" Nullable="false"/>
    <Property Name="door" Type="Edm.String" Nullable="false"/>
    <Property Name="beds" Type="Edm.Int32"/>
    <NavigationProperty Name="ship" Type="fleet.Ship" Partner="cabins">
      <ReferentialConstraint Property="hull" ReferencedProperty="hull"/></NavigationProperty></EntityType>
  <EntityContainer Name="Container">
    <EntitySet Name="Ships" EntityType="fleet.Ship"><NavigationPropertyBinding Path="cabins" Target="Cabins"/>
      <NavigationPropertyBinding Path="crew" Target="Cabins"/></EntitySet>
    <EntitySet Name="Cabins" EntityType="fleet.Cabin">
      <NavigationPropertyBinding Path="ship" Target="Ships"/></EntitySet>
  </EntityContainer></Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "fleet.xml").write_text(FLEET, "utf-8")
    with service_of(load_schema(tmp_path / "fleet.xml")) as service:
        for hull in (1, 2):
            assert ask(service, "POST", "Ships", {"hull": hull}).status == 201
            assert ask(service, "POST", "Cabins", {"hull": hull, "door": "a", "beds": hull}).status == 201
        assert ask(service, "POST", "Cabins", {"hull": 2, "door": "b", "beds": 5}).status == 201
        yield service


@pytest.mark.parametrize("key", ["'a'", "door='a'", "door=@d", "hull=2,door='a'"])
def test_the_part_that_the_entity_before_says_may_be_left_out(fleet: Service, key: str) -> None:
    found = ask(fleet, "GET", f"Ships(2)/cabins({key})?$format=application/json;odata.metadata=full&@d='a'").json
    assert (found["beds"], found["@odata.id"]) == (2, f"{ROOT}Cabins(hull=2,door='a')")


def test_what_is_found_so_is_changed_and_ended(fleet: Service) -> None:
    assert ask(fleet, "PATCH", "Ships(2)/cabins('b')", {"beds": 6}).status < 300
    assert ask(fleet, "GET", "Cabins(hull=2,door='b')").json["beds"] == 6
    assert ask(fleet, "DELETE", "Ships(2)/cabins('b')").status == 204
    assert ask(fleet, "GET", "Cabins?$select=door&$filter=hull eq 2").column("door") == ["a"]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("Ships(1)/cabins('b')", 404),
        ("Ships(1)/cabins(hull=2,door='b')", 404),
        ("Ships(1)/cabins(hull=1)", 400),
        ("Ships(1)/cabins()", 400),
        ("Ships(1)/cabins(door='a',door='a')", 400),
        ("Ships(1)/cabins(door='a',beds=1)", 400),
        ("Ships(1)/crew('a')", 400),
        ("Cabins('a')", 400),
    ],
)
def test_nothing_else_is_left_out(fleet: Service, path: str, status: int) -> None:
    assert ask(fleet, "GET", path).status == status


@pytest.mark.parametrize(
    ("path", "beds"),
    [
        ("Cabins/2/b", 5),
        ("Cabins/2/b/ship/cabins/2/a", 2),
        ("Ships/2/cabins/b", 5),
        ("Ships(2)/cabins/b/", 5),
        ("Ships/2/crew/$filter(hull eq 2)/2/b", None),
    ],
)
def test_each_part_of_a_key_may_be_a_segment(fleet: Service, path: str, beds: int | None) -> None:
    answer = ask(fleet, "GET", path)
    assert (answer.status, answer.json.get("beds")) == (200 if beds else 404, beds)


def test_entities_are_written_by_segments_of_their_keys(fleet: Service) -> None:
    made = ask(fleet, "PUT", "Cabins/1/O'B%2Fc", {"beds": 9})
    assert (made.status, made.headers["Location"]) == (201, f"{ROOT}Cabins(hull=1,door='O''B%2Fc')")
    assert ask(fleet, "PATCH", "Ships/1/cabins/a", {"beds": 8}).json["beds"] == 8
    assert ask(fleet, "GET", "Cabins/1/a/beds/$value").body == b"8"
    assert ask(fleet, "DELETE", "Cabins/1/O%27B%2Fc").status == 204


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("Cabins/2", "The path ends"),
        ("Cabins/2/$count", "'$count' stands"),
        ("Cabins/2/$filter(beds eq 1)", "'$filter' stands"),
        ("Cabins/2/b(1)", "'b' stands"),
    ],
)
def test_a_key_that_is_not_whole_is_told(fleet: Service, path: str, found: str) -> None:
    assert ask(fleet, "GET", path).refusal == (
        404,
        f"{found} behind 1 of the 2 parts of a key of fleet.Cabin. "
        "Write a segment for each of hull, door, or (hull=…, door=…).",
    )


def test_a_segment_for_a_part_has_its_type(fleet: Service) -> None:
    assert ask(fleet, "GET", "Cabins/b/2").status == 400
    assert ask(fleet, "GET", "Cabins/2/b/3").status == 404
