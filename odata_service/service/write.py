"""POST, PATCH, PUT and DELETE of entities: each in one transaction, its answer read inside it (Protocol 11.4)."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from odata_service.edm.discriminators import type_property
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.sources import has_names
from odata_service.edm.types import Kind, kind_of
from odata_service.errors import NotFound, PayloadError, PreconditionFailed
from odata_service.payload import (
    EntityValue,
    collection_url,
    entity_url,
    etag_of,
    read_entity,
    write_entity,
)
from odata_service.plan.model import Insert
from odata_service.plan.values import Stated
from odata_service.plan.write import Change, Place, Values, guarded, is_made_below, with_key
from odata_service.semantics.resolved import Query
from odata_service.service.address import Address
from odata_service.service.body import check_json
from odata_service.service.compile import CompiledRead
from odata_service.service.conditional import Conditions, conditions_of
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import Context
from odata_service.service.nested_pages import NestedPages
from odata_service.service.preferences import applied_headers
from odata_service.service.read import VARY, success_headers
from odata_service.service.workshop import Standing, Workshop
from odata_service.storage import Contention

_GUID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Asked:
    """A write as it was asked for; `address` is that of the query's path, `values` are those of the URL by slot."""

    request: Request
    query: Query
    context: Context
    address: Address
    values: Values = ()


@dataclass(frozen=True, slots=True)
class Written:
    """The entity after a write, as the client is to see it: `created` tells 201 from 200."""

    entity: dict[str, object]
    address: Address
    version: int
    created: bool


def create(asked: Asked, workshop: Workshop) -> Response:
    """POST to a collection of entities: a set, or what an entity contains (Protocol 11.4.2)."""
    return create_from(_body(asked.request, asked.query.path.type.name, workshop), asked, workshop)


def create_from(
    body: EntityValue, asked: Asked, workshop: Workshop, after: Callable[[Address], None] = lambda _: None
) -> Response:
    """Creates an entity from what a body states; `after` goes on in the same transaction."""
    request, address, schema = asked.request, asked.address, workshop.schema
    source = address.source
    change = insertion(_new(source, body.type, schema), body.properties, workshop)
    with workshop.store.transaction():
        made = workshop.insert(change, workshop.parent(address))
        there = workshop.keyed(address, key_after(change, made, schema))
        after(there)
        then = workshop.read_by_key(asked.query, there, request.query, asked.context)
        written = _entity_after(then, there, request, workshop, created=True)
    return _answer(written, request, then, asked.context, workshop)


def update(asked: Asked, workshop: Workshop) -> Response:
    """PATCH or PUT of an entity; where there is none it may be created (Protocol 11.4.3, 11.4.4)."""
    request, query, declared = asked.request, asked.query, asked.address.path.type.name
    address = located(asked.address, workshop)
    then = workshop.read_by_key(query, address, request.query, asked.context)
    standing = standing_of(address, declared, workshop)
    body = _body(request, standing.entity_type if standing is not None else declared, workshop)
    if standing is not None and body.type != standing.entity_type:
        raise _other_type(body.type, standing.entity_type)
    conditions = conditions_for(request, workshop, _stated_tag(body, asked))
    place = Place(address.source, body.type, address.own_key)
    change = _Update(request.method, place, body.properties, address.uncast)
    with workshop.store.transaction():
        refuse_match(address, conditions, workshop)
        parent = workshop.parent(address)
        created = not _changed(change, conditions, parent, workshop)
        if created:
            _check_upsert(address.uncast, conditions, workshop)
            workshop.insert(_upserted(place, body.properties, workshop), parent)
        written = _entity_after(then, address, request, workshop, created=created)
    return _answer(written, request, then, asked.context, workshop)


def delete(asked: Asked, workshop: Workshop) -> Response:
    """DELETE of an entity, and of what it contains; a body is ignored (Protocol 11.4.5)."""
    return delete_where(asked, conditions_for(asked.request, workshop), workshop)


def delete_where(asked: Asked, conditions: Conditions, workshop: Workshop) -> Response:
    """Deletes an entity under conditions, which speak of its own ETag."""
    declared, address = asked.address.path.type.name, located(asked.address, workshop)
    change = workshop.change("DELETE", Place(address.source, declared, address.own_key), {})
    with workshop.store.transaction():
        refuse_match(address, conditions, workshop)
        standing_of(address, declared, workshop)
        if not run(change, conditions, workshop.parent(address), workshop):
            refuse_missing(address, workshop)
    return Response(204, {"OData-Version": asked.context.version})


