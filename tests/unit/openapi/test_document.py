"""Descriptions as a whole: valid OpenAPI 3.1, made of what the model says."""

from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from msgspec.structs import replace
from openapi_spec_validator import OpenAPIV31SpecValidator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from odata_service.definition import load_schema
from odata_service.edm.annotations import (
    CAPABILITIES,
    DESCRIPTION,
    OPTIMISTIC_CONCURRENCY,
    SCHEMA_VERSION,
    Annotation,
    Record,
)
from odata_service.edm.model import Schema
from odata_service.openapi import Offer
from tests.asking import ask, service_of
from tests.company import fill
from tests.models import (
    MODELS,
    alternate_schema,
    company_schema,
    customer_schema,
    every_schema,
    findings_schema,
    partners_schema,
    shop_schema,
    stationery_schema,
)
from tests.serving import ROOT
from tests.unit.openapi.describing import described

CATALOGUE = ROOT / "examples" / "catalogue" / "model.csdl.xml"
SOURCES = [MODELS / name for name in ("alternate.xml", "every.xml", "functions.xml", "rules.xml", "sales.xml")]


def annotated(schema: Schema, *annotations: Annotation) -> Schema:
    """The schema with annotations of each entity set."""
    sets = {
        name: replace(found, annotations=(*annotations, *found.annotations))
        for name, found in schema.container.entity_sets.items()
    }
    sources = {
        name: replace(found, annotations=(*annotations, *found.annotations))
        for name, found in schema.sources.by_name.items()
    }
    container = replace(schema.container, entity_sets=sets)
    return replace(schema, container=container, sources=replace(schema.sources, by_name=sources))


def parameters_of(document: dict[str, Any], path: str, method: str = "get") -> list[str]:
    """The names of the query options and headers of an operation."""
    named = document["components"]["parameters"]
    found = document["paths"][path][method].get("parameters", ())
    return [named[part["$ref"].rpartition("/")[2]]["name"] if "$ref" in part else part["name"] for part in found]


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.stem)
def test_each_description_is_valid(source: Path) -> None:
    document = described(load_schema(source), Offer(challenge='Basic realm="x", ApiKey name="key", in="query"'))
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


@pytest.mark.parametrize("make", [company_schema, customer_schema, partners_schema, shop_schema, stationery_schema])
def test_each_description_of_pages_is_valid(make: Any) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(described(make())).iter_errors()] == []


def test_payloads_are_what_is_described() -> None:
    schema = company_schema()
    document = described(schema)
    registry = Registry().with_resource("urn:x", Resource.from_contents(document, default_specification=DRAFT202012))
    faults = {}
    with service_of(schema) as service:
        fill(service)
        for name, found in schema.container.entity_sets.items():
            page = {"$ref": f"urn:x#/components/schemas/{found.entity_type}-page"}
            validator = Draft202012Validator(page, registry=registry)
            answer = ask(service, "GET", f"{name}?$count=true", accept="application/json;odata.metadata=full").json
            faults[name] = [error.message for error in validator.iter_errors(answer)]
    assert set(map(tuple, faults.values())) == {()}


def test_what_the_model_says_of_itself_is_the_title_and_the_version() -> None:
    schema = customer_schema()
    told = (Annotation(DESCRIPTION, "Customers of partners"), Annotation(SCHEMA_VERSION, "2.3"))
    document = described(replace(schema, container=replace(schema.container, annotations=told)))
    assert (document["info"]["title"], document["info"]["version"]) == ("Customers of partners", "2.3")


def test_sets_are_described_as_their_types_are_where_they_say_nothing() -> None:
    document = described(customer_schema())
    assert document["tags"][0] == {"name": "Customers", "description": "A customer whom a partner looks after."}
    assert (document["security"], "$filter" in document["info"]["description"]) == ([], True)


def test_a_body_states_what_the_service_takes_there() -> None:
    schemas = described(load_schema(CATALOGUE))["components"]["schemas"]
    made, changed, put = (schemas[f"ComplianceService.Product-{kind}"] for kind in ("create", "update", "replace"))
    assert made["properties"]["RelatedProducts"]["type"] == "array"
    assert {"RelatedProducts", "RelatedProducts@odata.bind"} & changed["properties"].keys() == {
        "RelatedProducts@odata.bind"
    }
    assert ("required" in changed, "Name" in put["required"]) == (False, True)
    assert schemas["ComplianceService.ProductStatus"]["pattern"] == (
        "^(None|InStock|OnSale|Discontinued|Featured|[0-9]{1,2})(,(None|InStock|OnSale|Discontinued|Featured|[0-9]{1,2}))*$"
    )


