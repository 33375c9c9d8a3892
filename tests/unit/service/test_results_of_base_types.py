"""Operations that are declared to give another type than that of the set: one before it, one derived from it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from odata_service import load_schema
from odata_service.service import Service
from tests.asking import ask, service_of

KEY = '<Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Int32" Nullable="false"/>'
NOTED = '<Property Name="note" Type="Edm.String"/>'
FLEET = f"""<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="f" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <EntityType Name="Noted" Abstract="true">{NOTED}</EntityType>
  <EntityType Name="Thing" BaseType="f.Noted">{KEY}</EntityType>
  <EntityType Name="Ship" BaseType="f.Thing"><Property Name="beds" Type="Edm.Int32"/>
    <NavigationProperty Name="visits" Type="Collection(f.Visit)"/></EntityType>
  <EntityType Name="Ferry" BaseType="f.Ship"><Property Name="cars" Type="Edm.Int32"/></EntityType>
  <EntityType Name="Port" BaseType="f.Thing"><Property Name="depth" Type="Edm.Int32"/></EntityType>
  <EntityType Name="Visit" BaseType="f.Noted">{KEY}</EntityType>
  <Action Name="Mark" IsBound="true" EntitySetPath="it">
    <Parameter Name="it" Type="f.Thing"/><ReturnType Type="f.Thing"/></Action>
  <Action Name="MarkEach" IsBound="true"><Parameter Name="it" Type="f.Ship"/><ReturnType Type="f.Noted"/></Action>
  <Function Name="Visits" IsBound="true" IsComposable="true" EntitySetPath="it/visits">
    <Parameter Name="it" Type="f.Ship"/><ReturnType Type="Collection(f.Noted)"/></Function>
  <Function Name="Largest" IsComposable="true"><ReturnType Type="f.Thing"/></Function>
  <Function Name="Ferries" IsComposable="true"><ReturnType Type="Collection(f.Ferry)"/></Function>
  <Function Name="First" IsBound="true" IsComposable="true" EntitySetPath="it">
    <Parameter Name="it" Type="Collection(f.Ship)"/><ReturnType Type="f.Ferry"/></Function>
  <Action Name="Build"><Parameter Name="id" Type="Edm.Int32"/><ReturnType Type="f.Ferry"/></Action>
  <Function Name="Harbour"><ReturnType Type="f.Port"/></Function>
  <Function Name="Depth"><ReturnType Type="Edm.Int32"/></Function>
  <Function Name="Wrong"><ReturnType Type="f.Noted"/></Function>
  <Function Name="All" IsComposable="true"><ReturnType Type="Collection(f.Noted)"/></Function>
  <EntityContainer Name="C">
    <EntitySet Name="Ships" EntityType="f.Ship"><NavigationPropertyBinding Path="visits" Target="Visits"/></EntitySet>
    <EntitySet Name="Ports" EntityType="f.Port"/>
    <EntitySet Name="Visits" EntityType="f.Visit"/>
    <FunctionImport Name="Largest" Function="f.Largest" EntitySet="Ships"/>
    <FunctionImport Name="Ferries" Function="f.Ferries" EntitySet="Ships"/>
    <ActionImport Name="Build" Action="f.Build" EntitySet="Ships"/>
    <FunctionImport Name="Harbour" Function="f.Harbour" EntitySet="Ships"/>
    <FunctionImport Name="Depth" Function="f.Depth" EntitySet="Ships"/>
    <FunctionImport Name="Wrong" Function="f.Wrong" EntitySet="Ships"/>
    <FunctionImport Name="All" Function="f.All"/>
  </EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Service]:
    (tmp_path / "model.xml").write_text(FLEET)
    with service_of(load_schema(tmp_path / "model.xml")) as service:
        service.action("f.Mark")(lambda call, it: call.update(it, note="marked"))
        service.action("f.MarkEach")(lambda call, it: call.update(it, note="each"))
        service.function("f.Visits")(lambda call, it: call.related(it, "visits").read())
        service.function("f.Largest")(lambda call: call.entities("Ships").first("$orderby=beds desc"))
        service.function("f.Ferries")(lambda call: call.read("Ships", "$filter=isof(f.Ferry)"))
        service.function("f.First")(lambda call, it: it.first("$filter=isof(f.Ferry)"))
        service.action("f.Build")(
            lambda call, id: call.create("Ships", {"@odata.type": "#f.Ferry", "id": id, "cars": 1})
        )
        service.function("f.All")(lambda call: [*call.read("Ships"), *call.read("Visits")])
        assert ask(service, "POST", "Ships", {"id": 1, "beds": 5, "visits": [{"id": 7}, {"id": 8}]}).status == 201
        assert ask(service, "POST", "Ships", {"@odata.type": "#f.Ferry", "id": 2, "beds": 9, "cars": 3}).status == 201
        yield service


