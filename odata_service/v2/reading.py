"""GET: entities, one entity, properties, values, counts, links, and what functions give (V2 Operations 2.1)."""

from collections.abc import Callable, Mapping
from typing import cast
from urllib.parse import quote

from odata_service.edm.model import EntityType
from odata_service.edm.types import TypeRef
from odata_service.errors import MethodNotAllowed, NotFound
from odata_service.service import Request, Response
from odata_service.v2.atom import AtomDocuments
from odata_service.v2.document import Feed, Links
from odata_service.v2.json_documents import JsonDocuments, JsonEntities, uri_in
from odata_service.v2.negotiation import format_of
from odata_service.v2.options import WireFormat
from odata_service.v2.path import Place
from odata_service.v2.rows import Row, following, uri_of
from odata_service.v2.tools import V4, Tools, Written, ask, body_of, document_of, kept_headers, written
from odata_service.v2.translation import Translated
from odata_service.v2.values import raw_writer

_NOTHING = 204
_UNCHANGED = 304


class Reader:
    """Answers reads."""

    def __init__(self, tools: Tools, documents: Callable[[WireFormat], JsonDocuments | AtomDocuments]) -> None:
        self.tools = tools
        self._documents = documents

    def read(self, request: Request) -> Response:
        """The answer to a GET."""
        translated = self.tools.translator.translated(request.path, request.query)
        place = translated.place
        if translated.call is not None and translated.call.offered.method != "GET":
            raise MethodNotAllowed(f"'{place.property}' is called by POST.", allow=("POST",))
        if place.kind == "count" and not place.path.endswith("/$count"):
            return self._one(translated, request)
        if place.kind in {"value", "count"}:
            return self._raw(translated, request)
        if place.kind == "links":
            return self._links(translated, request)
        asked = V4("GET", translated.path, translated.query, shape=translated.shape)
        return self.shown(asked, translated, request)

    def shown(self, asked: V4, translated: Translated, request: Request) -> Response:
        """V4's answer to what is asked of it, as one of V2."""
        place, service = translated.place, self.tools.service
        documents = self._documents(format_of(request.headers, translated.format))
        is_entity = isinstance(self.tools.model.schema.types.get(place.type.name), EntityType)
        if not is_entity or place.kind == "property":
            type_ref = TypeRef(place.type.name, place.is_collection, definition=place.type.definition)
            answer = ask(asked, request, service)
            if answer.status == _UNCHANGED:
                return Response(_UNCHANGED, kept_headers(answer))
            return written(documents.member(place.property, type_ref, self._value(answer, type_ref)), answer, 200)
        if isinstance(documents, JsonDocuments):
            return self._json(asked, translated, request)
        answer = ask(asked, request, service)
        if answer.status == _UNCHANGED:
            return Response(_UNCHANGED, kept_headers(answer))
        if _is_of_nothing(asked, answer):
            return Response(_NOTHING, kept_headers(answer))
        _require(answer)
        document = document_of(answer)
        shown = written(self._atom(documents, document, translated, request), answer)
        if _tells_where(asked, place) and place.entity_set is not None:
            shown.headers["Location"] = request.base_url + uri_of(place.entity_set, self.tools.model)(document)
        return shown

    def _json(self, asked: V4, translated: Translated, request: Request) -> Response:
        """Entities as the service itself writes them for V2."""
        presentation = JsonEntities(translated.shown, request.path, request.query, request.base_url)
        answer = ask(asked, request, self.tools.service, presentation)
        if answer.status == _UNCHANGED:
            return Response(_UNCHANGED, kept_headers(answer))
        if _is_of_nothing(asked, answer):
            return Response(_NOTHING, kept_headers(answer))
        _require(answer)
        shown = Response(answer.status, {"Content-Type": presentation.media_type, **kept_headers(answer)}, answer.body)
        if _tells_where(asked, translated.place):
            shown.headers["Location"] = uri_in(body_of(answer))
        return shown

    def _atom(
        self, documents: AtomDocuments, document: dict[str, object], translated: Translated, request: Request
    ) -> Written:
        """V4's document of entities as Atom."""
        place, wanted, base_url = translated.place, translated.shown.wanted, request.base_url
        assert place.entity_set is not None, "entities live in a set"
        if not place.is_collection:
            return documents.entry(document, place.entity_set, place.type.name, wanted, base_url)
        rows, count, behind = _page(document, request)
        return documents.feed(
            Feed(request.path, rows, place.entity_set, place.type.name, wanted, count, behind), base_url
        )

    def _value(self, answer: Response, type_ref: TypeRef) -> object:
        if not answer.body:
            return None
        document = document_of(answer)
        if "value" in document and ("@odata.context" in document or type_ref.collection):
            is_complex = self.tools.model.schema.structured_type(type_ref.name) is not None
            if type_ref.collection or not is_complex:
                return document["value"]
        return document

    def _raw(self, translated: Translated, request: Request) -> Response:
        """A number, or the bytes of a value, as they are."""
        asked = V4("GET", translated.path, translated.query, shape=translated.shape)
        answer = ask(asked, request, self.tools.service)
        if answer.status == _NOTHING:
            raise NotFound("There is no value.", hint="It is null.")
        headers = kept_headers(answer)
        if "Content-Type" in answer.headers:
            headers["Content-Type"] = answer.headers["Content-Type"]
        convert = raw_writer(translated.place.type) if translated.place.property and answer.body else None
        body = answer.body if convert is None else convert(body_of(answer).decode("utf-8")).encode("utf-8")
        return Response(answer.status, headers, body)

    def _one(self, translated: Translated, request: Request) -> Response:
        """The count of one entity, which is one where it is there."""
        answer = self._keys(translated.path, translated, request)
        if answer.status == _UNCHANGED:
            return Response(_UNCHANGED, kept_headers(answer))
        _require(answer)
        return Response(200, {"Content-Type": "text/plain;charset=utf-8"}, b"1")

    def _keys(self, path: str, translated: Translated, request: Request) -> Response:
        """V4's answer with the keys of the entities at a path."""
        keys = ",".join(part.path for part in self.tools.model.schema.key(translated.place.type.name))
        query = "&".join(part for part in (translated.query, f"$select={keys}") if part)
        return ask(V4("GET", path, query), request, self.tools.service)

    def _links(self, translated: Translated, request: Request) -> Response:
        place, model = translated.place, self.tools.model
        assert place.entity_set is not None, "links lead to entities of a set"
        path = translated.path.removesuffix("/$ref")
        if place.link is not None:
            path += place.link.removeprefix(quote(place.entity_set.name))
        answer = self._keys(path, translated, request)
        if answer.status == _UNCHANGED:
            return Response(_UNCHANGED, kept_headers(answer))
        _require(answer)
        document, uri = document_of(answer), uri_of(place.entity_set, model)
        documents = self._documents(format_of(request.headers, translated.format))
        if not place.is_collection:
            return written(documents.link(request.base_url + uri(document)), Response(200, {}))
        rows, count, behind = _page(document, request)
        uris = [request.base_url + uri(row) for row in rows]
        return written(documents.links(Links(uris, count, behind)), Response(200, {}))


def _tells_where(asked: V4, place: Place) -> bool:
    """Whether an answer says where its entity is: one that has been created, or that a function import by POST gives.

    OpenUI5 reads what is around that by `$<Content-ID>` in the same batch.
    """
    return asked.method == "POST" and not place.is_collection


def _is_of_nothing(asked: V4, answer: Response) -> bool:
    """Whether an answer is that of an action that has been carried out, and gives no entity this time."""
    return asked.method == "POST" and not answer.body


def _require(answer: Response) -> None:
    if not answer.body:
        raise NotFound("Nothing is there.", hint="No entity is related, or the function has given none.")


def _page(document: Mapping[str, object], request: Request) -> tuple[list[Row], int | None, str | None]:
    """The entities of V4's document of a page, how many there are of all, and V2's URI of what is behind."""
    count, link = document.get("@odata.count"), document.get("@odata.nextLink")
    rows = cast("list[Row]", document["value"])  # the service has written it
    behind = None if link is None else following(str(link), request.path, request.query, request.base_url)
    return rows, None if count is None else int(str(count)), behind
