"""Kendo UI's data source in a browser, with its transports `odata-v4` and `odata`, which is that of V2."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.installed import directory_of

pytestmark = pytest.mark.clients

_SEEN: dict[str, Any] = {
    "read": "Name 1",
    "filter": ["c05", "c09"],
    "contains": ["c01", "c10", "c12"],
    "dates": ["c11", "c12"],
    "sort": ["c09", "c08", "c07"],
    "page": [["c04", "c05", "c06"], 12],
    "total": 12,
    "create": [False, True],
    "update": [7],
    "delete": 0,
    "error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}
SEEN = {f"{version}-{feature}": found for version in ("v4", "v2") for feature, found in _SEEN.items()} | {
    "v4-batch": [[False, False], 8, 0]
}


@pytest.fixture(scope="module")
def seen(seen_on_page: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    directory_of("kendo")
    return seen_on_page("kendo")


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
