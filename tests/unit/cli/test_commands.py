import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from odata_service.cli import main
from odata_service.cli.main import COMMANDS
from tests.models import METADATA, PARTNERS


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def test_the_help_tells_of_every_command_without_importing_one() -> None:
    script = """if True:
        import sys
        from odata_service.cli import main
        main(["--help"], standalone_mode=False)
        print([name for name in sys.modules if name.startswith("odata_service.cli.")])
    """
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert all(f"  {name} " in said for name in COMMANDS)
    assert said.endswith("['odata_service.cli.main']\n")


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_that_the_help_tells_of_is_there(name: str) -> None:
    assert CliRunner().invoke(main, [name, "--help"]).exit_code == 0


def test_metadata_prints_the_document() -> None:
    result = run("metadata", str(METADATA))
    assert result.exit_code == 0
    assert result.stdout.encode() == (METADATA / "metadata.xml").read_bytes()


def test_metadata_goes_into_a_file_and_into_json(tmp_path: Path) -> None:
    output = tmp_path / "m.json"
    assert run("metadata", str(METADATA), "--format", "json", "--output", str(output)).exit_code == 0
    assert output.read_text("utf-8").startswith('{\n  "$Version": "4.01"')
    assert 'Version="4.01"' in run("metadata", str(METADATA), "--odata-version", "4.01").stdout


def test_check_is_silent_about_a_good_definition() -> None:
    assert (run("check", str(METADATA), "--strict").exit_code, run("check", str(METADATA)).stdout) == (0, "")


def broken(tmp_path: Path, change: tuple[str, str]) -> Path:
    page = tmp_path / "customer.md"
    page.write_text((METADATA / "customer.md").read_text("utf-8").replace(*change), "utf-8")
    return page


def test_check_tells_a_warning_with_its_line_and_counts_it_when_strict(tmp_path: Path) -> None:
    page = broken(tmp_path, ("|contractType|Int32|", "|contractType|String|"))
    result = run("check", str(page))
    assert result.exit_code == 0
    assert f"{page}:" in result.stdout
    assert ": warning: " in result.stdout
    assert run("check", str(page), "--strict").exit_code == 1


@pytest.mark.parametrize("command", ["check", "metadata", "serve"])
def test_a_source_that_is_not_there_ends_with_one_and_its_name(command: str) -> None:
    result = run(command, "nothing.md")
    assert result.exit_code == 1
    assert "nothing.md:1: error:" in result.output


@pytest.mark.parametrize("arguments", [("metadata",), ("metadata", "x", "--format", "yaml"), ("nothing",)])
def test_wrong_usage_ends_with_two(arguments: tuple[str, ...]) -> None:
    assert run(*arguments).exit_code == 2


def test_load_reports_rows_and_rejects(tmp_path: Path) -> None:
    data = tmp_path / "Customers.csv"
    data.write_text("id,contractType\na,1\nb,x\n")
    database = f"sqlite:///{tmp_path / 'x.db'}"
    result = run("load", str(METADATA), "--data", str(data), "--database", database)
    assert result.exit_code == 1
    assert "1 rows in" in result.stdout
    assert f"{data}:3: 'contractType': 'x' is not an Edm.Int32" in result.stderr
    assert run("load", str(METADATA), "--data", str(data), "--database", database, "--atomic").exit_code == 1
    data.write_text("id,contractType\na,1\nb,2\n")
    assert run("load", str(METADATA), "--data", str(data), "--database", database).exit_code == 0


def test_export_writes_what_load_reads(tmp_path: Path) -> None:
    database, data, output = f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "Customers.csv", tmp_path / "out.jsonl"
    data.write_text("id,contractType\na,1\nb,2\n")
    run("load", str(METADATA), "--data", str(data), "--database", database)
    asked = ("export", str(METADATA), "Customers", "--database", database, "--query", "$select=id,contractType")
    result = run(*asked)
    assert (result.exit_code, result.stdout) == (0, "contractType,id\n1,a\n2,b\n")
    assert run(*asked, "--output", str(output)).stdout == f"2 rows in {output}\n"
    assert [json.loads(line)["id"] for line in output.read_text().splitlines()] == ["a", "b"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("Customers",), 1, "there is no such database."),
        ((), 2, "A source and an entity set are needed."),
        (("Customers", "--format", "xml"), 2, "'xml' is not one of"),
    ],
    ids=["database", "set", "format"],
)
def test_export_says_what_is_missing(tmp_path: Path, arguments: tuple[str, ...], code: int, message: str) -> None:
    result = run("export", str(METADATA), *arguments, "--database", f"sqlite:///{tmp_path / 'none.db'}")
    assert (result.exit_code, list(tmp_path.iterdir())) == (code, [])
    assert message in result.stderr


