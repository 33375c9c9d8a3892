"""What reading and writing share: the service behind, what is made of its model, and how V4 is asked."""

from collections.abc import Mapping
from typing import Protocol

import orjson
from msgspec import Struct

from odata_service.csdl.v2_model import V2Model
from odata_service.edm.types import TypeRef
from odata_service.errors import ODataError
from odata_service.service import Request, Response, Service
from odata_service.service.message import Presentation
from odata_service.url.shape import Shape
from odata_service.v2.body import Bodies
from odata_service.v2.document import Links
from odata_service.v2.negotiation import v4_headers
from odata_service.v2.rows import Layouts
from odata_service.v2.translation import Translator

Written = tuple[str, bytes]
"""A media type and a body of it."""


class Documents(Protocol):
    """Writes answers other than entities in one format."""

    def member(self, name: str, type_ref: TypeRef, value: object) -> Written:
        """A property, or what a function import gives that is none of entities."""

    def link(self, uri: str) -> Written:
        """The one link of an entity along a navigation property."""

    def links(self, links: Links) -> Written:
        """The links of an entity along a navigation property of many."""

    def service(self, model: V2Model, base_url: str) -> Written:
        """The service document."""

    def error(self, error: ODataError) -> Written:
        """A failure."""


class Tools(Struct, frozen=True):
    """The service, and what is made of its model once; `metadata` is the document, `metadata_tag` its ETag."""

    service: Service
    model: V2Model
    layouts: Layouts
    translator: Translator
    bodies: Bodies
    metadata: bytes
    metadata_tag: str


class V4(Struct, frozen=True):
    """A request of V4 that is to be asked on behalf of one of V2; `members` is what it states of an entity."""

    method: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str | None = None
    prefer: str | None = None
    if_match: str | None = None
    shape: Shape | None = None
    members: Mapping[str, object] | None = None


V4_JSON = "application/json;IEEE754Compatible=true"


def ask(asked: V4, request: Request, service: Service, presentation: Presentation | None = None) -> Response:
    """The service's answer, entities in it as JSON of V4 or as they are presented; `ODataError` where it fails."""
    headers = v4_headers(request.headers, content_type=asked.content_type, prefer=asked.prefer, if_match=asked.if_match)
    return service.attempt(
        Request(
            asked.method,
            asked.path,
            asked.query,
            headers,
            asked.body,
            request.base_url,
            request.request_id,
            request.principal,
            presentation,
            asked.shape,
            asked.members,
        )
    )


def body_of(response: Response) -> bytes:
    """The body of an answer as a whole."""
    return response.body if isinstance(response.body, bytes) else b"".join(response.body)


def document_of(response: Response) -> dict[str, object]:
    """The JSON object that an answer of V4 is."""
    found = orjson.loads(body_of(response))
    assert isinstance(found, dict), "answers in JSON are objects"
    return found


def written(document: Written, response: Response, status: int | None = None) -> Response:
    """An answer with a document as its body, and those headers of V4's answer that say the same in V2."""
    media_type, body = document
    headers = {"Content-Type": f"{media_type};charset=utf-8", **kept_headers(response)}
    return Response(status or response.status, headers, body)


def kept_headers(response: Response) -> dict[str, str]:
    """Those headers of V4's answer that say the same in V2."""
    return {name: value for name, value in response.headers.items() if name not in _OF_V4}


_OF_V4 = frozenset({"Content-Type", "OData-Version", "OData-EntityId", "Preference-Applied", "Location", "Vary"})
