"""OpenUI5's models of V4 and V2, and tables bound to them, in a browser, on a page of another origin."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clients.installed import directory_of

pytestmark = pytest.mark.clients

_V2: dict[str, Any] = {
    "metadata": "Customer",
    "read": "Name 1",
    "dates": "2024-01-02T10:00:00.000Z",
    "filter": ["c01", "c10"],
    "sort": ["c09", "c08", "c07"],
    "page": [["c06", "c07", "c08"], "12"],
    "count": "12",
    "list": [["c01", "c04", "c07"], 4],
    "create": "Made",
    "update": ["Changed", 7],
    "etag": 412,
    "delete": 404,
}
_TABLE: dict[str, Any] = {
    "read": ["c01", "c02", "c03", "c04", "c05"],
    "page": ["c06", "c07", "c08", "c09", "c10"],
    "sort": ["c09", "c08", "c07", "c06", "c05"],
    "filter": ["c12", "c11", "c10", "c01"],
    "update": ["Zwolle", 7, "Zwolle"],
    "delete": ["NotFound", False],
}
SEEN: dict[str, Any] = {
    "v4-read": "Name 1",
    "v4-filter": ["c01", "c10"],
    "v4-dates": ["c03", "c04"],
    "v4-caseless": ["c04"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": [["c06", "c07", "c08"], 12],
    "v4-count": 12,
    "v4-search": ["c04"],
    "v4-create": ["Made", "/Customers('u-v4')"],
    "v4-update": ["Changed", 7],
    "v4-etag": 412,
    "v4-delete": 404,
    "v4-aggregate": [["DE", "6"], ["FR", "6"], ["NL", "6"]],
    "v4-totals": ["18", "6", "6", "6"],
    **{f"v4 table-{feature}": seen for feature, seen in _TABLE.items()},
    "v4 table-count": "12",
    "v4 table-create": "t-v4",
    "v4 table-etag": ["Zwolle", "Zwolle"],
    "v4 table-aggregate": ["DE", "6", "FR", "6", "NL", "6"],
    **{f"v2 table-{feature}": seen for feature, seen in _TABLE.items()},
    "v2 table-count": 12,
    "v2 table-create": "t-v2",
    "v2 table-etag": [412, "Zwolle"],
    **{f"v2-{feature}": seen for feature, seen in _V2.items()},
    **{f"v2 without batch-{feature}": seen for feature, seen in _V2.items()},
}


@pytest.fixture(scope="module")
def seen(seen_on_page: Callable[[str], dict[str, Any]]) -> dict[str, Any]:
    directory_of("openui5")
    return seen_on_page("openui5")


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
