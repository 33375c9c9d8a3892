"""Tables of SQLite that are copied: what others hang on them holds, or the migration is refused."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from odata_service.errors import MigrationFailed, StorageMismatch
from odata_service.storage.driver import Row
from tests.migrating import Kind, a, entities, filled, items, migrated, opened, place, schema_of

BEFORE = items(a("size"), a("name"))
AFTER = items(a("size", "Int32"), a("title", former="name"))
Run = Callable[[str], list[Row]]


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with place("sqlite", tmp_path) as made:
        filled(made, BEFORE, {"Items": [{"id": "a", "size": "1", "name": "x"}]})
        yield made


@pytest.fixture
def run(url: str) -> Run:
    """Runs a statement on the database."""

    def statement(text: str) -> list[Row]:
        with opened(url, BEFORE) as store:
            return store.connection().execute(text).fetchall()

    return statement


def test_a_copy_has_no_row_numbers_either(url: str, run: Run) -> None:
    migrated(url, AFTER)
    assert run("SELECT wr FROM pragma_table_list WHERE name = 'Items'") == [(1,)]


def test_views_are_made_again_and_speak_of_renamed_columns(url: str, run: Run) -> None:
    run("CREATE VIEW names AS SELECT id, name AS said FROM Items")
    run("CREATE VIEW first AS SELECT * FROM names LIMIT 1")
    migrated(url, AFTER)
    assert run("SELECT id, said FROM first") == [("a", "x")]


def test_triggers_are_made_again_and_fire(url: str, run: Run) -> None:
    run("CREATE TABLE log (name TEXT)")
    run("CREATE TRIGGER note AFTER INSERT ON Items BEGIN INSERT INTO log VALUES (new.name); END")
    migrated(url, AFTER)
    filled(url, AFTER, {"Items": [{"id": "b", "title": "y"}]})
    assert run("SELECT name FROM log") == [("y",)]


def test_indexes_of_others_are_made_again(url: str, run: Run) -> None:
    run("CREATE UNIQUE INDEX theirs ON Items (lower(name)) WHERE name <> ''")
    migrated(url, AFTER)
    statement = 'CREATE UNIQUE INDEX theirs ON Items (lower("title")) WHERE "title" <> \'\''
    assert run("SELECT sql FROM sqlite_schema WHERE name = 'theirs'") == [(statement,)]


def test_a_view_of_a_dropped_column_stops_the_migration(url: str, run: Run) -> None:
    run("CREATE VIEW names AS SELECT name FROM Items")
    with pytest.raises(MigrationFailed, match=r"error in view names.*no such column: name\. Nothing was changed\."):
        migrated(url, items(a("size")), allow_drop=True)
    assert run("SELECT name FROM names") == [("x",)]


def test_a_view_that_does_not_hold_on_the_copy_stops_the_migration(url: str, run: Run) -> None:
    run("CREATE VIEW names AS SELECT name FROM Items")
    with pytest.raises(MigrationFailed, match=r"see that view 'names' holds.*no such column: name"):
        migrated(url, items(a("size", "Int32")), allow_drop=True)
    assert run("SELECT name FROM names") == [("x",)]


def test_a_trigger_that_does_not_hold_on_the_copy_stops_the_migration(url: str, run: Run) -> None:
    run("CREATE TABLE log (name TEXT)")
    run("CREATE TRIGGER note AFTER DELETE ON Items BEGIN INSERT INTO log VALUES (old.name); END")
    with pytest.raises(MigrationFailed, match=r"see that the triggers .* hold.*no such column: old\.name"):
        migrated(url, items(a("size", "Int32")), allow_drop=True)


def test_what_a_copy_would_lose_is_named(url: str, run: Run) -> None:
    run("DROP TABLE Items")
    run(
        "CREATE TABLE Items (id TEXT NOT NULL, size TEXT CHECK (size <> ''), name TEXT COLLATE NOCASE UNIQUE, "
        '"odata-version" INTEGER NOT NULL DEFAULT 1, PRIMARY KEY (id)) WITHOUT ROWID'
    )
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, AFTER)
    assert caught.value.differences == (
        "Table 'Items' has to be made anew, and somebody gave it what would be lost: CHECK (size <> ''), "
        "COLLATE NOCASE of 'name', UNIQUE (name). Take that out first.",
    )


def test_foreign_keys_of_others_go_on_to_hold(url: str, run: Run) -> None:
    run("CREATE TABLE theirs (item TEXT REFERENCES Items (id))")
    run("INSERT INTO theirs VALUES ('a')")
    migrated(url, AFTER)
    assert run("PRAGMA foreign_key_check") == []
    assert run('SELECT "table", "to" FROM pragma_foreign_key_list(\'theirs\')') == [("Items", "id")]


def test_rows_of_others_that_would_refer_to_nothing_stop_the_migration(url: str, run: Run) -> None:
    run("CREATE TABLE theirs (item TEXT REFERENCES Items (id))")
    run("INSERT INTO theirs VALUES ('a')")
    with pytest.raises(StorageMismatch) as caught:
        migrated(url, schema_of(Kind("Others", (a("id!"),))), allow_drop=True)
    assert caught.value.differences == (
        "1 row of table 'theirs' would refer to rows of 'Items' that are not there any longer. "
        "Remove the foreign key first.",
    )
    assert entities(url, BEFORE, "Items") == [{"id": "a", "size": "1", "name": "x"}]


def test_all_is_there_behind_a_copy(url: str) -> None:
    migrated(url, AFTER)
    assert entities(url, AFTER, "Items") == [{"id": "a", "size": 1, "title": "x"}]
