"""Laws of CSDL: reading inverts writing, in XML and in JSON, and what is written is valid by the official schemas."""

import json
import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import jsonschema
from hypothesis import HealthCheck, given, settings
from lxml import etree

from odata_service.csdl import write_json, write_xml
from odata_service.definition import check, load_schema
from odata_service.edm.model import Schema
from odata_service.edm.versions import for_version
from tests.laws import examples
from tests.properties.models import held_by_json, models
from tests.reference import reference

few = settings(
    max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


def read(document: bytes, suffix: str) -> Schema:
    with TemporaryDirectory() as directory:
        file = Path(directory) / f"model{suffix}"
        file.write_bytes(document)
        return load_schema(file)


@cache
def xml_rules() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(reference("spec/csdl/edmx.xsd"))))


@cache
def json_rules() -> jsonschema.Draft7Validator:
    text = reference("spec/csdl/csdl.schema.json").read_text("utf-8")
    return jsonschema.Draft7Validator(json.loads(re.sub(r"\(_\|(?:\\\\p\{\w+\}\|?)+\)", r"\\\\w", text)))


@few
@given(models())
def test_a_model_survives_xml(schema: Schema) -> None:
    assert read(write_xml(schema, "4.01", storage=True), ".xml") == schema


@few
@given(models())
def test_a_model_survives_json(schema: Schema) -> None:
    assert read(write_json(schema, storage=True), ".json") == held_by_json(schema)


@few
@given(models())
def test_both_forms_are_valid(schema: Schema) -> None:
    xml_rules().assertValid(etree.fromstring(write_xml(schema, "4.01")))
    json_rules().validate(json.loads(write_json(schema)))


@few
@given(models())
def test_a_document_of_version_4_0_holds_nothing_newer(schema: Schema) -> None:
    with TemporaryDirectory() as directory:
        file = Path(directory) / "model.xml"
        file.write_bytes(write_xml(for_version(schema, "4.0"), "4.0"))
        newer = [str(found) for found in check(file) if "new in version 4.01" in found.message]
    assert newer == []
