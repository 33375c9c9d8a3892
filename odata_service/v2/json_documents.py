"""What an answer says, as verbose JSON: always one object with the one member `d` (V2 JSON Format 2 to 10)."""

from collections.abc import Mapping, Sequence

import orjson

from odata_service.csdl.v2_model import V2Model
from odata_service.edm.model import EntitySet
from odata_service.edm.types import TypeRef
from odata_service.errors import ODataError
from odata_service.v2.document import Feed
from odata_service.v2.options import Wanted
from odata_service.v2.rows import JsonRows, Layouts, Row

MEDIA_TYPE = "application/json"


class JsonDocuments:
    """Writes answers as verbose JSON."""

    def __init__(self, layouts: Layouts) -> None:
        self._layouts = layouts

    def feed(self, feed: Feed, base_url: str) -> tuple[str, bytes]:
        """A collection of entities."""
        rows = JsonRows(self._layouts, base_url)
        document: dict[str, object] = {}
        if feed.count is not None:
            document["__count"] = str(feed.count)
        document["results"] = rows.entities(feed.rows, feed.entity_set, feed.type, feed.wanted)
        if feed.next_link is not None:
            document["__next"] = feed.next_link
        return MEDIA_TYPE, _d(document)

    def entry(self, row: Row, entity_set: EntitySet, declared: str, wanted: Wanted, base_url: str) -> tuple[str, bytes]:
        """One entity."""
        return MEDIA_TYPE, _d(JsonRows(self._layouts, base_url).entity(row, entity_set, declared, wanted))

    def member(self, name: str, type_ref: TypeRef, value: object) -> tuple[str, bytes]:
        """A property, or what a function import gives that is none of entities."""
        if isinstance(value, list):
            return MEDIA_TYPE, _d({"results": [self._converted(type_ref.element, each) for each in value]})
        return MEDIA_TYPE, _d({name: self._converted(type_ref, value)})

    def links(self, uris: Sequence[str], *, is_collection: bool) -> tuple[str, bytes]:
        """The links of an entity."""
        objects = [{"uri": uri} for uri in uris]
        return MEDIA_TYPE, _d({"results": objects} if is_collection else objects[0])

    def service(self, model: V2Model, base_url: str) -> tuple[str, bytes]:
        """The service document."""
        return MEDIA_TYPE, _d({"EntitySets": list(model.entity_sets)})

    def error(self, error: ODataError) -> tuple[str, bytes]:
        """A failure; what V2 has no place for stands in `innererror`, as SAP's services have it."""
        body: dict[str, object] = {"code": error.code, "message": {"lang": "en", "value": error.message}}
        details = [{"code": each.code, "message": each.message, "target": each.target} for each in error.details]
        if error.target is not None and not details:
            details = [{"code": error.code, "message": error.message, "target": error.target}]
        if details:
            shown = [{**each, "propertyref": each["target"], "severity": "error"} for each in details]
            body["innererror"] = {"errordetails": shown}
        return MEDIA_TYPE, orjson.dumps({"error": body})

    def _converted(self, type_ref: TypeRef, value: object) -> object:
        convert = self._layouts.writer(type_ref)
        return value if convert is None or value is None else convert(value)


def _d(value: Mapping[str, object]) -> bytes:
    return orjson.dumps({"d": value})
