"""odata2ts: code is generated from $metadata of V4 and V2, compiled strictly, and run."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-generate": "generated",
    "v2-generate": "generated",
    "v4-compile": "compiled strictly",
    "v4-read": "Name 1",
    "v4-filter": ["c01", "c04", "c10"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": ["c06", "c07", "c08"],
    "v4-total": 12,
    "v4-create": "Made",
    "v4-update": ["Changed", 7],
    "v4-delete": [404, "OData server responded with error: No entity has this key"],
    "v2-read": "Name 1",
    "v2-filter": ["c01", "c10"],
    "v2-sort": ["c09", "c08", "c07"],
    "v2-page": ["c06", "c07", "c08"],
    "v2-total": "12",
    "v2-create": "Made",
    "v2-update": ["Changed", 7],
    "v2-delete": [404, "OData server responded with error: No entity has this key"],
    "v4-error": [400, "OData server responded with error: '-' is not understood at position 1 of '-1'"],
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("odata2ts", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
