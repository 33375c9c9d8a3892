import gzip
import zlib

import pytest

from odata_service.encodings import codings, decoded
from odata_service.service import Response
from odata_service.web.compression import compressed, preferred_coding
from odata_service.web.messages import finished

LONG = b"x" * 2_000


def unpacked(answer: Response) -> bytes:
    body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
    return decoded(body, answer.headers.get("Content-Encoding", ""), 0)


@pytest.mark.parametrize("coding", sorted(codings()))
def test_a_long_answer_is_sent_in_the_coding_that_the_client_takes(coding: str) -> None:
    answer = compressed(Response(200, {"Vary": "Accept", "ETag": 'W/"1"'}, LONG), coding)
    assert answer.headers == {"Vary": "Accept, Accept-Encoding", "ETag": 'W/"1"', "Content-Encoding": coding}
    assert len(answer.body if isinstance(answer.body, bytes) else b"") < 100
    assert unpacked(answer) == LONG


@pytest.mark.parametrize("coding", sorted(codings()))
def test_an_answer_in_pieces_is_compressed_while_it_is_sent(coding: str) -> None:
    answer = compressed(Response(200, {"Content-Length": "4000"}, iter((LONG, b"", LONG))), coding)
    assert not isinstance(answer.body, bytes)
    assert answer.headers == {"Vary": "Accept-Encoding", "Content-Encoding": coding}
    assert unpacked(answer) == LONG + LONG


def test_what_is_not_taken_compressed_still_varies() -> None:
    answer = compressed(Response(200, {}, LONG), "")
    assert (answer.body, answer.headers) == (LONG, {"Vary": "Accept-Encoding"})


def test_head_is_told_the_coding_of_what_get_is_sent() -> None:
    told = {"Content-Type": "application/json", "Content-Length": "2000"}
    done = finished(Response(200, dict(told)), {"accept-encoding": "gzip"}, "1")
    assert (done.body, done.headers.get("Content-Encoding"), done.headers["Vary"]) == (b"", "gzip", "Accept-Encoding")
    assert "Content-Length" not in done.headers
    short = finished(Response(200, {**told, "Content-Length": "20"}), {"accept-encoding": "gzip"}, "1")
    assert (short.headers["Content-Length"], short.headers.get("Content-Encoding")) == ("20", None)


def test_an_unchanged_answer_varies_as_the_one_that_it_stands_for() -> None:
    assert compressed(Response(304, {"Vary": "Accept"}), "gzip").headers == {"Vary": "Accept, Accept-Encoding"}


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        pytest.param({}, b"x" * 1_000, id="short"),
        pytest.param({"Content-Type": "image/png"}, LONG, id="packed by its nature"),
        pytest.param({"Content-Encoding": "gzip"}, LONG, id="packed already"),
        pytest.param({"Content-Type": "text/csv", "Accept-Ranges": "bytes"}, LONG, id="sent in parts"),
    ],
)
def test_what_compression_does_not_make_smaller_is_sent_as_it_is(headers: dict[str, str], body: bytes) -> None:
    answer = compressed(Response(200, dict(headers), body), "gzip")
    assert (answer.body, answer.headers) == (body, headers)


@pytest.mark.parametrize(
    ("header", "coding"),
    [
        ("gzip", "gzip"),
        ("x-gzip", "gzip"),
        ("GZIP", "gzip"),
        ("deflate, gzip;q=0.5", "deflate"),
        ("deflate, gzip", "gzip"),
        ("*;q=0.1, deflate;q=0.2", "deflate"),
        ("gzip;q=0.001", "gzip"),
        ("gzip;q=0", None),
        ("gzip;q=0.5, identity", None),
        ("gzip, identity;q=0", "gzip"),
        ("identity;q=0", None),
        ("compress", None),
        ("", None),
    ],
)
def test_the_client_says_which_coding_it_likes_best(header: str, coding: str | None) -> None:
    assert preferred_coding(header) == coding


def test_any_coding_is_the_one_that_is_best_to_send() -> None:
    assert preferred_coding("*") == next(iter(codings()))


def test_others_read_what_is_sent() -> None:
    gzipped, deflated = (compressed(Response(200, {}, LONG), coding).body for coding in ("gzip", "deflate"))
    assert isinstance(gzipped, bytes) and isinstance(deflated, bytes)
    assert (gzip.decompress(gzipped), zlib.decompress(deflated)) == (LONG, LONG)
