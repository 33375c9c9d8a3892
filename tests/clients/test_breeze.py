"""Breeze in a browser: with its adapter for V2, which works with datajs, and with breeze-odata4."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.installed import directory_of

pytestmark = pytest.mark.clients

_SEEN: dict[str, Any] = {
    "metadata": ["Customers", "id", "Int32"],
    "read": "Name 1",
    "filter": ["c05", "c09"],
    "contains": ["c10", "c12"],
    "dates": ["c11", "c12"],
    "sort": ["c09", "c08", "c07"],
    "page": [["c04", "c05", "c06"], 12],
    "total": 12,
    "select": ["c04", "Name 4"],
    "create": ["Made", "Unchanged"],
    "update": ["Changed", 7],
    "batch": [2, 8],
    "delete": 0,
    "error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}
SEEN = {f"{version}-{feature}": found for version in ("v4", "v2") for feature, found in _SEEN.items()}


@pytest.fixture(scope="module")
def seen(seen_on_page: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    directory_of("breeze")
    return seen_on_page("breeze")


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