def test_a_key_that_is_made_need_not_be_stated() -> None:
    schemas = described(alternate_schema())["components"]["schemas"]
    made = schemas["shop.Product-create"]
    assert ("required" in made, made["properties"]["id"]["type"]) == (False, ["integer", "null"])
    text = described(findings_schema())["components"]["schemas"]["dig.Finding-create"]
    assert (text["required"], text["properties"]["id"]["type"]) == (["id"], "string")


def test_a_complex_value_that_can_begin_by_itself_need_not_be_stated() -> None:
    thing = described(every_schema())["components"]["schemas"]["every.Thing-create"]
    assert ("work" in thing["properties"], "required" in thing) == (True, False)


@pytest.mark.parametrize("behind", ["", "/$ref"])
def test_what_a_relation_must_lead_to_may_be_hidden(behind: str) -> None:
    document = described(load_schema(CATALOGUE))
    path = next(path for path in document["paths"] if path.endswith(f"/Product{behind}"))
    assert {"200", "204"} <= document["paths"][path]["get"]["responses"].keys()
    product = document["components"]["schemas"]["ComplianceService.ProductDescription"]["properties"]["Product"]
    assert {"type": "null"} in product["anyOf"]


def test_shapes_are_geojson() -> None:
    schemas = described(load_schema(CATALOGUE))["components"]["schemas"]
    point = schemas["Edm.GeographyPoint"]
    assert point["required"] == ["type", "coordinates"]
    assert point["properties"]["type"] == {"type": "string", "enum": ["Point"]}


def test_what_is_not_selected_is_not_computed() -> None:
    paths = described(load_schema(CATALOGUE))["paths"]
    named = [part.get("$ref", "") for part in paths["/ReadOnlyItems"]["get"]["parameters"]]
    assert "#/components/parameters/compute" not in named
    assert described(load_schema(CATALOGUE))["components"]["parameters"]["Products-expand"]["schema"]["uniqueItems"]


def test_a_collection_has_the_options_that_capabilities_leave() -> None:
    def term(name: str, value: Any) -> Annotation:
        return Annotation(f"{CAPABILITIES}.{name}", value)

    restricted = annotated(
        customer_schema(),
        term("TopSupported", False),
        term("CountRestrictions", Record({"Countable": False})),
        term("FilterRestrictions", Record({"Filterable": True, "RequiresFilter": True})),
        term("SearchRestrictions", Record({"Searchable": False})),
        term("SortRestrictions", Record({"NonSortableProperties": ("id",), "AscendingOnlyProperties": ("domain",)})),
    )
    document = described(restricted)
    assert parameters_of(document, "/Customers") == ["$skip", "$filter", "$apply", "$orderby", "$compute", "$select"]
    assert "/Customers/$count" not in document["paths"]
    ways = document["components"]["parameters"]["Customers-orderby"]["schema"]["items"]["enum"]
    assert {"displayName", "displayName desc", "domain"} <= set(ways)
    assert {"id", "id desc", "domain desc"}.isdisjoint(ways)
    listing = document["paths"]["/Customers"]["get"]["parameters"]
    assert next(part for part in listing if part.get("name") == "$filter")["required"] is True


def test_what_is_tracked_takes_delta_tokens() -> None:
    document = described(customer_schema(), Offer(tracked=frozenset({"Customers"})))
    assert parameters_of(document, "/Customers")[-1] == "$deltatoken"
    assert "$deltatoken" not in parameters_of(described(customer_schema()), "/Customers")


@pytest.mark.parametrize("offer", [Offer(require_etag=True), Offer()], ids=["of all", "of the set"])
def test_changes_that_need_an_etag_say_so(offer: Offer) -> None:
    schema = customer_schema()
    if not offer.require_etag:
        schema = annotated(schema, Annotation(OPTIMISTIC_CONCURRENCY, ()))
    document = described(schema, offer)
    assert parameters_of(document, "/Customers('{id}')", "patch") == ["If-Match"]
    assert parameters_of(document, "/Customers('{id}')", "delete") == ["If-Match"]


