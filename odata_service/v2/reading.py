"""GET: entities, one entity, properties, values, counts, links, and what functions give (V2 Operations 2.1)."""

from collections.abc import Callable
from typing import cast
from urllib.parse import unquote

from odata_service.edm.model import EntitySet, EntityType
from odata_service.edm.types import TypeRef
from odata_service.errors import MethodNotAllowed, NotFound
from odata_service.service import Request, Response
from odata_service.v2.document import Feed
from odata_service.v2.negotiation import format_of
from odata_service.v2.options import WireFormat
from odata_service.v2.path import Place
from odata_service.v2.rows import Row, token_of, uri_of
from odata_service.v2.tools import V4, Documents, Tools, ask, document_of, kept_headers, written
from odata_service.v2.translation import Translated

_UNCHANGED = 304


class Reader:
    """Answers reads."""

    def __init__(self, tools: Tools, documents: Callable[[WireFormat], Documents]) -> None:
        self._tools = tools
        self._documents = documents

    def read(self, request: Request) -> Response:
        """The answer to a GET."""
        translated = self._tools.translator.translated(request.path, request.query)
        place = translated.place
        if translated.call is not None and translated.call.offered.method != "GET":
            raise MethodNotAllowed(f"'{place.property}' is called by POST.", allow=("POST",))
        if place.kind in {"value", "count"}:
            return self._raw(translated, request)
        if place.kind == "links":
            return self._links(translated, request)
        answer = ask(V4("GET", place.path, translated.options.query), request, self._tools.service)
        return self.shown(answer, translated, request)

    def shown(self, answer: Response, translated: Translated, request: Request) -> Response:
        """V4's answer as one of V2."""
        place = translated.place
        if answer.status == _UNCHANGED:
            return Response(_UNCHANGED, kept_headers(answer))
        documents = self._documents(format_of(request.headers, translated.options.format))
        is_entity = isinstance(self._tools.model.schema.types.get(place.type.name), EntityType)
        if not is_entity or place.kind == "property":
            type_ref = TypeRef(place.type.name, place.is_collection, definition=place.type.definition)
            value = self._value(answer, type_ref)
            return written(documents.member(place.property, type_ref, value), answer, 200)
        assert place.entity_set is not None, "entities live in a set"
        if place.is_collection:
            feed = self._feed(document_of(answer), translated, request, place.entity_set)
            return written(documents.feed(feed, request.base_url), answer)
        if not answer.body:
            raise NotFound("Nothing is there.", hint="No entity is related, or the function has given none.")
        row = document_of(answer)
        name, wanted = place.type.name, translated.options.wanted
        return written(documents.entry(row, place.entity_set, name, wanted, request.base_url), answer)

    def _feed(
        self, document: dict[str, object], translated: Translated, request: Request, entity_set: EntitySet
    ) -> Feed:
        count, token = document.get("@odata.count"), token_of(document.get("@odata.nextLink"))
        following = None
        if token is not None:
            kept = [part for part in request.query.split("&") if part and not _is_token(part)]
            following = f"{request.base_url}{request.path}?{'&'.join([*kept, f'$skiptoken={token}'])}"
        rows = cast("list[Row]", document["value"])  # the service has written it
        return Feed(
            request.path,
            rows,
            entity_set,
            translated.place.type.name,
            translated.options.wanted,
            None if count is None else int(str(count)),
            following,
        )

    def _value(self, answer: Response, type_ref: TypeRef) -> object:
        if not answer.body:
            return None
        document = document_of(answer)
        if "value" in document and ("@odata.context" in document or type_ref.collection):
            is_complex = self._tools.model.schema.structured_type(type_ref.name) is not None
            if type_ref.collection or not is_complex:
                return document["value"]
        return document

    def _raw(self, translated: Translated, request: Request) -> Response:
        """A number, or the bytes of a value, as they are."""
        asked = V4("GET", translated.place.path, translated.options.query)
        answer = ask(asked, request, self._tools.service)
        if not answer.body and answer.status != _UNCHANGED:
            raise NotFound("There is no value.", hint="It is null.")
        headers = kept_headers(answer)
        if "Content-Type" in answer.headers:
            headers["Content-Type"] = answer.headers["Content-Type"]
        return Response(answer.status, headers, answer.body)

    def _links(self, translated: Translated, request: Request) -> Response:
        place, model = translated.place, self._tools.model
        assert place.entity_set is not None, "links lead to entities of a set"
        if place.link is not None:
            raise NotFound("One link of several is there to be deleted alone.", hint="Read the links without the key.")
        keys = ",".join(part.path for part in model.schema.key(place.type.name))
        query = "&".join(part for part in (translated.options.query, f"$select={keys}") if part)
        answer = ask(V4("GET", place.path.removesuffix("/$ref"), query), request, self._tools.service)
        rows = self._rows(answer, place)
        uri = uri_of(place.entity_set, model)
        uris = [request.base_url + uri(row) for row in rows]
        documents = self._documents(format_of(request.headers, translated.options.format))
        return written(documents.links(uris, is_collection=place.is_collection), Response(200, {}))

    def _rows(self, answer: Response, place: Place) -> list[Row]:
        if not answer.body:
            raise NotFound("No entity is related.")
        document = document_of(answer)
        return cast("list[Row]", document["value"]) if place.is_collection else [document]


def _is_token(option: str) -> bool:
    return unquote(option).lower().startswith("$skiptoken=")
