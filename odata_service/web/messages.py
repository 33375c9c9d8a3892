"""WSGI environments become plain requests, plain responses become WSGI answers.

The path is handed on as it was sent, percent-encoded: a server that gives only the decoded path has it encoded again,
so that nothing is decoded twice. What is larger than its limit is refused before it is read.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from http import HTTPStatus
from itertools import count
from secrets import token_hex
from typing import BinaryIO, NamedTuple, cast
from urllib.parse import quote
from wsgiref.types import StartResponse, WSGIEnvironment

from odata_service.encodings import decoded
from odata_service.errors import BadRequest, ODataError, PayloadTooLarge
from odata_service.payload import write_error
from odata_service.service import Request, Response
from odata_service.settings import Settings
from odata_service.spool import Spooled
from odata_service.web.compression import compressed
from odata_service.web.cors import tell_origin

_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)
WITH_BODY = frozenset({"POST", "PUT", "PATCH", "MERGE"})
"""The methods whose bodies are read."""
_SAFE_PATH = "/!$&'()*+,;=:@-._~"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9/!$&'()*+,;=:@._~-]*")
_ASCII = bytes(range(128))
_PIECE = 64 * 1024

_PROCESS = token_hex(4)
_NUMBERS = count(1)


def request_of(environ: WSGIEnvironment, settings: Settings) -> Request:
    """The plain request; `ODataError` for a host, length or encoding that is not accepted."""
    method, headers = environ["REQUEST_METHOD"], headers_of(environ)
    return Request(
        method=method,
        path=raw_path(environ),
        query=encoded(environ.get("QUERY_STRING", "")),
        headers=headers,
        body=_body(environ, settings.limits.max_body_bytes) if method in WITH_BODY else b"",
        base_url=base_url_of(_place(environ), headers, settings),
        request_id=request_id_of(headers),
    )


def outline_of(environ: WSGIEnvironment) -> Request:
    """What every request has: where another part of it is not accepted, this is what is refused."""
    headers = headers_of(environ)
    return Request(environ["REQUEST_METHOD"], "", headers=headers, request_id=request_id_of(headers))


def request_id_of(headers: Mapping[str, str]) -> str:
    """The id that the caller gave the request, or a new one."""
    return given_id(headers.get("x-request-id")) or f"{_PROCESS}-{next(_NUMBERS):x}"


def given_id(stated: str | None) -> str | None:
    """An id that a caller gave, if it is one."""
    return stated if stated and _REQUEST_ID.fullmatch(stated) else None


def raw_path(environ: WSGIEnvironment) -> str:
    """The path below the mount point, percent-encoded, without its first slash."""
    raw = environ.get("RAW_URI") or environ.get("REQUEST_URI")
    mount = environ.get("SCRIPT_NAME", "")
    if raw and raw.startswith("/"):
        path = str(raw).partition("?")[0]
        return encoded(path.removeprefix(mount).removeprefix("/"))
    return path_as_sent(environ.get("PATH_INFO", ""), "latin-1")


def path_as_sent(path: str, charset: str) -> str:
    """A decoded path, percent-encoded again, without its first slash."""
    if _PLAIN_PATH.fullmatch(path):
        return path.removeprefix("/")
    return quote(path.encode(charset), safe=_SAFE_PATH).removeprefix("/")


def encoded(text: str, charset: str = "latin-1") -> str:
    """A part of a URL in ASCII: curl sends what is typed, of which WSGI has the bytes as Latin-1 (PEP 3333)."""
    return text if text.isascii() else quote(text.encode(charset), safe=_ASCII)


def headers_of(environ: WSGIEnvironment) -> dict[str, str]:
    """The request's headers, their names in lower case."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    content_type = environ.get("CONTENT_TYPE")
    if content_type:
        headers["content-type"] = content_type
    return headers


class Place(NamedTuple):
    """Where a request came in: the scheme, the server's own name, and the path that the service is mounted at."""

    scheme: str
    server: str
    prefix: str = ""


def _place(environ: WSGIEnvironment) -> Place:
    server = f"{environ.get('SERVER_NAME', 'localhost')}:{environ.get('SERVER_PORT', '80')}"
    return Place(environ["wsgi.url_scheme"], server, environ.get("SCRIPT_NAME", ""))


