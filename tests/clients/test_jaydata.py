"""JayData in node, with its provider for V4."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-metadata": "microsoft.graph.Customer",
    "v4-read": "Name 1",
    "v4-filter": ["c05", "c09"],
    "v4-contains": ["c10", "c12"],
    "v4-set": ["c01", "c02", "c05", "c06", "c09", "c10"],
    "v4-dates": ["c11", "c12"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": [["c04", "c05", "c06"], 12],
    "v4-count": 3,
    "v4-select": [{"key": "c04", "name": "Name 4"}],
    "v4-create": [1, "Made"],
    "v4-update": ["Changed", 7],
    "v4-batch": [2, 2, True],
    "v4-delete": 0,
    "v4-error": "An entity with this key exists already. Change it with PATCH, or use another key.",
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("jaydata", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
