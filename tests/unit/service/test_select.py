"""$select: operations, and complex values with options of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ROOT, ask, service_of

FULL = "application/json;odata.metadata=full"
NONE = "application/json;odata.metadata=none"

_MODEL = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="s">
      <ComplexType Name="Address">
        <Property Name="city" Type="Edm.String"/>
        <Property Name="code" Type="Edm.String"/>
      </ComplexType>
      <EntityType Name="Shop">
        <Key><PropertyRef Name="id"/></Key>
        <Property Name="id" Type="Edm.String" Nullable="false" MaxLength="20"/>
        <Property Name="address" Type="s.Address"/>
      </EntityType>
      <Action Name="Close" IsBound="true"><Parameter Name="shop" Type="s.Shop"/></Action>
      <Action Name="CloseAll" IsBound="true"><Parameter Name="shops" Type="Collection(s.Shop)"/></Action>
      <Function Name="Near" IsBound="true">
        <Parameter Name="shop" Type="s.Shop"/><ReturnType Type="Edm.String"/>
      </Function>
      <Function Name="Near" IsBound="true">
        <Parameter Name="shop" Type="s.Shop"/><Parameter Name="km" Type="Edm.Int32"/><ReturnType Type="Edm.String"/>
      </Function>
      <EntityContainer Name="Container"><EntitySet Name="Shops" EntityType="s.Shop"/></EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Service]:
    """A shop with an address."""
    model = tmp_path / "model.xml"
    model.write_text(_MODEL)
    with service_of(load_schema(model)) as service:
        ask(service, "POST", "Shops", {"id": "a", "address": {"city": "Oslo", "code": "1"}})
        yield service


def told(service: Service, select: str, accept: str) -> dict[str, object]:
    """The members about operations, and the items of the context URL."""
    entity = ask(service, "GET", f"Shops('a')?$select={select}", accept=accept).json
    context = entity.get("@odata.context", "").removeprefix(f"{ROOT}$metadata#Shops")
    return {"context": context, **{name: value for name, value in entity.items() if name.startswith("#")}}


def test_all_operations_of_a_namespace_are_advertised(shops: Service) -> None:
    assert told(shops, "id,s.*", "application/json") == {
        "context": "(id,s.*)/$entity",
        "#s.Close": {},
        "#s.Near()": {},
        "#s.Near(km)": {},
    }


def test_full_metadata_says_where_operations_are(shops: Service) -> None:
    assert told(shops, "s.Close,s.Near(km)", FULL) == {
        "context": "(s.Close,s.Near(km))/$entity",
        "#s.Close": {"title": "s.Close", "target": f"{ROOT}Shops('a')/s.Close"},
        "#s.Near": {"title": "s.Near", "target": f"{ROOT}Shops('a')/s.Near(km=@km)"},
    }


def test_full_metadata_tells_of_all_that_can_be_called(shops: Service) -> None:
    def called(entity: dict[str, object]) -> set[str]:
        return {name for name in entity if name.startswith("#")}

    shops.action("s.Close")(lambda call, shop: None)
    assert called(ask(shops, "GET", "Shops('a')", accept=FULL).json) == {"#s.Close"}
    assert called(ask(shops, "GET", "Shops", accept=FULL).values[0]) == {"#s.Close"}
    for target in ("Shops('a')?$select=id", "Shops('a')/id"):
        assert called(ask(shops, "GET", target, accept=FULL).json) == set()
    assert called(ask(shops, "GET", "Shops('a')").json) == set()
    read_only = Service(shops.schema, shops.store, Settings(read_only=True))
    read_only.action("s.Close")(lambda call, shop: None)
    assert called(ask(read_only, "GET", "Shops('a')", accept=FULL).json) == set()


def test_without_metadata_nothing_is_told(shops: Service) -> None:
    assert told(shops, "s.*", NONE) == {"context": ""}


@pytest.mark.parametrize(
    ("select", "words"),
    [
        ("s.Clos", "Did you mean 's.Close'"),
        ("s.CloseAll", "no operation that is bound to"),
        ("s.Near(miles)", "no operation that is bound to"),
        ("s.Close/id", "Nothing can follow the operation"),
        ("id(x)", "is no operation"),
        ("id($select=id)", "Nothing can follow 'id'"),
    ],
)
def test_what_is_no_operation_is_refused(shops: Service, select: str, words: str) -> None:
    answer = ask(shops, "GET", f"Shops?$select={select}")
    assert answer.status == 400
    assert words in answer.body.decode()


def test_a_complex_value_has_a_select_of_its_own(shops: Service) -> None:
    answer = ask(shops, "GET", "Shops?$select=id,address($select=city)").json
    assert answer["@odata.context"] == f"{ROOT}$metadata#Shops(id,address/city)"
    assert answer["value"][0]["address"] == {"city": "Oslo"}
    whole = ask(shops, "GET", "Shops?$select=address($select=*)").values
    assert whole[0]["address"] == {"city": "Oslo", "code": "1"}


def test_an_entity_without_its_key_tells_its_id(shops: Service) -> None:
    assert ask(shops, "GET", "Shops?$select=address").values[0]["@odata.id"] == f"{ROOT}Shops('a')"
    assert "@odata.id" not in ask(shops, "GET", "Shops?$select=id,address").values[0]
    assert "@odata.id" not in ask(shops, "GET", "Shops").values[0]
    assert "@odata.id" not in ask(shops, "GET", "Shops?$select=address", accept=NONE).values[0]
    assert "@odata.id" not in ask(shops, "GET", "Shops('a')/address?$select=city").json
