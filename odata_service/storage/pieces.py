"""Bytes that may be many, as databases take them: in pieces, each of which stays below what a packet may have."""

from collections.abc import Iterator

_PIECE_BYTES = 1024 * 1024


def in_pieces(whole: bytes) -> Iterator[bytes]:
    """The pieces in their order; none of nothing."""
    return (whole[start : start + _PIECE_BYTES] for start in range(0, len(whole), _PIECE_BYTES))
