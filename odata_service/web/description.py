"""The OpenAPI description at `/-/openapi.json`: made for the first request, kept, and sent in pieces with an ETag.

It tells what `$metadata` tells, so those are asked who they are that are asked there.
"""

import hashlib
from collections.abc import Iterator

from msgspec import Struct

from odata_service import openapi
from odata_service.edm.model import Schema
from odata_service.errors import MethodNotAllowed
from odata_service.service import Request, Response, Service
from odata_service.service.conditional import read_tags

_PIECE = 256 * 1024


class _Kept(Struct, frozen=True):
    """What has been described: everything behind the opening, and the ETag of that."""

    schema: Schema
    pieces: tuple[bytes, ...]
    digest: str


class Description:
    """Answers requests for the description of a service."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._kept: _Kept | None = None

    def answer(self, request: Request) -> Response:
        """The description as a request sees it, its opening with the URL of the service; or what has not changed."""
        if request.method not in {"GET", "HEAD"}:
            raise MethodNotAllowed("/-/openapi.json takes GET and HEAD.", allow=("GET", "HEAD"))
        kept = self._known()
        opening = openapi.opening(request.base_url)
        tag = f'W/"{hashlib.sha256(opening + kept.digest.encode()).hexdigest()[:20]}"'
        known = read_tags("If-None-Match", request.headers.get("if-none-match"))
        if known is not None and known.match(tag):
            return Response(304, {"ETag": tag})
        headers = {"Content-Type": "application/json", "ETag": tag, "X-Content-Type-Options": "nosniff"}
        if request.method == "HEAD":
            length = len(opening) + sum(map(len, kept.pieces))
            return Response(200, {**headers, "Content-Length": str(length)})
        return Response(200, headers, iter((opening, *kept.pieces)))

    def _known(self) -> _Kept:
        """The description of the schema as it is now: code may have added operations to it."""
        service, kept = self._service, self._kept
        schema, settings = service.schema, service.settings
        if kept is None or kept.schema is not schema:
            offer = openapi.Offer(settings.read_only, settings.require_etag, service.challenge, service.tracked)
            pieces = tuple(_gathered(openapi.rest(schema, offer)))
            digest = hashlib.sha256()
            for piece in pieces:
                digest.update(piece)
            kept = self._kept = _Kept(schema, pieces, digest.hexdigest())
        return kept


def _gathered(parts: Iterator[bytes]) -> Iterator[bytes]:
    """The parts as fewer, larger pieces."""
    held = bytearray()
    for part in parts:
        held += part
        if len(held) >= _PIECE:
            yield bytes(held)
            held.clear()
    yield bytes(held)
