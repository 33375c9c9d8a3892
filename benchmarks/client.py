"""A load generator in a process of its own: bare sockets, keep-alive, as little work between requests as can be.

`python -m benchmarks.client` reads a job as JSON from standard input and writes its result to standard output.
"""

import json
import socket
import sys
from dataclasses import dataclass
from threading import Thread
from time import perf_counter

_HEAD_END = b"\r\n\r\n"


@dataclass(slots=True)
class Connection:
    """One keep-alive connection."""

    host: str
    port: int
    sock: socket.socket | None = None
    buffer: bytes = b""

    def exchange(self, request: bytes) -> tuple[int, bytes]:
        """Sends a whole request; status and body of the answer, which must state its length."""
        if self.sock is None:
            self.sock = socket.create_connection((self.host, self.port), timeout=30)
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock.sendall(request)
        while (end := self.buffer.find(_HEAD_END)) < 0:
            self.buffer += self._receive()
        head, rest = self.buffer[:end], self.buffer[end + 4 :]
        status = int(head[9:12])
        length = content_length(head)
        pieces, size = [rest], len(rest)
        while size < length:
            piece = self._receive()
            pieces.append(piece)
            size += len(piece)
        whole = b"".join(pieces)
        self.buffer = whole[length:]
        return status, whole[:length]

    def _receive(self) -> bytes:
        assert self.sock is not None, "the connection is open"
        piece = self.sock.recv(1 << 18)
        if not piece:
            raise ConnectionError("the server closed the connection")
        return piece


def content_length(head: bytes) -> int:
    """The length that a head states; none means none."""
    place = head.lower().find(b"content-length:")
    return int(head[place + 15 :].split(b"\r\n", 1)[0]) if place >= 0 else 0


def request_bytes(method: str, target: str, body: str | None = None) -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {target} HTTP/1.1", "Host: 127.0.0.1", "Accept: application/json"]
    payload = b""
    if body is not None:
        payload = body.encode()
        lines += ["Content-Type: application/json", f"Content-Length: {len(payload)}"]
    return "\r\n".join((*lines, "", "")).encode() + payload


def run(job: dict[str, object]) -> dict[str, object]:
    """Runs the requests of a job over and over for its seconds, on its connections; latencies in microseconds.

    A job: `port`, `connections`, `seconds`, `requests` (a list of method, target, body), `once` (each request once).
    """
    requests = [request_bytes(*part) for part in job["requests"]]  # type: ignore[attr-defined]  # JSON from our own hand
    connections = int(str(job["connections"]))
    latencies: list[list[float]] = [[] for _ in range(connections)]
    sizes = [0] * connections
    failures: list[str] = []

    def work(number: int) -> None:
        connection = Connection("127.0.0.1", int(str(job["port"])))
        mine = requests[number::connections] if job["once"] else requests
        deadline = perf_counter() + float(str(job["seconds"]))
        place = number * 7
        done = 0
        while (done < len(mine)) if job["once"] else (perf_counter() < deadline):
            request = mine[done] if job["once"] else mine[place % len(mine)]
            started = perf_counter()
            status, body = connection.exchange(request)
            latencies[number].append((perf_counter() - started) * 1e6)
            sizes[number] += len(body)
            if status >= 400:
                failures.append(f"{status} {body[:200]!r}")
                return
            place += 1
            done += 1

    started = perf_counter()
    threads = [Thread(target=work, args=(number,)) for number in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - started
    merged = sorted(latency for part in latencies for latency in part)
    return {
        "count": len(merged),
        "seconds": seconds,
        "p50": merged[len(merged) // 2] if merged else 0,
        "p95": merged[int(len(merged) * 0.95)] if merged else 0,
        "bytes": sum(sizes),
        "failures": failures[:3],
    }


if __name__ == "__main__":
    json.dump(run(json.load(sys.stdin)), sys.stdout)
