"""o.js in node, asked by odata-query's queries."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-read": "Name 1",
    "v4-filter": ["c05", "c09"],
    "v4-contains": ["c10", "c11", "c12"],
    "v4-set": ["c02", "c05"],
    "v4-dates": ["c11", "c12"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": [["c04", "c05", "c06"], 12],
    "v4-count": 3,
    "v4-search": ["c04"],
    "v4-aggregate": [["DE", 6]],
    "v4-create": "Made",
    "v4-update": ["Changed", 7],
    "v4-batch": [[200, "Name 2"], [200, "Changed"], [404, "NotFound"]],
    "v4-delete": 404,
    "v4-error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("o_js", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