def test_an_export_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    database, output = f"sqlite:///{tmp_path / 'x.db'}", tmp_path / "out.csv"
    output.write_text("before")
    run("migrate", str(METADATA), "--database", database)
    asked = ("export", str(METADATA), "Customers", "--database", database, "--output", str(output))
    result = run(*asked, "--query", "$filter=idd eq 'a'")
    assert (result.exit_code, output.read_text()) == (1, "before")
    assert "Did you mean 'id'?" in result.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no disk that is always full")
@pytest.mark.parametrize("arguments", [("metadata", str(METADATA)), ("--help",)], ids=["document", "help"])
def test_what_is_printed_to_a_full_disk_ends_with_one_line(arguments: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "odata_service", *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "standard output:1: No space left on device.\n")


def test_explain_shows_every_stage(tmp_path: Path) -> None:
    result = run("explain", str(PARTNERS), "Customers?$filter=contains(name,'x')&$expand=partner")
    assert result.exit_code == 0
    for title in ("Syntax tree", "Typed tree", "Plan", "SQL", "Query plan"):
        assert f"{title}\n" in result.stdout
    assert "LEFT OUTER JOIN" in result.stdout
    wrong = run("explain", str(PARTNERS), "Customers?$filter=nme eq 'x'")
    assert wrong.exit_code == 1
    assert "Did you mean 'name'?" in wrong.stderr


def test_options_come_from_a_file_and_the_environment_and_the_line_wins(tmp_path: Path) -> None:
    config = tmp_path / "c.toml"
    config.write_text('format = "json"\n')
    assert run("metadata", str(METADATA), "--config", str(config)).stdout.startswith("{")
    environment = {"ODATA_SERVICE_FORMAT": "json"}
    assert run("metadata", str(METADATA), **environment).stdout.startswith("{")
    assert run("metadata", str(METADATA), "--format", "xml", **environment).stdout.startswith("<?xml")


@pytest.mark.parametrize(("text", "said"), [("nothing = 1", "'nothing' is not an option"), ("[", "c.toml:1:")])
def test_a_wrong_configuration_file_is_told(tmp_path: Path, text: str, said: str) -> None:
    config = tmp_path / "c.toml"
    config.write_text(text)
    result = run("metadata", str(METADATA), "--config", str(config))
    assert (result.exit_code, said in result.stderr) == (2, True)


def test_a_database_that_does_not_fit_is_told_difference_by_difference(tmp_path: Path) -> None:
    path = tmp_path / "x.db"
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE Customers (id INTEGER PRIMARY KEY, extra TEXT NOT NULL)")
    data = tmp_path / "Customers.csv"
    data.write_text("id\na\n")
    result = run("load", str(METADATA), "--data", str(data), "--database", f"sqlite:///{path}")
    assert result.exit_code == 1
    for said in ("'Customers.id' is INTEGER", "has no column 'displayName'", "'Customers.extra' is NOT NULL"):
        assert said in result.stderr


def test_a_database_url_that_is_not_understood_is_told(tmp_path: Path) -> None:
    data = tmp_path / "Customers.csv"
    data.write_text("id\na\n")
    result = run("load", str(METADATA), "--data", str(data), "--database", "oracle://x")
    assert (result.exit_code, "sqlite:///file.db" in result.stderr) == (2, True)


@pytest.mark.parametrize(
    "arguments",
    [("serve",), ("load", "--data", "rows"), ("explain", "Customers")],
    ids=lambda arguments: arguments[0],
)
def test_a_timezone_that_is_none_is_wrong_usage(arguments: tuple[str, ...]) -> None:
    result = run(arguments[0], str(METADATA), *arguments[1:], "--timezone", "Europe/Berln")
    assert result.exit_code == 2
    assert "'Europe/Berln' is no time zone. Did you mean 'Europe/Berlin'?" in result.stderr


def test_an_origin_is_a_scheme_and_a_host() -> None:
    result = run("serve", str(METADATA), "--cors-origin", "https://app.example/page")
    assert result.exit_code == 2
    assert "'https://app.example/page' is no origin. Write https://host or https://host:port, or *." in " ".join(
        result.stderr.split()
    )
