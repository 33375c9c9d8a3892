"""Requests over HTTP to a service that may be anybody's: bounded in time and bytes, and never to another host.

What a server sends is taken as it is: all of its headers, in their order. A redirect is not followed but told.
"""

import http.client
import re
import socket
import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from threading import Event, Timer
from time import perf_counter
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from msgspec import Struct, field

from odata_service.encodings import decoded
from odata_service.errors import ODataError, one_line, shortened
from odata_service.version import VERSION

_PIECE = 64 * 1024
_MOST_SILENCES = 3
_HIDDEN = "…"
_SAFE = "/!$&'()*+,;=:@-._~%?"
_NUMBER = re.compile(r"[0-9]{1,100}")


class Unreachable(Exception):
    """No answer, or none that is HTTP; the message says why."""


class Silent(Exception):
    """Several requests one after another had no answer: there is no use in further ones."""


class Access(Struct, frozen=True):
    """How to get in, and how long to wait: `basic` is `user:password`, `api_key` name and value of a query option."""

    basic: str | None = None
    bearer: str | None = None
    api_key: tuple[str, str] | None = None
    headers: Sequence[tuple[str, str]] = ()
    timeout_seconds: float = 30.0
    max_body_bytes: int = 32 * 1024 * 1024

    def authorization(self) -> Mapping[str, str]:
        """The header that says who asks."""
        if self.bearer is not None:
            return {"Authorization": f"Bearer {self.bearer}"}
        if self.basic is not None:
            return {"Authorization": f"Basic {b64encode(self.basic.encode()).decode('ascii')}"}
        return {}

    def secrets(self) -> list[str]:
        """What must not be shown."""
        found = [self.bearer, self.basic, self.api_key[1] if self.api_key else None]
        return [secret for secret in found if secret]


