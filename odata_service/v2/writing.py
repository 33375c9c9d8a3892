"""POST, PUT, MERGE, PATCH and DELETE: of entities, properties, streams and links; calls of actions.

(V2 Operations 2.2 to 2.14.) A new entity is answered by 201 and the entity, a change by 204.
"""

from base64 import b64encode
from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from msgspec.structs import replace

from odata_service.edm.json_text import write_exact
from odata_service.edm.types import Kind, kind_of
from odata_service.errors import BadRequest, MethodNotAllowed, NotFound, PreconditionFailed
from odata_service.payload.read import read_object
from odata_service.service import Request, Response
from odata_service.service.conditional import demands_etag
from odata_service.url.shape import Shape
from odata_service.v2.atom import object_of_entry, object_of_link, object_of_member, read_xml
from odata_service.v2.body import object_of
from odata_service.v2.negotiation import body_format, media_type_of
from odata_service.v2.path import Place
from odata_service.v2.reading import Reader
from odata_service.v2.tools import V4, V4_JSON, ask, kept_headers
from odata_service.v2.translation import Translated

_V4_METHODS = {"MERGE": "PATCH"}
_TAKEN = {
    "entities": ("GET", "HEAD", "POST"),
    "entity": ("GET", "HEAD", "PUT", "MERGE", "PATCH", "DELETE"),
    "property": ("GET", "HEAD", "PUT", "MERGE", "PATCH"),
    "value": ("GET", "HEAD", "PUT", "DELETE"),
    "count": ("GET", "HEAD"),
    "links": ("GET", "HEAD", "POST", "PUT", "MERGE", "PATCH", "DELETE"),
    "result": ("POST",),
}
"""The methods of each kind of resource."""

Read = Callable[[object, str, Callable[[str], str]], dict[str, object]]
"""What makes V4's object of one in verbose JSON, given its declared type and what makes URIs V4's."""


