"""The service as a process of its own on a free port, and plain HTTP to it."""

import http.client
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from tests.asking import Answer
from tests.models import METADATA

ROOT = Path(__file__).parent.parent


@contextmanager
def served(
    database: Path | None, *arguments: str, source: Path = METADATA, errors: IO[str] | None = None
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Base URL and process of a server; it is asked to end when the block ends, unless it has ended."""
    command = [sys.executable, "-m", "odata_service", "serve", str(source)]
    if database is not None:
        command += ["--database", f"sqlite:///{database}"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--workers", "1", *arguments],
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        assert line.startswith("Serving http://127.0.0.1:"), line
        yield line.removeprefix("Serving ").strip(), process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(timeout=30)
        process.stdout.close()


def fetch(url: str, method: str = "GET", body: bytes | None = None, headers: Mapping[str, str] | None = None) -> Answer:
    """One request over the wire; header names come in lower case."""
    host, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=10)
    try:
        connection.request(method, f"/{path}", body, dict(headers or {}))
        response = connection.getresponse()
        received = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, received, response.read())
    finally:
        connection.close()