def base_url_of(place: Place, headers: Mapping[str, str], settings: Settings) -> str:
    """The service root as the client sees it, with a slash at its end."""
    if settings.public_url is not None:
        return settings.public_url.rstrip("/") + "/"
    scheme, host, prefix = place.scheme, headers.get("host") or place.server, place.prefix
    if settings.trusted_proxies:
        scheme = _forwarded(headers, "proto", settings.trusted_proxies) or scheme
        host = _forwarded(headers, "host", settings.trusted_proxies) or host
        prefix = _forwarded(headers, "prefix", settings.trusted_proxies) or prefix
    return _base_url(scheme, host, prefix)


@lru_cache(maxsize=100)
def _base_url(scheme: str, host: str, prefix: str) -> str:
    if scheme not in {"http", "https"} or not _HOST.fullmatch(host):
        raise BadRequest("The Host header is not a host name.", target="Host", hint="Send the host and port alone.")
    return f"{scheme}://{host}{quote(prefix.rstrip('/'), safe='/')}/"


def _forwarded(headers: Mapping[str, str], name: str, proxies: int) -> str | None:
    """What the outermost of the trusted proxies said."""
    values = [part.strip() for part in headers.get(f"x-forwarded-{name}", "").split(",")]
    return values[-proxies] or None if len(values) >= proxies else None


def _body(environ: WSGIEnvironment, limit: int) -> bytes:
    """The body in no coding; both as it is sent and as it is then it is bounded."""
    body = _sent(environ, limit)
    coding = environ.get("HTTP_CONTENT_ENCODING")
    return decoded(body, coding, limit) if coding and body else body


def _sent(environ: WSGIEnvironment, limit: int) -> bytes:
    stream = cast(BinaryIO, environ["wsgi.input"])  # PEP 3333 names the methods that it has
    stated = environ.get("CONTENT_LENGTH") or ""
    if not stated:
        return _whole(stream, limit) if environ.get("HTTP_TRANSFER_ENCODING") else b""
    length = length_of(stated)
    if limit and length > limit:
        raise too_large(limit)
    body = stream.read(length)
    if len(body) < length:
        raise BadRequest("The body is shorter than its Content-Length.", target="Content-Length")
    return body


def _whole(stream: BinaryIO, limit: int) -> bytes:
    """A body of unknown length, read piece by piece up to the limit."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(_PIECE):
        size += len(piece)
        if limit and size > limit:
            raise too_large(limit)
        pieces.append(piece)
    return b"".join(pieces)


def length_of(stated: str) -> int:
    """The length that a Content-Length states; `BadRequest` where it is none."""
    if not stated.isascii() or not stated.isdigit():
        raise BadRequest(f"Content-Length '{stated[:20]}' is no length.", target="Content-Length")
    return int(stated)


def too_large(limit: int) -> PayloadTooLarge:
    """The refusal of a body."""
    return PayloadTooLarge(f"The body is larger than {limit} bytes (--max-body-bytes).", hint="Send less at a time.")


def error_response(error: ODataError) -> Response:
    """The answer to a request that no service has anything to do with."""
    headers = {
        "Content-Type": "application/json;odata.metadata=minimal",
        "OData-Version": "4.0",
        "Content-Language": "en",
        **error.headers,
    }
    return Response(error.status, headers, write_error(error, version="4.0"))


def finished(
    response: Response, request_headers: Mapping[str, str], request_id: str, origins: Collection[str] = ()
) -> Response:
    """A response with its request id, compressed where that pays and the client takes it, and its length if known.

    The length of what HEAD would have had compressed is not. `origins` are those whose pages may read it.
    """
    if origins:
        tell_origin(response, request_headers, origins)
    done = compressed(response, request_headers.get("accept-encoding", ""))
    done.headers["X-Request-ID"] = request_id
    if isinstance(done.body, bytes | Spooled) and done.status not in {204, 304}:
        size = len(done.body) if isinstance(done.body, bytes) else done.body.size
        if size or "Content-Encoding" not in done.headers:
            done.headers.setdefault("Content-Length", str(size))
    return done


def answer(response: Response, start_response: StartResponse) -> Iterable[bytes]:
    """The WSGI answer."""
    start_response(_STATUS[response.status], list(response.headers.items()))
    return [response.body] if isinstance(response.body, bytes) else response.body


_STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}
