"""Path items of entity sets, singletons, single entities and what navigation properties lead to.

(OData to OpenAPI Mapping, 4.3.) Each has the methods that the service takes there.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from odata_service.edm.annotations import ACCEPTABLE_MEDIA_TYPES, Annotation, Record, annotation_value
from odata_service.edm.made_keys import is_upsertable
from odata_service.edm.model import NavigationProperty
from odata_service.openapi.components import Json
from odata_service.openapi.operations import Described, Item, Path, json_body
from odata_service.openapi.places import Place
from odata_service.openapi.tools import Tools
from odata_service.openapi.types import Variant

_IF_MATCH: Json = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "The ETag of what is to be changed, as it was read.",
    "schema": {"type": "string"},
}
_ID: Json = {
    "name": "$id",
    "in": "query",
    "description": "The id of the entity that is no longer to be related.",
    "schema": {"type": "string", "format": "uri-reference", "minLength": 1},
}
_REFERENCE: Json = {
    "type": "object",
    "required": ["@odata.id"],
    "properties": {
        "@odata.id": {"type": "string", "format": "uri-reference", "minLength": 1},
        "@odata.context": {"type": "string"},
    },
    "additionalProperties": False,
}
_REFERENCES: Json = {
    "type": "object",
    "required": ["value"],
    "properties": {"value": {"type": "array", "items": _REFERENCE}},
}
_RESTRICTIONS = {
    "get": "ReadRestrictions",
    "post": "InsertRestrictions",
    "patch": "UpdateRestrictions",
    "put": "UpdateRestrictions",
    "delete": "DeleteRestrictions",
}
"""The term of Capabilities that speaks of each method."""
_ANY_MEDIA = ("application/octet-stream",)
_BYTES: Json = {"schema": {"type": "string", "format": "binary"}}
"""OpenAPI 3.1 would leave the schema of bytes out, and generators then leave out the operation."""


class SourceItems:
    """Makes the path items of places."""

    def __init__(self, tools: Tools) -> None:
        self._schema, self._offer = tools.schema, tools.offer
        self._types, self._answers, self._options = tools.types, tools.answers, tools.options
        self._items = tools.items

    def collection(self, place: Place) -> Iterator[Item]:
        """A collection of entities, and how many there are."""
        can = place.capabilities
        methods: dict[str, Described] = {}
        if can.readable:
            page = self._answers.page(place.type)
            methods["get"] = Described("list", "Read entities.", {"200": page}, self._options.of_collection(place))
        if can.insertable and not self._offer.read_only:
            methods["post"] = self._create(place)
        if can.updatable and not self._offer.read_only:
            methods["patch"] = self._change_all(place, "merge", "Change some of the entities.")
        if can.insertable and can.updatable and can.deletable and not self._offer.read_only:
            methods["put"] = self._change_all(place, "replace", "Replace all entities by those of the body.")
        yield from self._items.item(_path(place), _said(place, methods))
        if can.readable and place.record("CountRestrictions").get("Countable") is not False:
            number = {"200": self._answers.number()}
            count = Described("count", "Tell how many entities there are.", number, self._options.of_count(place))
            yield from self._items.item(_path(place, "/$count"), {"get": count})

    def entity(self, place: Place) -> Iterator[Item]:
        """A single entity, and its streams."""
        can = place.capabilities
        methods: dict[str, Described] = {}
        if can.readable_by_key:
            entity = {"200": self._answers.entity(place.type)}
            if place.nullable:
                entity["204"] = self._answers.nothing()
            methods["get"] = Described("get", "Read the entity.", entity, self._options.of_entity(place))
        if can.updatable and not self._offer.read_only:
            methods["patch"] = self._update(place, Variant.UPDATE, "Change some properties of the entity.")
            methods["put"] = self._update(place, Variant.REPLACE, "Replace all properties of the entity.")
        if can.deletable and not self._offer.read_only and _may_end(place):
            done = {"204": self._answers.nothing()}
            methods["delete"] = Described("delete", "Delete the entity.", done, self._guard(place))
        yield from self._items.item(_path(place), _said(place, methods))
        if self._schema.has_stream(place.type):
            yield from self._stream(place, "$value", self._schema.types[place.type].annotations)
        for path, part in self._schema.stream_properties(place.type).items():
            yield from self._stream(place, path, part.annotations)

    def references(self, place: Place, navigation: NavigationProperty) -> Iterator[Item]:
        """The relations of an entity by a navigation property."""
        can = place.capabilities
        methods: dict[str, Described] = {}
        if can.readable if place.collection else can.readable_by_key:
            ids = {"200": self._answers.references()}
            if place.nullable:
                ids["204"] = self._answers.nothing()
            options = self._options.of_references(place) if place.collection else ()
            methods["get"] = Described("ref.get", "Read the ids of related entities.", ids, options)
        if not self._offer.read_only:
            done = {"204": self._answers.nothing()}
            one = json_body(_REFERENCE)
            if navigation.collection:
                all_of_them = json_body(_REFERENCES)
                methods["post"] = Described("ref.add", "Relate one more entity.", done, body=one)
                methods["put"] = Described("ref.set", "Relate these entities and no others.", done, body=all_of_them)
                methods["delete"] = Described("ref.remove", "End relations.", done, (_ID,))
            else:
                methods["put"] = Described("ref.set", "Relate another entity instead.", done, body=one)
                methods["delete"] = Described("ref.remove", "End the relation.", done)
        yield from self._items.item(_path(place, "/$ref"), methods)

    def _create(self, place: Place) -> Described:
        body = json_body(self._types.instance(place.type, Variant.CREATE))
        if self._schema.has_stream(place.type):
            annotations = self._schema.types[place.type].annotations
            content = body["content"]
            assert isinstance(content, dict), "a body has content by media types"
            body = {**body, "content": {**content, **_streams(annotation_value(annotations, ACCEPTABLE_MEDIA_TYPES))}}
        made = self._answers.entity(place.type, "The new entity.")
        return Described("create", "Create an entity.", {"201": made}, body=body)

    def _change_all(self, place: Place, name: str, summary: str) -> Described:
        entity = self._types.instance(place.type, Variant.CREATE)
        item = entity if name == "replace" else {"anyOf": [entity, self._types.removed(place.type)]}
        members: Json = {"value": {"type": "array", "items": item}}
        schema: Json = {"type": "object", "required": ["value"], "properties": members}
        answers = {"200": self._answers.page(place.type), "204": self._answers.nothing()}
        return Described(name, summary, answers, self._guard(place), json_body(schema))

    def _update(self, place: Place, variant: Variant, summary: str) -> Described:
        body = json_body(self._types.instance(place.type, variant))
        changed = self._answers.entity(place.type, "The entity as it is now.")
        answers = {"200": changed}
        if place.source is None or is_upsertable(place.source, self._schema):
            answers["201"] = self._answers.entity(place.type, "The entity, which was not there before.")
        return Described(variant.value, summary, answers, self._guard(place), body)

    def _stream(self, place: Place, segment: str, annotations: Sequence[Annotation]) -> Iterator[Item]:
        media_types = _streams(annotation_value(annotations, ACCEPTABLE_MEDIA_TYPES))
        name, done = segment.lstrip("$"), {"204": self._answers.nothing()}
        methods: dict[str, Described] = {}
        if place.capabilities.readable_by_key:
            content = {"200": {"description": "The bytes.", "content": {**media_types, "*/*": _BYTES}}, **done}
            methods["get"] = Described(f"{name}.get", "Read the stream.", content)
        if place.capabilities.updatable and not self._offer.read_only:
            body = {"content": media_types}  # without a body it has no bytes
            methods["put"] = Described(f"{name}.set", "Replace the stream.", done, self._guard(place), body)
            methods["delete"] = Described(f"{name}.delete", "Delete the stream.", done, self._guard(place))
        yield from self._items.item(_path(place, f"/{segment}"), methods)

    def _guard(self, place: Place) -> tuple[Json, ...]:
        return (_IF_MATCH,) if self._offer.demands_etag(place.source) else ()


def _said(place: Place, methods: Mapping[str, Described]) -> Mapping[str, Described]:
    """Operations with what the restrictions of each say of it (Capabilities, `Description` and `LongDescription`)."""
    return {method: _told_of(described, _restriction(place, method)) for method, described in methods.items()}


def _restriction(place: Place, method: str) -> Mapping[str, object]:
    stated = place.record(_RESTRICTIONS[method])
    by_key = stated.get("ReadByKeyRestrictions")
    if method == "get" and not place.collection and isinstance(by_key, Record):
        return {**stated, **by_key.values}
    return stated


def _told_of(described: Described, stated: Mapping[str, object]) -> Described:
    short, long = stated.get("Description"), stated.get("LongDescription")
    return replace(
        described,
        summary=short if isinstance(short, str) else described.summary,
        description=long if isinstance(long, str) else "",
    )


def _path(place: Place, behind: str = "") -> Path:
    return Path(f"{place.path}{behind}", place.parameters, place.name, place.tag)


def _may_end(place: Place) -> bool:
    """Whether an entity can be deleted: a singleton that must be there cannot."""
    return place.source is not None and (place.source.nullable or not place.source.is_single)


def _streams(stated: object) -> Json:
    """The media types that a stream may have, as the content of a body or an answer."""
    named = [text for text in stated if isinstance(text, str)] if isinstance(stated, tuple) else []
    return dict.fromkeys(named or _ANY_MEDIA, _BYTES)
