"""`$metadata` against the official schemas, and rule by rule where strict readers stumble."""

import json
import re
from typing import Any, Literal

import jsonschema
import pytest
from lxml import etree

from odata_service.csdl import announced, write_json, write_xml
from odata_service.edm.annotations import DESCRIPTION, SAP_COMMON, TABLE, Annotation
from odata_service.edm.model import EntityContainer, EntitySet, EntityType, KeyProperty, Property, Schema
from odata_service.edm.types import Facets, TypeRef
from odata_service.edm.versions import for_version
from odata_service.semantics.functions import FILTER_FUNCTIONS
from odata_service.semantics.transformation_names import TRANSFORMATIONS
from tests.models import customer_schema, partners_schema
from tests.reference import reference

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
SCHEMAS = {"customer": customer_schema, "partners": partners_schema}


def document(schema: Schema, version: Literal["4.0", "4.01"] = "4.0") -> etree._Element:
    shown = announced(schema, FILTER_FUNCTIONS, TRANSFORMATIONS)
    return etree.fromstring(write_xml(for_version(shown, version), version))


@pytest.mark.parametrize("name", SCHEMAS)
@pytest.mark.parametrize("version", ["4.0", "4.01"])
def test_the_xml_is_valid_by_the_official_schema(name: str, version: Literal["4.0", "4.01"]) -> None:
    schema = etree.XMLSchema(etree.parse(str(reference("spec/csdl/edmx.xsd"))))
    schema.assertValid(document(SCHEMAS[name](), version))


@pytest.mark.parametrize("name", SCHEMAS)
def test_the_json_is_valid_by_the_official_schema(name: str) -> None:
    text = reference("spec/csdl/csdl.schema.json").read_text("utf-8")
    without_classes = re.sub(r"\(_\|(?:\\\\p\{\w+\}\|?)+\)", r"\\\\w", text)
    shown = announced(SCHEMAS[name](), FILTER_FUNCTIONS, TRANSFORMATIONS)
    jsonschema.validate(json.loads(write_json(shown)), json.loads(without_classes))


def terms() -> dict[str, str | None]:
    """What each term of the published vocabularies applies to; that of repeatable requests has no file here."""
    applies: dict[str, str | None] = {
        "Org.OData.Repeatability.V1.Supported": "EntityContainer Action ActionImport EntitySet",
        "Org.OData.Repeatability.V1.DeleteWithClientIDSupported": "EntityContainer",
        "Org.OData.Repeatability.V1.DeleteWithRequestIDSupported": "EntityContainer",
    }
    for name in ("Aggregation", "Capabilities", "Core", "Validation"):
        vocabulary = etree.parse(str(reference(f"spec/csdl/vocab/Org.OData.{name}.V1.xml")))
        applies |= {f"Org.OData.{name}.V1.{t.get('Name')}": t.get("AppliesTo") for t in vocabulary.iter(f"{EDM}Term")}
    return applies


def test_every_term_is_one_of_its_vocabulary() -> None:
    used = {element.get("Term") for element in document(partners_schema()).iter(f"{EDM}Annotation")}
    assert used <= terms().keys()


def test_keys_are_not_nullable_and_facets_stand_where_they_apply() -> None:
    properties: dict[str | None, dict[Any, Any]] = {
        element.get("Name"): dict(element.attrib) for element in document(customer_schema()).iter(f"{EDM}Property")
    }
    assert properties["id"] == {"Name": "id", "Type": "Edm.String", "Nullable": "false"}
    assert properties["deletedDateTime"] == {"Name": "deletedDateTime", "Type": "Edm.DateTimeOffset", "Precision": "7"}


def test_4_0_readers_see_no_variable_scale() -> None:
    scales = {
        version: {element.get("Scale") for element in document(partners_schema(), version).iter(f"{EDM}Property")}
        for version in ("4.0", "4.01")
    }
    assert scales == {"4.0": {None}, "4.01": {None, "variable"}}


def test_navigation_is_bound_and_constrained() -> None:
    root = document(partners_schema())
    navigation = next(element for element in root.iter(f"{EDM}NavigationProperty") if element.get("Name") == "partner")
    assert navigation.get("Type") == "contoso.sales.Partner"
    constraint = navigation.find(f"{EDM}ReferentialConstraint")
    assert constraint is not None
    assert (constraint.get("Property"), constraint.get("ReferencedProperty")) == ("partnerId", "id")
    bound = {(element.get("Path"), element.get("Target")) for element in root.iter(f"{EDM}NavigationPropertyBinding")}
    assert {("partner", "Partners"), ("customers", "Customers")} <= bound


