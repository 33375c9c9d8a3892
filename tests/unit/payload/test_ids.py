import pytest

from odata_service.edm.types import TypeRef
from odata_service.payload.ids import entity_url, etag_of, key_literal
from odata_service.semantics import resolve
from odata_service.semantics.resolved import Query
from odata_service.settings import Limits
from odata_service.url import parse_url
from tests.models import partners_schema


@pytest.mark.parametrize(
    ("value", "name", "literal"),
    [
        ("a", "Edm.String", "'a'"),
        ("O'Brien", "Edm.String", "'O''Brien'"),
        ("a/b c%?#", "Edm.String", "'a%2Fb%20c%25%3F%23'"),
        ("日本", "Edm.String", "'%E6%97%A5%E6%9C%AC'"),
        (5, "Edm.Int32", "5"),
        ("2024-01-01T00:00:00", "Edm.DateTimeOffset", "2024-01-01T00:00:00Z"),
        (1, "Edm.Boolean", "true"),
    ],
)
def test_keys_as_literals_of_urls(value: object, name: str, literal: str) -> None:
    assert key_literal(value, TypeRef(name)) == literal


def test_the_parts_of_a_compound_key_are_named() -> None:
    query = resolve(parse_url("OrderLines(product='x''y',orderNumber=7)", "", Limits()), partners_schema())
    assert isinstance(query, Query)
    assert entity_url(query.path, ()) == "OrderLines(orderNumber=7,product='x''y')"


def test_etags_are_weak() -> None:
    assert etag_of(7) == 'W/"7"'
