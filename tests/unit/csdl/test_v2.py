"""The $metadata of OData V2: what pyodata reads in it, and what the reader of V2 documents makes of it again."""

from pathlib import Path

import pytest
from lxml import etree
from pyodata.v2.model import MetadataBuilder

from odata_service.csdl.v2 import write_v2
from odata_service.csdl.v2_model import V2Model
from odata_service.definition import load_schema
from tests.models import METADATA
from tests.serving import ROOT

MODELS = Path(__file__).parents[2] / "models"
CATALOGUE = ROOT / "examples" / "catalogue" / "model.csdl.xml"
SOURCES = [
    METADATA,
    CATALOGUE,
    *sorted(MODELS.glob("*.xml")),
    *sorted((MODELS / "v2").glob("*.xml")),
    MODELS / "company" / "model.xml",
    MODELS / "shop" / "model.xml",
]
SPACES = {
    "e": "http://schemas.microsoft.com/ado/2008/09/edm",
    "m": "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata",
    "sap": "http://www.sap.com/Protocols/SAPData",
}


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_pyodata_reads_what_is_written(source: Path) -> None:
    schema = load_schema(str(source))
    read = MetadataBuilder(write_v2(schema)).build()
    assert [found.name for found in read.entity_sets] == list(V2Model(schema).entity_sets)


@pytest.mark.parametrize("name", ["northwind.xml", "gateway.xml"])
def test_a_document_of_v2_says_the_same_when_it_is_written_and_read_again(name: str, tmp_path: Path) -> None:
    first = load_schema(str(MODELS / "v2" / name))
    written = tmp_path / "again.xml"
    written.write_bytes(write_v2(first))
    second = load_schema(str(written))
    assert list(second.container.entity_sets) == list(first.container.entity_sets)
    for entity_set in first.container.entity_sets.values():
        before, after = (schema.properties(entity_set.entity_type) for schema in (first, second))
        assert {part: found.type.name for part, found in after.items()} == {
            part: found.type.name for part, found in before.items()
        }
        links = (schema.navigation_properties(entity_set.entity_type) for schema in (first, second))
        one, other = ({part: (link.target, link.collection) for part, link in known.items()} for known in links)
        assert one == other


def found(path: str) -> list[etree._Element]:
    root = etree.fromstring(write_v2(load_schema(str(CATALOGUE))))
    return [element for element in root.iterfind(f".//{path}", SPACES)]


def test_a_navigation_property_and_its_partner_are_one_association() -> None:
    ends = {name: link.get("Relationship") for name, link in _navigation("Product").items()}
    assert ends["Category"] == _navigation("Category")["Products"].get("Relationship")
    [association] = found("e:Association[@Name='Category_Products']")
    assert [(end.get("Type"), end.get("Multiplicity")) for end in association.iterfind("e:End", SPACES)] == [
        ("ComplianceService.Category", "0..1"),
        ("ComplianceService.Product", "*"),
    ]
    assert [part.get("Name") for part in association.iterfind(".//e:PropertyRef", SPACES)] == ["ID", "CategoryID"]


def _navigation(owner: str) -> dict[str, etree._Element]:
    return {str(each.get("Name")): each for each in found(f"e:EntityType[@Name='{owner}']/e:NavigationProperty")}


def test_what_cannot_be_written_is_said_in_attributes_of_sap() -> None:
    [version] = found("e:EntityType[@Name='Product']/e:Property[@Name='Version']")
    sap = "{" + SPACES["sap"] + "}"
    assert (version.get(f"{sap}creatable"), version.get(f"{sap}updatable")) == ("false", "false")
    [serial] = found("e:EntityType[@Name='Product']/e:Property[@Name='SerialNumber']")
    assert (serial.get(f"{sap}creatable"), serial.get(f"{sap}updatable")) == (None, "false")
    [closed] = found("e:EntitySet[@Name='ReadOnlyItems']")
    assert [closed.get(f"{sap}{name}") for name in ("creatable", "updatable", "deletable")] == ["false"] * 3


def test_operations_are_function_imports_with_the_method_that_calls_them() -> None:
    method = "{" + SPACES["m"] + "}HttpMethod"
    imports = {each.get("Name"): each for each in found("e:FunctionImport")}
    assert (imports["Calculate"].get(method), imports["Process"].get(method)) == ("GET", "POST")
    dearest = imports["GetTopProducts"]
    assert (dearest.get("ReturnType"), dearest.get("EntitySet")) == (
        "Collection(ComplianceService.Product)",
        "Products",
    )


def test_what_v2_has_no_type_for_is_left_out() -> None:
    names = {each.get("Name"): each.get("Type") for each in found("e:EntityType[@Name='Product']/e:Property")}
    assert names.keys().isdisjoint({"Location", "Route", "Area", "Photo"})
    assert [names[name] for name in ("ReleaseDate", "OpenTime", "ShippingTime", "Status", "CreatedAt")] == [
        "Edm.DateTime", "Edm.Time", "Edm.String", "Edm.String", "Edm.DateTimeOffset",
    ]  # fmt: skip


