"""SQLite files on disk: what may be written, and what can only be read as it lies there."""

import os
from pathlib import Path
from urllib.parse import quote

_MAGIC = b"SQLite format 3\0"
_HEADER_BYTES = 100
_WAL_MARK, _WAL_MODE = 18, 2
"""Where a file's header says which journal it has, and what stands there for the log (Database File Format, 1.3)."""


def is_writable(path: Path) -> bool:
    """Whether this process may write a file, or in a directory."""
    return os.access(path, os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def opened_as(path: str) -> tuple[str, bool]:
    """The name under which a file is opened, and whether that is a URI.

    SQLite does not open a file in WAL mode where it can make no log beside it, unless it hears that nobody writes.
    """
    header = _header(path)
    in_wal_mode = header.startswith(_MAGIC) and header[_WAL_MARK] == _WAL_MODE
    if in_wal_mode and not Path(f"{path}-wal").exists() and not is_writable(Path(path).absolute().parent):
        return f"file:{quote(path)}?immutable=1", True
    return path, False


def _header(path: str) -> bytes:
    """The first bytes of a file; none of what is no database, or cannot be read."""
    try:
        with Path(path).open("rb") as file:
            header = file.read(_HEADER_BYTES)
    except OSError:
        return b""
    return header if len(header) == _HEADER_BYTES else b""


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
        return file.read(len(_MAGIC)) == _MAGIC
