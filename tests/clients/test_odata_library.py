"""SAP's odata-library in node, with V2."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v2-metadata": ["Customers"],
    "v2-read": "Name 1",
    "v2-filter": ["c05", "c09"],
    "v2-sort": ["c09", "c08", "c07"],
    "v2-page": ["c04", "c05", "c06"],
    "v2-select": "Name 4",
    "v2-search": ["c04"],
    "v2-count": 12,
    "v2-create": "Made",
    "v2-update": ["Changed", 7],
    "v2-batch": ["Name 2", 8],
    "v2-delete": "NotFound",
    "v2-error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("odata_library", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
