"""A model of several documents that refer to each other, shown as one (CSDL 4, 5.2)."""

from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

from odata_service import load_schema
from odata_service.service import Service
from tests.asking import ask, service_of

EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
SCHEMA = "{http://docs.oasis-open.org/odata/ns/edm}Schema"


def document(schema: str, *references: tuple[str, str, str]) -> str:
    included = "".join(
        f'<edmx:Reference Uri="{uri}"><edmx:Include Namespace="{namespace}" Alias="{alias}"/></edmx:Reference>'
        for uri, namespace, alias in references
    )
    return (
        f'<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">{included}<edmx:DataServices>'
        f'<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" {schema}</Schema></edmx:DataServices></edmx:Edmx>'
    )


DOCUMENTS = {
    "fleet.csdl": document(
        'Namespace="fleet" Alias="Self"><EntityType Name="Ship"><Key><PropertyRef Name="id"/></Key>'
        '<Property Name="id" Type="Edm.Int32" Nullable="false"/><Property Name="place" Type="Where.Place"/>'
        '<Annotation Term="Core.Note" String="floats"/></EntityType>'
        '<Function Name="Free"><ReturnType Type="Edm.Int32"/></Function>'
        '<Function Name="Of"><Parameter Name="n" Type="Edm.Int32"/><ReturnType Type="Edm.Int32"/></Function>'
        '<EntityContainer Name="All"><EntitySet Name="Ships" EntityType="Self.Ship"/>'
        '<FunctionImport Name="Free" Function="Self.Free" IncludeInServiceDocument="true"/>'
        '<FunctionImport Name="Of" Function="Self.Of" IncludeInServiceDocument="true"/>'
        '<FunctionImport Name="Hidden" Function="Self.Free"/></EntityContainer>',
        ("where.csdl", "where", "Where"),
        ("notes.csdl", "notes.V1", "Core"),
        ("https://example.com/other.xml", "other", "Other"),
    ),
    "where.csdl": document(
        'Namespace="where" Alias="Self">'
        '<ComplexType Name="Place"><Property Name="lat" Type="Edm.Double"/></ComplexType>'
        '<Function Name="North" IsBound="true"><Parameter Name="place" Type="Self.Place"/>'
        '<ReturnType Type="Edm.Boolean"/></Function>',
        ("notes.csdl", "notes.V1", "N"),
    ),
    "notes.csdl": document('Namespace="notes.V1" Alias="Core"><Term Name="Note" Type="Edm.String"/>'),
}


@pytest.fixture
def fleet(tmp_path: Path) -> Iterator[Service]:
    for name, text in DOCUMENTS.items():
        (tmp_path / name).write_text(text)
    with service_of(load_schema(tmp_path / "fleet.csdl")) as service:
        service.function("where.North")(lambda call, place: place["lat"] > 0)
        yield service


def test_what_is_defined_is_not_included_as_well_and_aliases_are_distinct(fleet: Service) -> None:
    root = ElementTree.fromstring(ask(fleet, "GET", "$metadata", accept="application/xml").body)
    included = {part.get("Namespace"): part.get("Alias") for part in root.iter(f"{EDMX}Include")}
    schemas = {part.get("Namespace"): part.get("Alias") for part in root.iter(SCHEMA)}
    assert schemas == {"fleet": "Self", "where": "Where", "notes.V1": "Core"}
    assert (included["other"], included["Org.OData.Core.V1"]) == ("Other", None)
    assert not included.keys() & schemas.keys()
    aliases = [alias for alias in (*included.values(), *schemas.values()) if alias]
    assert len(set(aliases)) == len(aliases)
    assert {part.get("Uri") for part in root.iter(f"{EDMX}Reference")}.isdisjoint(DOCUMENTS)


def test_aliases_that_are_shown_are_understood(fleet: Service) -> None:
    assert ask(fleet, "POST", "Ships", {"id": 1, "place": {"lat": 1}}).status == 201
    for name in ("where.North", "Where.North", "North"):
        assert ask(fleet, "GET", f"Ships(1)/place/{name}()").json["value"] is True
    assert ask(fleet, "GET", "Ships(1)/place/Self.North()").status == 404


def test_a_json_document_says_the_same(fleet: Service) -> None:
    found = ask(fleet, "GET", "$metadata", accept="application/json").json
    assert (found["where"]["$Alias"], found["fleet"]["$Alias"]) == ("Where", "Self")
    assert not found["$Reference"].keys() & DOCUMENTS.keys()


def test_function_imports_without_parameters_are_listed_where_they_are_to_be(fleet: Service) -> None:
    listed = ask(fleet, "GET", "").values
    assert [(one["name"], one["kind"], one["url"]) for one in listed] == [
        ("Ships", "EntitySet", "Ships"),
        ("Free", "FunctionImport", "Free"),
    ]