@dataclass(frozen=True, slots=True)
class _Update:
    """What a PATCH or PUT states of the entity at an address."""

    method: str
    place: Place
    stated: Stated
    address: Address


def _changed(update: _Update, conditions: Conditions, parent: str | None, workshop: Workshop) -> bool:
    """Runs an update; whether it met the entity. Values that it changes in part are read before.

    `Contention` where the entity has changed between the two.
    """
    place, stated = update.place, update.stated
    outline = workshop.outline(update.method, place, stated)
    if not outline.before:
        return run(outline.change(place, stated, workshop.schema), conditions, parent, workshop)
    found = workshop.leaves(update.address, outline.before)
    if found is None:
        return False
    version, current = found
    if conditions.match is not None and not conditions.match.match(etag_of(version)):
        return False
    change = guarded(outline.change(place, stated, workshop.schema, current))
    if not workshop.run(change, (version,), parent):
        raise Contention("Another change of the entity came between.", hint="Send the request again.")
    return True


def run(change: Change, conditions: Conditions, parent: str | None, workshop: Workshop) -> bool:
    """Runs a change of an entity, where If-Match admits its version; whether it met one."""
    if not conditions.guarded:
        return workshop.run(change, parent=parent)
    return workshop.run(guarded(change), conditions.versions, parent)


def key_after(change: Change, made: Values, schema: Schema) -> Values:
    """The key of a new entity: what was written of it, and what the database made."""
    assert isinstance(change.plan, Insert), "new entities are inserted"
    known = dict(zip((leaf.path for leaf in change.plan.leaves), change.values, strict=True))
    known.update(zip((leaf.path for leaf in change.plan.generated), made, strict=True))
    return tuple(known[leaf.path] for _, leaf in schema.key_leaves(change.plan.entity_set.entity_type))


def located(address: Address, workshop: Workshop) -> Address:
    """The address of an entity in the set that it lives in, whichever way a path leads to it.

    `NotFound` where a single-valued navigation property leads nowhere: what it would lead to has no key to be made by.
    """
    step = address.keyed.navigation
    if step is None:
        return address
    standing = workshop.find(address.uncast)
    if standing is not None:
        return workshop.at(address.source, standing.key)
    if not address.source.is_single:
        raise NotFound(
            f"'{step.navigation.name}' leads to no such entity.",
            hint=f"Create it in '{address.source.name}', then relate it by {step.navigation.name}/$ref.",
        )
    return workshop.at(address.source, ())


def standing_of(address: Address, declared: str, workshop: Workshop) -> Standing | None:
    """The entity as it stands, looked up only where its key does not say all; None where there is none.

    `NotFound` where it is of another type than the URL says.
    """
    source, schema = address.source, workshop.schema
    if not (schema.is_polymorphic(source.entity_type) or has_names(source, schema)):
        return None
    standing = workshop.look(address.uncast)
    if standing is not None and not schema.is_derived(standing.entity_type, declared):
        raise NotFound(f"This entity is a '{standing.entity_type}', and no '{declared}'.")
    return standing


def _other_type(stated: str, actual: str) -> PayloadError:
    return PayloadError(
        f"The entity is a '{actual}', and its type cannot become '{stated}'.",
        target="@odata.type",
        hint=f'Write "#{actual}", or leave it out; delete the entity to create one of another type.',
    )


def _new(source: EntitySet, entity_type: str, schema: Schema) -> Place:
    """The place of a new entity; `PayloadError` where its type has none of its own."""
    if not schema.entity_type(entity_type).abstract:
        return Place(source, entity_type)
    known = [name for name in schema.derived_from(entity_type) if not schema.entity_type(name).abstract]
    hint = f'Say which it is: "@odata.type": "#{known[0]}".' if known else "No type is derived from it."
    raise PayloadError(f"'{entity_type}' is abstract: no entity is of it alone.", target="@odata.type", hint=hint)


def _body(request: Request, entity_type: str, workshop: Workshop) -> EntityValue:
    check_json(request.headers.get("content-type", ""))
    return read_entity(request.body, entity_type, workshop.reader, workshop.settings.limits)


def insertion(place: Place, stated: Stated, workshop: Workshop) -> Change:
    """The creation of an entity from what is stated of it; its key is made where none is stated.

    So is the property that names its type.
    """
    naming = type_property(place.entity_type, workshop.schema)
    if naming is not None and naming not in stated:
        stated = {**stated, naming: place.entity_type.rpartition(".")[2]}
    return workshop.change("POST", place, _with_generated_key(place.source, stated, workshop))


