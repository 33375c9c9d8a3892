import errno
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest

from odata_service.web.lines import Lines, count_lost, lines_apart


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Both ends of a pipe."""
    reads, writes = os.pipe()
    yield reads, writes
    for end in (reads, writes):
        try:
            os.close(end)
        except OSError as error:
            assert error.errno == errno.EBADF  # a test has closed it


def written_to(path: Path, write: Callable[[Lines], object]) -> bytes:
    with path.open("wb") as file:
        lines = Lines(file.fileno())
        write(lines)
        lines.finish(5)
    return path.read_bytes()


def test_lines_are_written_in_their_order_and_one_that_is_begun_with_its_end(tmp_path: Path) -> None:
    def write(lines: Lines) -> None:
        print("a", "ü\udc80", file=lines)
        print("begun", end="", file=lines)
        print(" and ended", file=lines)

    assert written_to(tmp_path / "x", write) == b"a \xc3\xbc\\udc80\nbegun and ended\n"


def test_a_line_that_is_longer_than_a_pipe_takes_is_whole(tmp_path: Path) -> None:
    assert written_to(tmp_path / "x", lambda lines: lines.write("a" * 10_000 + "\n")) == b"a" * 10_000 + b"\n"


def test_who_writes_to_a_pipe_that_nobody_reads_does_not_wait(pipe: tuple[int, int]) -> None:
    lines, counted = Lines(pipe[1], most_bytes=100_000), list[int]()
    lines.count = counted.append
    for _ in range(20):
        lines.write("a" * 9_999 + "\n")
    began = monotonic()
    lines.finish(0.05)
    assert monotonic() - began < 5
    assert 1 <= lines.lost == sum(counted) <= 10
    received = 0
    while received < 10_000 * (20 - lines.lost):
        received += len(os.read(pipe[0], 65_536))


def test_what_is_lost_is_told_once_there_is_room_again(pipe: tuple[int, int], caplog: pytest.LogCaptureFixture) -> None:
    lines = Lines(pipe[1], most_bytes=100)
    lines.write("a" * 200 + "\n")
    lines.write("b\n")
    lines.finish(5)
    assert os.read(pipe[0], 1_000) == b"b\n"
    lines.write("c\n")
    lines.finish(5)
    told = "lines for the log were lost, 1 so far: nobody read them in time, or there was no room."
    assert caplog.messages.count(told) == 1


def test_a_pipe_that_is_closed_and_a_full_disk_fail_nobody(pipe: tuple[int, int]) -> None:
    os.close(pipe[0])
    lines = Lines(pipe[1])
    lines.write("a\n")
    lines.finish(5)
    assert lines.lost == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_lines_for_a_full_disk_are_counted() -> None:
    with Path("/dev/full").open("wb") as full:
        lines = Lines(full.fileno())
        lines.write("a\n")
        lines.finish(5)
    assert lines.lost == 1


def test_a_pipe_that_does_not_block_is_waited_for(pipe: tuple[int, int]) -> None:
    os.set_blocking(pipe[1], False)
    lines = Lines(pipe[1])
    lines.write("a" * 200_000 + "\n")
    received = b""
    while len(received) < 200_001:
        received += os.read(pipe[0], 65_536)
    assert (received, lines.lost) == (b"a" * 200_000 + b"\n", 0)


def test_a_process_that_is_forked_writes_its_own_lines_alone(pipe: tuple[int, int]) -> None:
    lines = Lines(pipe[1])
    lines.write("parent\n")
    child = os.fork()
    if not child:
        lines.write("child\n")
        lines.finish(5)
        os._exit(0)
    os.waitpid(child, 0)
    lines.finish(5)
    assert sorted(os.read(pipe[0], 1_000).split()) == [b"child", b"parent"]


def test_standard_output_and_error_are_lines_inside_of_the_block(capfd: pytest.CaptureFixture[str]) -> None:
    counted: list[int] = []
    with capfd.disabled():
        before = sys.stdout, sys.stderr
        with lines_apart():
            count_lost(counted.append)
            assert [getattr(stream, "fileno", int)() for stream in (sys.stdout, sys.stderr)] == [1, 2]
        assert (sys.stdout, sys.stderr) == before
    assert counted == []
