"""The bytes of a definition's file, unless they are too many."""

import stat
from pathlib import Path

from odata_service.errors import Origin, Problem

MAX_BYTES = 32 * 1024 * 1024
"""A definition that is longer is refused unread: the largest published ones have a tenth of this."""


def read_bounded(file: Path, limit: int = MAX_BYTES) -> tuple[bytes | None, Problem | None]:
    """The bytes of a file, or why they are not read."""
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):
            return None, Problem("error", "This is no file that can be read at once.", Origin(str(file)))
        size = status.st_size
        if size > limit:
            unit = 1024 * 1024
            message = f"The file has {size / unit:.3g} MB, and at most {limit // unit} MB are read. Split it up."
            return None, Problem("error", message, Origin(str(file)))
        return file.read_bytes(), None
    except OSError as error:
        return None, Problem("error", f"The file cannot be read: {error.strerror}.", Origin(str(file)))
