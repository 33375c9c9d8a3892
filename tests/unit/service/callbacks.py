"""A server that hears callbacks."""

from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from queue import Queue
from threading import Thread


@contextmanager
def listening() -> Iterator[tuple[str, "Queue[str]"]]:
    """Its host and port, and the paths that were asked for."""
    heard: Queue[str] = Queue()

    class Hearing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            heard.put(self.path)
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Hearing)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", heard
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
