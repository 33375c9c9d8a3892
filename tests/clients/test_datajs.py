"""datajs in a browser: V2 as it asks for it by itself, and in Atom."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.installed import directory_of

pytestmark = pytest.mark.clients

_EITHER: dict[str, Any] = {
    "read": "Name 1",
    "page": [["c04", "c05", "c06"], 12],
    "create": ["Made", 7, "2024-02-01T10:00:00.000Z"],
    "update": ["Changed", 7],
    "etag": [8, 412],
    "batch": ["Name 2", "Zoë", 9],
    "delete": 404,
}
SEEN: dict[str, Any] = {
    "v2-metadata": "Customer",
    "v2-filter": ["c05", "c09"],
    "v2-sort": ["c09", "c08", "c07"],
    "v2-total": [["c04", "c05", "c06", "c07"], 12],
    "v2-error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
    **{f"{version}-{feature}": found for version in ("v2", "v2 with Atom") for feature, found in _EITHER.items()},
}


@pytest.fixture(scope="module")
def seen(seen_on_page: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    directory_of("datajs")
    return seen_on_page("datajs")


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
