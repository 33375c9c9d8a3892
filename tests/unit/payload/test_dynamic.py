"""What names lead to in the JSON of dynamic properties."""

import pytest

from odata_service.edm.types import TypeRef
from odata_service.errors import NotFound
from odata_service.payload.dynamic import DynamicValue, count_dynamic, dynamic_value, raw_dynamic
from tests.models import every_schema

SCHEMA = every_schema()
TEXT = (
    '{"free":[1,{"a":"x"}],"place@type":"every.Address","place":{"street":"S"},"bytes@type":"Edm.Binary","bytes":"AQ"}'
)


@pytest.mark.parametrize(
    ("names", "value"),
    [
        (("free",), DynamicValue([1, {"a": "x"}])),
        (("free", "-1", "a"), DynamicValue("x")),
        (("place", "street"), DynamicValue("S", SCHEMA.properties("every.Address")["street"].type)),
        (("place", "every.Address"), DynamicValue({"street": "S"}, TypeRef("every.Address"))),
        (("never", "and", "on"), DynamicValue(None)),
    ],
)
def test_names_lead_to_members_places_and_types(names: tuple[str, ...], value: DynamicValue) -> None:
    assert dynamic_value(TEXT, names, SCHEMA) == value


def test_where_nothing_is_kept_each_dynamic_property_is_null() -> None:
    assert dynamic_value(None, ("free",), SCHEMA) == DynamicValue(None)


@pytest.mark.parametrize(
    "names", [("free", "2"), ("free", "a"), ("place", "nowhere"), ("place", "0"), ("free", "0", "a")]
)
def test_a_name_that_no_member_can_have_leads_nowhere(names: tuple[str, ...]) -> None:
    with pytest.raises(NotFound):
        dynamic_value(TEXT, names, SCHEMA)


def test_raw_bytes_are_those_of_the_stated_type() -> None:
    assert raw_dynamic(dynamic_value(TEXT, ("bytes",), SCHEMA), SCHEMA) == (b"\x01", "application/octet-stream")
    assert count_dynamic(dynamic_value(TEXT, ("free",), SCHEMA)) == 2
