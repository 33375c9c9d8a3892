"""What is particular to migrations of MariaDB: texts of a key have a length, and what a failed run leaves is known."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from odata_service.edm.annotations import INDEX, Annotation
from odata_service.edm.model import NavigationProperty, Property, Schema
from odata_service.edm.types import TypeRef
from odata_service.errors import StorageMismatch
from odata_service.storage.migrate import planned
from odata_service.storage.state import read_record, settle_pending, write_pending
from tests.migrating import Kind, a, entities, filled, items, migrated, opened, place, schema_of


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


def with_index(name: str, max_length: int | None) -> Property:
    """A text with an index."""
    return replace(a(name, max_length=max_length), annotations=(Annotation(INDEX),))


def declared(url: str, schema: Schema, table: str = "Items") -> dict[str, str]:
    """The types of a table's columns in the database."""
    with opened(url, schema) as store:
        rows = store.connection().execute(f"SHOW COLUMNS FROM `{table}`").fetchall()
        return {str(row[0]): str(row[1]) for row in rows}


def indexed(url: str, schema: Schema, table: str = "Items") -> dict[str, list[tuple[str, int | None]]]:
    """The columns of a table's indexes, and how many characters of each they have, None where they have it whole."""
    with opened(url, schema) as store:
        found: dict[str, list[tuple[str, int | None]]] = {}
        for row in store.connection().execute(f"SHOW INDEX FROM `{table}`").fetchall():
            assert row[7] is None or isinstance(row[7], int)
            found.setdefault(str(row[2]), []).append((str(row[4]), row[7]))
        return found


def test_texts_of_a_stated_length_have_it_in_the_database(url: str) -> None:
    schema = items(a("word", max_length=20), a("line", max_length=300), a("page", max_length=769), a("text"))
    filled(url, schema, {"Items": [{"id": "a", "word": "ä" * 20, "line": "😀" * 300}]})
    assert declared(url, schema) == {
        "id": "varchar(255)",
        "word": "varchar(64)",
        "line": "varchar(300)",
        "page": "longtext",
        "text": "longtext",
        "odata-version": "bigint(20)",
    }


def test_an_index_holds_texts_of_a_stated_length_whole(url: str) -> None:
    schema = items(with_index("word", 20), with_index("line", 500), with_index("text", None))
    filled(url, schema, {"Items": [{"id": "a", "word": "x", "line": "y", "text": "z"}]})
    assert indexed(url, schema) == {
        "PRIMARY": [("id", None)],
        "Items-word": [("word", None), ("id", None)],
        "Items-line": [("line", None), ("id", None)],
        "Items-text": [("text", 255), ("id", None)],
    }


def test_parts_of_a_key_that_state_their_length_share_what_there_is(url: str) -> None:
    schema = items(a("line!", max_length=400), key=("line",))
    long = "😀" * 400
    filled(url, schema, {"Items": [{"id": "a", "line": long}, {"id": "b", "line": long[:-1] + "x"}]})
    assert declared(url, schema)["line"] == "varchar(400)"
    assert [entity["id"] for entity in entities(url, schema, "Items", "?$orderby=line")] == ["b", "a"]


def test_many_texts_of_a_stated_length_fit_into_a_row(url: str) -> None:
    schema = items(*(a(f"p{number}", max_length=700) for number in range(60)))
    filled(url, schema, {"Items": [{"id": "a", **{f"p{number}": "😀" * 700 for number in range(60)}}]})
    types = list(declared(url, schema).values())
    assert (types.count("varchar(700)"), types.count("longtext")) == (11, 49)


def test_many_short_texts_fit_into_a_row(url: str) -> None:
    schema = items(*(a(f"p{number}", max_length=60) for number in range(150)))
    filled(url, schema, {"Items": [{"id": "a", **{f"p{number}": "😀" * 60 for number in range(150)}}]})
    assert len(entities(url, schema, "Items")) == 1


def test_a_longer_text_gets_its_room_and_a_shorter_one_keeps_it(url: str) -> None:
    short, longer, unbounded = (items(with_index("x", length)) for length in (70, 90, None))
    filled(url, short, {"Items": [{"id": "a", "x": "x" * 70}, {"id": "b", "x": "y"}]})
    said, _ = migrated(url, longer)
    assert "drop index 'Items-x'" in said
    assert "let column 'Items.x' be Edm.String and null" in said
    assert (declared(url, longer)["x"], indexed(url, longer)["Items-x"][0]) == ("varchar(90)", ("x", None))
    migrated(url, unbounded)
    assert (declared(url, unbounded)["x"], indexed(url, unbounded)["Items-x"][0]) == ("longtext", ("x", 255))
    migrated(url, longer)
    assert (declared(url, longer)["x"], indexed(url, longer)["Items-x"][0]) == ("longtext", ("x", 255))
    assert [entity["x"] for entity in entities(url, longer, "Items")] == ["x" * 70, "y"]


def test_a_shorter_text_is_refused_where_one_is_longer(url: str) -> None:
    filled(url, items(a("x", max_length=90)), {"Items": [{"id": "a", "x": "x" * 80}]})
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, items(a("x", max_length=70)))
    assert caught.value.differences[0].startswith("1 value of column 'Items.x' does not fit")


def test_tables_that_were_made_without_lengths_go_on_as_they_are(url: str) -> None:
    schema = items(with_index("x", 70), a("y", max_length=20))
    filled(url, schema, {"Items": [{"id": "a", "x": "x", "y": "y"}]})
    with opened(url, schema) as store:
        connection = store.connection()
        connection.execute("ALTER TABLE Items DROP INDEX `Items-x`")
        for name in ("x", "y"):
            connection.execute(
                f"ALTER TABLE Items MODIFY {name} LONGTEXT CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin"
            )
    with opened(url, schema) as store:
        store.create()
    assert indexed(url, schema)["Items-x"] == [("x", 70), ("id", None)]
    assert declared(url, schema)["y"] == "longtext"


def test_references_are_as_long_as_keys(url: str) -> None:
    shop = schema_of(
        Kind("Items", (a("id!"),), navigation=(NavigationProperty("maker", "shop.Makers"),)),
        Kind("Makers", (a("id!", max_length=30),)),
    )
    with opened(url, shop) as store:
        store.create()
    assert declared(url, shop)["maker-id"] == "varchar(64)"
