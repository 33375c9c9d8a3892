"""What is particular to migrations of MariaDB: texts of a key have a length, and what a failed run leaves is known."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from odata_service.edm.types import TypeRef
from odata_service.errors import StorageMismatch
from odata_service.storage.migrate import planned
from odata_service.storage.state import read_record, settle_pending, write_pending
from tests.migrating import a, entities, filled, items, migrated, opened, place


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with place("mariadb", tmp_path) as made:
        yield made


def test_a_text_that_is_too_long_for_a_key_is_refused(url: str) -> None:
    before, after = items(a("code!")), items(a("code!"), key=("code",))
    filled(url, before, {"Items": [{"id": "a", "code": "x" * 300}, {"id": "b", "code": "y"}]})
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, after)
    assert caught.value.differences == (
        "1 value of column 'Items.code' does not fit a key of 255 characters: the first is ('a'). "
        "Correct them first, or choose a type that takes them.",
    )


def test_what_is_pending_counts_once_the_column_beside_is_gone(url: str) -> None:
    before, after = items(a("x")), items(a("x", "DateTimeOffset"))
    filled(url, before, {"Items": [{"id": "a", "x": "2024-02-29T00:00:00Z"}]})
    with opened(url, after) as store:
        driver, connection = store.driver, store.connection()
        connection.execute("ALTER TABLE Items ADD COLUMN `odata-shadow-1` TEXT")
        write_pending(driver, connection, "Items", planned(store).migration.conversions)
        assert read_record(driver, connection)["Items"]["x"] == TypeRef("Edm.String")
        connection.execute("ALTER TABLE Items DROP COLUMN `odata-shadow-1`")
        assert read_record(driver, connection)["Items"]["x"] == TypeRef("Edm.DateTimeOffset")
        connection.execute("ALTER TABLE Items ADD COLUMN `odata-shadow-1` TEXT")
        settle_pending(driver, connection)
        assert read_record(driver, connection)["Items"]["x"] == TypeRef("Edm.String")
    migrated(url, after)
    assert entities(url, after, "Items") == [{"id": "a", "x": "2024-02-29T00:00:00Z"}]


def test_an_index_of_others_over_a_converted_column_is_not_lost(url: str) -> None:
    filled(url, items(a("x"), a("y")), {"Items": [{"id": "a", "x": "1", "y": "2"}]})
    with opened(url, items()) as store:
        store.connection().execute("CREATE UNIQUE INDEX theirs ON Items (y(9), x(9))")
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, items(a("x", "Int32"), a("y")))
    assert caught.value.differences == (
        "Index 'theirs' of table 'Items', which somebody made, would lose x. Drop it first.",
    )
