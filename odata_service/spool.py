"""Long bodies are put into a file that has no name: whoever reads them slowly costs a descriptor, and no memory."""

import logging
from collections.abc import Iterable, Iterator
from io import FileIO
from itertools import chain
from tempfile import TemporaryFile

WHOLE_BYTES = 1024 * 1024
"""A body up to this size stays in memory."""

_PIECE_BYTES = 64 * 1024

_LOG = logging.getLogger("odata_service")


class Spooled:
    """A long body: `size` bytes in a file, given once in pieces, or sent by who has its descriptor."""

    def __init__(self, file: FileIO, size: int) -> None:
        self._file = file
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

    def close(self) -> None:
        """Lets go of the file, as WSGI has it."""
        self._file.close()


def spooled(pieces: Iterable[bytes], whole_bytes: int = WHOLE_BYTES) -> bytes | Spooled:
    """The body as a whole where it is short, else in a file.

    Where files cannot be written it is whole however long it is: what it tells may have happened already.
    """
    rest = iter(pieces)
    begun: list[bytes] = []
    size = 0
    for piece in rest:
        begun.append(piece)
        size += len(piece)
        if size > whole_bytes:
            return _in_a_file(chain(begun, rest))
    return begun[0] if len(begun) == 1 else b"".join(begun)


def _in_a_file(pieces: Iterable[bytes]) -> bytes | Spooled:
    try:
        file = TemporaryFile(buffering=0)  # noqa: SIM115  # the raw file, for who sends it
    except OSError as error:
        return _in_memory(b"", pieces, error)
    size = 0
    rest = iter(pieces)
    while True:
        try:
            piece = next(rest, None)
        except BaseException:
            file.close()
            raise
        if piece is None:
            break
        try:
            _write(file, piece)
        except OSError as error:
            file.seek(0)
            with file:
                return _in_memory(file.read(size), chain((piece,), rest), error)
        size += len(piece)
    file.seek(0)
    return Spooled(file, size)


def _write(file: FileIO, piece: bytes) -> None:
    left = memoryview(piece)
    while left:
        left = left[file.write(left) :]


def _in_memory(written: bytes, rest: Iterable[bytes], error: OSError) -> bytes:
    _LOG.warning("A long answer stays in memory, since no temporary file can be written: %s.", error.strerror)
    return b"".join((written, *rest))
