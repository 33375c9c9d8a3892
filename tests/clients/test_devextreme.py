"""DevExtreme's ODataStore and DataSource in node, with V4 and V2."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-read": "Name 1",
    "v4-filter": ["c05", "c09"],
    "v4-contains": ["c10", "c11", "c12"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": [["c04", "c05", "c06"], 12],
    "v4-count": 12,
    "v4-create": "Made",
    "v4-update": ["Changed", 7],
    "v4-delete": 404,
    "v4-error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
    "v2-read": "Name 1",
    "v2-filter": ["c05", "c09"],
    "v2-contains": ["c10", "c11", "c12"],
    "v2-sort": ["c09", "c08", "c07"],
    "v2-page": [["c04", "c05", "c06"], 12],
    "v2-count": 12,
    "v2-create": "Made",
    "v2-update": ["Changed", 7],
    "v2-delete": 404,
    "v2-error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("devextreme", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
