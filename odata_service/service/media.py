"""Streams: properties of type Edm.Stream, and what media entities are (Protocol 11.2.3, 11.4.7 to 11.4.9).

A stream has a media type and an ETag of its own. The bytes may be of anybody's making: browsers are told neither to
guess at them nor to run them.
"""

from collections.abc import Mapping
from urllib.parse import unquote

from odata_service.edm.annotations import (
    ACCEPTABLE_MEDIA_TYPES,
    CONTENT_DISPOSITION,
    MEDIA_TYPE,
    Record,
    annotation_value,
)
from odata_service.edm.capabilities import path_text
from odata_service.edm.model import EntityType, Property
from odata_service.edm.types import Kind, kind_of
from odata_service.edm.values import fit
from odata_service.errors import BadRequest, NotFound, PayloadError, PreconditionFailed, UnsupportedMediaType
from odata_service.payload import EntityValue, etag_of
from odata_service.plan.model import DropStream, PutStream
from odata_service.plan.write import Change, Place
from odata_service.semantics.resolved import MEDIA, PropertyStep, Query
from odata_service.service.address import Address
from odata_service.service.changes import UNCONDITIONAL, EntityUpdate, created
from odata_service.service.compile import CompiledStream
from odata_service.service.conditional import Conditions, Tags
from odata_service.service.message import Request, Response
from odata_service.service.ranges import answer_part
from odata_service.service.read import VARY, BoundRead, is_unchanged, no_entity
from odata_service.service.updates import changed
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked, conditions_for, create_from, delete_where, located
from odata_service.storage import Store

_UNKNOWN = "application/octet-stream"
_HARMLESS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'"}


def answer_stream(compiled: CompiledStream, bound: BoundRead, store: Store) -> Response:
    """GET of a stream: its bytes under its own media type, 204 where the entity has none."""
    rows = store.read(compiled.prepared, bound.values, page_size=1).rows
    if not rows:
        raise no_entity()
    _, media_type, version, value = rows[0]
    told = {"OData-Version": compiled.context.version, "Vary": VARY}
    if version is None:
        return Response(204, told)
    assert isinstance(version, int), "versions are counters"
    tag = etag_of(version)
    if is_unchanged(bound.request, tag):
        return Response(304, {**told, "ETag": tag})
    assert isinstance(value, bytes | bytearray | memoryview), "streams are bytes"
    headers = {"Content-Type": str(media_type), "ETag": tag, **_HARMLESS, **told}
    return answer_part(headers, bytes(value), bound.request.headers)


def takes_media(request: Request, query: Query, workshop: Workshop) -> bool:
    """Whether a create brings a media stream: to a set of media entities, in whatever is not JSON."""
    if not workshop.schema.has_stream(query.path.type.name):
        return False
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type not in {"", "application/json"}


def create_media(asked: Asked, workshop: Workshop) -> Response:
    """POST of a media stream: a new media entity, its properties at their defaults (Protocol 11.4.7.1)."""
    declared = asked.query.path.type.name
    stated = _named_by_slug(asked.request, declared, workshop)
    content = media_type_of(asked.request, workshop.schema.entity_type(declared)), asked.request.body

    def put_content(address: Address) -> None:
        standing = workshop.look(address)
        assert standing is not None and standing.name is not None, "media entities have names"
        put_stream(standing.name, MEDIA, content, workshop)

    try:
        return create_from(EntityValue(declared, stated), asked, workshop, put_content)
    except PayloadError as error:
        raise PayloadError(
            error.text, target=error.target, hint="Create the entity from JSON, then PUT the stream to its $value."
        ) from error


def _named_by_slug(request: Request, declared: str, workshop: Workshop) -> Mapping[str, str]:
    """The property that is the name of a file, by `Core.ContentDisposition`, with the name in the header `Slug`.

    (RFC 5023, 9.7: UTF-8, percent-encoded.) Clients of SAP services tell by it which file they send.
    """
    schema, slug = workshop.schema, unquote(request.headers.get("slug", "").strip())
    stated = (annotation_value(holder.annotations, CONTENT_DISPOSITION) for holder in schema.ancestry(declared))
    record = next((value for value in stated if isinstance(value, Record)), None)
    name = path_text(record.values.get("Filename")) if record is not None else None
    part = schema.properties(declared).get(name or "")
    if not slug or part is None or kind_of(part.type) is not Kind.STRING or part.type.collection:
        return {}
    try:
        return {part.name: str(fit(slug, part.type))}
    except ValueError as error:
        raise PayloadError(str(error), target="Slug", hint="Send a shorter name.") from error


def put(asked: Asked, workshop: Workshop) -> Response:
    """PUT of a stream: 204 with its new ETag; the entity must be there, or be the only one that can be."""
    request, query, address = asked.request, asked.query, located(asked.address, workshop)
    name = _stream(query)
    media_type = media_type_of(request, _annotated(query, workshop))
    conditions = conditions_for(asked, workshop)
    with workshop.transaction():
        _make_single(address, query, workshop)
        owner = _owner(address, name, conditions, workshop)
        if not workshop.holds(address, name):
            raise NotFound(
                "The complex value that has this stream is null, or of another type.", hint="Give it a value first."
            )
        put_stream(owner, name, (media_type, request.body), workshop)
        _touch(address, workshop)
        workshop.check_owed()
        written = workshop.look_at_stream(address, name)
    assert written is not None and written[1] is not None, "the stream was written in this transaction"
    return Response(204, {"ETag": etag_of(written[1]), "OData-Version": asked.context.version, "Vary": VARY})


