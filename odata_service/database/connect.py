"""A database URL becomes a peewee database: pragmas, registered functions, one connection a thread.

SQLite runs with full synchronisation, and the store turns WAL mode on where the tables are this package's own: what was
committed survives a killed process and a power cut. With `durability` normal the last moments before a power cut may be
lost, integrity never.
"""

from pathlib import Path

from peewee import SqliteDatabase

from odata_service.database.functions import FUNCTIONS
from odata_service.database.sqlite_files import opened_as
from odata_service.settings import Settings

BUSY_SECONDS = 5


class DatabaseUrlError(ValueError):
    """A database URL that is not understood; the message says what is."""


def connect(url: str, settings: Settings) -> SqliteDatabase:
    """The database behind a URL; nothing is opened yet."""
    path = sqlite_path(url)
    if path is None:
        scheme = url.partition(":")[0]
        raise DatabaseUrlError(
            f"The database URL '{scheme}:…' is not understood. Write sqlite:///file.db or a file name ending in .db."
        )
    pragmas = {
        "synchronous": "full" if settings.durability == "full" else "normal",
        "foreign_keys": 1,
        "temp_store": "memory",
        "cache_size": -8_000,
        "mmap_size": 64 * 1024 * 1024,
    }
    file, is_uri = opened_as(path)
    database = SqliteDatabase(file, pragmas=pragmas, timeout=BUSY_SECONDS, uri=is_uri)
    for name, arity, function in FUNCTIONS:
        database.register_function(function, name, arity)
    return database


def sqlite_path(url: str) -> str | None:
    """The file behind a SQLite URL or file name, `:memory:` for one in memory; None for another kind of database."""
    if url in {"sqlite://", "sqlite:///", "sqlite:///:memory:", ":memory:"}:
        return ":memory:"
    if url.startswith("sqlite:///"):
        return url.removeprefix("sqlite:///")
    is_file = "://" not in url and (Path(url).suffix in {".db", ".sqlite", ".sqlite3"} or _is_sqlite_file(url))
    return url if is_file else None


def _is_sqlite_file(name: str) -> bool:
    path = Path(name)
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"
