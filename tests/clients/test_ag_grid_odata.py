"""ag-grid-odata: what a grid of the server-side row model asks for, in node; an infinite grid, in a browser."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.installed import bundled, seen_by

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
    "v4 grid-read": ["c01", "c02", "c03", "c04", "c05"],
    "v4 grid-count": 12,
    "v4 grid-page": "c12",
    "v4 grid-sort": ["c01", "c10", "c11"],
    "v4 grid-filter": ["c01", "c10", "c11", "c12"],
    "v4 grid-numbers": ["c11", "c03", "c07"],
    "v4 grid-create": [201, "x-grid"],
    "v4 grid-update": [200, "A changed one"],
    "v4 grid-etag": 412,
    "v4 grid-delete": [204, "c01"],
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("ag_grid_odata", customers)


@pytest.fixture(scope="module")
def seen_by_grid(seen_on_page: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    bundled("ag_grid_odata")
    return seen_on_page("ag_grid_odata")


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(request: pytest.FixtureRequest, feature: str) -> None:
    fixture = "seen_by_grid" if "grid" in feature else "seen"
    assert request.getfixturevalue(fixture)[feature] == SEEN[feature]
