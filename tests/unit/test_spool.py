import os
import tempfile
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

import pytest

from odata_service.spool import ROOM, NoRoom, Spooled, spooled


@pytest.mark.parametrize("pieces", [[], [b"abc"], [b"a", b"", b"bc"], [b"a"] * 10])
def test_a_short_body_stays_whole(pieces: list[bytes]) -> None:
    assert spooled(iter(pieces), 10) == b"".join(pieces)


@pytest.mark.parametrize("pieces", [[b"a" * 11], [b"a"] * 11, [b"a" * 6, b"b" * 6, b"", b"c"]])
def test_a_long_body_is_a_file_that_has_it(pieces: list[bytes]) -> None:
    body = spooled(iter(pieces), 10)
    assert isinstance(body, Spooled)
    assert Path(f"/dev/fd/{body.descriptor}").read_bytes() == b"".join(pieces)
    assert (body.size, b"".join(body)) == (len(b"".join(pieces)), b"".join(pieces))


def test_where_no_file_can_be_made_a_long_body_is_whole(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    assert spooled(iter([b"a" * 6, b"b" * 6]), 10) == b"aaaaaabbbbbb"
    assert caplog.messages == [
        "A long answer stays in memory. No temporary file can be written: No such file or directory."
    ]


def test_what_fails_while_a_body_is_made_is_no_failure_of_files() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"a" * 20
        raise OSError("elsewhere")

    with pytest.raises(OSError, match="elsewhere"):
        spooled(pieces(), 10)


def test_a_disk_that_gets_full_loses_nothing_of_a_body_and_one_that_may_be_refused_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    class Full(FileIO):
        """A file with room for eight bytes."""

        def write(self, piece: object, /) -> int:
            if self.tell() >= 8:
                raise OSError(28, "No space left on device")
            return super().write(bytes(memoryview(piece))[: 8 - self.tell()])  # type: ignore[arg-type]

    monkeypatch.setattr("odata_service.spool.TemporaryFile", lambda **_: Full(tmp_path / "full", "w+"))
    pieces = [b"aaaa", b"bbbb", b"cc", b"dd"]
    assert spooled(iter(pieces), 3, refuses=False) == b"aaaabbbbccdd"
    with pytest.raises(NoRoom, match=r"^The disk has no room for an answer that is so long\. Ask for fewer entities"):
        spooled(iter(pieces), 3)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> int:
    """Room for a hundred bytes beside what there is."""
    ROOM.look()
    monkeypatch.setattr(ROOM, "most", ROOM.bytes + 100)
    monkeypatch.setattr("odata_service.spool._LOOK_SECONDS", -1.0)
    return ROOM.bytes


def test_files_have_so_much_room_and_no_more(room: int) -> None:
    body = spooled(iter([b"a" * 80]), 10)
    assert ROOM.bytes == room + 80
    with pytest.raises(NoRoom, match=r"^Too many long answers wait for their readers \(--max-spooled-bytes\)\."):
        spooled(iter([b"a" * 15, b"b" * 15]), 10)
    assert ROOM.bytes == room + 80
    assert b"".join(body) == b"a" * 80  # type: ignore[arg-type]  # it is in a file
    assert ROOM.bytes == room


def test_what_may_not_be_refused_is_whole_where_files_have_no_room(room: int) -> None:
    assert spooled(iter([b"a" * 80, b"b" * 30]), 10, refuses=False) == b"a" * 80 + b"b" * 30
    assert ROOM.bytes == room


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="the system does not tell which files are open")
def test_a_file_takes_room_as_long_as_anybody_has_it_open(room: int) -> None:
    body = spooled(iter([b"a" * 80]), 10)
    assert isinstance(body, Spooled)
    reader = os.open(f"/dev/fd/{body.descriptor}", os.O_RDONLY)
    body.close()
    ROOM.look()
    assert ROOM.bytes == room + 80
    with pytest.raises(NoRoom):
        spooled(iter([b"b" * 30]), 10)
    os.close(reader)
    other = spooled(iter([b"b" * 30]), 10)
    assert isinstance(other, Spooled)
    assert b"".join(other) == b"b" * 30
