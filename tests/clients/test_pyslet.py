"""pyslet, which speaks V2 in Atom: a service of customers, and one of books on shelves."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.installed import HERE, directory_of, seen_by
from tests.serving import served

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v2-metadata": [["Customers"], ["Books", "Scans", "Shelves"]],
    "v2-read": ["Name 1", 1, "2024-01-01T10:00:00Z", False],
    "v2-select": ["displayName", "id"],
    "v2-filter": [["c01", "c04", "c10"], ["c01", "c10", "c11"], ["c11"]],
    "v2-dates": ["c11", "c12"],
    "v2-sort": ["c09", "c08", "c07"],
    "v2-page": [["c06", "c07", "c08"], [5, 5, 2, 0]],
    "v2-count": 3,
    "v2-create": [True, "Made & <more>", "2024-05-06T07:08:09Z"],
    "v2-update": ["Changed", 8],
    "v2-delete": False,
    "v2-along": ["Oslo", ["Bread"], True, "12.5"],
    "v2-references": [[1], 0, 1],
    "v2-streams": [1, "second", "text/markdown"],
    "v2-error": ["'none'"],
}


@pytest.fixture(scope="module")
def seen(customers: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    directory_of("pyslet")
    database = tmp_path_factory.mktemp("pyslet") / "library.db"
    with served(database, source=HERE / "pyslet" / "library.csdl.xml") as (base_url, _):
        yield seen_by("pyslet", customers, base_url)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