def drop(asked: Asked, workshop: Workshop) -> Response:
    """DELETE of a stream property's value: it is null then."""
    name, address = _stream(asked.query), located(asked.address, workshop)
    last = asked.query.path.steps[-1]
    if isinstance(last, PropertyStep) and not last.property.type.nullable:
        raise BadRequest(f"'{name}' must not be null.", target=name, hint="Replace it with PUT.")
    conditions = conditions_for(asked, workshop)
    with workshop.transaction():
        owner = _owner(address, name, conditions, workshop)
        workshop.run(Change(DropStream(), (owner, name), DropStream))
        _touch(address, workshop)
    return Response(204, {"OData-Version": asked.context.version})


def delete_media(asked: Asked, workshop: Workshop) -> Response:
    """DELETE of a media entity by its stream's URL: the conditions speak of the stream's ETag."""
    with workshop.transaction():
        _owner(asked.address, MEDIA, conditions_for(asked, workshop), workshop)
        return delete_where(asked, Conditions(Tags(True), None), workshop)


def put_stream(owner: str, name: str, content: tuple[str, bytes], workshop: Workshop) -> None:
    """Writes a stream inside the current transaction."""
    workshop.run(Change(PutStream(), (owner, name, *content), PutStream))


def media_type_of(request: Request, annotated: EntityType | Property) -> str:
    """The media type of a body; `UnsupportedMediaType` where the definition takes others alone."""
    stated = request.headers.get("content-type", "").strip()
    if not stated.isascii():
        raise UnsupportedMediaType("A media type is ASCII.", target="Content-Type", hint="Send it so, or none.")
    usual = annotation_value(annotated.annotations, MEDIA_TYPE)
    media_type = stated or (usual if isinstance(usual, str) else _UNKNOWN)
    taken = annotation_value(annotated.annotations, ACCEPTABLE_MEDIA_TYPES)
    if isinstance(taken, tuple) and not any(_matches(media_type, str(known)) for known in taken):
        listed = ", ".join(map(str, taken))
        raise UnsupportedMediaType(f"'{media_type}' is not taken here.", target="Content-Type", hint=f"Send {listed}.")
    return media_type


def _matches(media_type: str, taken: str) -> bool:
    name, wanted = media_type.partition(";")[0].strip().lower(), taken.lower()
    return wanted in {"*/*", name, f"{name.partition('/')[0]}/*"}


def _stream(query: Query) -> str:
    name = query.path.stream
    assert name is not None, "streams alone come here"
    return name


def _annotated(query: Query, workshop: Workshop) -> EntityType | Property:
    """What says of a stream which media types it takes."""
    last = query.path.steps[-1]
    return last.property if isinstance(last, PropertyStep) else workshop.schema.entity_type(query.path.type.name)


def _owner(address: Address, name: str, conditions: Conditions, workshop: Workshop) -> str:
    """The own name of the entity whose stream is written; refuses where the conditions do not hold of the stream.

    Where there are any, the entity is moved on before: whoever knows the same state of its stream waits, and meets
    another one.
    """
    if conditions.match is not None or conditions.none_match is not None:
        _move_on(address, workshop)
    found = workshop.look_at_stream(address, name)
    if found is None:
        raise NotFound("No entity has this key.", hint="Create the entity first, then its stream.")
    owner, version = found
    tag = None if version is None else etag_of(version)
    if conditions.match is not None and (tag is None or not conditions.match.match(tag)):
        raise PreconditionFailed("The stream has changed since this ETag was read.", target="If-Match")
    if conditions.none_match is not None and tag is not None and conditions.none_match.match(tag):
        raise PreconditionFailed("The stream exists in the state that If-None-Match rules out.", target="If-None-Match")
    return owner


def _make_single(address: Address, query: Query, workshop: Workshop) -> None:
    """Makes a media entity that is single, and has no key to be made by, where it is not there yet."""
    if not address.source.is_single or query.path.stream != MEDIA or workshop.look(address) is not None:
        return
    place = Place(address.source, query.path.type.name)
    created(place, {}, address, workshop.parent(address), workshop)


def _move_on(address: Address, workshop: Workshop) -> None:
    """Moves the entity at an address on, where there is one, and nothing else."""
    standing = workshop.look(address.uncast)
    if standing is not None:
        place = Place(address.source, standing.entity_type, address.own_key)
        workshop.run(workshop.change("PATCH", place, {}), parent=workshop.parent(address))


def _touch(address: Address, workshop: Workshop) -> None:
    """Moves the entity's own version on: its representation tells of its streams."""
    standing = workshop.look(address.uncast)
    assert standing is not None, "the entity was there in this transaction"
    place = Place(address.source, standing.entity_type, address.own_key)
    update = EntityUpdate("PATCH", place, {}, address.uncast)
    changed(update, UNCONDITIONAL, workshop.parent(address), workshop)
