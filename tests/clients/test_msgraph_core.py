"""msgraph-core for Python without an SDK around it; its base URL is that of a service of customers."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-read": ["c01", "Name 1", "FR"],
    "v4-filter": ["c01", "c05", "c09"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-search": ["c04"],
    "v4-count": 12,
    "v4-total": 12,
    "v4-iterator": [5, 8, 12, "c12"],
    "v4-create": ["Made", "IS"],
    "v4-update": ["Changed", 7],
    "v4-etag": [412, "PreconditionFailed"],
    "v4-batch": [{"1": 200, "2": 200, "3": 404, "4": 200}, True, 8],
    "v4-batches": [[20, 5], True],
    "v4-delta": [["m-1", "Told"], ["m-2", "Another"]],
    "v4-delete": [404, "NotFound"],
    "v4-error": [400, "UnknownProperty"],
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("msgraph_core", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
