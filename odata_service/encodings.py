"""Content codings: bytes become smaller and whole again (RFC 9110, 8.4.1; RFC 1950 to 1952, 7932, 8878).

`gzip` and `deflate` are always there, `zstd` and `br` where their libraries are installed. What comes from outside is
made whole piece by piece, so that a few bytes that stand for very many are refused before they fill the memory.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from msgspec import Struct

from odata_service.errors import BadRequest, PayloadTooLarge, UnsupportedMediaType

_FED_BYTES = 4 * 1024
_PIECE_BYTES = 64 * 1024
_ZSTD_FED_BYTES = 256
"""A block of Zstandard stands for up to 128 KiB and may take four bytes: few bytes at a time become a few megabytes."""
_ZSTD_WINDOW_BYTES = 8 * 1024 * 1024
"""What every reader of the coding must keep, and no more (RFC 9659)."""
_MOST_CODINGS = 3
_BELIEVED_BYTES = 1024 * 1024
_MOST_DEFLATED = 1_033
"""How many bytes one byte of Deflate stands for at most."""


class Compressor(Struct, frozen=True):
    """`compress` takes a body piece by piece, `flush` gives what is left: all of it is the coded body."""

    compress: Callable[[bytes], bytes]
    flush: Callable[[], bytes]


class Coding(Struct, frozen=True):
    """How a coding is read, in pieces of bounded size, and written; reading raises `ValueError` for what is none."""

    decoded: Callable[[bytes], Iterator[bytes]]
    compressor: Callable[[], Compressor]
    stated_length: Callable[[bytes], int] = lambda _: 0
    """The length that a coded body states for what is in it; 0 where it states none that can be true."""


@cache
def codings() -> Mapping[str, Coding]:
    """The codings at hand by their names, the ones that are best to send first."""
    found = {}
    if find_spec("zstandard") is not None:
        found["zstd"] = _zstd(import_module("zstandard"))
    if find_spec("brotli") is not None:
        library = import_module("brotli")
        if hasattr(library.Decompressor, "can_accept_more_data"):  # older ones cannot be bounded
            found["br"] = _brotli(library)
    return found | {
        "gzip": Coding(lambda body: _inflated(body, 31), lambda: _deflating(31), _length_in_gzip),
        "deflate": Coding(_from_deflate, lambda: _deflating(15)),
    }


def decoded(body: bytes, stated: str, limit: int) -> bytes:
    """A body without the codings that `Content-Encoding` states, the last of which was put on last.

    `limit` bounds the bytes that come out at each step, 0 does not. `UnsupportedMediaType` for codings that are not
    read, `BadRequest` for a body that is not what it says, `PayloadTooLarge` beyond the limit.
    """
    names = [name for name in (part.strip().lower() for part in stated.split(",")) if name not in {"", "identity"}]
    known = codings()
    names = [name.removeprefix("x-") for name in names]
    if len(names) > _MOST_CODINGS or not known.keys() >= {*names}:
        readable = ", ".join(known)
        raise UnsupportedMediaType(
            f"Content-Encoding '{stated[:80]}' is not read.",
            target="Content-Encoding",
            hint=f"Send the body as it is, or in one of {readable}.",
            headers={"Accept-Encoding": readable},
        )
    for name in reversed(names):
        coding = known[name]
        body = _whole(coding.decoded(body), coding.stated_length(body), name, limit)
    return body


def _whole(pieces: Iterator[bytes], stated_length: int, name: str, limit: int) -> bytes:
    """The pieces as one, within a limit; a length that is stated is believed when a part of it is there."""
    found: list[bytes] = []
    size = 0
    try:
        for piece in pieces:
            size += len(piece)
            if limit and (size > limit or (size > _BELIEVED_BYTES and stated_length > limit)):
                raise PayloadTooLarge(
                    f"The body is larger than {limit} bytes once it is decompressed (--max-body-bytes).",
                    hint="Send less at a time.",
                )
            found.append(piece)
    except ValueError as error:
        raise BadRequest(
            f"The body is not in the coding '{name}' that its Content-Encoding states: {error}.",
            target="Content-Encoding",
        ) from error
    return b"".join(found)


def _deflating(window_bits: int) -> Compressor:
    made = zlib.compressobj(1, zlib.DEFLATED, window_bits)
    return Compressor(made.compress, made.flush)


def _length_in_gzip(body: bytes) -> int:
    """What a file of gzip ends with: the length of its last member, which is not beyond what Deflate can do."""
    stated = int.from_bytes(body[-4:], "little")
    return stated if stated < len(body) * _MOST_DEFLATED else 0


def _from_deflate(body: bytes) -> Iterator[bytes]:
    """`deflate` is meant to have zlib's frame, which some clients leave out."""
    is_framed = len(body) > 1 and body[0] & 15 == 8 and (body[0] << 8 | body[1]) % 31 == 0
    return _inflated(body, 15 if is_framed else -15)


def _inflated(body: bytes, window_bits: int) -> Iterator[bytes]:
    """The pieces of a body, which may be several files of gzip behind each other."""
    decoder = zlib.decompressobj(window_bits)
    for start in range(0, len(body), _FED_BYTES):
        fed = body[start : start + _FED_BYTES]
        while fed:
            if decoder.eof:
                if window_bits != 31:
                    raise ValueError("it goes on behind its end")
                decoder = zlib.decompressobj(window_bits)
            try:
                yield decoder.decompress(fed, _PIECE_BYTES)
            except zlib.error as error:
                raise ValueError(str(error)) from error
            fed = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    while not decoder.eof:
        piece = decoder.decompress(b"", _PIECE_BYTES)
        if not piece:
            raise ValueError("it ends too early")
        yield piece


def _zstd(library: ModuleType) -> Coding:
    def read(body: bytes) -> Iterator[bytes]:
        decompressor = library.ZstdDecompressor(max_window_size=_ZSTD_WINDOW_BYTES)
        decoder = decompressor.decompressobj()
        for start in range(0, len(body), _ZSTD_FED_BYTES):
            fed = body[start : start + _ZSTD_FED_BYTES]
            while fed:
                if decoder.eof:
                    decoder = decompressor.decompressobj()
                try:
                    yield decoder.decompress(fed)
                except library.ZstdError as error:
                    raise ValueError(str(error)) from error
                fed = decoder.unused_data
        if not decoder.eof:
            raise ValueError("it ends too early")

    def write() -> Compressor:
        made = library.ZstdCompressor(level=1).compressobj()
        return Compressor(made.compress, made.flush)

    return Coding(read, write)


def _brotli(library: ModuleType) -> Coding:
    def read(body: bytes) -> Iterator[bytes]:
        decoder = library.Decompressor()
        fed = body
        while not decoder.is_finished():
            try:
                piece = decoder.process(fed, output_buffer_limit=_PIECE_BYTES)
            except library.error as error:
                raise ValueError(str(error)) from error
            if not piece and not decoder.is_finished() and decoder.can_accept_more_data():
                raise ValueError("it ends too early")
            yield piece
            fed = b""

    def write() -> Compressor:
        made = library.Compressor(quality=1)
        return Compressor(made.process, made.finish)

    return Coding(read, write)
