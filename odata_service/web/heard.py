"""What granian hears becomes a plain request; or a WSGI environment, for what Flask answers (PEP 3333)."""

import sys
from collections.abc import Callable
from io import BytesIO
from wsgiref.types import WSGIApplication, WSGIEnvironment

from odata_service.encodings import decoded
from odata_service.service import Request, Response
from odata_service.settings import Settings
from odata_service.web.gateway import Scope
from odata_service.web.messages import (
    WITH_BODY,
    Place,
    base_url_of,
    encoded,
    length_of,
    path_as_sent,
    request_id_of,
    too_large,
)

_REPLACEMENT, _NO_TEXT = "%EF%BF%BD", "%FF"
"""What granian puts in the place of bytes that are not UTF-8, and what the service is given: it refuses such bytes."""

_UNREAD = "\xff"
"""What stands for the value of a header that granian does not give, since it is not ASCII: no reader takes it."""


def request_heard(scope: Scope, body: bytes, settings: Settings) -> Request:
    """The plain request; `ODataError` for a host, length or encoding that is not accepted."""
    headers = headers_heard(scope)
    return Request(
        method=scope.method,
        path=path_as_sent(scope.path, "utf-8").replace(_REPLACEMENT, _NO_TEXT),
        query=encoded(scope.query_string, "utf-8"),
        headers=headers,
        body=_body(headers, body, settings.limits.max_body_bytes) if scope.method in WITH_BODY else b"",
        base_url=base_url_of(Place(scope.scheme, scope.server), headers, settings),
        request_id=request_id_of(headers),
    )


def outline_heard(scope: Scope) -> Request:
    """What every request has: where another part of it is not accepted, this is what is refused."""
    headers = headers_heard(scope)
    return Request(scope.method, "", headers=headers, request_id=request_id_of(headers))


def headers_heard(scope: Scope) -> dict[str, str]:
    """The request's headers, their names in lower case.

    Those with an underscore are left out: WSGI has the same name for one with a hyphen, which a proxy may vouch for.
    """
    stated = scope.headers.items()
    headers = dict(stated)
    if len(headers) < max(len(stated), len(scope.headers)):  # some stand there twice, or are not read
        known = {name: scope.headers.get_all(name) for name in scope.headers}
        headers = {name: ",".join(values) if values else _UNREAD for name, values in known.items()}
    if "host" not in headers and scope.authority:
        headers["host"] = scope.authority
    return {name: value for name, value in headers.items() if "_" not in name}


def _body(headers: dict[str, str], body: bytes, limit: int) -> bytes:
    length = length_of(headers.get("content-length") or "0")
    if limit and max(length, len(body)) > limit:
        raise too_large(limit)
    coding = headers.get("content-encoding")
    return decoded(body, coding, limit) if coding and body else body


def answer_of(application: WSGIApplication, scope: Scope, body: bytes) -> Response:
    """What a WSGI application answers."""
    begun: list[tuple[str, list[tuple[str, str]]]] = []

    def start(status: str, headers: list[tuple[str, str]], *_: object) -> Callable[[bytes], object]:
        begun.append((status, headers))
        return written.append

    written: list[bytes] = []
    pieces = application(environ_of(scope, body), start)
    try:
        whole = b"".join((*written, *pieces))
    finally:
        close = getattr(pieces, "close", None)
        if close is not None:
            close()
    status, headers = begun[-1]
    return Response(int(status[:3]), dict(headers), whole)


def environ_of(scope: Scope, body: bytes) -> WSGIEnvironment:
    """The environment of a request."""
    headers = headers_heard(scope)
    server, _, port = scope.server.rpartition(":")
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string.encode().decode("latin-1"),
        "SERVER_NAME": server,
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "REMOTE_ADDR": scope.client.rpartition(":")[0],
        "CONTENT_TYPE": headers.pop("content-type", ""),
        "CONTENT_LENGTH": headers.pop("content-length", ""),
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.input": BytesIO(body),
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    environ.update({f"HTTP_{name.replace('-', '_').upper()}": value for name, value in headers.items()})
    return environ
