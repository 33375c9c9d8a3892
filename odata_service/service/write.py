"""POST, PATCH, PUT and DELETE of entities: each in one transaction, its answer read inside it (Protocol 11.4)."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.made_keys import is_upsertable
from odata_service.edm.sources import has_names
from odata_service.errors import Conflict, Incomplete, NotFound, PayloadError, PreconditionFailed
from odata_service.payload import (
    EntityValue,
    Related,
    collection_url,
    entity_url,
    etag_of,
    read_entity,
)
from odata_service.plan.write import Place, Values, with_key
from odata_service.semantics.resolved import Query
from odata_service.service.address import Address
from odata_service.service.body import check_json
from odata_service.service.changes import EntityUpdate, created, ended, new_place
from odata_service.service.compile import CompiledRead
from odata_service.service.conditional import Conditions, conditions_of, demands_etag
from odata_service.service.graph import Graph, stands_alone, upserted
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import Context, version_alone
from odata_service.service.nested_pages import NestedPages
from odata_service.service.preferences import applied_headers
from odata_service.service.presentation import EntityDocuments
from odata_service.service.read import VARY, no_entity, success_headers
from odata_service.service.relations import node_at, reader_of, relation_at
from odata_service.service.shown import expanded_as
from odata_service.service.updates import changed
from odata_service.service.workshop import Standing, Workshop


class Asked(Struct, frozen=True):
    """A write as it was asked for; `address` is that of the query's path, `values` are those of the URL by slot."""

    request: Request
    query: Query
    context: Context
    address: Address
    values: Values = ()


class Written(Struct, frozen=True):
    """The entity after a write, as the client is to see it: `created` tells 201 from 200."""

    entity: dict[str, object]
    address: Address
    version: int
    created: bool


def deepened(asked: Asked, body: EntityValue, workshop: Workshop) -> Asked:
    """The write, answered with the entities around it that its body states, where it does not say what to expand."""
    if not body.related or asked.query.options.expand or asked.context.preferences.returned == "minimal":
        return asked
    declared = asked.address.path.type.name
    text = expanded_as(body, declared, workshop.schema)
    if not text:
        return asked
    source = asked.address.source
    options = workshop.options_of(text, declared, source)
    query = replace(asked.query, options=replace(asked.query.options, expand=options.expand))
    request = replace(asked.request, query="&".join(part for part in (asked.request.query, text) if part))
    return replace(asked, request=request, query=query)


def create(asked: Asked, workshop: Workshop) -> Response:
    """POST to a collection of entities: a set, or what an entity contains (Protocol 11.4.2)."""
    body = read_body(asked.request, asked.query.path.type.name, workshop, of_new=True)
    return create_from(body, asked, workshop)


def create_from(
    body: EntityValue, asked: Asked, workshop: Workshop, after: Callable[[Address], None] = lambda _: None
) -> Response:
    """Creates an entity from what a body states; `after` goes on in the same transaction."""
    asked = deepened(asked, body, workshop)
    request, address = asked.request, asked.address
    is_alone = address.keyed.navigation is None and stands_alone(body, address.source, workshop)
    with workshop.transaction():
        _check_led(address, workshop)
        there = _created_alone(body, address, workshop) if is_alone else _created_with(body, asked, workshop)
        after(there)
        then = workshop.read_by_key(asked.query, there, request.query, asked.context)
        written = _entity_after(then, there, request, workshop, created=True)
    return _answer(written, request, then, asked.context, workshop)


def _created_alone(body: EntityValue, address: Address, workshop: Workshop) -> Address:
    """Creates an entity whose body speaks of no others."""
    place = new_place(address.source, body.type, workshop.schema)
    return created(place, body.properties, address, workshop.parent(address), workshop)


def _created_with(body: EntityValue, asked: Asked, workshop: Workshop) -> Address:
    """Creates an entity with those around it, or at the end of a relation."""
    stated = asked.request.method
    graph = Graph(workshop, asked.request.base_url, "PUT" if stated == "PUT" else "PATCH", creates=stated == "POST")
    if asked.address.keyed.navigation is None:
        return graph.create(asked.address, body).address
    relation = relation_at(asked.address, workshop)
    assert relation is not None, "the path ends in navigation"
    return graph.create_related(relation, body).address


