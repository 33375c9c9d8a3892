"""What an answer says, as verbose JSON: always one object with the one member `d` (V2 JSON Format 2 to 10)."""

from collections.abc import Mapping

import orjson
from msgspec import Struct

from odata_service.csdl.v2_model import V2Model
from odata_service.edm.types import TypeRef
from odata_service.errors import ODataError
from odata_service.payload import EntityWriter
from odata_service.payload.entities import Objects
from odata_service.plan.model import ReadPlan
from odata_service.v2.document import Links, v2_target, v2_words
from odata_service.v2.entity_writer import compile_v2_writer
from odata_service.v2.rows import Layouts, Shown, following

MEDIA_TYPE = "application/json"


class JsonEntities(Struct, frozen=True, eq=False):
    """Entities as verbose JSON, in the answer to the request with this URL; equal are those that show alike."""

    shown: Shown
    path: str
    query: str
    base_url: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, JsonEntities) and other.shown == self.shown

    def __hash__(self) -> int:
        return hash(self.shown)

    @property
    def media_type(self) -> str:
        """The Content-Type of the documents."""
        return f"{MEDIA_TYPE};charset=utf-8"

    def compile(self, plan: ReadPlan) -> EntityWriter:
        """The writer for the entities that a plan reads."""
        return compile_v2_writer(plan, self.shown.wanted, self.shown.layouts)

    def collection(self, objects: Objects, count: int | None, next_link: str | None) -> bytes:
        """The document of a page."""
        behind = None if next_link is None else following(next_link, self.path, self.query, self.base_url)
        return _page(objects, count, behind)

    def entity(self, target: dict[str, object]) -> bytes:
        """The document of one entity."""
        return _d(target)


class JsonDocuments:
    """Writes answers other than entities as verbose JSON."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts

    def member(self, name: str, type_ref: TypeRef, value: object) -> tuple[str, bytes]:
        """A property, or what a function import gives that is none of entities."""
        if isinstance(value, list):
            return MEDIA_TYPE, _d({"results": [self._converted(type_ref.element, each) for each in value]})
        return MEDIA_TYPE, _d({name: self._converted(type_ref, value)})

    def link(self, uri: str) -> tuple[str, bytes]:
        """The one link of an entity along a navigation property."""
        return MEDIA_TYPE, _d({"uri": uri})

    def links(self, links: Links) -> tuple[str, bytes]:
        """The links of an entity along a navigation property of many."""
        return MEDIA_TYPE, _page([{"uri": uri} for uri in links.uris], links.count, links.next_link)

    def service(self, model: V2Model, base_url: str) -> tuple[str, bytes]:
        """The service document."""
        return MEDIA_TYPE, _d({"EntitySets": list(model.listed)})

    def error(self, error: ODataError) -> tuple[str, bytes]:
        """A failure; what V2 has no place for stands in `innererror`, as SAP's services have it.

        Its message stands there once more: Breeze shows that of the innermost error.
        """
        text = v2_words(error.message)
        body: dict[str, object] = {"code": error.code, "message": {"lang": "en", "value": text}}
        told = error.details or ([error] if error.target is not None else [])
        details = [
            {"code": each.code, "message": v2_words(each.message), "target": v2_target(each.target)} for each in told
        ]
        if details:
            shown = [{**each, "propertyref": each["target"], "severity": "error"} for each in details]
            body["innererror"] = {"message": text, "errordetails": shown}
        return MEDIA_TYPE, orjson.dumps({"error": body})

    def _converted(self, type_ref: TypeRef, value: object) -> object:
        convert = self._layouts.writer(type_ref)
        return value if convert is None or value is None else convert(value)


def named(error: dict[str, object], content_id: str) -> None:
    """Says in an error which request of its change set it is about, where OpenUI5 looks for it: in all details."""
    text = _text_of(error)
    inner = error.setdefault("innererror", {"message": text})
    assert isinstance(inner, dict), "the service has written it"
    for detail in inner.setdefault("errordetails", [{"code": error["code"], "message": text, "severity": "error"}]):
        detail["ContentID"] = content_id


def _text_of(error: Mapping[str, object]) -> object:
    message = error["message"]
    assert isinstance(message, dict), "it has a language and a text"
    return message["value"]


def uri_in(document: bytes) -> str:
    """The URI of the entity that a document is of: what is said first in it, and holds nothing that JSON escapes."""
    return document.removeprefix(_BEGINNING).partition(b'"')[0].decode("utf-8")


_BEGINNING = b'{"d":{"__metadata":{"id":"'


def _page(objects: object, count: int | None, next_link: str | None) -> bytes:
    document: dict[str, object] = {} if count is None else {"__count": str(count)}
    document["results"] = objects
    if next_link is not None:
        document["__next"] = next_link
    return _d(document)


def _d(value: Mapping[str, object]) -> bytes:
    return orjson.dumps({"d": value})
