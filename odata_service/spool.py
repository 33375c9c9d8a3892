"""Long bodies are put into a file that has no name: whoever reads them slowly costs a descriptor, and no memory."""

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from errno import EDQUOT, ENOSPC
from io import FileIO
from itertools import chain
from pathlib import Path
from tempfile import TemporaryFile
from threading import Lock
from time import monotonic

from odata_service.errors import Unavailable

WHOLE_BYTES = 1024 * 1024
"""A body up to this size stays in memory."""

_PIECE_BYTES = 64 * 1024
_LOOK_SECONDS = 0.25
_DESCRIPTORS = Path("/proc/self/fd")

_LOG = logging.getLogger("odata_service")

File = tuple[int, int]
"""What tells files apart: the device, and the number that a file has there."""


_FULL = "Too many long answers wait for their readers (--max-spooled-bytes)"
_DISK_FULL = "The disk has no room for an answer that is so long"


class NoRoom(Unavailable):
    """Files of long bodies take all the room that they may take, or that there is."""

    def __init__(self, reason: str = _FULL) -> None:
        hint = "Ask for fewer entities at a time, or again later."
        super().__init__(f"{reason}.", retry_after_seconds=5, hint=hint)


class Room:
    """How many `bytes` of this process's long bodies are in files; there may be so many at `most`, 0: any number.

    Who sends a file by its descriptor opens it anew, and tells nobody when it is sent. So a look now and then says
    which files are open still; where the system does not tell, a file counts until it is closed here.
    """

    def __init__(self) -> None:
        self.most = 0
        self.bytes = 0
        self._files: dict[File, int] = {}
        self._lock = Lock()
        self._looked = 0.0

    def takes(self, file: File, size: int) -> bool:
        """Whether there is room for so much more of a file, which is then taken."""
        with self._lock:
            if self.most and self.bytes + size > self.most and monotonic() - self._looked > _LOOK_SECONDS:
                self._look()
            if self.most and self.bytes + size > self.most:
                return False
            self._files[file] = self._files.get(file, 0) + size
            self.bytes += size
            return True

    def ends(self, file: File) -> None:
        """A file is gone."""
        with self._lock:
            self.bytes -= self._files.pop(file, 0)

    def closes(self, file: File) -> None:
        """A file is closed here; others may have it open still."""
        if not _DESCRIPTORS.is_dir():
            self.ends(file)

    def look(self) -> None:
        """Sees which files are sent."""
        with self._lock:
            self._look()

    def _look(self) -> None:
        self._looked = monotonic()
        if self._files and _DESCRIPTORS.is_dir():
            opened = _opened()
            for file in [file for file in self._files if file not in opened]:
                self.bytes -= self._files.pop(file)


def _opened() -> set[File]:
    """The files that this process has open."""
    found = set()
    for descriptor in _DESCRIPTORS.iterdir():
        with suppress(OSError):  # it is closed by now
            found.add(_told_apart(descriptor.stat()))
    return found


def _told_apart(status: os.stat_result) -> File:
    return status.st_dev, status.st_ino


ROOM = Room()
"""That of this process."""


class Spooled:
    """A long body: `size` bytes in a file, given once in pieces, or sent by who has its descriptor."""

    def __init__(self, file: FileIO, size: int) -> None:
        self._file = file
        self._told_apart = _told_apart(os.fstat(file.fileno()))
        self.size = size

    @property
    def descriptor(self) -> int:
        """The number of the file, which is open at its beginning."""
        return self._file.fileno()

    def __iter__(self) -> Iterator[bytes]:
        try:
            while piece := self._file.read(_PIECE_BYTES):
                yield piece
        finally:
            self._file.close()
            ROOM.ends(self._told_apart)

    def close(self) -> None:
        """Lets go of the file, as WSGI has it."""
        self._file.close()
        ROOM.closes(self._told_apart)


def spooled(pieces: Iterable[bytes], whole_bytes: int = WHOLE_BYTES, *, refuses: bool = True) -> bytes | Spooled:
    """The body as a whole where it is short, else in a file.

    Where there is no place for files it is whole however long it is. Where they take all the room that there is
    `NoRoom` is raised, unless the body may not be refused, since what it tells has happened: it is whole then, too.
    """
    rest = iter(pieces)
    begun: list[bytes] = []
    size = 0
    for piece in rest:
        begun.append(piece)
        size += len(piece)
        if size > whole_bytes:
            return _in_a_file(chain(begun, rest), refuses)
    return begun[0] if len(begun) == 1 else b"".join(begun)


def _in_a_file(pieces: Iterable[bytes], refuses: bool) -> bytes | Spooled:
    try:
        file = TemporaryFile(buffering=0)  # noqa: SIM115  # the raw file, for who sends it
    except OSError as error:
        return _in_memory(b"", pieces, _unwritten(error))
    told_apart = _told_apart(os.fstat(file.fileno()))
    ROOM.ends(told_apart)  # a file that was told apart so is gone
    size = 0
    rest = iter(pieces)
    try:
        for piece in rest:
            reason = _put(file, told_apart, piece)
            if reason is not None and refuses and reason in {_FULL, _DISK_FULL}:
                raise NoRoom(reason)
            if reason is not None:
                file.seek(0)
                whole = _in_memory(file.read(size), chain((piece,), rest), reason)
                _drop(file, told_apart)
                return whole
            size += len(piece)
    except BaseException:
        _drop(file, told_apart)
        raise
    file.seek(0)
    return Spooled(file, size)


def _put(file: FileIO, told_apart: File, piece: bytes) -> str | None:
    """Writes a piece behind others; the reason why not where that cannot be."""
    if not ROOM.takes(told_apart, len(piece)):
        return _FULL
    left = memoryview(piece)
    try:
        while left:
            left = left[file.write(left) :]
    except OSError as error:
        return _unwritten(error)
    return None


def _unwritten(error: OSError) -> str:
    return _DISK_FULL if error.errno in {ENOSPC, EDQUOT} else f"No temporary file can be written: {error.strerror}"


def _drop(file: FileIO, told_apart: File) -> None:
    file.close()
    ROOM.ends(told_apart)


def _in_memory(written: bytes, rest: Iterable[bytes], reason: str) -> bytes:
    _LOG.warning("A long answer stays in memory. %s.", reason)
    return b"".join((written, *rest))
