"""Every published function, operator and literal: its example finds in each database what the evaluator finds."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest

from odata_service.edm.model import Schema
from odata_service.edm.types import Kind, kind_of
from odata_service.edm.values import print_value
from odata_service.semantics import resolve
from odata_service.semantics.evaluate import Evaluation
from odata_service.semantics.resolved import Query
from odata_service.service import Service
from odata_service.url import parse_url
from tests.asking import ask
from tests.models import functions_schema
from tests.reference import reference_rows
from tests.servers import FAMILIES
from tests.standing import standing_service

CUSTOMERS: list[dict[str, Any]] = [
    {
        "id": "C1",
        "displayName": "Acme",
        "contractType": 2,
        "isDeleted": False,
        "amount": Decimal("32.40"),
        "rate": 31.4,
        "gid": "01234567-89ab-cdef-0123-456789abcdef",
        "birth": "2024-05-08",
        "opens": "04:40:40",
        "cosmosCreatedDateTimeUTC": "2024-05-08T04:40:40",
        "span": 72_000_000_000,
        "style": 3,
        "tags": ("a", "b"),
        "address": {"city": "X", "street": None},
        "pos": '{"type":"Point","coordinates":[1,2],"crs":{"type":"name","properties":{"name":"EPSG:0"}}}',
        "route": '{"type":"LineString","coordinates":[[0,0],[0.00001,0]]}',
        "managerId": "C2",
    },
    {
        "@type": "Ns.VipCustomer",
        "id": "C2",
        "displayName": "x",
        "contractType": 3,
        "isDeleted": True,
        "amount": Decimal("34.95"),
        "rate": 1.5,
        "gid": None,
        "birth": "2020-01-01",
        "opens": "07:59:59.999",
        "cosmosCreatedDateTimeUTC": "2012-12-03T07:16:23.123",
        "span": -5,
        "style": 1,
        "tags": (),
        "address": None,
        "pos": None,
        "route": None,
        "managerId": None,
        "Ns.VipCustomer/discount": 5,
    },
    {"id": "C3", "tags": ("a",)},
]
ORDERS: list[dict[str, Any]] = [
    {"id": 1, "amount": Decimal("10.00"), "customerId": "C1"},
    {"id": 2, "amount": Decimal("1.00"), "customerId": "C1"},
]
FIGURES: list[dict[str, Any]] = [
    {
        "id": "F1",
        "pos": '{"type":"Point","coordinates":[1.0,2.5]}',
        "route": '{"type":"LineString","coordinates":[[0,0],[3,4]]}',
    },
    {"id": "F2"},
]
ALIASES = {
    "@a": '{"city":"X"}',
    "@area": "{space}'SRID={srid};Polygon((0 0,10 0,10 10,0 10,0 0))'",
    "@p": "2",
    "@c": "[1,2]",
}
KINDS = frozenset({"operator", "function", "lambda", "literal"})
ELSEWHERE = frozenset({"isdefined", "aggregate", "$these", "$this", "binary", "complex literal", "substringof"})
"""What is no expression of $filter, speaks of a function of the model, or is none of OData 4."""

ROWS = [row for row in reference_rows("spec/functions.jsonl") if row["kind"] in KINDS and row["name"] not in ELSEWHERE]


@pytest.fixture(scope="module", params=FAMILIES)
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    with standing_service(request.param, functions_schema) as made:
        for name, source in (("Customers", CUSTOMERS), ("Orders", ORDERS), ("Figures", FIGURES)):
            for entity in source:
                answer = ask(made, "POST", name, body_of(entity, name, made.schema))
                assert answer.status == 201, answer.body
        yield made


def body_of(entity: Mapping[str, Any], source: str, schema: Schema) -> dict[str, Any]:
    """An entity as a client writes it."""
    found = schema.entity_set(source)
    assert found is not None
    name = entity.get("@type", found.entity_type)
    body = {"@odata.type": f"#{name}"} if "@type" in entity else {}
    for member, value in entity.items():
        if member != "@type":
            simple = member.rpartition("/")[2]
            body[simple] = written(value, kind_of(schema.properties(name)[simple].type), schema, name, simple)
    return body


def written(value: Any, kind: Kind | None, schema: Schema, holder: str, name: str) -> Any:
    match kind:
        case _ if value is None:
            return None
        case Kind.GEOGRAPHY | Kind.GEOMETRY:
            return json.loads(value)
        case Kind.INSTANT | Kind.DURATION | Kind.ENUMERATION:
            return print_value(value, schema.properties(holder)[name].type)
        case Kind.DECIMAL:
            return float(value)
        case None:
            return list(value) if isinstance(value, tuple) else value
        case _:
            return value


def entities() -> dict[str, list[dict[str, Any]]]:
    """The entities as the evaluator sees them, related ones inside."""
    customers = [{"@type": "Ns.Customer", "manager": None, "orders": (), "address": None, **one} for one in CUSTOMERS]
    by_id = {one["id"]: one for one in customers}
    for one in customers:
        one["manager"] = by_id.get(one.get("managerId"))
        one["orders"] = tuple(order for order in ORDERS if order["customerId"] == one["id"])
    return {"Customers": customers, "Figures": [{"pos": None, "route": None, **one} for one in FIGURES]}


def as_filter(example: str) -> tuple[str, dict[str, str]]:
    """An example as the condition of a filter, and the aliases in it."""
    text = example.partition("&")[0]
    used = {name: value for name, value in ALIASES.items() if name in text}
    if text.startswith(("concat(tags", "substring(tags")):
        return f"{text} ne []", used
    return (f"{text} ne null" if text.startswith("tolower") and " eq " not in text else text), used


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['name']}-{row['example']}")
def test_an_example_finds_what_the_evaluator_finds(service: Service, row: dict[str, Any]) -> None:
    text, used = as_filter(row["example"])
    geometry = any("Geometry" in argument for argument in row["args"]) or row["name"] == "geometry"
    source, space, srid = ("Figures", "geometry", 0) if geometry else ("Customers", "geography", 4326)
    values = {name: value.format(space=space, srid=srid) if name == "@area" else value for name, value in used.items()}
    aliases = "".join(f"&{name}={quote(value)}" for name, value in values.items())
    target = f"$filter={quote(text)}{aliases}"
    answer = ask(service, "GET", f"{source}?$select=id&{target}")
    assert answer.status == 200, answer.body
    query = resolve(parse_url(source, target), service.schema)
    assert isinstance(query, Query)
    assert query.options.filter is not None
    known = entities()
    evaluation = Evaluation(now="2026-01-01T00:00:00", sources=known)
    expected = [one["id"] for one in known[source] if evaluation.value(query.options.filter, one) is True]
    assert answer.column("id") == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("startswith(displayName@Core.Description,'What')", ["C1", "C2", "C3"]),
        ("displayName/@Org.OData.Core.V1.Description eq 'x'", []),
        ("amount@Core.Description eq null", ["C1", "C2", "C3"]),
        ("@Core.Description eq null and displayName eq 'x'", ["C2"]),
    ],
)
def test_annotations_have_the_values_of_the_model(service: Service, text: str, expected: list[str]) -> None:
    assert ask(service, "GET", f"Customers?$select=id&$filter={quote(text)}").column("id") == expected


def test_functions_of_other_versions_are_refused(service: Service) -> None:
    answer = ask(service, "GET", "Customers?$filter=substringof('cm',displayName)")
    assert (answer.status, answer.error["code"]) == (400, "UnknownFunction")