def test_what_restrictions_say_of_requests_describes_these() -> None:
    by_key = Record({"Description": "Read one customer."})
    reading = Record({"Description": "Read customers.", "LongDescription": "Many.", "ReadByKeyRestrictions": by_key})
    schema = annotated(customer_schema(), Annotation(f"{CAPABILITIES}.ReadRestrictions", reading))
    paths = described(schema)["paths"]
    listing, one = paths["/Customers"]["get"], paths["/Customers('{id}')"]["get"]
    assert (listing["summary"], listing["description"]) == ("Read customers.", "Many.")
    assert one["summary"] == "Read one customer."
    assert paths["/Customers"]["post"]["summary"] == "Create an entity."


def test_a_read_type_inherits_and_a_written_one_has_everything() -> None:
    schemas = described(company_schema())["components"]["schemas"]
    derived = next(name for name in schemas if schemas[name].get("allOf"))
    base = schemas[derived]["allOf"][0]["$ref"].rpartition("/")[2]
    own = set(schemas[derived]["properties"])
    assert own.isdisjoint(schemas[base]["properties"])
    created = schemas[f"{derived}-create"]
    assert created["properties"]["@odata.type"] == {"type": "string", "enum": [f"#{derived}"]}
    assert set(schemas[base]["properties"]) & set(created["properties"])


def test_entities_that_are_read_may_tell_their_url_their_type_and_their_etag() -> None:
    schemas = described(company_schema())["components"]["schemas"]
    control = {"@odata.id", "@odata.type", "@odata.etag"}
    assert control <= schemas["firm.Being"]["properties"].keys()
    assert control.isdisjoint(schemas["firm.Person"]["properties"])
    assert control.isdisjoint(schemas["firm.Desk"]["properties"])


def test_a_key_is_stated_by_what_is_new_alone() -> None:
    schemas = described(customer_schema())["components"]["schemas"]
    assert "id" in schemas["microsoft.graph.Customer-create"]["properties"]
    assert "id" not in schemas["microsoft.graph.Customer-update"]["properties"]
    assert schemas["microsoft.graph.Customer-update"]["additionalProperties"] is False


def test_everything_that_is_referred_to_is_there_and_nothing_else() -> None:
    document = described(shop_schema())
    known = {f"#/components/{section}/{name}" for section, named in document["components"].items() for name in named}
    assert set(_references(document)) == known


def _references(found: Any) -> list[str]:
    if isinstance(found, dict):
        own = [found["$ref"]] if isinstance(found.get("$ref"), str) else []
        return own + [reference for value in found.values() for reference in _references(value)]
    return [reference for value in found for reference in _references(value)] if isinstance(found, list) else []


def test_streams_are_bytes_of_the_media_types_that_they_may_have() -> None:
    paths, content = described(company_schema())["paths"], {"schema": {"type": "string", "format": "binary"}}
    portrait, scan = paths["/People('{id}')/portrait"], paths["/Scans({number})/$value"]
    assert portrait["put"]["requestBody"]["content"] == {"image/png": content, "image/jpeg": content}
    read = [item["get"]["responses"]["200"]["content"] for item in (portrait, scan)]
    assert read == [
        {"image/png": content, "image/jpeg": content, "*/*": content},
        {"application/octet-stream": content, "*/*": content},
    ]


def test_ids_of_operations_are_unique() -> None:
    document = described(stationery_schema())
    ids = [found["operationId"] for item in document["paths"].values() for found in item.values() if "tags" in found]
    assert len(ids) == len(set(ids))


def test_a_large_model_has_paths_of_its_sets_and_not_all_that_they_lead_to(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = described(company_schema())
    monkeypatch.setattr("odata_service.openapi.document.MOST_PATHS", 10)
    part = described(company_schema())
    assert {f"/{name}" for name in company_schema().container.entity_sets} <= part["paths"].keys()
    assert part["paths"].items() < whole["paths"].items()
    assert set(_references(part)) >= {"#/components/responses/error"}
