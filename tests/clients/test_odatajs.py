"""odatajs, Apache Olingo's client of V4, in node."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-metadata": "Customer",
    "v4-read": ["Name 1", True, "#Int32"],
    "v4-filter": ["c05", "c09"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": [["c04", "c05", "c06"], 12],
    "v4-total": [["c04", "c05", "c06", "c07"], 12],
    "v4-create": "Made",
    "v4-update": ["Changed", 7],
    "v4-etag": [8, 412],
    "v4-batch": ["Name 2", [["Zoë", None], ["Zoë", 9]]],
    "v4-delete": 404,
    "v4-error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("odatajs", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
