"""Microsoft's Graph client for Python, msgraph-sdk with its core; its base URL is that of a service of users."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.installed import HERE, directory_of, seen_by
from tests.serving import served

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-create": ["User 1", "User 2", "User 3", "User 4", "User 5", "User 6", "User 7"],
    "v4-read": ["User 1", True, ["+31 1"], "none"],
    "v4-select": ["User 1", None, None],
    "v4-filter": ["u2", "u4", "u6"],
    "v4-sort": ["u7", "u6"],
    "v4-search": ["u3"],
    "v4-total": 7,
    "v4-count": 4,
    "v4-page": [["u1", "u2", "u3"], ["u4", "u5", "u6", "u7"]],
    "v4-iterator": ["u1", "u2", "u3", "u4", "u5", "u6"],
    "v4-update": ["Sales", "Sales", "User 2"],
    "v4-etag": [412, "PreconditionFailed"],
    "v4-references": ["u1", ["u2"]],
    "v4-members": ["u3"],
    "v4-batch": [{"1": 200, "2": 200, "3": 404}, "Batch"],
    "v4-batches": [20, 5],
    "v4-delta": [[5, 2], [["u4", "Four", None], ["u5", None, {"reason": "deleted"}]]],
    "v4-delete": [404, "NotFound"],
    "v4-error": [400, "TypeMismatch", True],
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    directory_of("msgraph")
    database = tmp_path_factory.mktemp("msgraph") / "users.db"
    with served(database, source=HERE / "msgraph" / "directory.csdl.xml") as (base_url, _):
        yield seen_by("msgraph", base_url)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