class Exchange(Struct, frozen=True):
    """A request and its answer: header names as they were sent; the body in no coding, cut where it is too long."""

    method: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    milliseconds: float
    is_cut: bool = False

    def all(self, name: str) -> list[str]:
        """The values of a header, each as often as it was sent."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def first(self, name: str) -> str:
        """The value of a header, empty where it was not sent."""
        return next(iter(self.all(name)), "")

    def version(self, name: str = "OData-Version") -> str:
        """The version that a header states; servers of Microsoft end it with a semicolon, which clients pass over."""
        return self.first(name).rstrip("; ")

    @property
    def number(self) -> int | None:
        """The number that the body is, perhaps behind a byte order mark; None for any other."""
        text = self.text.strip().lstrip("\ufeff")
        return int(text) if _NUMBER.fullmatch(text) else None

    @property
    def media_type(self) -> str:
        """The media type of the body, without its parameters."""
        return self.first("Content-Type").partition(";")[0].strip().lower()

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


class Wire(Struct):
    """Connections to one host; keeps what was exchanged."""

    root: SplitResult
    access: Access
    exchanges: list[Exchange] = field(default_factory=list)
    _silences: int = 0

    def is_own(self, url: str) -> bool:
        """Whether a URL is one of the host: nothing is sent to any other."""
        parts = _split(url)
        return parts is not None and origin_of(parts) == origin_of(self.root)

    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Exchange:
        """The answer to a GET."""
        return self.ask("GET", url, headers or {})

    def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Exchange:
        """The answer to a request.

        `Unreachable` where there is none, `Silent` where there has been none several times.
        """
        assert self.is_own(url), "requests go to the host that was named alone"
        started = perf_counter()
        try:
            found = self._exchange(method, url, headers, body, started)
        except (OSError, http.client.HTTPException, ValueError, ODataError) as error:
            self._silences += 1
            if self._silences >= _MOST_SILENCES:
                raise Silent(_reason(error, self.access)) from error
            raise Unreachable(_reason(error, self.access)) from error
        self._silences = 0
        self.exchanges.append(found)
        return found

    def shown(self, text: str) -> str:
        """A text of the server in one line, without what must not be shown."""
        for secret in self.access.secrets():
            text = text.replace(secret, _HIDDEN).replace(quote(secret, safe=""), _HIDDEN)
        return one_line(shortened(text, 300))

    def _exchange(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, started: float
    ) -> Exchange:
        parts = urlsplit(self._keyed(url))
        connection = _connection(parts, self.access.timeout_seconds)
        # A socket's own timeout begins anew with each byte: this one ends what drips for ever.
        over = Event()
        connection.connect()
        watch = Timer(self.access.timeout_seconds, _cut_off, (connection.sock, over))
        watch.daemon = True
        watch.start()
        try:
            target = quote((parts.path or "/") + (f"?{parts.query}" if parts.query else ""), safe=_SAFE)
            sent = {"Accept-Encoding": "gzip, deflate", "User-Agent": f"odata-service-doctor/{VERSION}"}
            connection.request(method, target, body, {**sent, **self._credentials(headers), **headers})
            response = connection.getresponse()
            pieces = b"".join(_pieces(response, self.access.max_body_bytes))
            told, missing = tuple(response.getheaders()), response.length
        except (OSError, http.client.HTTPException) as error:
            if over.is_set():
                raise TimeoutError from error
            raise
        finally:
            watch.cancel()
            connection.close()
        if over.is_set():
            raise TimeoutError
        is_cut = len(pieces) > self.access.max_body_bytes
        if missing and not is_cut and method != "HEAD":
            raise http.client.IncompleteRead(pieces, missing)
        coding = response.headers.get("Content-Encoding", "")
        if coding and not is_cut and pieces:
            pieces = decoded(pieces, coding, self.access.max_body_bytes)
        taken = (perf_counter() - started) * 1_000
        return Exchange(method, url, response.status, told, pieces, taken, is_cut)

    def _credentials(self, headers: Mapping[str, str]) -> Mapping[str, str]:
        stated = {name.lower() for name in headers}
        own = {**self.access.authorization(), **dict(self.access.headers)}
        return {name: value for name, value in own.items() if name.lower() not in stated}

    def _keyed(self, url: str) -> str:
        """A URL with the API key, which stands in the query of every request."""
        if self.access.api_key is None:
            return url
        name, value = self.access.api_key
        return f"{url}{'&' if '?' in url else '?'}{quote(name, safe='')}={quote(value, safe='')}"


def origin_of(parts: SplitResult) -> tuple[str, str, int | None]:
    """Scheme, host and port."""
    usual = {"http": 80, "https": 443}.get(parts.scheme.lower())
    return parts.scheme.lower(), (parts.hostname or "").lower(), parts.port or usual


def wire_to(url: str, access: Access) -> Wire:
    """A wire to the host of a URL; `ValueError` for what is none of HTTP."""
    parts = _split(url)
    if parts is None or parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise ValueError(f"'{url}' is no URL of a service. Write http://host/path or https://host/path.")
    return Wire(parts, access)


def absolute(base: str, url: str) -> str:
    """A URL as seen from another one."""
    try:
        return urljoin(base, url)
    except ValueError:
        return ""


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018  # asking for the port is what finds a wrong one
    except ValueError:
        return None
    return parts


def _connection(parts: SplitResult, timeout_seconds: float) -> http.client.HTTPConnection:
    assert parts.hostname is not None, "the URL has a host"
    if parts.scheme.lower() == "https":
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=timeout_seconds, context=context)
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=timeout_seconds)


def _cut_off(held: socket.socket, over: Event) -> None:
    """Ends what a connection waits for."""
    over.set()
    with suppress(OSError):  # the other side was quicker
        held.shutdown(socket.SHUT_RDWR)


def _pieces(response: http.client.HTTPResponse, limit: int) -> Iterator[bytes]:
    """The body, until it is longer than the limit."""
    size = 0
    while size <= limit and (piece := response.read1(_PIECE)):
        size += len(piece)
        yield piece


def _reason(error: Exception, access: Access) -> str:
    if isinstance(error, TimeoutError):
        return f"There was no whole answer within {access.timeout_seconds:g} seconds."
    text = error.message if isinstance(error, ODataError) else str(error) or type(error).__name__
    return one_line(shortened(text, 300))
