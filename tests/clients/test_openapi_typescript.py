"""openapi-typescript: types are made of the OpenAPI description, compiled strictly, and called by openapi-fetch."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-generate": "generated",
    "v4-compile": "compiled strictly",
    "v4-read": "Name 1",
    "v4-filter": ["c05", "c09"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": [["c04", "c05", "c06"], 12],
    "v4-count": "12",
    "v4-search": ["c04"],
    "v4-create": "Made",
    "v4-update": ["Changed", 7],
    "v4-etag": [412, "PreconditionFailed"],
    "v4-batch": [200, 200],
    "v4-delete": [204, "No entity has this key. Look the key up in the entity set."],
    "v4-error": "Property 'nme' is not declared in 'microsoft.graph.Customer'",
}


@pytest.fixture(scope="module")
def seen(customers: str) -> dict[str, Any]:
    return seen_by("openapi_typescript", customers)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
