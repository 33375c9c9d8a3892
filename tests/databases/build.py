"""SQLite files made from the scripts beside this module."""

import sqlite3
from contextlib import closing
from pathlib import Path

HERE = Path(__file__).parent


def build(name: str, directory: Path) -> Path:
    """The file `<name>.db` in a directory, made by `<name>.sql`."""
    return from_script((HERE / f"{name}.sql").read_text("utf-8"), directory / f"{name}.db")


def from_script(script: str, path: Path) -> Path:
    """A file made by a script."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(script)
    return path
