"""Plain requests and responses, so that web, batch and tests use the same service."""

from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from msgspec import Struct, field

from odata_service.payload import EntityWriter
from odata_service.payload.entities import Objects
from odata_service.plan.model import ReadPlan
from odata_service.url.shape import Shape


class Principal(Struct, frozen=True):
    """Who a caller is: a name, and what else is known of it."""

    name: str
    claims: Mapping[str, Any] = field(default_factory=dict)


class Presentation(Protocol):
    """Entities in another form than V4's JSON. Equal ones compile equal writers, which are kept
    with all else that is compiled of a request.
    """

    @property
    def media_type(self) -> str:
        """The Content-Type of the documents."""

    def compile(self, plan: ReadPlan) -> EntityWriter:
        """The writer for the entities that a plan reads."""

    def collection(self, objects: Objects, count: int | None, next_link: str | None) -> bytes:
        """The document of a page; the next link is V4's."""

    def entity(self, target: dict[str, object]) -> bytes:
        """The document of one entity."""

    def __hash__(self) -> int: ...


class Request(Struct, frozen=True):
    """One request: `path` and `query` percent-encoded as sent, `path` relative to the service root without its slash.

    Header names are in lower case. `base_url` is the service root as the client sees it, with a slash at the end.
    `principal` is who has sent it, where somebody has found that out. `presentation` is how entities are written where
    it is not as V4's JSON, and `shape` that of the URL without a skip token, where it is known already. `members` is
    what the body that states an entity says, where that has been read already: it stands in place of the body.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    base_url: str = "http://localhost/"
    request_id: str = ""
    principal: Principal | None = None
    presentation: Presentation | None = None
    shape: Shape | None = None
    members: Mapping[str, object] | None = None


class Response(Struct, frozen=True):
    """One response: `body` as a whole or in pieces; header names in their usual spelling."""

    status: int
    headers: dict[str, str]
    body: bytes | Iterable[bytes] = b""
