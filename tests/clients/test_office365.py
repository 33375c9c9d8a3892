"""Office365-REST-Python-Client; the cloud that it knows is that of a service of users."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.clients.installed import HERE, directory_of, seen_by
from tests.serving import served

pytestmark = pytest.mark.clients

SEEN: dict[str, Any] = {
    "v4-create": ["User 7", "u7@example", "Oslo"],
    "v4-read": ["User 1", False, []],
    "v4-select": ["User 1", "User 2"],
    "v4-filter": ["User 2", "User 4", "User 6"],
    "v4-list": [3, 7],
    "v4-count": 7,
    "v4-update": ["Sales", "Sales", "User 1"],
    "v4-references": ["User 1", ["User 2"], []],
    "v4-members": ["Team", ["User 3"], []],
    "v4-batch": ["User 1", "Batch"],
    "v4-batches": "User 4",
    "v4-delta": 7,
    "v4-delete": [404, "NotFound"],
    "v4-error": [400, "TypeMismatch"],
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    directory_of("office365")
    database = tmp_path_factory.mktemp("office365") / "users.db"
    with served(database, source=HERE / "msgraph" / "directory.csdl.xml") as (base_url, _):
        yield seen_by("office365", base_url)


@pytest.mark.parametrize("feature", SEEN)
def test_a_feature_works(seen: dict[str, Any], feature: str) -> None:
    assert seen[feature] == SEEN[feature]
