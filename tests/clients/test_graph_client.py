"""Microsoft's Graph client for JavaScript in node, its base URL that of the service."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-read": "Name 1",
    "v4-key": "Name 1",
    "v4-filter": ["c05", "c09"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": ["c06", "c07", "c08"],
    "v4-count": "12",
    "v4-total": 12,
    "v4-search": ["c04"],
    "v4-next link": [5, True],
    "v4-iterator": 12,
    "v4-create": "Made",
    "v4-update": ["Changed", 7],
    "v4-etag": 412,
    "v4-batch": [200, 8, 404],
    "v4-delete": [404, "NotFound"],
    "v4-error": [400, "UnknownProperty", "Property 'nme' is not declared in 'microsoft.graph.Customer'"],
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("graph_client", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