def _with_generated_key(entity_set: EntitySet, stated: Stated, workshop: Workshop) -> Stated:
    """A single key of text or GUIDs that a create leaves out is made here, unless the database makes it or has no room.

    Any other must be stated.
    """
    parts = workshop.schema.key_leaves(entity_set.entity_type)
    if len(parts) != 1:
        return stated
    _, leaf = parts[0]
    part = workshop.schema.properties(entity_set.entity_type).get(leaf.path)
    is_missing = stated.get(leaf.path) is None and kind_of(leaf.type) in {Kind.STRING, Kind.GUID}
    room = leaf.type.primitive.facets.max_length
    is_made = part is None or is_made_below(part, entity_set)
    if is_missing and not is_made and not (isinstance(room, int) and room < _GUID_LENGTH):
        return {**stated, leaf.path: str(uuid4())}
    return stated


def conditions_for(request: Request, workshop: Workshop, stated: str | None = None) -> Conditions:
    """The conditions of a write to this service; `stated` is the ETag in its body."""
    return conditions_of(request.headers, stated, required=workshop.settings.require_etag)


def _stated_tag(body: EntityValue, asked: Asked) -> str | None:
    """The ETag in a body of 4.01; in 4.0 it is control information that says nothing."""
    version = asked.request.headers.get("odata-version", asked.context.version)
    return body.etag if version.strip() == "4.01" else None


def _check_upsert(address: Address, conditions: Conditions, workshop: Workshop) -> None:
    """Whether an update that met nothing may create the entity (Protocol 11.4.4)."""
    if workshop.look(address) is not None:
        raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")
    if not address.source.capabilities.upsertable:
        raise NotFound("No entity has this key.")
    if conditions.match is not None:
        raise PreconditionFailed("No entity has this key, so If-Match cannot hold.", target="If-Match")


def _upserted(place: Place, stated: Stated, workshop: Workshop) -> Change:
    """The creation of what an update did not find: the URL gives the key, but for a single one, whose body may."""
    new = _new(place.source, place.entity_type, workshop.schema)
    return insertion(new, with_key(stated, place, workshop.schema), workshop)


def refuse_match(address: Address, conditions: Conditions, workshop: Workshop) -> None:
    """If-None-Match on a write: the entity must not be there with one of these tags (RFC 9110, 13.1.2)."""
    if conditions.none_match is None:
        return
    standing = workshop.look(address)
    if standing is not None and conditions.none_match.match(etag_of(standing.version)):
        raise PreconditionFailed("The entity exists in the state that If-None-Match rules out.", target="If-None-Match")


def refuse_missing(address: Address, workshop: Workshop) -> None:
    """Why a write met nothing: there is no entity, or it has another version than the conditions say."""
    if workshop.look(address) is None:
        raise NotFound("No entity has this key.", hint="It may have been deleted already.")
    raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")


def _entity_after(
    then: CompiledRead, address: Address, request: Request, workshop: Workshop, *, created: bool
) -> Written:
    rows = workshop.store.read(then.prepared, address.keys, page_size=then.context.page_size)
    place = then.prepared.plan.shape.version
    assert place is not None, "entities of a set have versions"
    version = rows.rows[0][place]
    assert isinstance(version, int), "versions are counters"
    home = request.base_url + collection_url(address.path, address.keys)
    nested = NestedPages(request, request.query, workshop.store, workshop.settings.limits, workshop.secret)
    return Written(then.writer.objects(rows, request.base_url, home, nested.link)[0], address, version, created)


def _answer(written: Written, request: Request, then: CompiledRead, context: Context, workshop: Workshop) -> Response:
    headers = {"ETag": etag_of(written.version)}
    address = written.address
    if written.created:
        headers["Location"] = request.base_url + entity_url(address.path, address.keys)
    returned = context.preferences.returned
    headers.update(applied_headers(context.preferences, returned=returned))
    if returned == "minimal":
        if written.created:
            headers["OData-EntityId"] = headers["Location"]
        return Response(204, {**headers, "OData-Version": context.version, "Vary": VARY})
    url = then.url.text(request.base_url, address.keys)
    body = write_entity(written.entity, url, context.format)
    return Response(201 if written.created else 200, {**success_headers(context), **headers}, body)