def update(asked: Asked, workshop: Workshop) -> Response:
    """PATCH or PUT of an entity; where there is none it may be created (Protocol 11.4.3, 11.4.4)."""
    declared = asked.address.path.type.name
    if _is_new_member(asked.address, workshop):
        return _upsert_member(asked, workshop)
    address = located(asked.address, workshop)
    standing = standing_of(address, declared, workshop)
    try:
        own = standing.entity_type if standing is not None else declared
        body = read_body(asked.request, own, workshop, is_own=standing is not None and asked.request.method == "PATCH")
    except PayloadError:
        if not _is_creatable(address.uncast, workshop):
            require_there(address.uncast, workshop)
        raise
    if standing is not None and body.type != standing.entity_type:
        raise _other_type(body.type, standing.entity_type)
    conditions = conditions_for(asked, workshop, _stated_tag(body, asked))
    asked = deepened(asked, body, workshop)
    request = asked.request
    then = workshop.read_by_key(asked.query, address, request.query, asked.context)
    if body.related:
        return _update_with(body, conditions, replace(asked, address=address), then, workshop)
    place = Place(address.source, body.type, address.own_key)
    change = EntityUpdate(request.method, place, body.properties, address.uncast)
    with workshop.transaction():
        refuse_match(address, conditions, workshop)
        parent = workshop.parent(address)
        is_new = not changed(change, conditions, parent, workshop)
        if is_new:
            _check_upsert(address.uncast, conditions, workshop)
            with _upserting(request.method, conditions):
                if not stands_alone(body, address.source, workshop):
                    Graph(workshop, request.base_url).create(_collection(address), upserted(place, body, workshop))
                else:
                    new = new_place(place.source, place.entity_type, workshop.schema)
                    stated = with_key(body.properties, place, workshop.schema)
                    created(new, stated, _collection(address), parent, workshop)
        written = _entity_after(then, address, request, workshop, created=is_new)
    return _answer(written, request, then, asked.context, workshop)


def _update_with(
    body: EntityValue, conditions: Conditions, asked: Asked, then: CompiledRead, workshop: Workshop
) -> Response:
    """Changes an entity with those around it, or creates it with them (Protocol 11.4.3.1)."""
    request, address = asked.request, asked.address
    graph = Graph(workshop, request.base_url, request.method)
    with workshop.transaction():
        refuse_match(address, conditions, workshop)
        node = node_at(address, workshop)
        if node is None:
            _check_upsert(address.uncast, conditions, workshop)
            place = Place(address.source, body.type, address.own_key)
            with _upserting(request.method, conditions):
                graph.create(_collection(address), upserted(place, body, workshop))
        else:
            check_deep(body.related, asked)
            graph.update(node, body, conditions)
        written = _entity_after(then, address, request, workshop, created=node is None)
    return _answer(written, request, then, asked.context, workshop)


def _collection(address: Address) -> Address:
    """Where an entity is created whose own address this is."""
    return address.collection if address.keyed.own_width else address.uncast


def _is_new_member(address: Address, workshop: Workshop) -> bool:
    """Whether a path names an entity by a key that the collection of related ones does not have."""
    keyed = address.keyed
    is_member = keyed.navigation is not None and keyed.own_width > 0 and not keyed.is_alternate
    return is_member and workshop.find(address.uncast) is None


def _upsert_member(asked: Asked, workshop: Workshop) -> Response:
    """Creates the entity with a key in a collection of related ones."""
    address = asked.address
    body = read_body(asked.request, address.path.type.name, workshop)
    conditions = conditions_for(asked, workshop, _stated_tag(body, asked))
    _check_upsert(address.uncast, conditions, workshop)
    place = Place(address.source, body.type, address.own_key)
    with _upserting(asked.request.method, conditions):
        return create_from(upserted(place, body, workshop), replace(asked, address=address.collection), workshop)


@contextmanager
def _upserting(method: str, conditions: Conditions) -> Iterator[None]:
    """A create by an update that met nothing: a PATCH that states too little for one was meant for what is there.

    One that says `If-None-Match: *` was meant to create it.
    """
    try:
        yield
    except Incomplete as error:
        is_create = conditions.none_match is not None and conditions.none_match.any
        if method != "PATCH" or is_create:
            raise
        raise NotFound(
            "No entity has this key, and the body is not all of a new one.",
            target=error.target,
            hint=error.message,
            details=error.details,
        ) from error


def check_deep(related: Mapping[str, Related], asked: Asked) -> None:
    """Updates with the entities around them are of 4.01; in 4.0 relations are changed by `@odata.bind` alone."""
    stated = next((found for found in related.values() if found.items is not None), None)
    if stated is not None and _version(asked) != "4.01":
        raise PayloadError(
            f"An update of version 4.0 does not state what '{stated.navigation.name}' leads to.",
            target=stated.path,
            hint=f'Send OData-Version: 4.01, or relate entities by "{stated.navigation.simple_name}@odata.bind".',
        )


def delete(asked: Asked, workshop: Workshop) -> Response:
    """DELETE of an entity, and of what it contains; a body is ignored (Protocol 11.4.5)."""
    return delete_where(asked, conditions_for(asked, workshop), workshop)