@pytest.mark.parametrize(
    ("target", "value"),
    [
        ("Ships(1)/Visits()", [{"id": 7, "note": None}, {"id": 8, "note": None}]),
        ("Ships(1)/Visits()?$filter=id gt 7&$select=id", [{"id": 8}]),
        ("All()/f.Visit?$select=id", [{"@odata.id": None, "id": 7}, {"@odata.id": None, "id": 8}]),
    ],
)
def test_collections_of_a_base_type_are_of_the_set(fleet: Service, target: str, value: list[dict[str, Any]]) -> None:
    values = ask(fleet, "GET", target).values
    assert [{name: one[name] for name in one if name != "@odata.etag"} for one in values] == value


def test_an_entity_of_a_base_type_is_of_the_set(fleet: Service) -> None:
    marked = ask(fleet, "POST", "Ships(1)/f.Mark").json
    assert marked["@odata.context"] == "http://host/$metadata#Ships/$entity"
    assert (marked["note"], marked["beds"]) == ("marked", 5)
    largest = ask(fleet, "GET", "Largest()").json
    assert (largest["@odata.type"], largest["beds"], largest["cars"]) == ("#f.Ferry", 9, 3)
    assert ask(fleet, "GET", "Largest()/f.Ferry/cars").json["value"] == 3
    each = ask(fleet, "POST", "Ships/$each/f.MarkEach").values
    assert [(one["id"], one["note"]) for one in each] == [(1, "each"), (2, "each")]


def test_expressions_go_on_from_an_entity_of_a_base_type(fleet: Service) -> None:
    assert ask(fleet, "GET", "Ships?$filter=beds lt f.Largest()/beds").column("id") == [1]


def test_entities_of_no_set_tell_their_types(fleet: Service) -> None:
    answer = ask(fleet, "GET", "All()?$count=true")
    assert answer.json["@odata.context"] == "http://host/$metadata#Collection(f.Noted)"
    assert answer.values == [
        {"@odata.type": "#f.Ship", "@odata.id": None, "note": None, "id": 1, "beds": 5},
        {"@odata.type": "#f.Ferry", "@odata.id": None, "note": None, "id": 2, "beds": 9, "cars": 3},
        {"@odata.type": "#f.Visit", "@odata.id": None, "note": None, "id": 7},
        {"@odata.type": "#f.Visit", "@odata.id": None, "note": None, "id": 8},
    ]
    later = ask(fleet, "GET", "All()?$top=1", odata_maxversion="4.01").values
    assert later == [{"@odata.type": "#f.Ship", "note": None, "id": 1, "beds": 5}]


def test_entities_of_another_set_are_not_given_for_those_of_the_one_stated(fleet: Service) -> None:
    fleet.function("f.Wrong")(lambda call: call.entities("Visits").first())
    assert ask(fleet, "GET", "Wrong()").status == 500


@pytest.mark.parametrize("target", ["Ferries()", "Ships/f.First()", "Ferries()?$filter=cars gt 1&$orderby=cars"])
def test_entities_of_a_derived_type_are_told_as_such_and_whole(fleet: Service, target: str) -> None:
    answer = ask(fleet, "GET", target).json
    one = "/$entity" if target.startswith("Ships") else ""
    assert answer["@odata.context"] == f"http://host/$metadata#Ships/f.Ferry{one}"
    (ferry,) = answer.get("value", [answer])
    assert (ferry["id"], ferry["cars"], "@odata.type" in ferry) == (2, 3, False)


def test_an_entity_of_a_derived_type_that_an_action_creates_is_told_whole(fleet: Service) -> None:
    made = ask(fleet, "POST", "Build", {"id": 9})
    assert (made.status, made.json["cars"]) == (201, 1)
    assert made.headers["Location"] == "http://host/Ships(9)"
    assert ask(fleet, "GET", "Ships(9)/f.Ferry/cars").json["value"] == 1


def test_a_set_that_an_import_states_and_that_cannot_have_what_is_given_is_passed_over(fleet: Service) -> None:
    fleet.function("f.Harbour")(lambda call: call.entities("Ports").first())
    fleet.function("f.Depth")(lambda call: 4)
    assert ask(fleet, "POST", "Ports", {"id": 3, "depth": 4}).status == 201
    assert ask(fleet, "GET", "Harbour()").json["@odata.context"] == "http://host/$metadata#Ports/$entity"
    assert ask(fleet, "GET", "Depth()").json["value"] == 4
