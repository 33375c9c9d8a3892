"""Multipart batches as bytes: what clients write is read, and what is none is told."""

import pytest

from odata_service.errors import BadRequest, PayloadTooLarge
from odata_service.payload.batch import BatchRequest, Malformed, Replies, Reply, Unit
from odata_service.payload.multipart import boundary_of, read_multipart, write_multipart
from tests.batches import change_set, divided, http


def only(body: bytes, boundary: str = "b") -> BatchRequest:
    """The one request of a batch."""
    ((part,),) = (unit.parts for unit in read_multipart(body, boundary, 10))
    assert isinstance(part, BatchRequest), part
    return part


def refusal(body: bytes) -> str:
    """What is said of the one part of a batch that is no request."""
    ((part,),) = (unit.parts for unit in read_multipart(body, "b", 10))
    assert isinstance(part, Malformed), part
    return part.error.message


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/mixed;boundary=b", "b"),
        ("multipart/mixed; boundary=batch_id-1", "batch_id-1"),
        ('multipart/mixed; charset=utf-8; Boundary = "b:c d"', "b:c d"),
        (r'multipart/mixed; boundary="a\"b"', 'a"b'),
        ("multipart/mixed; boundary=b; type=x", "b"),
    ],
)
def test_a_boundary_may_be_quoted(content_type: str, boundary: str) -> None:
    assert boundary_of(content_type) == boundary


@pytest.mark.parametrize("content_type", ["multipart/mixed", 'multipart/mixed;boundary=""', "x;boundary=" + "b" * 201])
def test_a_content_type_without_a_fitting_boundary_is_refused(content_type: str) -> None:
    with pytest.raises(BadRequest, match="states no boundary"):
        boundary_of(content_type)


GET = BatchRequest(None, "GET", "Customers", {})
PLAIN = b"Content-Type: application/http\r\n\r\nGET Customers HTTP/1.1\r\n\r\n"


@pytest.mark.parametrize(
    ("body", "boundary"),
    [
        pytest.param(b"--b\r\n" + PLAIN + b"\r\n--b--\r\n", "b", id="as the standard has it"),
        pytest.param(b"--b\r\n" + PLAIN + b"\r\n--b--", "b", id="no last line end"),
        pytest.param((b"--b\r\n" + PLAIN + b"\r\n--b--\r\n").replace(b"\r\n", b"\n"), "b", id="line feeds alone"),
        pytest.param(b"To you:\r\n\r\n--b\r\n" + PLAIN + b"--b--\r\nGroup ID: x\r\n", "b", id="preamble and epilogue"),
        pytest.param(b"\r\n--b  \r\n" + PLAIN + b"--b-- \t\r\n", "b", id="blanks behind delimiters"),
        pytest.param(b"--b\r\n" + PLAIN[:-4] + b"\r\n--b--\r\n", "b", id="no blank line behind the headers"),
        pytest.param(b"--b\r\n" + PLAIN.replace(b" HTTP/1.1", b"") + b"\r\n--b--\r\n", "b", id="no version of HTTP"),
        pytest.param(b"--a{b\r\n" + PLAIN + b"\r\n--a{b--\r\n", "a%7Bb", id="a percent-encoded boundary"),
        pytest.param(b"--a%7Bb\r\n" + PLAIN + b"\r\n--a%7Bb--\r\n", "a%7Bb", id="percent signs in the boundary"),
        pytest.param(b"--b\r\n" + PLAIN.replace(b"GET ", b"get   ") + b"\r\n--b--\r\n", "b", id="a verb in lower case"),
        pytest.param(
            b"--b\r\n" + PLAIN.replace(b"GET", b"\r\nGET") + b"--b--", "b", id="an empty line before the request"
        ),
    ],
)
def test_a_request_is_read_however_it_is_written(body: bytes, boundary: str) -> None:
    assert only(body, boundary) == GET


def test_headers_are_those_of_the_request_and_not_of_the_part() -> None:
    part = (
        "Content-Type:application/http\r\nContent-Transfer-Encoding:binary\r\nX-Own: 1\r\nContent-ID: 7\r\n\r\n"
        "POST Customers HTTP/1.1\r\nContent-Type:application/json\r\nPrefer: a\r\n b\r\nPREFER: c\r\n\r\n{}"
    ).replace("\r\n b", "")
    read = only(divided("b", part).encode())
    assert read == BatchRequest("7", "POST", "Customers", {"content-type": "application/json", "prefer": "a, c"}, b"{}")


def test_a_content_id_may_be_a_header_of_the_request() -> None:
    part = "Content-Type:application/http\r\n\r\nPOST x HTTP/1.1\r\nContent-ID: 7\r\n\r\n{}"
    assert only(divided("b", part).encode()) == BatchRequest("7", "POST", "x", {"content-id": "7"}, b"{}")


@pytest.mark.parametrize(
    ("headers", "content", "body"),
    [
        pytest.param("", b"\x00\xff\r\n\r\n--", b"\x00\xff\r\n\r\n--", id="to the delimiter"),
        pytest.param("Content-Length: 4\r\n", b"abcd", b"abcd", id="of its length"),
        pytest.param("Content-Length: 4\r\n", b"abcd\r\n", b"abcd", id="shorter than what is there"),
        pytest.param("Content-Length: 6\r\n", b"abcd", b"abcd", id="the line end of the delimiter counted"),
        pytest.param("Content-Length: 5\r\n", "Zoë😀".encode(), "Zoë😀".encode(), id="counted as JavaScript counts"),
        pytest.param("", b"--b is no line of its own", b"--b is no line of its own", id="the boundary in a line"),
    ],
)
def test_bodies_are_exact(headers: str, content: bytes, body: bytes) -> None:
    text = f"--b\r\nContent-Type: application/http\r\n\r\nPUT x HTTP/1.1\r\n{headers}\r\n".encode()
    assert only(text + content + b"\r\n--b--\r\n").body == body


