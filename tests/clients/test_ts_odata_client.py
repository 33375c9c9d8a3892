"""ts-odata-client in node: queries of customers, and of the catalogue of examples/."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-read": "Name 1",
    "v4-filter": ["c01", "c10"],
    "v4-numbers": ["c03", "c07", "c11"],
    "v4-starts": ["c01", "c10", "c11"],
    "v4-set": ["c02", "c05", "c09"],
    "v4-dates": ["c11", "c12"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": ["c06", "c07", "c08"],
    "v4-next link": [5, 5, "c06"],
    "v4-iterator": 12,
    "v4-total": 12,
    "v4-select": [{"name": "Name 1"}],
    "v4-along": [["Laptop", "Electronics"]],
    "v4-error": "UnknownProperty",
}


@pytest.fixture(scope="module")
def seen(customers: str, catalogue: str) -> dict[str, Any]:
    return seen_by("ts_odata_client", customers, catalogue)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
