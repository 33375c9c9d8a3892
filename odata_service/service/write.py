"""POST, PATCH, PUT and DELETE of entities: each in one transaction, its answer read inside it (Protocol 11.4)."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from uuid import uuid4

from odata_service.edm.model import EntitySet, Property, Schema
from odata_service.edm.types import Kind, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import NotFound, OptionNotAllowed, PreconditionFailed, PreconditionRequired
from odata_service.payload import context_url, entity_id, etag_of, read_entity, write_entity
from odata_service.plan.write import Values, is_made_below, plan_delete, plan_insert, plan_patch, plan_replace
from odata_service.semantics.tree import Constant, EntitySetStep, KeyStep, Query
from odata_service.service.body import check_json
from odata_service.service.compile import CompiledRead
from odata_service.service.conditional import Tags, read_tags
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import Context
from odata_service.service.read import VARY, success_headers
from odata_service.service.workshop import Workshop

Stated = Mapping[str, PrimitiveValue | None]

_GUID_LENGTH = 36


@dataclass(frozen=True, slots=True)
class Written:
    """The entity after a write, as the client is to see it: `created` tells 201 from 200."""

    entity: dict[str, object]
    key: Values
    version: int
    created: bool


def create(request: Request, query: Query, context: Context, workshop: Workshop) -> Response:
    """POST to an entity set (Protocol 11.4.2)."""
    entity_set = _entity_set(query)
    stated = _with_generated_key(entity_set, _body(request, entity_set, workshop), workshop)
    change = plan_insert(entity_set, stated, workshop.schema)
    then = workshop.read_by_key(query, request.query, context)
    with workshop.store.transaction():
        made = iter(workshop.insert(change))
        key = tuple(
            stated[part.name] if part.name in stated else next(made) for part in _key_parts(entity_set, workshop)
        )
        written = _entity_after(then, key, request, workshop, created=True)
    return _answer(written, request, query, context, workshop)


def update(request: Request, query: Query, context: Context, workshop: Workshop) -> Response:
    """PATCH or PUT of an entity; where no entity has the key it may be created (Protocol 11.4.3, 11.4.4)."""
    entity_set, key = _entity_set(query), _key(query)
    match, none_match = _conditions(request, workshop)
    guarded = match is not None and not match.any
    stated = _body(request, entity_set, workshop)
    plan_change = plan_patch if request.method == "PATCH" else plan_replace
    change = plan_change(entity_set, stated, key, workshop.schema, guarded=guarded)
    then = workshop.read_by_key(query, request.query, context)
    with workshop.store.transaction():
        if none_match is not None:
            _refuse_match(then, key, none_match, workshop)
        created = not workshop.run(change, match.versions if match else ())
        if created:
            _check_upsert(entity_set, then, key, match, workshop)
            workshop.run(plan_insert(entity_set, _keyed(entity_set, stated, key, workshop.schema), workshop.schema))
        written = _entity_after(then, key, request, workshop, created=created)
    return _answer(written, request, query, context, workshop)


def delete(request: Request, query: Query, context: Context, workshop: Workshop) -> Response:
    """DELETE of an entity; a body is ignored (Protocol 11.4.5)."""
    entity_set, key = _entity_set(query), _key(query)
    match, none_match = _conditions(request, workshop)
    guarded = match is not None and not match.any
    change = plan_delete(entity_set, key, workshop.schema, guarded=guarded)
    then = workshop.read_by_key(query, request.query, context)
    with workshop.store.transaction():
        if none_match is not None:
            _refuse_match(then, key, none_match, workshop)
        if not workshop.run(change, match.versions if match else ()):
            _refuse_missing(then, key, workshop)
    return Response(204, {"OData-Version": context.version})


def _entity_set(query: Query) -> EntitySet:
    if query.options.filter or query.options.orderby or query.options.top or query.options.skip or query.options.count:
        raise OptionNotAllowed(
            "A write takes none of $filter, $orderby, $top, $skip and $count.",
            hint="Use $select and $expand to shape the answer.",
        )
    first = query.path.steps[0]
    assert isinstance(first, EntitySetStep), "a resource path begins with an entity set"
    return first.entity_set


def _key(query: Query) -> Values:
    step = query.path.steps[-1]
    assert isinstance(step, KeyStep), "updates and deletes name one entity"
    return tuple(_constant(part.value) for part in step.key)


def _constant(node: object) -> PrimitiveValue | None:
    assert isinstance(node, Constant), "the keys of writes are resolved without slots"
    assert isinstance(node.value, PrimitiveValue), "keys are primitive and never null"
    return node.value


def _body(request: Request, entity_set: EntitySet, workshop: Workshop) -> Stated:
    check_json(request.headers.get("content-type", ""))
    limits = workshop.settings.limits
    return read_entity(request.body, entity_set.entity_type, workshop.schema, limits).properties


def _with_generated_key(entity_set: EntitySet, stated: Stated, workshop: Workshop) -> Stated:
    """A single key of text or GUIDs that a create leaves out is made here, unless the database makes it or has no room.

    Any other must be stated.
    """
    parts = _key_parts(entity_set, workshop)
    part = parts[0]
    is_missing = len(parts) == 1 and stated.get(part.name) is None and kind_of(part.type) in {Kind.STRING, Kind.GUID}
    room = part.type.facets.max_length
    if is_missing and not is_made_below(part, entity_set) and not (isinstance(room, int) and room < _GUID_LENGTH):
        return {**stated, part.name: str(uuid4())}
    return stated


def _key_parts(entity_set: EntitySet, workshop: Workshop) -> tuple[Property, ...]:
    return workshop.schema.key_properties(entity_set.entity_type)


def _conditions(request: Request, workshop: Workshop) -> tuple[Tags | None, Tags | None]:
    match = read_tags("If-Match", request.headers.get("if-match"))
    none_match = read_tags("If-None-Match", request.headers.get("if-none-match"))
    if workshop.settings.require_etag and match is None and none_match is None:
        raise PreconditionRequired(
            "Changes to this entity need its ETag.",
            target="If-Match",
            hint="Read the entity, then send its @odata.etag in If-Match.",
        )
    return match, none_match


def _check_upsert(
    entity_set: EntitySet, then: CompiledRead, key: Values, match: Tags | None, workshop: Workshop
) -> None:
    """Whether an update that met nothing may create the entity (Protocol 11.4.4)."""
    if _version(then, key, workshop) is not None:
        raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")
    if not entity_set.capabilities.upsertable:
        raise NotFound("No entity has this key.")
    if match is not None:
        raise PreconditionFailed("No entity has this key, so If-Match cannot hold.", target="If-Match")


def _keyed(entity_set: EntitySet, stated: Stated, key: Values, schema: Schema) -> Stated:
    names = (part.name for part in schema.key_properties(entity_set.entity_type))
    return {**stated, **dict(zip(names, key, strict=True))}


def _refuse_match(then: CompiledRead, key: Values, tags: Tags, workshop: Workshop) -> None:
    version = _version(then, key, workshop)
    if version is not None and tags.match(etag_of(version)):
        raise PreconditionFailed("The entity exists in the state that If-None-Match rules out.", target="If-None-Match")


def _refuse_missing(then: CompiledRead, key: Values, workshop: Workshop) -> None:
    if _version(then, key, workshop) is None:
        raise NotFound("No entity has this key.", hint="It may have been deleted already.")
    raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")


def _version(then: CompiledRead, key: Values, workshop: Workshop) -> int | None:
    rows = workshop.store.read(then.prepared, key, page_size=1)
    place = then.prepared.plan.shape.version
    assert place is not None, "entities of a set have versions"
    version = rows.rows[0][place] if rows.rows else None
    assert version is None or isinstance(version, int), "versions are counters"
    return version


def _entity_after(then: CompiledRead, key: Values, request: Request, workshop: Workshop, *, created: bool) -> Written:
    rows = workshop.store.read(then.prepared, key, page_size=1)
    place = then.prepared.plan.shape.version
    assert place is not None, "entities of a set have versions"
    version = rows.rows[0][place]
    assert isinstance(version, int), "versions are counters"
    return Written(then.writer.objects(rows, request.base_url)[0], key, version, created)


def _answer(written: Written, request: Request, query: Query, context: Context, workshop: Workshop) -> Response:
    entity_set = _entity_set(query)
    headers = {"ETag": etag_of(written.version)}
    if written.created:
        headers["Location"] = request.base_url + entity_id(entity_set, written.key, workshop.schema)
    returned = context.preferences.returned
    if returned is not None:
        headers["Preference-Applied"] = f"return={returned}"
    if returned == "minimal":
        if written.created:
            headers["OData-EntityId"] = headers["Location"]
        return Response(204, {**headers, "OData-Version": context.version, "Vary": VARY})
    target = replace(query, path=replace(query.path, type=replace(query.path.type, collection=False)))
    body = write_entity(written.entity, context_url(target, request.base_url, (), context.format), context.format)
    return Response(201 if written.created else 200, {**success_headers(context), **headers}, body)
