"""openapi-python-client: code generated from the OpenAPI descriptions of customers and of the catalogue."""

from typing import Any

import pytest

from tests.clients.installed import seen_by

pytestmark = pytest.mark.clients

LEFT_OUT = ["WARNING parsing POST /$batch within batch."]
"""It knows no multipart bodies but those of forms: of the batches that are described it takes those in JSON."""
SEEN: dict[str, Any] = {
    "v4-generate": [LEFT_OUT, LEFT_OUT],
    "v4-compile": True,
    "v4-read": ["Name 1", 1, None, True],
    "v4-select": ["Name 1", True],
    "v4-filter": ["c01"],
    "v4-sort": ["c09", "c08", "c07"],
    "v4-page": ["c06", "c07", "c08"],
    "v4-count": "3",
    "v4-search": ["c04"],
    "v4-create": ["Made", 7, True, None],
    "v4-update": ["Changed", 7],
    "v4-delete": [True, "NotFound"],
    "v4-calls": [1499.985, 899.991],
    "v4-streams": [True, "photo"],
    "v4-error": ["UnknownProperty", "$filter"],
}


@pytest.fixture(scope="module")
def seen(customers: str, catalogue: str) -> dict[str, Any]:
    return seen_by("openapi_python_client", customers, catalogue)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
