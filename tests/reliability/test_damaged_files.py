"""Files that are no database, or a part of one: every command ends with one line, and leaves them as they are."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from odata_service.cli import main
from tests.models import METADATA


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A database with some hundred kilobytes of rows."""
    path = tmp_path_factory.mktemp("whole") / "x.db"
    url = f"sqlite:///{path}"
    CliRunner().invoke(main, ["load", str(METADATA), "--data", str(METADATA / "data"), "--database", url])
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path.read_bytes()


def spoilt_record(content: bytes) -> bytes:
    place = content.index(b'{"Customers"')
    return content[:place] + b"\xff" + content[place + 1 :]


DAMAGES: dict[str, tuple[Callable[[bytes], bytes], str]] = {
    "half": (lambda content: content[: len(content) // 2], "database disk image is malformed"),
    "one page": (lambda content: content[:4_096], "database disk image is malformed"),
    "ten bytes": (lambda content: content[:10], "file is not a database"),
    "zeros": (lambda _: bytes(8_192), "file is not a database"),
    "text": (lambda _: b"id,displayName\n" * 1_000, "file is not a database"),
    "later version": (lambda content: content[:18] + b"\x09\x09" + content[20:], "file is not a database"),
    "record": (spoilt_record, "invalid start byte"),
}


@pytest.mark.parametrize(
    "command",
    [
        ("serve", "--port", "0"),
        ("load", "--data", str(METADATA / "data")),
        ("migrate",),
        ("explain", "Customers"),
        ("export", "Customers"),
    ],
    ids=lambda command: command[0],
)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_file_ends_the_command_with_one_line(
    tmp_path: Path, whole: bytes, damage: str, command: tuple[str, ...]
) -> None:
    file = tmp_path / "x.db"
    spoil, said = DAMAGES[damage]
    content = spoil(whole)
    file.write_bytes(content)
    name, *options = command
    result = CliRunner().invoke(main, [name, str(METADATA), *options, "--database", f"sqlite:///{file}"])
    assert (result.exit_code, result.stdout) == (1, "")
    [line] = result.stderr.splitlines()
    assert line.startswith(f"{file}: ")
    assert line.endswith(f"It says: {said}.")
    assert file.read_bytes() == content
