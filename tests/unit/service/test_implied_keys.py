"""Parts of keys that the entity before in the path says: they may be left out (URL Conventions 4.3.3)."""

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
