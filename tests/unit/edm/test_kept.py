"""Values as JSON text."""

import math
from decimal import Decimal

import pytest

from odata_service.edm.json_text import read_exact, write_exact
from odata_service.edm.kept import keep, keep_members, recall, recall_members
from odata_service.edm.structured import ComplexValue, TypedValue, Value, named_type
from odata_service.edm.types import TypeRef
from tests.models import every_schema

SCHEMA = every_schema()


def of(name: str) -> TypeRef:
    found = named_type(name, SCHEMA)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("Collection(Edm.Int64)", (2**63 - 1, None), "[9223372036854775807,null]"),
        ("Collection(Edm.Decimal)", (Decimal("1.10"),), '["1.10"]'),
        ("Collection(Edm.Double)", (1.5, math.inf), '[1.5,"INF"]'),
        ("Collection(Edm.Binary)", (b"\xff\xfe",), '["__4"]'),
        ("Collection(Edm.DateTimeOffset)", ("2024-01-01T00:00:00.5",), '["2024-01-01T00:00:00.5"]'),
        ("Collection(Edm.Duration)", (36_000_000_000,), "[36000000000]"),
        ("Collection(every.Color)", (4,), "[4]"),
        (
            "Collection(Edm.GeographyPoint)",
            ('{"type":"Point","coordinates":[1,2]}',),
            '[{"type":"Point","coordinates":[1,2]}]',
        ),
        (
            "Collection(every.Shape)",
            (ComplexValue("every.Circle", {"name": None, "radius": Decimal(2)}),),
            '[{"@type":"every.Circle","radius":"2"}]',
        ),
        ("every.Box", ComplexValue("every.Box", {"width": 1, "free": TypedValue("true")}), '{"width":1,"free":true}'),
        (
            "every.Node",
            ComplexValue("every.Node", {"anything": TypedValue(36_000_000_000, TypeRef("Edm.Duration"))}),
            '{"anything@type":"Edm.Duration","anything":36000000000}',
        ),
    ],
    ids=lambda part: part if isinstance(part, str) else None,
)
def test_values_are_kept_in_the_forms_of_columns(name: str, value: Value, text: str) -> None:
    assert keep(value, of(name), SCHEMA) == text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Collection(Edm.Int64)", (2**63 - 1, None)),
        ("Collection(Edm.Decimal)", (Decimal("1.10"),)),
        ("Collection(Edm.Double)", (1.0, -math.inf)),
        ("Collection(Edm.Binary)", (b"\xff",)),
        ("Collection(every.Access)", (3,)),
        ("every.Node", ComplexValue("every.Node", {"next": ComplexValue("every.Node", {"name": "a"})})),
        ("every.Node", ComplexValue("every.Node", {"anything": TypedValue('{"a":[1.10]}')})),
        ("every.Box", ComplexValue("every.Box", {"free": TypedValue(5, TypeRef("Edm.Int64"))})),
    ],
)
def test_what_is_kept_is_recalled(name: str, value: Value) -> None:
    text = keep(value, of(name), SCHEMA)
    assert text is not None
    assert recall(text, of(name), SCHEMA) == value


def test_dynamic_properties_are_those_that_no_type_declares() -> None:
    members: dict[str, Value] = {
        "id": "a",
        "free": TypedValue('"text"'),
        "when": TypedValue("2024-01-01", TypeRef("Edm.Date")),
        "none": TypedValue(None),
    }
    text = keep_members(members, "every.Thing", SCHEMA)
    assert text == '{"free":"text","when@type":"Edm.Date","when":"2024-01-01"}'
    assert recall_members(text, SCHEMA) == {"free": members["free"], "when": members["when"]}
    assert keep_members({"id": "a"}, "every.Thing", SCHEMA) is None


def test_numbers_of_untyped_json_stay_as_they_were_written() -> None:
    text = '{"a":[1.10,1180591620717411303424,null,"ü"]}'
    assert write_exact(read_exact(text)) == text
