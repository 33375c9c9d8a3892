"""A log that nobody reads, whose reader has gone, or whose disk is full: no request waits for it, and none fails."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.models import METADATA
from tests.serving import ROOT, fetch

REQUESTS = 150
"""Their lines are more than the pipe takes, which is of a page."""


@contextmanager
def logging_to(database: Path, errors: int, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Base URL and process of a server whose output nobody reads beyond its first line."""
    command = [sys.executable, "-m", "odata_service", "serve", str(METADATA), "--database", f"sqlite:///{database}"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--workers", "1", "--access-log", *arguments],
        stdout=subprocess.PIPE,
        stderr=errors,
        bufsize=0,
        pipesize=4_096,
        cwd=ROOT,
        start_new_session=True,
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline().decode()
        assert line.startswith("Serving http://127.0.0.1:"), line
        yield line.removeprefix("Serving ").strip(), process
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def all_answered(base_url: str, requests: int = REQUESTS) -> bool:
    return {fetch(f"{base_url}Customers/$count").status for _ in range(requests)} == {200}


def lost(base_url: str) -> float:
    lines = fetch(f"{base_url}-/metrics").body.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("odata_log_lines_lost_total"))


def test_a_log_that_nobody_reads_holds_up_no_request_and_no_end(tmp_path: Path) -> None:
    with logging_to(tmp_path / "x.db", subprocess.STDOUT) as (base_url, _):
        assert all_answered(base_url)
        assert lost(base_url) == 0, "what waits in memory is not lost yet"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_log_whose_reader_has_gone_and_one_whose_disk_is_full_fail_no_request(tmp_path: Path) -> None:
    code = tmp_path / "code.py"
    code.write_text(
        "import sys\n"
        "def register(service):\n"
        "    @service.before_read('Customers')\n"
        "    def say(call):\n"
        "        print('read', file=sys.stderr)\n"
    )
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        with logging_to(tmp_path / "x.db", full, "--code", str(code)) as (base_url, process):
            assert process.stdout is not None
            process.stdout.close()
            assert all_answered(base_url)
            assert lost(base_url) >= REQUESTS + 10, "a line of each request on standard error, and those of its log"
    finally:
        os.close(full)
