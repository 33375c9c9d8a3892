"""Pages of clients in a browser without a window: they post what they have seen."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any
from urllib.parse import quote

import pytest

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_OPTIONS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run")
_SECONDS = 240


class Pages:
    """The directories of clients on a port of their own."""

    def __init__(self, server: ThreadingHTTPServer, reports: "Queue[dict[str, Any]]") -> None:
        self._reports = reports
        self.origin = f"http://127.0.0.1:{server.server_port}"

    def seen_by(self, client: str, base_url: str, profile: Path, page: str = "index.html") -> dict[str, Any]:
        """What a client's page reports of the service at a URL, in a browser whose profile is kept in a directory."""
        url = f"{self.origin}/{client}/{page}?root={quote(base_url, safe='')}"
        with _browser(url, profile) as process:
            try:
                return self._reports.get(timeout=_SECONDS)
            except Empty:
                raise AssertionError(f"the page reported nothing in {_SECONDS} s: {process.args!r}") from None


def browser() -> str:
    """The browser that is there; the test is skipped where none is."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if found is None:
        pytest.skip("no Chromium opens the page")
    return found


@contextmanager
def served_pages(directory: Path) -> Iterator[Pages]:
    """The pages below a directory, until the block ends."""
    reports: Queue[dict[str, Any]] = Queue()
    handler = partial(_Handler, directory=str(directory), reports=reports)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Pages(server, reports)
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)


@contextmanager
def _browser(url: str, profile: Path) -> Iterator["subprocess.Popen[bytes]"]:
    command = [browser(), *_OPTIONS, f"--user-data-dir={profile}", url]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


class _Handler(SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __init__(self, *given: Any, directory: str, reports: "Queue[dict[str, Any]]") -> None:
        self._reports = reports
        super().__init__(*given, directory=directory)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self._reports.put(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, format: str, *given: object) -> None:
        """Says nothing of single requests."""
