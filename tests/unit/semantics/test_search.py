"""What annotations say of $search: which properties it looks into, and whether it may be asked at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.definition import load_schema
from odata_service.service import Service
from odata_service.settings import Settings
from tests.asking import ask, service_of
from tests.servers import FAMILIES, database_url

_MODEL = """<?xml version="1.0" encoding="utf-8"?>
<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0">
  <edmx:DataServices>
    <Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="s">
      <ComplexType Name="Address">
        <Property Name="city" Type="Edm.String"/>
        <Property Name="code" Type="Edm.String">
          <Annotation Term="odata.service.Storage.V1.Searchable" Bool="false"/>
        </Property>
      </ComplexType>
      <EntityType Name="Shop">
        <Key><PropertyRef Name="id"/></Key>
        <Property Name="id" Type="Edm.String" Nullable="false" MaxLength="20"/>
        <Property Name="name" Type="Edm.String"/>
        <Property Name="address" Type="s.Address"/>
        <Property Name="size" Type="Edm.Int32"/>
      </EntityType>
      <EntityType Name="Book">
        <Key><PropertyRef Name="id"/></Key>
        <Property Name="id" Type="Edm.String" Nullable="false" MaxLength="20"/>
        <Property Name="title" Type="Edm.String">
          <Annotation Term="odata.service.Storage.V1.Searchable" Bool="true"/>
        </Property>
        <Property Name="blurb" Type="Edm.String"/>
      </EntityType>
      <EntityContainer Name="Container">
        <EntitySet Name="Shops" EntityType="s.Shop"/>
        <EntitySet Name="Books" EntityType="s.Book">
          <Annotation Term="Org.OData.Capabilities.V1.SearchRestrictions"><Record>
            <PropertyValue Property="UnsupportedExpressions" EnumMember="Capabilities.SearchExpressions/NOT"/>
          </Record></Annotation>
        </EntitySet>
        <EntitySet Name="Hidden" EntityType="s.Book">
          <Annotation Term="Org.OData.Capabilities.V1.SearchRestrictions"><Record>
            <PropertyValue Property="Searchable" Bool="false"/>
          </Record></Annotation>
        </EntitySet>
      </EntityContainer>
    </Schema>
  </edmx:DataServices>
</edmx:Edmx>
"""


@pytest.fixture
def shops(tmp_path: Path) -> Iterator[Service]:
    """A shop and two books."""
    model = tmp_path / "model.xml"
    model.write_text(_MODEL)
    with service_of(load_schema(model)) as service:
        ask(service, "POST", "Shops", {"id": "s1", "name": "Corner", "address": {"city": "Oslo", "code": "Riga"}})
        ask(service, "POST", "Books", {"id": "b1", "title": "Rivers", "blurb": "Of lakes"})
        ask(service, "POST", "Books", {"id": "b2", "title": "Lakes", "blurb": "Of rivers"})
        yield service


@pytest.mark.parametrize(("word", "found"), [("oslo", ["s1"]), ("corner", ["s1"]), ("s1", ["s1"]), ("riga", [])])
def test_all_texts_are_searched_but_those_that_say_no(shops: Service, word: str, found: list[str]) -> None:
    assert ask(shops, "GET", f"Shops?$search={word}").column("id") == found


@pytest.mark.parametrize(("word", "found"), [("rivers", ["b1"]), ("lakes", ["b2"]), ("b1", [])])
def test_where_some_are_said_to_be_searchable_those_alone_are(shops: Service, word: str, found: list[str]) -> None:
    assert ask(shops, "GET", f"Books?$search={word}").column("id") == found


@pytest.mark.parametrize("family", FAMILIES)
def test_what_code_works_out_is_searched_where_it_is_said_to_be(family: str, tmp_path: Path) -> None:
    model = tmp_path / "model.xml"
    model.write_text(_MODEL)
    with database_url(family) as url, service_of(load_schema(model), Settings(search_index=True), url) as service:
        service.computed("s.Book", "title")(lambda id: f"Book {id[::-1]}")
        service.computed("s.Shop", "name")(lambda id: "unasked")
        for key in ("abc", "xyz"):
            assert ask(service, "POST", "Books", {"id": key, "title": "kept"}).status == 201
            assert ask(service, "POST", "Shops", {"id": key, "name": "kept"}).status == 201
        assert ask(service, "GET", "Books?$search=CBA book&$count=true").json["@odata.count"] == 1
        assert ask(service, "GET", "Books?$search=kept").column("id") == []
        assert ask(service, "GET", "Shops?$search=unasked").column("id") == []


@pytest.mark.parametrize(
    ("target", "words"),
    [("Books?$search=NOT x", "takes no NOT"), ("Hidden?$search=x", "cannot be searched")],
    ids=["expression", "set"],
)
def test_what_search_restrictions_rule_out_is_refused(shops: Service, target: str, words: str) -> None:
    answer = ask(shops, "GET", target)
    assert (answer.status, answer.error["code"]) == (400, "OptionNotAllowed")
    assert words in answer.error["message"]


def test_metadata_says_which_sets_are_searchable(shops: Service) -> None:
    document = ask(shops, "GET", "$metadata").body.decode()
    assert document.count('<PropertyValue Property="Searchable" Bool="true"/>') == 1
    assert document.count('<PropertyValue Property="Searchable" Bool="false"/>') == 1
