"""The file behind a connection to SQLite: whether it is still where it was opened.

SQLite goes on writing into a file that has been moved or deleted. What is acknowledged then is lost with the file.
It goes on writing into a damaged one, too, wherever it does not meet the damage.
"""

from pathlib import Path
from threading import local

from odata_service.database.sqlite_files import is_writable
from odata_service.storage import failures

_Identity = tuple[int, int]
"""What tells a file from all others: its device, and its number there."""


class OpenedFile:
    """A database file, each thread with the one that it has opened; nothing is checked of one in memory."""

    def __init__(self, name: str) -> None:
        self._path = None if name == ":memory:" or name.startswith("file:") else Path(name).absolute()
        self._has_been_there = False
        self._damaged: _Identity | None = None
        self._local = local()

    def check_before_opening(self) -> None:
        """`Unavailable` where the file has been there and is gone: opening would make an empty one."""
        if self._path is not None and self._has_been_there and _identity(self._path) is None:
            raise failures.moved()

    def opened(self) -> None:
        """Remembers the file that this thread has opened, and whether it may be written."""
        if self._path is not None:
            self._local.identity = _identity(self._path)
            self._local.is_writable = is_writable(self._path)
            self._has_been_there = True

    def found_damaged(self) -> None:
        """Remembers the file that this thread has open as one that takes no change, until another is in its place."""
        self._damaged = getattr(self._local, "identity", None)

    def check(self) -> None:
        """`Unavailable` where the file is gone, damaged or only to be read, `ConnectionLost` where there is another."""
        known: _Identity | None = getattr(self._local, "identity", None)
        if self._path is None or known is None:
            return
        found = _identity(self._path)
        if found is None:
            raise failures.moved()
        if found != known:
            raise failures.lost()
        if found == self._damaged:
            raise failures.damaged()
        if self._local.is_writable and not is_writable(self._path):
            raise failures.read_only()


def _identity(path: Path) -> _Identity | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