GATEWAY = MODELS / "v2" / "gateway.xml"
_OF_THE_DOCUMENT = {"content-version", "schema-version", "supported-formats", "value-list", "attribute-for"}
"""What says something of the document, asks for annotations of V4, or has no like there."""


def said(document: bytes, tag: str) -> dict[tuple[str, str], dict[str, str]]:
    """The attributes of `sap` of each element of a kind that has any, by the names of what is around it and its own."""
    space = "{" + SPACES["sap"] + "}"
    found: dict[tuple[str, str], dict[str, str]] = {}
    for each in etree.fromstring(document).iterfind(f".//e:{tag}", SPACES):
        around, stated = each.getparent(), {str(name): str(text) for name, text in each.attrib.items()}
        told = {name.removeprefix(space): text for name, text in stated.items() if name.startswith(space)}
        if around is not None and told:
            found[str(around.get("Name")), str(each.get("Name"))] = told
    return found


def test_attributes_of_sap_are_written_as_they_were_read() -> None:
    before = said(GATEWAY.read_bytes(), "Property")
    after = said(write_v2(load_schema(str(GATEWAY))), "Property")
    kept = {
        place: {name: text for name, text in told.items() if name not in _OF_THE_DOCUMENT}
        for place, told in before.items()
    }
    keys = {("Item", "SalesOrderID"), ("Item", "Position"), ("Account", "NodeID")}
    expected = {place: told for place, told in kept.items() if told}
    for place in keys:
        expected[place] = {**kept.get(place, {}), "updatable": "false"}
    assert after == expected


def test_what_sets_and_navigation_properties_restrict_is_said_of_them() -> None:
    written = write_v2(load_schema(str(GATEWAY)))
    assert said(written, "EntitySet") == {
        ("ZSALES_SRV_Entities", "SalesOrderSet"): {
            "searchable": "true", "requires-filter": "true", "deletable-path": "Deletable",
        },
        ("ZSALES_SRV_Entities", "ItemSet"): {
            "creatable": "false", "updatable": "false", "deletable": "false", "pageable": "false",
            "addressable": "false", "searchable": "true",
        },
        ("ZSALES_SRV_Entities", "AccountSet"): {
            "topable": "false", "countable": "false", "label": "Accounts", "searchable": "true",
        },
    }  # fmt: skip
    assert said(written, "NavigationProperty") == {
        ("SalesOrder", "ToItems"): {"filterable": "false"},
        ("Account", "Parent"): {"hierarchy-parent-navigation-for": "NodeID"},
    }


_PRICED = """<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>
<Schema Namespace="s" xmlns="http://docs.oasis-open.org/odata/ns/edm">
  <EntityType Name="Ware"><Key><PropertyRef Name="id"/></Key>
    <Property Name="id" Type="Edm.Int32" Nullable="false">
      <Annotation Term="com.sap.vocabularies.Common.v1.Text" Path="name"/>
    </Property>
    <Property Name="name" Type="Edm.String"/>
    <Property Name="place" Type="Edm.GeographyPoint"/>
    <Property Name="price" Type="Edm.Decimal" Scale="2">
      <Annotation Term="Org.OData.Measures.V1.ISOCurrency" Path="currency"/>
      <Annotation Term="com.sap.vocabularies.Common.v1.Text" Path="place"/>
    </Property>
    <Property Name="cost" Type="Edm.Decimal" Scale="2">
      <Annotation Term="Org.OData.Measures.V1.ISOCurrency" String="EUR"/>
    </Property>
    <Property Name="currency" Type="Edm.String"/>
  </EntityType>
  <EntityContainer Name="C"><EntitySet Name="Wares" EntityType="s.Ware">
    <Annotation Term="Org.OData.Capabilities.V1.SearchRestrictions">
      <Record><PropertyValue Property="Searchable" Bool="false"/></Record>
    </Annotation>
  </EntitySet></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


def test_annotations_of_v4_are_attributes_where_they_name_what_v2_shows(tmp_path: Path) -> None:
    source = tmp_path / "priced.xml"
    source.write_text(_PRICED, "utf-8")
    written = write_v2(load_schema(str(source)))
    assert said(written, "Property") == {
        ("Ware", "id"): {"text": "name", "updatable": "false"},
        ("Ware", "price"): {"unit": "currency"},
        ("Ware", "currency"): {"semantics": "currency-code"},
    }
    assert said(written, "EntitySet") == {}


def test_sets_that_are_not_addressed_do_not_stand_in_the_service_document() -> None:
    assert V2Model(load_schema(str(GATEWAY))).listed == ["SalesOrderSet", "AccountSet"]
