"""Plain requests and responses, so that web, batch and tests use the same service."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field


class Principal(Struct, frozen=True):
    """Who a caller is: a name, and what else is known of it."""

    name: str
    claims: Mapping[str, Any] = field(default_factory=dict)


class Request(Struct, frozen=True):
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


class Response(Struct, frozen=True):
    """One response: `body` as a whole or in pieces; header names in their usual spelling."""

    status: int
    headers: dict[str, str]
    body: bytes | Iterable[bytes] = b""
