"""Where the entities are that function imports give: their URIs lead to the set that V4 finds them in."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from odata_service import Call, Entity
from odata_service.csdl.v2_model import V2Model
from odata_service.definition import load_schema
from odata_service.v2 import V2Service
from tests.asking import service_of
from tests.unit.v2.shop import ROOT, Shop

MODEL = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n">
<EntityType Name="A"><Key><PropertyRef Name="id"/></Key>
  <Property Name="id" Type="Edm.Int32" Nullable="false"/>
  <NavigationProperty Name="old" Type="n.B"/>
  <NavigationProperty Name="parts" Type="Collection(n.Part)" ContainsTarget="true"/>
</EntityType>
<EntityType Name="B"><Key><PropertyRef Name="id"/></Key>
  <Property Name="id" Type="Edm.Int32" Nullable="false"/></EntityType>
<EntityType Name="Part"><Key><PropertyRef Name="id"/></Key>
  <Property Name="id" Type="Edm.Int32" Nullable="false"/></EntityType>
<Function Name="Last" IsBound="true" EntitySetPath="it/old"><Parameter Name="it" Type="n.A" Nullable="false"/>
  <ReturnType Type="n.B"/></Function>
<Function Name="Parts" IsBound="true" EntitySetPath="it/parts"><Parameter Name="it" Type="n.A" Nullable="false"/>
  <ReturnType Type="Collection(n.Part)"/></Function>
<Function Name="Same" IsBound="true"><Parameter Name="it" Type="n.A" Nullable="false"/>
  <ReturnType Type="n.A"/></Function>
<EntityContainer Name="C"><EntitySet Name="As" EntityType="n.A">
<NavigationPropertyBinding Path="old" Target="Olds"/></EntitySet>
<EntitySet Name="Bs" EntityType="n.B"/><EntitySet Name="Olds" EntityType="n.B"/></EntityContainer></Schema>
</edmx:DataServices></edmx:Edmx>"""


@pytest.fixture
def placed(tmp_path: Path) -> Iterator[Shop]:
    path = tmp_path / "places.xml"
    path.write_text(MODEL, "utf-8")
    with service_of(load_schema(str(path))) as service:

        @service.function("n.Last")
        def last(call: Call, it: Entity) -> Entity | None:
            return next(iter(call.read("Olds")), None)

        @service.function("n.Same")
        def same(call: Call, it: Entity) -> Entity:
            return it

        shop = Shop(service, V2Service(service))
        for name in ("As", "Olds"):
            assert shop.ask("POST", name, {"id": 1}).status == 201
        yield shop


def test_what_gives_entities_that_v2_does_not_show_is_none_of_its_imports(placed: Shop) -> None:
    assert {name: found[0].entity_set for name, found in V2Model(placed.service.schema).imports.items()} == {
        "Last": "Olds",
        "Same": "As",
    }
    assert placed.ask("GET", "Parts?id=1").status == 404


@pytest.mark.parametrize(("target", "uri"), [("Last?id=1", "Olds(1)"), ("Same?id=1", "As(1)")])
def test_both_formats_tell_the_uri_of_what_is_given(placed: Shop, target: str, uri: str) -> None:
    assert placed.get(target)["__metadata"]["uri"] == f"{ROOT}{uri}"
    entry = etree.fromstring(placed.ask("GET", target, accept="application/atom+xml").body)
    assert entry.findtext("{*}id") == f"{ROOT}{uri}"
