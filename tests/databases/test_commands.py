"""Commands on databases: nothing but the file's name is needed; what cannot be read is one clear line."""

import os
import sqlite3
import stat
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from odata_service.cli import main
from tests.asking import ask
from tests.databases.asking import service_over
from tests.databases.build import build, from_script

_NOBODY = 65_534


@pytest.fixture
def chinook(tmp_path: Path) -> Path:
    return build("chinook", tmp_path)


def run(*arguments: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    return result.exit_code, result.output


@contextmanager
def unprivileged() -> Iterator[None]:
    """Without the rights of the superuser, who may write everything."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_check_finds_nothing_to_say_about_a_good_database(chinook: Path) -> None:
    assert run("check", "--strict", chinook) == (0, "")


def test_metadata_is_printed(chinook: Path) -> None:
    code, output = run("metadata", chinook)
    assert code == 0
    assert '<EntitySet Name="Invoice" EntityType="chinook.Invoice">' in output
    assert "Storage" not in output


def test_metadata_in_a_file_says_where_entities_are_kept(chinook: Path) -> None:
    target = chinook.with_suffix(".xml")
    assert run("metadata", chinook, "--output", target) == (0, "")
    assert 'Term="odata.service.Storage.V1.Table" String="Invoice"' in target.read_text("utf-8")


def test_a_written_document_is_written_again_as_it_is(chinook: Path) -> None:
    first, second = chinook.with_suffix(".xml"), chinook.with_suffix(".again.xml")
    run("metadata", chinook, "--output", first)
    assert run("metadata", first, "--output", second) == (0, "")
    assert second.read_bytes() == first.read_bytes()


def test_the_document_of_a_link_table_with_payload_has_nothing_to_be_warned_of(tmp_path: Path) -> None:
    file, document = tmp_path / "links.db", tmp_path / "links.xml"
    with closing(sqlite3.connect(file)) as writing, writing:
        writing.executescript(
            "CREATE TABLE people (id INTEGER PRIMARY KEY); CREATE TABLE teams (id INTEGER PRIMARY KEY);"
            "CREATE TABLE members (person INT REFERENCES people, team INT REFERENCES teams, role TEXT,"
            " PRIMARY KEY (person, team));"
        )
    run("metadata", file, "--output", document)
    assert run("check", "--strict", document) == (0, "")


def test_explain_speaks_of_the_file_s_own_tables(chinook: Path) -> None:
    code, output = run("explain", chinook, "Invoice?$filter=CustomerId eq 2")
    assert code == 0
    assert 'FROM "Invoice" AS "t0" WHERE' in output


def test_rows_are_loaded_into_the_file(chinook: Path) -> None:
    rows = chinook.parent / "Genre.csv"
    rows.write_text("GenreId,Name\n2,Volk\n9,Jazz\n", "utf-8")
    code, output = run("load", chinook, "--data", rows)
    assert (code, "2 rows" in output) == (0, True)
    with closing(sqlite3.connect(chinook)) as connection:
        assert connection.execute("SELECT * FROM Genre").fetchall() == [(1, "Rock"), (2, "Volk"), (9, "Jazz")]


def test_rows_without_a_key_get_the_one_that_the_database_makes(tmp_path: Path) -> None:
    quirks = build("quirks", tmp_path)
    (tmp_path / "people.csv").write_text("name,shown,born\nZoe,ignored,1999-01-01\n", "utf-8")
    (tmp_path / "log.csv").write_text("at,line\n2024-05-06T00:00:00Z,new\n", "utf-8")
    code, output = run("load", quirks, "--data", tmp_path / "people.csv", "--data", tmp_path / "log.csv")
    assert (code, "2 rows" in output) == (0, True)
    with closing(sqlite3.connect(quirks)) as connection:
        assert connection.execute("SELECT person_id, shown FROM people WHERE name = 'Zoe'").fetchall() == [(3, "ZOE")]
        assert connection.execute("SELECT at FROM log WHERE line = 'new'").fetchall() == [("2024-05-06 00:00:00",)]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.db", None, "There is no such file."),
        ("text.db", b"This is plain text, and long enough to be one.", "This is no SQLite database, or it is damaged."),
        ("empty.db", b"", "The database has no table yet. Make its tables first."),
    ],
)
@pytest.mark.parametrize("command", ["check", "serve"])
def test_what_is_no_database_is_one_clear_line(
    command: str, name: str, content: bytes | None, message: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    assert run(command, path) == (1, f"{path}:1: error: {message}\n")


def test_a_locked_database_is_one_clear_line(chinook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["odata_service.database.connections"], "BUSY_SECONDS", 0)
    with closing(sqlite3.connect(chinook, isolation_level=None)) as connection:
        connection.execute("BEGIN EXCLUSIVE")
        code, output = run("check", chinook)
    message = "The database is locked by another program. Try again when that has ended."
    assert (code, output) == (1, f"{chinook}:1: error: {message}\n")


def test_two_databases_are_one_too_many(chinook: Path, tmp_path: Path) -> None:
    other = from_script("CREATE TABLE other (id INTEGER PRIMARY KEY)", tmp_path / "other.db")
    message = f"One database is served at a time, and '{chinook}' is one already."
    assert run("check", chinook, other) == (1, f"{other}:1: error: {message}\n")


def test_an_unknown_kind_of_database_is_named() -> None:
    code, output = run("check", "oracle://user:secret@host/name")
    assert code == 1
    assert output.startswith("oracle://host/name:1: error: The database URL 'oracle:…' is not understood.")


def test_a_table_that_is_gone_since_the_document_was_written_is_named(chinook: Path) -> None:
    document = chinook.with_suffix(".xml")
    run("metadata", chinook, "--output", document)
    with closing(sqlite3.connect(chinook)) as connection:
        connection.executescript("DROP TABLE InvoiceLine; ALTER TABLE Genre RENAME COLUMN Name TO Title")
    code, output = run("load", document, "--database", chinook, "--data", chinook)
    assert code == 1
    assert "There is no table or view 'InvoiceLine', which the definition says exists." in output
    assert "Table 'Genre' has no column 'Name'." in output


@pytest.mark.parametrize("journal_mode", ["delete", "wal"])
def test_a_file_that_can_only_be_read_is_served_read_only(journal_mode: str, chinook: Path) -> None:
    with closing(sqlite3.connect(chinook)) as connection:
        connection.execute(f"PRAGMA journal_mode = {journal_mode}")
    for folder in chinook.parents:
        if not folder.stat().st_mode & stat.S_IXOTH:
            folder.chmod(0o755)
    chinook.chmod(0o444)
    chinook.parent.chmod(0o555)
    before = chinook.read_bytes()
    try:
        with unprivileged(), service_over(chinook) as shop:
            first = ask(shop, "GET", "Artist", prefer="odata.maxpagesize=2").json
            rest = ask(shop, "GET", first["@odata.nextLink"].removeprefix("http://host/"))
            assert rest.column("ArtistId") == [3]
            refused = ask(shop, "POST", "Artist", {"Name": "New"})
            assert (refused.status, refused.headers["Allow"]) == (405, "GET, HEAD")
    finally:
        chinook.parent.chmod(0o755)
    assert chinook.read_bytes() == before