def test_characters_that_xml_cannot_hold_are_replaced() -> None:
    root = document(_schema_of(Property("p", TypeRef("Edm.String"), annotations=(Annotation(DESCRIPTION, "a\x1bb"),))))
    texts = [element.get("String") for element in root.iter(f"{EDM}Annotation") if element.get("Term") == DESCRIPTION]
    assert texts == ["a\N{REPLACEMENT CHARACTER}b"]


def test_a_reference_system_is_text_in_json() -> None:
    part = Property("p", TypeRef("Edm.GeographyPoint", facets=Facets(srid=4326)))
    found = json.loads(write_json(_schema_of(part)))["a"]["Place"]["p"]
    assert found == {"$Type": "Edm.GeographyPoint", "$Nullable": True, "$SRID": "4326"}


def test_terms_stand_on_elements_that_they_apply_to() -> None:
    applies = terms()
    root = document(partners_schema())
    sets = {f"contoso.sales.Container/{element.get('Name')}" for element in root.iter(f"{EDM}EntitySet")}
    misplaced = [
        (owner.tag, element.get("Term"))
        for element in root.iter(f"{EDM}Annotation")
        if (owner := element.getparent()) is not None
        and (allowed := applies[str(element.get("Term"))]) is not None
        and ("EntitySet" if owner.get("Target") in sets else etree.QName(owner).localname) not in allowed.split()
    ]
    assert misplaced == []


def test_what_is_said_of_entity_sets_stands_behind_the_container() -> None:
    root = document(partners_schema())
    assert not root.findall(f".//{EDM}EntitySet/{EDM}Annotation")
    (container,) = root.iter(f"{EDM}EntityContainer")
    said = {element.get("Target"): element for element in container.itersiblings(f"{EDM}Annotations")}
    assert said.keys() == {
        f"contoso.sales.Container/{element.get('Name')}" for element in container.iter(f"{EDM}EntitySet")
    }
    for block in said.values():
        assert block.find(f"{EDM}Annotation[@Term='Org.OData.Capabilities.V1.InsertRestrictions']") is not None


def test_what_is_said_of_how_a_set_is_kept_moves_with_the_set() -> None:
    schema = _schema_of(Property("p", TypeRef("Edm.String")))
    kept = (Annotation(TABLE, "places"), Annotation(DESCRIPTION, "Where"))
    source = EntitySet("Places", "a.Place", annotations=kept)
    schema = Schema(schema.types, EntityContainer("a.Container", {"Places": source}))
    stands = {
        storage: [
            f"{etree.QName(owner).localname} {element.get('String')}"
            for element in etree.fromstring(write_xml(schema, "4.01", storage=storage)).iter(f"{EDM}Annotation")
            if (owner := element.getparent()) is not None
        ]
        for storage in (True, False)
    }
    assert stands == {True: ["EntitySet places", "EntitySet Where"], False: ["Annotations Where"]}


def test_terms_of_sap_stand_behind_what_they_are_said_of_but_for_people_who_edit() -> None:
    said = (Annotation(DESCRIPTION, "A name"), Annotation(f"{SAP_COMMON}.Label", "Name"))
    schema = _schema_of(Property("p", TypeRef("Edm.String"), annotations=said))
    stands = {
        storage: [
            (owner.get("Name") or owner.get("Target"), element.get("String"))
            for element in etree.fromstring(write_xml(schema, "4.01", storage=storage)).iter(f"{EDM}Annotation")
            if (owner := element.getparent()) is not None
        ]
        for storage in (True, False)
    }
    assert stands == {True: [("p", "A name"), ("p", "Name")], False: [("p", "A name"), ("a.Place/p", "Name")]}


def _schema_of(part: Property) -> Schema:
    key = Property("id", TypeRef("Edm.String", nullable=False))
    place = EntityType("a.Place", (key, part), (KeyProperty("id"),))
    return Schema({place.name: place}, EntityContainer("a.Container", {"Places": EntitySet("Places", place.name)}))
