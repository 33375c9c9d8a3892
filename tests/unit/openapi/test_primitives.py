import re
from typing import Any

import pytest

from odata_service.edm.types import PRIMITIVE_TYPES, Facets, TypeRef
from odata_service.openapi.primitives import primitive_schema
from odata_service.payload.values import from_json


def schema_of(name: str, **facets: Any) -> dict[str, Any]:
    return dict(primitive_schema(TypeRef(f"Edm.{name}", facets=Facets(**facets))))


@pytest.mark.parametrize("name", PRIMITIVE_TYPES)
def test_every_primitive_type_has_a_schema(name: str) -> None:
    assert primitive_schema(TypeRef(name)).keys() & {"type", "anyOf"}


@pytest.mark.parametrize(
    ("name", "facets", "expected"),
    [
        ("Byte", {}, {"type": "integer", "format": "uint8", "minimum": 0, "maximum": 255}),
        ("String", {"max_length": 5}, {"type": "string", "maxLength": 5}),
        ("String", {"max_length": "max"}, {"type": "string"}),
        (
            "Decimal",
            {"precision": 5, "scale": 2},
            {"type": "number", "format": "decimal", "minimum": -999.99, "maximum": 999.99, "multipleOf": 0.01},
        ),
        ("Decimal", {"scale": "variable"}, {"type": "number", "format": "decimal"}),
    ],
)
def test_facets_bound_values(name: str, facets: dict[str, Any], expected: dict[str, Any]) -> None:
    assert schema_of(name, **facets) == expected


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Date", "2024-02-29"),
        ("DateTimeOffset", "2024-02-29T01:02:03.1234567+02:00"),
        ("DateTimeOffset", "0001-01-01t00:00:00z"),
        ("TimeOfDay", "23:59"),
        ("TimeOfDay", "23:59:59.5"),
        ("Duration", "-P1DT2H3M4.5S"),
        ("Duration", "PT0S"),
        ("Guid", "00000000-0000-4000-8000-00000000000A"),
        ("Binary", "QUJD"),
    ],
)
def test_patterns_take_the_values_of_a_type(name: str, text: str) -> None:
    assert from_json(text, TypeRef(f"Edm.{name}")) is not None
    assert re.search(schema_of(name)["pattern"], text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("Date", "0000-01-01"),
        ("DateTimeOffset", "2024-02-29T01:02:03"),
        ("DateTimeOffset", "2024-02-29T01:02:60Z"),
        ("TimeOfDay", "24:00:00"),
        ("Duration", "P1Y"),
        ("Duration", "PT"),
        ("Guid", "x"),
    ],
)
def test_patterns_take_nothing_else(name: str, text: str) -> None:
    assert not re.search(schema_of(name)["pattern"], text)
