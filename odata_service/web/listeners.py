"""The sockets that clients connect to: one for each worker, which the main process holds as long as it serves.

Whoever has connected waits there when a worker dies, hangs or makes room for another one, and is answered by who comes
after it. The kernel gives each connection to one of the sockets.
"""

import os
import select
import socket
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

BACKLOG = 2_048
"""So many clients wait at a socket to be accepted."""


class PortInUse(Exception):
    """The port is taken; the message says which."""


class Listeners:
    """Listening sockets at one port, for so many workers; port 0 picks a free one. `PortInUse` where there is none."""

    def __init__(self, host: str, port: int, workers: int = 1) -> None:
        self._family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._check(host, port)
        first = self._listening(host, port)
        self.port: int = first.getsockname()[1]
        # Only Linux gives connections to all sockets of a port; elsewhere workers share one.
        others = workers - 1 if sys.platform == "linux" else 0
        self._sockets = [first, *(self._listening(host, self.port) for _ in range(others))]

    def of_worker(self, number: int) -> socket.socket:
        """The socket of a worker; workers count from 0."""
        return self._sockets[number % len(self._sockets)]

    def keep_only(self, number: int) -> None:
        """Closes all but a worker's own, in its process."""
        kept = self.of_worker(number)
        for listener in self._sockets:
            if listener is not kept:
                listener.close()

    def close(self) -> None:
        """Lets nobody connect any longer, once the workers do not either."""
        for listener in self._sockets:
            listener.close()

    def bound(self, seconds: float) -> None:
        """Ends connections whose clients take nothing of what is sent to them for so long."""
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            for listener in self._sockets:  # connections begin with what their listener has
                listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1_000))

    def _check(self, host: str, port: int) -> None:
        """Another service may listen at a port in the same way as this one, and would share its clients with it."""
        with socket.socket(self._family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                raise PortInUse(f"Port {port} on {host} cannot be used: {error.strerror or error}.") from error

    def _listening(self, host: str, port: int) -> socket.socket:
        listener = socket.socket(self._family)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if hasattr(socket, "SO_REUSEPORT"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
        return listener


def accept_no_more() -> None:
    """Leaves whoever connects from now on to other processes with the same sockets; what is connected stays.

    The server of a worker waits for connections until it ends, and would drop one that it accepts in that moment. So
    its sockets are taken out of what the kernel wakes it for. Only Linux tells them; elsewhere nothing happens.
    """
    if sys.platform != "linux":
        return
    listening = [number for number in _open("socket:") if _is_listening(number)]
    for number in _open("anon_inode:[eventpoll]"):
        with suppress(OSError), select.epoll.fromfd(os.dup(number)) as waiting:
            for listener in listening:
                with suppress(FileNotFoundError):  # another one's
                    waiting.unregister(listener)


def _open(kind: str) -> Iterator[int]:
    """The descriptors of a kind that this process has; others may come and go meanwhile."""
    for path in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):
            if str(path.readlink()).startswith(kind):
                yield int(path.name)


def _is_listening(number: int) -> bool:
    try:
        one = socket.socket(fileno=os.dup(number))
    except OSError:  # it is closed by now
        return False
    with one:
        return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))
