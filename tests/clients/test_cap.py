"""SAP's CAP: $metadata of V4 and V2 is imported, and a remote service of each is asked in its query language."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

_SEEN: dict[str, Any] = {
    "metadata": "imported",
    "read": "Name 1",
    "filter": ["c05", "c09"],
    "contains": ["c01", "c10", "c11", "c12"],
    "set": ["c02", "c05"],
    "dates": ["c11", "c12"],
    "sort": ["c09", "c08", "c07"],
    "page": ["c04", "c05", "c06"],
    "select": "Name 4",
    "search": ["c04"],
    "create": "Made",
    "update": ["Changed", 7],
    "delete": 404,
    "error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}
SEEN = {f"{version}-{feature}": found for version in ("v4", "v2") for feature, found in _SEEN.items()}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("cap", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