class Writer:
    """Answers changes."""

    def __init__(self, reader: Reader) -> None:
        tools = reader.tools
        self._tools = tools
        self._bodies = tools.bodies
        self._limits = tools.service.settings.limits
        self._reader = reader

    def allowed(self, request: Request) -> tuple[str, ...]:
        """The methods that what a URL leads to takes, if the definition restricts none."""
        return _taken(self._tools.translator.translated(request.path, request.query))

    def write(self, method: str, request: Request) -> Response:
        """The answer to a change."""
        translated = self._tools.translator.translated(request.path, request.query)
        place = replace(translated.place, path=translated.path)
        taken = _taken(translated)
        if method not in taken:
            raise MethodNotAllowed(f"'{place.path[:80]}' does not take {method}.", allow=taken)
        match place.kind:
            case "result":
                return self._call(translated, request)
            case "entities":
                return self._create(translated, request)
            case "links":
                return self._link(method, place, request)
            case "value":
                return self._put_value(method, place, request)
            case "property":
                is_whole = self._merges(method, place)
                stated = self._member_of(place, request)
                body = self._bodies.member(stated, place.property, place.type, is_whole=is_whole)
                name = "PATCH" if is_whole else _V4_METHODS.get(method, method)
                return self._changed(V4(name, place.path, "", body, V4_JSON, "return=minimal"), request)
            case _:
                return self._change(method, translated, request)

    def _create(self, translated: Translated, request: Request) -> Response:
        place, tools = translated.place, self._tools
        prefer = "return=representation"
        if tools.model.schema.has_stream(place.type.name) and not self._is_entity(request):
            stated = request.headers.get("content-type", "")
            asked = V4("POST", translated.path, "", request.body, stated, prefer)
        else:
            members, shape = self._stated(self._bodies.entity, place, request), _shape_of(translated)
            asked = V4("POST", translated.path, "", b"", V4_JSON, prefer, shape=shape, members=members)
        return self._reader.shown(asked, _single(translated), request)

    def _change(self, method: str, translated: Translated, request: Request) -> Response:
        path, shape = translated.path, _shape_of(translated)
        if method == "DELETE":
            return self._changed(V4("DELETE", path, shape=shape), request)
        is_whole = self._merges(method, translated.place)
        read = self._bodies.replacement if is_whole else self._bodies.change
        members = self._stated(read, translated.place, request)
        name = "PATCH" if is_whole else _V4_METHODS.get(method, method)
        headers, settings = request.headers, self._tools.service.settings
        is_said = {"if-match", "if-none-match"} & headers.keys()
        is_free = not is_said and not demands_etag(translated.place.entity_set, settings)
        matched = "*" if is_free else None
        asked = V4(name, path, "", b"", V4_JSON, "return=minimal", matched, shape, members)
        try:
            return self._changed(asked, request)
        except PreconditionFailed as error:
            if (
                is_free and error.target == "If-Match"
            ):  # V4 makes an entity where there is none; V2 has POST alone for that
                hint = "Create it by POST to the entity set."
                raise NotFound("No entity has this key.", hint=hint, headers=error.headers) from error
            raise

    def _merges(self, method: str, place: Place) -> bool:
        """Whether a PUT is a PATCH of all that V2 shows, since there is more that it does not show."""
        is_structured = self._tools.model.schema.structured_type(place.type.name) is not None
        return method == "PUT" and is_structured and self._tools.model.hides(place.type.name)

    def _changed(self, asked: V4, request: Request) -> Response:
        return Response(204, kept_headers(ask(asked, request, self._tools.service)))

    def _put_value(self, method: str, place: Place, request: Request) -> Response:
        """The raw value of a property, or the stream of a media entity."""
        if not place.property:
            stated = request.headers.get("content-type")
            return self._changed(V4(method, place.path, "", request.body, stated), request)
        path, kind = place.path.removesuffix("/$value"), kind_of(place.type)
        if kind is None:
            raise NotFound(f"'{place.type.name}' has no raw value.", hint="Leave out /$value.")
        if method == "DELETE":
            return self._changed(V4("DELETE", path), request)
        text = b64encode(request.body).decode("ascii") if kind is Kind.BINARY else _text_of(request.body)
        body = self._bodies.member({place.property: text}, place.property, place.type)
        return self._changed(V4("PUT", path, "", body, V4_JSON, "return=minimal"), request)

    def _link(self, method: str, place: Place, request: Request) -> Response:
        if method == "DELETE":
            query = f"$id={quote(place.link, safe='')}" if place.link is not None else ""
            if place.is_collection and not query:
                raise BadRequest("It is not said which link is deleted.", hint="Write …/$links/Items(key).")
            return self._changed(V4("DELETE", place.path, query), request)
        if place.link is not None:
            hint = "Delete it, and POST another to the links without the key."
            raise MethodNotAllowed("One link of several does not change.", allow=("GET", "HEAD", "DELETE"), hint=hint)
        if (method == "POST") != place.is_collection:
            allowed = "POST" if place.is_collection else "PUT"
            raise MethodNotAllowed(f"'{place.path[:80]}' does not take {method}.", allow=(allowed, "DELETE"))
        is_json = self._is_json(request)
        value = object_of(request.body, self._limits) if is_json else object_of_link(read_xml(request.body))
        body = self._bodies.link(value, self._v4_url(request))
        return self._changed(V4("POST" if place.is_collection else "PUT", place.path, "", body, V4_JSON), request)

    def _call(self, translated: Translated, request: Request) -> Response:
        call = translated.call
        assert call is not None, "the path leads to a function import"
        body = write_exact(dict(call.arguments)).encode("utf-8")
        asked = V4("POST", translated.path, "", body, V4_JSON)
        return (
            self._changed(asked, request)
            if call.offered.result is None
            else self._reader.shown(asked, translated, request)
        )

    def _stated(self, read: Read, place: Place, request: Request) -> dict[str, object]:
        """What a body states of an entity, as V4's object."""
        name, v4_url = place.type.name, self._v4_url(request)
        if self._is_json(request):
            return read(object_of(request.body, self._limits), name, v4_url)
        stated = read(object_of_entry(read_xml(request.body), self._tools.model, name), name, v4_url)
        return read_object(write_exact(stated).encode("utf-8"), self._limits)  # the limits are those of JSON

    def _member_of(self, place: Place, request: Request) -> object:
        if self._is_json(request):
            return object_of(request.body, self._limits)
        return object_of_member(read_xml(request.body), place.property, place.type, self._tools.model)

    def _v4_url(self, request: Request) -> Callable[[str], str]:
        return partial(self._tools.translator.v4_url, base_url=request.base_url)

    def _is_entity(self, request: Request) -> bool:
        """Whether a body states an entity, and is no stream."""
        return media_type_of(request.headers) in {"", "application/json", "application/atom+xml"}

    def _is_json(self, request: Request) -> bool:
        return body_format(request.headers) == "json"


def _taken(translated: Translated) -> tuple[str, ...]:
    if translated.call is not None:
        return ("POST",) if translated.call.offered.method == "POST" else ("GET", "HEAD")
    return _TAKEN[translated.place.kind]


def _text_of(body: bytes) -> str:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest("The value is no UTF-8.", hint="Send its text.") from error


def _shape_of(translated: Translated) -> Shape | None:
    """The shape of the URL without options, which say nothing in a change."""
    return None if translated.query else translated.shape


def _single(translated: Translated) -> Translated:
    """The same for one of the entities that a path leads to."""
    return replace(translated, place=replace(translated.place, kind="entity", is_collection=False))