def delete_where(asked: Asked, conditions: Conditions, workshop: Workshop) -> Response:
    """Deletes an entity under conditions, which speak of its own ETag."""
    declared, address = asked.address.path.type.name, located(asked.address, workshop)
    place = Place(address.source, declared, address.own_key)
    with workshop.transaction():
        refuse_match(address, conditions, workshop)
        standing_of(address, declared, workshop)
        if not ended(place, address.uncast, conditions, workshop.parent(address), workshop):
            refuse_missing(address, workshop)
    return Response(204, {"OData-Version": asked.context.version})


def located(address: Address, workshop: Workshop) -> Address:
    """The address of an entity in the set that it lives in, whichever way a path leads to it.

    `NotFound` where a single-valued navigation property leads nowhere: what it would lead to has no key to be made by.
    """
    step = address.keyed.navigation
    if step is None and not address.keyed.is_alternate:
        return address
    standing = workshop.find(address.uncast)
    if address.keyed.is_alternate and standing is None:
        raise NotFound("No entity has this alternate key.", hint="Create it by POST, or by its own key.")
    if step is None:
        assert standing is not None, "what is not there has been refused"
        return workshop.keyed(address.collection, standing.key)
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


def read_body(
    request: Request, entity_type: str, workshop: Workshop, *, of_new: bool = False, is_own: bool = False
) -> EntityValue:
    """The entity in the body of a request; `of_new` is whether it is to be created.

    `is_own` is whether the type is that of the entity which the body changes.
    """
    check_json(request.headers.get("content-type", ""))
    body = request.body if request.members is None else request.members
    reader = reader_of(request.base_url, workshop, of_new=of_new)
    return read_entity(body, entity_type, reader, workshop.settings.limits, is_own=is_own)


def conditions_for(asked: Asked, workshop: Workshop, stated: str | None = None) -> Conditions:
    """The conditions of a write; `stated` is the ETag in its body. One is needed where the source says so."""
    required = demands_etag(asked.query.path.entity_set, workshop.settings)
    return conditions_of(asked.request.headers, stated, required=required)


def _stated_tag(body: EntityValue, asked: Asked) -> str | None:
    """The ETag in a body of 4.01; in 4.0 it is control information that says nothing."""
    return body.etag if _version(asked) == "4.01" else None


def _version(asked: Asked) -> str:
    """The version of the protocol that a body is written in."""
    return version_alone(asked.request.headers.get("odata-version", asked.context.version))


def _check_upsert(address: Address, conditions: Conditions, workshop: Workshop) -> None:
    """Whether an update that met nothing may create the entity (Protocol 11.4.4)."""
    if workshop.look(address) is not None:
        raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")
    if not _is_creatable(address, workshop):
        raise no_entity()
    if conditions.match is not None:
        raise PreconditionFailed("No entity has this key, so If-Match cannot hold.", target="If-Match")
    _check_led(address, workshop)


def _is_creatable(address: Address, workshop: Workshop) -> bool:
    """Whether an update that meets nothing creates the entity."""
    return is_upsertable(address.source, workshop.schema) and not workshop.is_hidden(address)


def require_there(address: Address, workshop: Workshop) -> None:
    """`NotFound` where there is no entity: what else is wrong with a change of it does not matter then."""
    if workshop.look(address) is None:
        raise no_entity()


def _check_led(address: Address, workshop: Workshop) -> None:
    """`NotFound` where the complex value is null whose navigation property a path ends in."""
    if not workshop.leads_on(address):
        raise NotFound("The complex value that is to lead to this entity is null.", hint="Give it a value first.")


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


def entity_as_written(then: CompiledRead, address: Address, request: Request, workshop: Workshop) -> dict[str, object]:
    """An entity as it is now, inside the current transaction."""
    return _entity_after(then, address, request, workshop, created=False).entity


def _entity_after(
    then: CompiledRead, address: Address, request: Request, workshop: Workshop, *, created: bool
) -> Written:
    workshop.check_owed()
    rows = workshop.store.read(then.prepared, address.keys, page_size=then.context.page_size)
    place = then.prepared.plan.shape.version
    assert place is not None, "entities of a set have versions"
    if not rows.rows:
        raise Conflict(
            "What this change deletes would delete the entity itself, too.",
            hint="Delete the entity, or leave out what it is to go with.",
        )
    version = rows.rows[0][place]
    assert isinstance(version, int), "versions are counters"
    home = request.base_url + collection_url(address.path, address.keys)
    nested = NestedPages(request, request.query, workshop.store, workshop.settings.limits, workshop.secret)
    return Written(nested.objects(then, rows, address.keys, home)[0], address, version, created)


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
    body = EntityDocuments(request, context, url).entity(written.entity)
    return Response(201 if written.created else 200, {**success_headers(context), **headers}, body)
