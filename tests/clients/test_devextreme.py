"""DevExtreme: its ODataStore and DataSource in node, and its grid in a browser, with V4 and V2."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.installed import bundled, seen_by

pytestmark = pytest.mark.clients

_DATA: dict[str, Any] = {
    "read": "Name 1",
    "filter": ["c05", "c09"],
    "contains": ["c10", "c11", "c12"],
    "sort": ["c09", "c08", "c07"],
    "page": [["c04", "c05", "c06"], 12],
    "count": 12,
    "create": "Made",
    "update": ["Changed", 7],
    "delete": 404,
    "error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}
_GRID: dict[str, Any] = {
    "read": ["c01", "c02", "c03", "c04", "c05"],
    "date": True,
    "count": "Page 1 of 3 (12 items)",
    "page": ["c06", "c07", "c08", "c09", "c10"],
    "sort": ["c04", "c03", "c02", "c12", "c11"],
    "filter": ["c12", "c11", "c10", "c01"],
    "contains": ["c04"],
    "create": "Zoë",
    "update": ["Zwolle", 7],
    "delete": "Name 9",
    "error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}
SEEN = {
    f"{version}{kind}-{feature}": found
    for version in ("v4", "v2")
    for kind, features in (("", _DATA), (" grid", _GRID))
    for feature, found in features.items()
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("devextreme", customers)


@pytest.fixture(scope="module")
def seen_by_grid(seen_on_page: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    bundled("devextreme")
    return seen_on_page("devextreme")


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(request: pytest.FixtureRequest, feature: str) -> None:
    fixture = "seen_by_grid" if "grid" in feature else "seen"
    assert request.getfixturevalue(fixture)[feature] == SEEN[feature]
