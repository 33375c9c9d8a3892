"""Plain requests and responses, so that web, batch and tests use the same service."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `path` and `query` percent-encoded as sent, `path` relative to the service root without its slash.

    Header names are in lower case. `base_url` is the service root as the client sees it, with a slash at the end.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "http://localhost/"
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Response:
    """One response: `body` as a whole or in pieces; header names in their usual spelling."""

    status: int
    headers: dict[str, str]
    body: bytes | Iterable[bytes] = b""
