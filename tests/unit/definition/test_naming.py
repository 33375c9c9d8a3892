import pytest

from odata_service.definition.naming import entity_set_name


@pytest.mark.parametrize(
    ("type_name", "segments", "labels", "expected"),
    [
        ("Customer", ["clients"], ["List Customers"], "clients"),
        ("customer", [], ["List Customers"], "Customers"),
        ("country", [], ["List"], "countries"),
    ],
)
def test_an_entity_set_is_named_by_requests_then_by_its_type(
    type_name: str, segments: list[str], labels: list[str], expected: str
) -> None:
    assert entity_set_name(type_name, segments, labels) == expected
