"""Names that requests qualify by the alias of a schema (CSDL 5.1.2, JSON 4.5.3)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.service import Service
from tests.asking import ROOT, ask, service_of

BOATS = """<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="harbour.of.boats" Alias="h" xmlns="http://docs.oasis-open.org/odata/ns/edm">
<EnumType Name="Rig"><Member Name="Sloop"/><Member Name="Ketch"/></EnumType>
<ComplexType Name="Paint"><Property Name="colour" Type="Edm.String"/></ComplexType>
<ComplexType Name="Gloss" BaseType="h.Paint"><Property Name="shine" Type="Edm.Int32"/></ComplexType>
<EntityType Name="Boat"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String" Nullable="false"/>
<Property Name="rig" Type="h.Rig"/><Property Name="paint" Type="h.Paint"/></EntityType>
<EntityType Name="Ferry" BaseType="h.Boat"><Property Name="decks" Type="Edm.Int32"/>
<NavigationProperty Name="tender" Type="h.Boat"/></EntityType>
<Function Name="Decks" IsBound="true" IsComposable="true"><Parameter Name="boat" Type="h.Ferry"/>
<ReturnType Type="Edm.Int32"/></Function>
<Action Name="Launch" IsBound="true"><Parameter Name="boat" Type="h.Boat"/><ReturnType Type="Edm.String"/></Action>
<EntityContainer Name="Harbour"><EntitySet Name="Boats" EntityType="h.Boat">
<NavigationPropertyBinding Path="h.Ferry/tender" Target="Boats"/></EntitySet></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def boats(tmp_path: Path) -> Iterator[Service]:
    path = tmp_path / "boats.xml"
    path.write_text(BOATS)
    with service_of(load_schema(path)) as service:
        service.function("harbour.of.boats.Decks", expression="decks")
        service.action("harbour.of.boats.Launch")(lambda call, boat: boat["id"])
        gloss = {"@odata.type": "#h.Gloss", "colour": "red", "shine": 3}
        ferry = {"@odata.type": "#h.Ferry", "id": "f", "decks": 2, "rig": "Ketch", "paint": gloss}
        assert ask(service, "POST", "Boats", {"id": "b", "rig": "Sloop"}).status == 201
        assert ask(service, "POST", "Boats", {**ferry, "tender@odata.bind": "Boats('b')"}).status == 201
        yield service


def test_bodies_name_types_by_the_alias(boats: Service) -> None:
    answer = ask(boats, "GET", "Boats('f')").json
    assert answer["@odata.type"] == "#harbour.of.boats.Ferry"
    assert answer["paint"] == {"@odata.type": "#harbour.of.boats.Gloss", "colour": "red", "shine": 3}


@pytest.mark.parametrize(
    "target",
    [
        "Boats/h.Ferry",
        "Boats?$filter=isof(h.Ferry)",
        "Boats?$filter=isof('h.Ferry')",
        "Boats?$filter=h.Ferry/decks gt 1",
        "Boats?$filter=cast(h.Ferry)/decks gt 1",
        "Boats?$filter=paint/h.Gloss/shine eq 3",
        "Boats?$filter=rig eq h.Rig'Ketch'",
        "Boats?$filter=rig eq @r&@r=h.Rig'Ketch'",
        "Boats/h.Ferry?$filter=h.Decks() eq 2",
        "Boats/h.Ferry?$orderby=h.Decks()",
        "Boats/$filter(h.Ferry/decks gt 1)",
        "Boats?$apply=filter(h.Ferry/decks gt 1)",
    ],
)
def test_urls_name_types_and_operations_by_the_alias(boats: Service, target: str) -> None:
    assert [boat["id"] for boat in ask(boats, "GET", target.replace(" ", "%20")).values] == ["f"]


def test_what_is_chosen_by_the_alias_is_told_by_the_namespace(boats: Service) -> None:
    answer = ask(boats, "GET", "Boats?$select=h.Ferry/decks&$expand=h.Ferry/tender($select=id)").json
    chosen = "harbour.of.boats.Ferry/decks,harbour.of.boats.Ferry/tender(id)"
    assert answer["@odata.context"] == f"{ROOT}$metadata#Boats({chosen})"
    assert answer["value"][1]["tender"]["id"] == "b"


def test_operations_are_called_by_the_alias(boats: Service) -> None:
    assert ask(boats, "GET", "Boats('f')/h.Ferry/h.Decks()").json["value"] == 2
    assert ask(boats, "POST", "Boats('f')/h.Launch", {}).json["value"] == "f"


def test_an_entity_is_read_by_its_id_as_a_type_named_by_the_alias(boats: Service) -> None:
    assert ask(boats, "GET", "$entity/h.Ferry?$id=Boats('f')").json["decks"] == 2


def test_an_alias_that_no_schema_has_is_unknown(boats: Service) -> None:
    assert ask(boats, "GET", "Boats?$filter=isof(x.Ferry)").json["error"]["code"] == "UnknownType"
