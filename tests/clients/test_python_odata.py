"""python-odata with the classes that it generates: a service of customers, and the catalogue of examples/."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

FUNCTIONS = ["Calculate", "Convert", "FindProducts", "GetProductStats", "GetTopProducts"]
SEEN: dict[str, Any] = {
    "v4-generate": ["StringProperty", "IntegerProperty", "BooleanProperty", "DatetimeProperty", True, True, FUNCTIONS],
    "v4-read": ["Name 1", 1, False, None],
    "v4-select": "Name 1",
    "v4-filter": ["c01", "c04", "c10"],
    "v4-starts": ["c01", "c10", "c11"],
    "v4-dates": [["c11", "c12"], True],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": ["c06", "c07", "c08"],
    "v4-count": 3,
    "v4-aggregate": [["DE", 6], ["FR", 6], ["NL", 6]],
    "v4-create": ["Made & 'more' #1", None, "2024-05-06T07:08:09+00:00"],
    "v4-update": ["Changed", 7],
    "v4-delete": "0 left",
    "v4-along": ["Electronics", ["DE", "EN"], ["Laptop", "Wireless Mouse"]],
    "v4-references": ["Electronics", "Furniture", "Electronics"],
    "v4-calls": [True, 3],
    "v4-error": ["HTTP 400", "UnknownProperty"],
}


@pytest.fixture(scope="module")
def seen(customers: str, catalogue: str) -> dict[str, Any]:
    return seen_by("python_odata", customers, catalogue)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
