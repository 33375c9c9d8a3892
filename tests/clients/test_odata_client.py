"""@odata/client in node, with V4 and V2."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-read": "Name 1",
    "v4-filter": ["c01"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": ["c07", "c06", "c05"],
    "v4-count": 12,
    "v4-total": 12,
    "v4-create": "Made",
    "v4-update": ["Changed", 7],
    "v4-batch": ["Name 2", 200, 8],
    "v4-delete": "No entity has this key. Look the key up in the entity set.",
    "v4-error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
    "v2-read": "Name 1",
    "v2-filter": ["c01"],
    "v2-sort": ["c09", "c08", "c07"],
    "v2-page": ["c07", "c06", "c05"],
    "v2-count": 12,
    "v2-total": "12",
    "v2-create": "Made",
    "v2-update": ["Changed", 7],
    "v2-batch": ["Name 2", 204, 8],
    "v2-delete": "No entity has this key. Look the key up in the entity set.",
    "v2-error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
    "v4-search": ["c04"],
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("odata_client", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
