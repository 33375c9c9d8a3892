import gzip
import io
from typing import Any

import pytest

from odata_service.errors import BadRequest, ODataError, PayloadTooLarge, UnsupportedMediaType
from odata_service.service import Response
from odata_service.settings import Limits, Settings
from odata_service.spool import Spooled, spooled
from odata_service.web.messages import finished, headers_of, raw_path, request_of


def environ(**changes: Any) -> dict[str, Any]:
    return {
        "REQUEST_METHOD": "GET",
        "PATH_INFO": "/Customers",
        "QUERY_STRING": "",
        "SERVER_NAME": "server",
        "SERVER_PORT": "80",
        "HTTP_HOST": "host:8080",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(b""),
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"PATH_INFO": "/Customers('a')"}, "Customers('a')"),
        ({"PATH_INFO": "/Customers('a b?#')"}, "Customers('a%20b%3F%23')"),
        ({"PATH_INFO": "/Customers('ä%')".encode().decode("latin-1")}, "Customers('%C3%A4%25')"),
        ({"RAW_URI": "/Customers('a%2Fb')?$top=1", "PATH_INFO": "/Customers('a/b')"}, "Customers('a%2Fb')"),
        ({"RAW_URI": "/mount/Customers", "SCRIPT_NAME": "/mount"}, "Customers"),
    ],
)
def test_the_path_is_percent_encoded_once(changes: dict[str, str], path: str) -> None:
    assert raw_path(environ(**changes)) == path


def test_characters_that_a_client_has_not_encoded_are() -> None:
    typed = "$filter=name eq 'Weiß€'&$top=1".encode().decode("latin-1")
    query = request_of(environ(QUERY_STRING=typed), Settings()).query
    assert query == "$filter=name eq 'Wei%C3%9F%E2%82%AC'&$top=1"
    assert raw_path(environ(RAW_URI="/Customers('ä')".encode().decode("latin-1"))) == "Customers('%C3%A4')"


def test_header_names_are_in_lower_case() -> None:
    assert headers_of(environ(HTTP_ODATA_VERSION="4.0", CONTENT_TYPE="a/b")) == {
        "host": "host:8080",
        "odata-version": "4.0",
        "content-type": "a/b",
    }


@pytest.mark.parametrize(
    ("changes", "settings", "url"),
    [
        ({}, Settings(), "http://host:8080/"),
        ({"SCRIPT_NAME": "/data"}, Settings(), "http://host:8080/data/"),
        ({"HTTP_HOST": "", "SERVER_PORT": "81"}, Settings(), "http://server:81/"),
        ({"HTTP_X_FORWARDED_HOST": "evil"}, Settings(), "http://host:8080/"),
        (
            {"HTTP_X_FORWARDED_HOST": "bad, outer", "HTTP_X_FORWARDED_PROTO": "https"},
            Settings(trusted_proxies=1),
            "https://outer/",
        ),
        ({}, Settings(public_url="https://public.example/odata"), "https://public.example/odata/"),
    ],
)
def test_links_begin_with_what_the_client_used(changes: dict[str, str], settings: Settings, url: str) -> None:
    assert request_of(environ(**changes), settings).base_url == url


@pytest.mark.parametrize("host", ["a b", "a/b", "<script>", "a:b", "a\r\nb", "user@host"])
def test_a_host_that_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(BadRequest, match="Host"):
        request_of(environ(HTTP_HOST=host), Settings())


def posted(body: bytes, **changes: Any) -> dict[str, Any]:
    stated = {"REQUEST_METHOD": "POST", "CONTENT_LENGTH": str(len(body)), "wsgi.input": io.BytesIO(body)}
    return environ(**{**stated, **changes})


def test_a_body_is_read_to_its_length() -> None:
    assert request_of(posted(b"{}more", CONTENT_LENGTH="2"), Settings()).body == b"{}"


def test_a_body_of_unknown_length_is_read_to_its_end() -> None:
    chunked = posted(b"{}", CONTENT_LENGTH="", HTTP_TRANSFER_ENCODING="chunked")
    assert request_of(chunked, Settings()).body == b"{}"


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"CONTENT_LENGTH": "11"}, PayloadTooLarge),
        ({"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}, PayloadTooLarge),
        ({"CONTENT_LENGTH": "-1"}, BadRequest),
        ({"CONTENT_LENGTH": "٣"}, BadRequest),
        ({"HTTP_CONTENT_ENCODING": "compress", "CONTENT_LENGTH": "5"}, UnsupportedMediaType),
    ],
)
def test_a_body_that_is_not_accepted_is_refused(changes: dict[str, str], error: type[ODataError]) -> None:
    with pytest.raises(error):
        request_of(posted(b"x" * 20, **changes), Settings(limits=Limits(max_body_bytes=10)))


def test_a_body_shorter_than_its_length_is_refused() -> None:
    with pytest.raises(BadRequest, match="shorter"):
        request_of(posted(b"x", CONTENT_LENGTH="5"), Settings())


def test_an_answer_carries_its_length_and_its_id() -> None:
    done = finished(Response(200, {}, b"x" * 2_000), {"accept-encoding": "gzip"}, "id")
    assert isinstance(done.body, bytes)
    assert gzip.decompress(done.body) == b"x" * 2_000
    assert done.headers == {
        "Content-Encoding": "gzip",
        "Content-Length": str(len(done.body)),
        "Vary": "Accept-Encoding",
        "X-Request-ID": "id",
    }


def test_a_body_is_read_in_the_coding_that_it_states() -> None:
    packed = posted(gzip.compress(b"{}"), HTTP_CONTENT_ENCODING="gzip")
    assert request_of(packed, Settings()).body == b"{}"


def test_a_body_is_measured_as_it_is_when_it_is_decompressed() -> None:
    bomb = posted(gzip.compress(b"0" * 1_000), HTTP_CONTENT_ENCODING="gzip")
    with pytest.raises(PayloadTooLarge, match=r"999 bytes once it is decompressed \(--max-body-bytes\)"):
        request_of(bomb, Settings(limits=Limits(max_body_bytes=999)))


def test_a_body_in_a_file_has_its_length() -> None:
    body = spooled((b"a" * 600, b"b" * 600), 1_000)
    done = finished(Response(200, {"Content-Type": "image/png"}, body), {}, "id")
    assert isinstance(done.body, Spooled)
    assert (done.headers["Content-Length"], b"".join(done.body)) == ("1200", b"a" * 600 + b"b" * 600)
