"""Reading inverts writing, and what is written is valid by the official schemas."""

import json
import re
from pathlib import Path
from typing import Literal

import jsonschema
import pytest
from lxml import etree

from odata_service.csdl import write_json, write_xml
from odata_service.definition import check, load_schema
from odata_service.edm.model import Schema
from tests.properties.models import held_by_json
from tests.reference import reference

SAMPLES = (
    "cap-library.xml",
    "csdl-16.1.xml",
    "graph-v1.0.xml",
    "northwind4-alternate-keys.xml",
    "odatademo.xml",
    "sales-aggregation.xml",
    "sap-api-test.xml",
    "trippin.xml",
)


def sample(name: str) -> Schema:
    return load_schema(reference(f"csdl-samples/{name}"))


def read_again(document: bytes, file: Path) -> Schema:
    file.write_bytes(document)
    return load_schema(file)


@pytest.mark.parametrize("name", [*SAMPLES, "csdl-16.1.json"])
def test_a_document_in_xml_that_is_read_and_written_is_read_as_the_same_model(name: str, tmp_path: Path) -> None:
    schema = sample(name)
    assert read_again(write_xml(schema, "4.01", storage=True), tmp_path / "again.xml") == schema


@pytest.mark.parametrize("name", [*SAMPLES, "csdl-16.1.json"])
def test_what_is_written_in_xml_is_valid(name: str) -> None:
    rules = etree.XMLSchema(etree.parse(str(reference("spec/csdl/edmx.xsd"))))
    rules.assertValid(etree.fromstring(write_xml(sample(name), "4.01")))


@pytest.mark.parametrize("name", [*SAMPLES, "csdl-16.1.json"])
def test_a_document_that_is_written_in_json_is_read_as_what_json_holds_of_the_model(name: str, tmp_path: Path) -> None:
    schema = sample(name)
    assert read_again(write_json(schema, storage=True), tmp_path / "again.json") == held_by_json(schema)


@pytest.mark.parametrize("name", [*SAMPLES, "csdl-16.1.json"])
def test_what_is_written_in_json_is_valid(name: str) -> None:
    text = reference("spec/csdl/csdl.schema.json").read_text("utf-8")
    rules = json.loads(re.sub(r"\(_\|(?:\\\\p\{\w+\}\|?)+\)", r"\\\\w", text))
    jsonschema.validate(json.loads(write_json(sample(name))), rules)


def test_a_vocabulary_that_a_document_forgot_to_include_is_included_by_what_is_written(tmp_path: Path) -> None:
    edm = "http://docs.oasis-open.org/odata/ns/edm"
    document = f"""<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="{edm}" Namespace="n"><ComplexType Name="Price"><Property Name="amount" Type="Edm.Decimal">
<Annotation Term="Org.OData.Measures.V1.ISOCurrency" String="EUR"/></Property></ComplexType>
<EntityContainer Name="c"/></Schema></edmx:DataServices></edmx:Edmx>"""
    schema = read_again(document.encode(), tmp_path / "forgotten.xml")
    assert [include.namespace for known in schema.references for include in known.includes] == ["Org.OData.Measures.V1"]
    assert check(tmp_path / "forgotten.xml") != ()
    (tmp_path / "written.xml").write_bytes(write_xml(schema, "4.0"))
    assert check(tmp_path / "written.xml") == ()


DEFAULTS = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.01"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="n"><EntityType Name="Thing">
<Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.Int32" Nullable="false"/>
<Property Name="weight" Type="Edm.Double" DefaultValue="0.5"/>
<Property Name="most" Type="Edm.Single" DefaultValue="INF"/>
<Property Name="price" Type="Edm.Decimal" Scale="2" DefaultValue="1.50"/>
<Property Name="name" Type="Edm.String" DefaultValue="1.5"/>
<Property Name="tags" Type="Collection(Edm.String)"/></EntityType>
<Function Name="All"><ReturnType Type="Collection(n.Thing)" Nullable="false"/></Function>
<Function Name="Names"><ReturnType Type="Collection(Edm.String)" Nullable="false"/></Function>
<EntityContainer Name="c"><EntitySet Name="Things" EntityType="n.Thing"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""


def test_a_default_is_written_in_json_as_a_value_of_its_type(tmp_path: Path) -> None:
    schema = read_again(DEFAULTS.encode(), tmp_path / "defaults.xml")
    document = write_json(schema)
    stated = json.loads(document)["n"]["Thing"]
    assert {name: stated[name]["$DefaultValue"] for name in ("weight", "most", "price", "name")} == {
        "weight": 0.5, "most": "INF", "price": 1.5, "name": "1.5",
    }  # fmt: skip
    assert b'"$DefaultValue": 1.50' in document
    assert read_again(document, tmp_path / "defaults.json") == held_by_json(schema)


def test_a_collection_of_entities_that_an_operation_gives_says_nothing_of_nulls(tmp_path: Path) -> None:
    schema = read_again(DEFAULTS.encode(), tmp_path / "results.xml")
    given = {name: json.loads(write_json(schema))["n"][name][0]["$ReturnType"] for name in ("All", "Names")}
    assert given == {"All": {"$Type": "n.Thing", "$Collection": True}, "Names": {"$Collection": True}}
    written = etree.fromstring(write_xml(schema, "4.01"))
    assert [found.get("Nullable") for found in written.iter("{*}ReturnType")] == [None, "false"]


@pytest.mark.parametrize(("version", "nullable"), [("4.0", ""), ("4.01", "true")])
def test_a_property_that_is_a_collection_says_in_4_01_whether_members_may_be_null(
    version: Literal["4.0", "4.01"], nullable: str, tmp_path: Path
) -> None:
    written = etree.fromstring(write_xml(read_again(DEFAULTS.encode(), tmp_path / "tags.xml"), version))
    assert written.xpath("string(//*[@Name='tags']/@Nullable)") == nullable
