"""ag-grid-odata in node: what a grid of the server-side row model asks for."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-page": [["c01", "c02", "c03"], 12],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-filter": ["c04"],
    "v4-starts": ["c01", "c10", "c11", "c12"],
    "v4-contains": 8,
    "v4-numbers": ["c01", "c02", "c05", "c06"],
    "v4-set": ["c02", "c03"],
    "v4-aggregate": [["DE", 6, 4], ["FR", 6, 4], ["NL", 6, 4]],
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("ag_grid_odata", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
