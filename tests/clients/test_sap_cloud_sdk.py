"""The SAP Cloud SDK: clients are generated from $metadata of V4 and V2, compiled strictly, and run."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-generate": "generated",
    "v4-compile": "compiled strictly",
    "v4-read": "Name 1",
    "v4-filter": ["c01", "c04"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": ["c06", "c07", "c08"],
    "v4-count": 12,
    "v4-date": "2024-01-02T10:00:00.000Z",
    "v4-create": "Made",
    "v4-update": ["Changed", 7],
    "v4-etag": 412,
    "v4-batch": [[True, True], ["Two"]],
    "v4-delete": 404,
    "v2-read": "Name 1",
    "v2-filter": ["c01", "c04"],
    "v2-sort": ["c09", "c08", "c07"],
    "v2-page": ["c06", "c07", "c08"],
    "v2-count": 12,
    "v2-date": "2024-01-02T10:00:00.000Z",
    "v2-create": "Made",
    "v2-update": ["Changed", 7],
    "v2-etag": 412,
    "v2-batch": [[True, True], ["Two"]],
    "v2-delete": 404,
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("sap_cloud_sdk", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
