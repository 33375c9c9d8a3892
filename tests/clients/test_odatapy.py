"""odatapy's client, which asks for 4.01: a service of customers, and the catalogue of examples/."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-metadata": ["microsoft.graph.Customer", 16, 304],
    "v4-read": ["Name 1", True, 304],
    "v4-select": ["displayName"],
    "v4-filter": [["c01", "c04", "c10"], ["c02"], ["c01", "c02", "c03"], ["c11", "c07", "c03"]],
    "v4-dates": [["c12"], ["c05"], 1],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": [5, 5, 2],
    "v4-count": 3,
    "v4-total": 12,
    "v4-search": ["c04"],
    "v4-aggregate": [["DE", 6], ["FR", 6], ["NL", 6]],
    "v4-create": ["Made", 7, "Customers('o-2')"],
    "v4-update": ["Changed", 200, 204, "Alone"],
    "v4-etag": [412, "PreconditionFailed"],
    "v4-batch": [[[404, 201, 200, 200, 404, 204], 4], [[404, 201, 200, 200, 424, 404, 204], 4]],
    "v4-delta": [["Told"], 1],
    "v4-delete": [404, "NotFound"],
    "v4-along": ["Electronics", 2],
    "v4-references": [["Products(bbbbbbbb-0000-4000-8000-000000000002)"], [], True],
    "v4-calls": [3, 1499.985, 899.991],
    "v4-streams": ["photo", "image/png", "text", 404],
    "v4-error": [400, "UnknownProperty"],
}


@pytest.fixture(scope="module")
def seen(customers: str, catalogue: str) -> dict[str, Any]:
    return seen_by("odatapy", customers, catalogue)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
