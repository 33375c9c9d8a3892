"""The first of Microsoft's Graph clients for Python, msgraph-core 0.2: a session of requests with `/beta` in front."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-read": "Name 1",
    "v4-filter": ["c01", "c05", "c09"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-search": ["c04"],
    "v4-total": 12,
    "v4-count": 12,
    "v4-page": [5, 5, 2],
    "v4-create": [201, "Made"],
    "v4-update": ["Changed", 7],
    "v4-etag": [412, "PreconditionFailed"],
    "v4-batch": [200, 8, 404],
    "v4-delete": [404, "NotFound"],
    "v4-error": [400, "UnknownProperty", ["client-request-id", "date", "request-id"]],
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("graph_session", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
