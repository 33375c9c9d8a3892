"""OpenUI5's models of V4 and V2 in a browser without a window, on a page of another origin."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.customers import write_customers
from tests.clients.installed import directory_of
from tests.clients.pages import browser, served_pages
from tests.serving import served

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
    **{f"v2-{feature}": seen for feature, seen in _V2.items()},
    **{f"v2 without batch-{feature}": seen for feature, seen in _V2.items()},
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    project = directory_of("openui5")
    browser()
    directory = tmp_path_factory.mktemp("openui5")
    write_customers(directory)
    resources = project / "node_modules" / "@openui5" / "sap.ui.core" / "src"
    with served_pages(project, {"/resources/": resources}) as pages:
        rows = str(directory / "Customers.json")
        with served(directory / "customers.db", "--data", rows, "--cors-origin", pages.origin) as (base_url, _):
            yield pages.seen_at(base_url, directory / "profile")


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
