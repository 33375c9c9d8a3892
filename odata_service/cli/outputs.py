"""Files that commands write: whole or not at all."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import fsync, getpid
from pathlib import Path
from typing import IO


@contextmanager
def replacing(output: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `output` at once when all is written; a pipe or the like is written to as it is.

    `OSError` where it cannot be written.
    """
    if output.exists() and not output.is_file():
        with output.open("wb") as file:
            yield file
        return
    target = output.resolve()
    made = target.with_name(f".{target.name}.{getpid()}")
    try:
        with made.open("xb") as file:
            yield file
            file.flush()
            fsync(file.fileno())
        if target.exists():
            made.chmod(target.stat().st_mode)
        made.replace(target)
    finally:
        with suppress(FileNotFoundError):
            made.unlink()
