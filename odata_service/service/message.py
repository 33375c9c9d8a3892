"""Plain requests and responses, so that web, batch and tests use the same service."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Principal:
    """Who a caller is: a name, and what else is known of it."""

    name: str
    claims: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Request:
    """One request: `path` and `query` percent-encoded as sent, `path` relative to the service root without its slash.

    Header names are in lower case. `base_url` is the service root as the client sees it, with a slash at the end.
    `principal` is who has sent it, where somebody has found that out.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "http://localhost/"
    request_id: str = ""
    principal: Principal | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """One response: `body` as a whole or in pieces; header names in their usual spelling."""

    status: int
    headers: dict[str, str]
    body: bytes | Iterable[bytes] = b""
