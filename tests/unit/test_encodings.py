import gzip
import zlib
from collections.abc import Callable

import pytest

from odata_service.encodings import codings, decoded
from odata_service.errors import BadRequest, ODataError, PayloadTooLarge, UnsupportedMediaType

TEXT = bytes(range(256)) * 1_000


def packed(body: bytes, coding: str) -> bytes:
    compressor = codings()[coding].compressor()
    return compressor.compress(body) + compressor.flush()


def bare(body: bytes) -> bytes:
    compressor = zlib.compressobj(9, zlib.DEFLATED, -15)
    return compressor.compress(body) + compressor.flush()


@pytest.mark.parametrize("coding", sorted(codings()))
@pytest.mark.parametrize("body", [b"", b"{}", TEXT], ids=["empty", "short", "long"])
def test_what_is_packed_comes_out_whole(coding: str, body: bytes) -> None:
    assert decoded(packed(body, coding), coding, len(TEXT)) == body


@pytest.mark.parametrize("coding", sorted(codings()))
def test_a_few_bytes_that_stand_for_many_are_refused(coding: str) -> None:
    bomb = packed(b"0" * 50_000_000, coding)
    assert len(bomb) < 300_000
    with pytest.raises(PayloadTooLarge, match="larger than 1000000 bytes once it is decompressed"):
        decoded(bomb, coding, 1_000_000)


def test_the_length_that_a_file_of_gzip_ends_with_is_believed_when_it_looks_true() -> None:
    whole = packed(b"0" * 50_000_000, "gzip")
    behind_its_lie = whole[:-4] + (9).to_bytes(4, "little")
    lying = packed(b"0" * 2_000_000, "gzip")[:-4] + b"\xff\xff\xff\x00"
    for body in (whole, behind_its_lie):
        with pytest.raises(PayloadTooLarge):
            decoded(body, "gzip", 10_000_000)
    with pytest.raises(BadRequest, match="incorrect length check"):
        decoded(lying, "gzip", 10_000_000)


@pytest.mark.parametrize("coding", sorted(codings()))
@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param(lambda body: body[:-1], id="cut"),
        pytest.param(lambda body: b"{}" + body, id="something before it"),
        pytest.param(lambda body: body + b"{}{}{}{}{}{}", id="something behind it"),
    ],
)
def test_a_body_that_is_not_in_its_coding_is_a_bad_request(coding: str, spoil: Callable[[bytes], bytes]) -> None:
    with pytest.raises(BadRequest, match=f"not in the coding '{coding}'"):
        decoded(spoil(packed(TEXT, coding)), coding, 0)


def test_codings_are_taken_off_in_their_order() -> None:
    assert decoded(packed(packed(b"{}", "deflate"), "gzip"), "deflate, gzip", 0) == b"{}"


@pytest.mark.parametrize(
    ("body", "stated"),
    [
        pytest.param(b"{}", "", id="none"),
        pytest.param(b"{}", "identity", id="identity"),
        pytest.param(gzip.compress(b"{}"), "X-GZIP", id="the old name"),
        pytest.param(gzip.compress(b"{") + gzip.compress(b"}"), "gzip", id="two files"),
        pytest.param(bare(b"{}"), "deflate", id="deflate without a frame"),
    ],
)
def test_the_spellings_of_real_clients_are_read(body: bytes, stated: str) -> None:
    assert decoded(body, stated, 10) == b"{}"


@pytest.mark.parametrize("stated", ["compress", "gzip, compress", "gzip, gzip, gzip, gzip"])
def test_other_codings_are_refused_with_those_that_are_read(stated: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="Send the body as it is, or in one of") as caught:
        decoded(b"", stated, 0)
    assert caught.value.headers == {"Accept-Encoding": ", ".join(codings())}


def test_each_step_is_bounded() -> None:
    twice = packed(packed(b"0" * 50_000_000, "gzip"), "gzip")
    with pytest.raises(ODataError) as caught:
        decoded(twice, "gzip, gzip", 1_000_000)
    assert caught.value.status == 413
