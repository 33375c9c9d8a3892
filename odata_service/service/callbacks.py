"""Callbacks: a client's URL is asked for when its request is answered, where the operator allows its host.

Nothing else is ever asked for: no redirect is followed, and what comes back is not read (Protocol 8.2.8.2).
"""

import logging
from collections.abc import Collection
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import SplitResult, urlsplit

_LOG = logging.getLogger("odata_service")
_TIMEOUT_SECONDS = 10
_UNPRINTED = {chr(code) for code in (*range(33), 127)}


def allowed_callback(url: str | None, hosts: Collection[str]) -> str | None:
    """The URL, if it may be called back: of http or https, its host and port as one of the allowed ones."""
    if url is None or _UNPRINTED & {*url} or not url.isascii():
        return None
    try:
        parts = urlsplit(url)
        known = parts.port is None or parts.port > 0
    except ValueError:
        return None
    allowed = {host.lower() for host in hosts}
    return url if known and parts.scheme in {"http", "https"} and parts.netloc.lower() in allowed else None


def call_back(url: str) -> None:
    """Asks for an allowed URL; where that fails the log says so, since nobody waits for it."""
    parts = urlsplit(url)
    connection = _connection(parts)
    try:
        connection.request("GET", (parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        connection.getresponse().close()
    except (OSError, HTTPException) as error:
        _LOG.warning("the callback to %s failed: %s", parts.netloc, error)
    finally:
        connection.close()


def _connection(parts: SplitResult) -> HTTPConnection:
    assert parts.hostname is not None, "allowed URLs have a host"
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    return kind(parts.hostname, parts.port, timeout=_TIMEOUT_SECONDS)