def test_change_sets_are_units() -> None:
    one, two = http("POST Customers", "{}", content_id="1"), http("DELETE Customers('a')", content_id="2")
    units = read_multipart(divided("b", http("GET Customers"), change_set(one, two)).encode(), "b", 3)
    posted = BatchRequest("1", "POST", "Customers", {}, b"{}")
    deleted = BatchRequest("2", "DELETE", "Customers('a')", {})
    assert units == (Unit((GET,)), Unit((posted, deleted), "changeset-2"))


def test_an_empty_batch_has_no_units() -> None:
    assert read_multipart(b"--b--\r\n", "b", 10) == ()


@pytest.mark.parametrize("body", [b"", b"--c\r\n--c--", b"--b\r\n" + PLAIN, b"xx--b--\r\n", b"--bb\r\n--bb--"])
def test_a_body_that_its_boundary_does_not_divide_is_refused(body: bytes) -> None:
    with pytest.raises(BadRequest, match="--b"):
        read_multipart(body, "b", 10)


def test_more_requests_than_the_limit_are_refused_those_of_change_sets_counted() -> None:
    body = divided("b", http("GET x"), change_set(http("DELETE x"), http("DELETE x"))).encode()
    assert len(read_multipart(body, "b", 0)) == 2
    with pytest.raises(PayloadTooLarge, match="--max-batch"):
        read_multipart(body, "b", 2)


@pytest.mark.parametrize(
    ("part", "said"),
    [
        ("", "a request or a change set"),
        ("Content-Type: text/plain\r\n\r\nhello", "a request or a change set"),
        ("no header\r\n\r\n", "'no header' is no header"),
        ("Content-Type: multipart/mixed\r\n\r\n", "states no boundary"),
        ("Content-Type: multipart/mixed;boundary=c\r\n\r\nx", "has no line '--c'"),
        ("Content-Type: application/http\r\n\r\n", "'' is no request line"),
        ("Content-Type: application/http\r\n\r\nGET", "'GET' is no request line"),
        ("Content-Type: application/http\r\n\r\nGET x HTTP/1.1\r\nbad\r\n\r\n", "'bad' is no header"),
        ("Content-Type: application/http\r\n\r\nGET x HTTP/1.1\r\na b: 1\r\n\r\n", "'a b' is no name of a header"),
        ("Content-Type: application/http\r\n\r\nGET x HTTP/1.1\r\na: \x00\r\n\r\n", "control character"),
        ("Content-Type: application/http\r\nContent-ID: a\rb\r\n\r\nGET x HTTP/1.1\r\n\r\n", "control character"),
        ("Content-Type: application/http\r\nContent-ID: a b\r\n\r\nGET x HTTP/1.1\r\n\r\n", "'a b' is no Content-ID"),
        ("Content-Type: application/http\r\n\r\nPUT x HTTP/1.1\r\nContent-Length: 9\r\n\r\nab", "has 2 bytes"),
        ("Content-Type: application/http\r\n\r\nPUT x HTTP/1.1\r\nContent-Length: 1\r\n\r\nab", "has 2 bytes"),
        ("Content-Type: application/http\r\n\r\nPUT x HTTP/1.1\r\nContent-Length: 1\r\n\r\nëë", "has 4 bytes"),
        ("Content-Type: application/http\r\n\r\nPUT x HTTP/1.1\r\nContent-Length: x\r\n\r\nab", "is no length"),
        ("X: " + "y" * 70_000 + "\r\n\r\n", "longer than 65536 bytes"),
    ],
)
def test_what_is_wrong_inside_a_part_is_told_in_its_place(part: str, said: str) -> None:
    assert said in refusal(divided("b", part).encode())


def test_answers_are_written_in_order_a_failed_group_as_one() -> None:
    reply = Reply("1", 201, {"Location": "http://host/x"}, b"{}")
    failure = Reply(None, 400, {}, b"no")
    units = [Replies((reply,)), Replies((reply, Reply(None, 204, {}, b"")), "g"), Replies((reply,), "h", failure)]
    head = b"Content-Type: application/http\r\nContent-Transfer-Encoding: binary\r\n"
    created = b"Content-ID: 1\r\n\r\nHTTP/1.1 201 Created\r\nLocation: http://host/x\r\nContent-Length: 2\r\n\r\n{}\r\n"
    assert b"".join(write_multipart(units, "B")) == (
        b"--B\r\n"
        + head
        + created
        + b"--B\r\nContent-Type: multipart/mixed; boundary=changesetresponse_2-B\r\n\r\n--changesetresponse_2-B\r\n"
        + head
        + created
        + b"--changesetresponse_2-B\r\n"
        + head
        + b"\r\nHTTP/1.1 204 No Content\r\n\r\n\r\n--changesetresponse_2-B--\r\n--B\r\n"
        + head
        + b"\r\nHTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\nno\r\n--B--\r\n"
    )
