"""angular-odata in node, with Angular's HttpClient."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

_SEEN: dict[str, Any] = {
    "read": "Name 1",
    "filter": ["c05", "c09"],
    "sort": ["c09", "c08", "c07"],
    "page": ["c04", "c05", "c06"],
    "list": 12,
    "create": "Made",
    "update": ["Changed", 7],
    "batch": ["Name 2", 8],
    "delete": 404,
    "error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}
SEEN = {f"{version}-{feature}": found for version in ("v4", "v2") for feature, found in _SEEN.items()} | {
    "v4-count": 12,
    "v4-total": 12,
    "v4-etag": 412,
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("angular_odata", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
