"""Lines on their way to standard output and error: a thread of its own writes them, so that nobody waits for a reader.

A pipe that nobody reads holds up for ever who writes to it, and a full disk fails it. A request is to meet neither.
What it says waits in memory, which is bounded; what is beyond that is lost, counted and told.
"""

import logging
import os
import select
import sys
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import TextIOBase
from threading import Event, RLock, Thread, local
from time import monotonic, sleep
from typing import Any
from weakref import WeakSet

_MOST_BYTES = 1024 * 1024
"""So much waits for a reader; it is seconds of a worker that writes a line for each request."""
_TOGETHER_BYTES = 4096
"""So much a pipe takes as a whole (PIPE_BUF of Linux): lines of several workers are not mixed."""
_GATHERED_SECONDS = 0.02
"""So long lines are waited for once there is one: a thread that wakes for each would cost every request a turn."""
_SILENT_SECONDS = 60.0
_FINISH_SECONDS = 0.5
"""The longest that the end of a process is held up for lines that are not written yet."""

_LOG = logging.getLogger("odata_service")
_ALL: "WeakSet[Lines]" = WeakSet()


class Lines(TextIOBase):
    """A text stream to a descriptor that neither waits nor fails; `lost` lines could not be written.

    It serves in processes that are forked, too: each writes what it says itself.
    """

    encoding = "utf-8"
    errors = "backslashreplace"

    def __init__(self, descriptor: int, most_bytes: int = _MOST_BYTES) -> None:
        super().__init__()
        self._descriptor = descriptor
        self._most = most_bytes
        self.count: Callable[[int], None] = lambda _: None
        self.begin()
        _ALL.add(self)

    def begin(self) -> None:
        """Begins anew: what waits belongs to the process that this one was forked from, and so does the writer."""
        self.lost = 0
        self._begun = local()
        self._lock = RLock()  # a signal handler may write while its own thread does
        self._waiting: deque[bytes] = deque()
        self._bytes = 0
        self._woken = Event()
        self._writer: Thread | None = None
        self._told, self._told_at = 0, -_SILENT_SECONDS

    def fileno(self) -> int:
        """The descriptor."""
        return self._descriptor

    def isatty(self) -> bool:
        """Whether people read it as it is written."""
        return os.isatty(self._descriptor)

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, text: str) -> int:
        """Takes a text; a line that is begun waits for its end."""
        whole = getattr(self._begun, "text", "") + text
        if whole.endswith("\n"):
            self._begun.text = ""
            self._put(whole.encode(self.encoding, self.errors))
        else:
            self._begun.text = whole
        return len(text)

    def finish(self, seconds: float = _FINISH_SECONDS) -> None:
        """Waits until all is written, but no longer than so many seconds."""
        deadline = monotonic() + seconds
        while self._bytes and monotonic() < deadline:
            sleep(0.002)

    def _put(self, line: bytes) -> None:
        """Puts a line behind those that wait."""
        with self._lock:
            if self._bytes + len(line) > self._most:
                self._lose(1)
                return
            self._bytes += len(line)
            self._waiting.append(line)
            if self._writer is None:
                self._writer = Thread(target=self._write_all, name="log", daemon=True)
                self._writer.start()
        if not self._woken.is_set():
            self._woken.set()

    def _lose(self, lines: int) -> None:
        with self._lock:
            self.lost += lines
        self.count(lines)

    def _write_all(self) -> None:
        while True:
            self._woken.wait()
            sleep(_GATHERED_SECONDS)
            self._woken.clear()
            while self._waiting:
                lines = self._next()
                self._write_lines(lines)
                with self._lock:
                    self._bytes -= sum(map(len, lines))
            self._tell()

    def _next(self) -> list[bytes]:
        """The next lines, as many as are written as a whole."""
        lines = [self._waiting.popleft()]
        size = len(lines[0])
        while self._waiting and (size := size + len(self._waiting[0])) <= _TOGETHER_BYTES:
            lines.append(self._waiting.popleft())
        return lines

    def _write_lines(self, lines: list[bytes]) -> None:
        left = memoryview(b"".join(lines))
        try:
            while left:
                left = left[self._written(left) :]
        except OSError:
            self._lose(len(lines))

    def _written(self, left: memoryview) -> int:
        try:
            return os.write(self._descriptor, left)
        except BlockingIOError:  # who has the other end may have made both so
            poll = select.poll()
            poll.register(self._descriptor, select.POLLOUT)
            poll.poll(1_000)
            return 0

    def _tell(self) -> None:
        """Says once a minute that lines were lost, as soon as there is room again."""
        lost, now = self.lost, monotonic()
        if lost > self._told and now - self._told_at >= _SILENT_SECONDS:
            self._told, self._told_at = lost, now
            where = {1: "standard output", 2: "standard error"}.get(self._descriptor, "the log")
            reason = "nobody read them in time, or there was no room"
            _LOG.warning("lines for %s were lost, %d so far: %s.", where, lost, reason)


def _begin_all() -> None:
    for lines in _ALL:
        lines.begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_begin_all)


@contextmanager
def lines_apart() -> Iterator[None]:
    """Inside of the block standard output and error are `Lines`; it ends when they are written, or soon after."""
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = (_apart(stream) for stream in before)
    try:
        yield
    finally:
        finish()
        sys.stdout, sys.stderr = before


def _apart(stream: Any) -> Any:
    """A stream to a descriptor as lines; one in memory stays as it is."""
    try:
        return Lines(stream.fileno())
    except (OSError, AttributeError):
        return stream


def finish() -> None:
    """Gives what is not written yet a little time: the last that a process does."""
    for lines in _ALL:
        lines.finish()


def count_lost(count: Callable[[int], None]) -> None:
    """From now on each number of lines that are lost is told to `count`."""
    for lines in _ALL:
        lines.count = count
