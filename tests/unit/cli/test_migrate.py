import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from odata_service.cli import main

MODEL = """<edmx:Edmx xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx" Version="4.0"><edmx:DataServices>
<Schema xmlns="http://docs.oasis-open.org/odata/ns/edm" Namespace="shop">
<EntityType Name="Item"><Key><PropertyRef Name="id"/></Key><Property Name="id" Type="Edm.String" Nullable="false"/>
{properties}</EntityType>
<EntityContainer Name="Container"><EntitySet Name="Items" EntityType="shop.Item"/></EntityContainer>
</Schema></edmx:DataServices></edmx:Edmx>"""
SIZE = '<Property Name="size" Type="{type}"/>'
RENAMED = """<Property Name="length" Type="Edm.Int32">
<Annotation Term="odata.service.Storage.V1.FormerName" String="size"/></Property>"""


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, arguments)


def model(directory: Path, properties: str = "") -> str:
    path = directory / "model.xml"
    path.write_text(MODEL.format(properties=properties), "utf-8")
    return str(path)


@pytest.fixture(autouse=True)
def untracked(monkeypatch: pytest.MonkeyPatch) -> None:
    """No logs of changes among the steps, where a test does not ask for them."""
    monkeypatch.setenv("ODATA_SERVICE_TRACK_CHANGES", "false")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with two items, one of which has a size that is no number."""
    path = tmp_path / "shop.db"
    assert run("migrate", model(tmp_path, SIZE.format(type="Edm.String")), "--database", str(path)).exit_code == 0
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("INSERT INTO Items (id, size) VALUES ('a', '1'), ('b', 'large')")
    return path


def test_a_database_is_made_and_then_there_is_nothing_to_do(tmp_path: Path) -> None:
    arguments = ("migrate", model(tmp_path), "--database", str(tmp_path / "x.db"))
    first, second = run(*arguments), run(*arguments)
    assert (first.exit_code, first.stdout) == (0, "make table 'odata-state'\nmake table 'Items'\n")
    fits = f"Nothing to do: the tables in {tmp_path / 'x.db'} fit the definition.\n"
    assert (second.exit_code, second.stdout) == (0, fits)


def test_a_dry_run_prints_statements_and_changes_nothing(tmp_path: Path, database: Path) -> None:
    before = database.read_bytes()
    definition = model(tmp_path, SIZE.format(type="Edm.String") + '<Property Name="note" Type="Edm.String"/>')
    result = run("migrate", definition, "--database", str(database), "--dry-run")
    assert (result.exit_code, result.stdout) == (
        0,
        "-- add column 'note' to table 'Items'\nALTER TABLE \"Items\" ADD COLUMN \"note\" TEXT;\n",
    )
    assert database.read_bytes() == before
    assert run("migrate", definition, "--database", str(database)).stdout == "add column 'note' to table 'Items'\n"
    again = run("migrate", definition, "--database", str(database), "--dry-run")
    assert again.stdout == "-- Nothing to do: the tables fit the definition.\n"


def test_a_dry_run_makes_no_file(tmp_path: Path) -> None:
    result = run("migrate", model(tmp_path), "--database", str(tmp_path / "x.db"), "--dry-run")
    assert result.exit_code == 0
    assert not (tmp_path / "x.db").exists()


def test_a_refusal_ends_with_one_and_says_what_to_do(tmp_path: Path, database: Path) -> None:
    result = run("migrate", model(tmp_path, SIZE.format(type="Edm.Int32")), "--database", str(database))
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == (
        f"The tables in {database} cannot be brought to the definition; nothing was changed:\n"
        "  1 value of column 'Items.size' does not fit Edm.Int32: the first is ('b'): 'large' is not an Edm.Int32. "
        "Write digits, with a sign where it is negative. Correct them first, or choose a type that takes them.\n"
    )


def test_a_rename_is_stated_in_the_definition(tmp_path: Path, database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE Items SET size = '2' WHERE id = 'b'")
    result = run("migrate", model(tmp_path, RENAMED), "--database", str(database))
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (
        0,
        "rename column 'size' of table 'Items' to 'length'",
    )
    with closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT id, length FROM Items ORDER BY id").fetchall() == [("a", 1), ("b", 2)]


def test_what_is_left_over_is_told_and_dropped_only_where_that_is_allowed(tmp_path: Path, database: Path) -> None:
    arguments = ("migrate", model(tmp_path), "--database", str(database))
    left = "Column 'Items.size' is left over; --allow-drop drops it.\n"
    assert run(*arguments).stdout == left + f"Nothing to do: the tables in {database} fit the definition.\n"
    assert (
        run(*arguments, "--allow-drop", "--dry-run").stdout.splitlines()[-1]
        == "-- 2 values go with column 'Items.size'."
    )
    dropped = run(*arguments, "--allow-drop")
    assert dropped.stdout == "drop column 'size' of table 'Items'\n2 values go with column 'Items.size'.\n"


def test_a_database_that_does_not_fit_is_named_with_the_command_that_helps(tmp_path: Path, database: Path) -> None:
    result = run("load", model(tmp_path, RENAMED), "--database", str(database), "--data", str(tmp_path))
    assert result.exit_code == 1
    assert result.stderr.splitlines()[-1].strip().startswith("Run `odata-service migrate` with this definition")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["--database", "nothing:x"], 2), (["--no-such-option"], 2), (["--database", "/dev/null/x.db"], 1)],
)
def test_wrong_usage_ends_with_two_and_a_database_out_of_reach_with_one(
    tmp_path: Path, arguments: list[str], code: int
) -> None:
    result = run("migrate", model(tmp_path), *arguments)
    assert result.exit_code == code
    assert "Traceback" not in result.output


@pytest.mark.parametrize("command", ["migrate", "serve"])
def test_a_file_that_is_no_database_is_told_in_one_line(tmp_path: Path, command: str) -> None:
    path = tmp_path / "x.db"
    path.write_bytes(b"no database at all " * 10)
    result = run(command, model(tmp_path), "--database", str(path))
    assert result.exit_code == 1
    expected = f"{path}: The database cannot be used at present. It says: file is not a database.\n"
    assert (result.stdout, result.stderr) == ("", expected)


def test_a_state_that_is_out_of_reach_is_told_by_its_own_name(tmp_path: Path) -> None:
    state = tmp_path / "state.db"
    state.write_bytes(b"no database at all " * 10)
    arguments = ("--database", str(tmp_path / "x.db"), "--state", f"sqlite:///{state}")
    result = run("serve", model(tmp_path), *arguments)
    assert result.exit_code == 1
    assert result.output == f"{state}: The database cannot be used at present. It says: file is not a database.\n"


def test_indexes_of_texts_come_and_go_with_their_option(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ("migrate", model(tmp_path, SIZE.format(type="Edm.String")), "--database", str(database))
    before = database.read_bytes()
    dry = run(*arguments, "--search-index", "--dry-run")
    assert (dry.exit_code, database.read_bytes()) == (0, before)
    assert dry.stdout.startswith("-- make index of texts 'Items-search-")
    assert "USING fts5(c0, c1, content='', tokenize='trigram', detail=none, columnsize=0);" in dry.stdout
    (tmp_path / "options.toml").write_text("search-index = true")
    made = run(*arguments, "--config", str(tmp_path / "options.toml"))
    assert made.stdout.splitlines()[0].startswith("make index of texts 'Items-search-")
    monkeypatch.setenv("ODATA_SERVICE_SEARCH_INDEX", "true")
    assert run(*arguments).stdout.startswith("Nothing to do")
    monkeypatch.delenv("ODATA_SERVICE_SEARCH_INDEX")
    assert run(*arguments).stdout.startswith("drop index of texts 'Items-search-")


def test_logs_of_changes_come_and_go_with_their_option(
    tmp_path: Path, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ODATA_SERVICE_TRACK_CHANGES")
    arguments = ("migrate", model(tmp_path, SIZE.format(type="Edm.String")), "--database", str(database))
    before = database.read_bytes()
    dry = run(*arguments, "--dry-run")
    assert (dry.exit_code, database.read_bytes()) == (0, before)
    assert dry.stdout.startswith("-- make log of changes 'Items-changes-")
    assert run(*arguments).stdout.startswith("make log of changes 'Items-changes-")
    assert run(*arguments).stdout.startswith("Nothing to do")
    assert run(*arguments, "--no-track-changes").stdout.startswith("drop log of changes 'Items-changes-")
