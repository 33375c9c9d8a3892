"""POST, PUT and DELETE of references: which entities are related, by `/$ref` (Protocol 11.4.6)."""

from dataclasses import replace

from odata_service.edm.model import EntitySet, Schema
from odata_service.errors import BadRequest, NotFound, NotSupported, SemanticError
from odata_service.payload import read_reference, read_references
from odata_service.plan.model import Link, Unlink
from odata_service.plan.write import Change
from odata_service.semantics.resolved import EntitySetStep, KeyStep, NavigationStep, Query, ResourcePath
from odata_service.service.address import Address, KeyedPath, Keys, key_values, keyed_path
from odata_service.service.body import check_json
from odata_service.service.compile import resolve_request
from odata_service.service.entities import Entities, Entity
from odata_service.service.message import Response
from odata_service.service.read import VARY
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked


def change_reference(asked: Asked, workshop: Workshop) -> Response:
    """Relates the entity before a navigation property to another one, or ends the relation."""
    place, step = _navigation(asked.query.path)
    target = _target(step)
    with workshop.store.transaction():
        source = _source(asked.query.path, place, asked, workshop)
        if source.source.is_single:
            raise NotSupported(f"What '{source.source.name}' is related to is not changed by references yet.")
        if asked.request.method == "DELETE":
            for key in _ended(place, step, asked, workshop):
                _end(source, step, key, workshop)
        else:
            wanted = [_entity(reference, target, asked, workshop).key for reference in _references(asked, workshop)]
            if asked.request.method == "PUT" and step.navigation.collection:
                for key in _related(place, step, asked, workshop):
                    if key not in wanted:
                        _end(source, step, key, workshop)
            for key in wanted:
                _begin(source, step, key, workshop)
    return Response(204, {"OData-Version": asked.context.version, "Vary": VARY})


def _navigation(path: ResourcePath) -> tuple[int, NavigationStep]:
    """The last navigation step and its place: a key may stand behind it."""
    place = max(place for place, step in enumerate(path.steps) if isinstance(step, NavigationStep))
    step = path.steps[place]
    assert isinstance(step, NavigationStep), "the place is that of a navigation step"
    return place, step


def _target(step: NavigationStep) -> EntitySet:
    assert step.target is not None, "navigation that leads nowhere is refused by the resolver"
    return step.target


def _source(path: ResourcePath, place: int, asked: Asked, workshop: Workshop) -> Entity:
    """The entity before the navigation property; `NotFound` where it is not there."""
    steps = path.steps[:place]
    previous = [step for step in steps if isinstance(step, NavigationStep | EntitySetStep)][-1]
    source = previous.entity_set if isinstance(previous, EntitySetStep) else _target(previous)
    before = ResourcePath(steps, replace(path.type, name=source.entity_type, collection=False), source)
    keyed, keys = keyed_path(before)
    found = Entities(Address(keyed, key_values(keys, asked.values)), workshop).first()
    if found is None:
        raise NotFound("The entity before the navigation property does not exist.")
    return found


def _references(asked: Asked, workshop: Workshop) -> list[str]:
    """The ids in the body: one, or those that replace all others."""
    check_json(asked.request.headers.get("content-type", ""))
    body, limits = asked.request.body, workshop.settings.limits
    if asked.request.method == "PUT" and asked.query.path.type.collection:
        return read_references(body, limits)
    return [read_reference(body, limits)]


def _ended(place: int, step: NavigationStep, asked: Asked, workshop: Workshop) -> list[Keys]:
    """The keys of the entities that a relation is ended with: behind the property, in `$id`, or all that there are."""
    last = asked.query.path.steps[-1]
    if isinstance(last, KeyStep):
        return [key_values([part.value for part in last.key], asked.values)]
    if asked.query.id is not None:
        return [_entity(asked.query.id, _target(step), asked, workshop).key]
    if step.navigation.collection and asked.context.version == "4.0":
        # In 4.0 a DELETE names one reference: a client that has forgotten $id must not lose all (Protocol 11.4.6.2).
        raise SemanticError(
            "Which reference is to be removed is not said.",
            target="$id",
            hint="Add $id=Set('key'), or write nav('key'); in 4.01 (OData-Version: 4.01) this removes all.",
        )
    found = _related(place, step, asked, workshop)
    if not found and not step.navigation.collection:
        raise NotFound(f"'{step.navigation.name}' is null already.")
    return found


def _related(place: int, step: NavigationStep, asked: Asked, workshop: Workshop) -> list[Keys]:
    """The keys of all entities that the navigation property leads to."""
    start = asked.query.path.steps[: place + 1]
    type_ref = replace(asked.query.path.type, collection=step.navigation.collection)
    keyed, keys = keyed_path(ResourcePath(start, type_ref, step.target))
    return [entity.key for entity in Entities(Address(keyed, key_values(keys, asked.values)), workshop)]


def _entity(reference: str, target: EntitySet, asked: Asked, workshop: Workshop) -> Entity:
    """The entity that a reference names; `BadRequest` where it is not there or lives elsewhere."""
    text = reference.removeprefix(asked.request.base_url).lstrip("/")
    resolved = resolve_request(text, "", (), workshop.store, workshop.settings.limits).query
    path = resolved.path if isinstance(resolved, Query) and resolved.property is None else None
    if path is None or path.type.collection or path.entity_set != target:
        raise BadRequest(
            f"'{reference}' is no entity of '{target.name}'.", target="@odata.id", hint=f"Write {target.name}(…)."
        )
    keyed, keys = keyed_path(path)
    found = Entities(Address(KeyedPath(keyed.path), key_values(keys, ())), workshop).first()
    if found is None:
        raise BadRequest(f"There is no entity '{reference}'.", target="@odata.id")
    return found


def _begin(source: Entity, step: NavigationStep, key: Keys, workshop: Workshop) -> None:
    """Relates two entities: pairs that are there already are made anew, so that they may be."""
    place = source.source, step.source_type, step.navigation
    workshop.run(_change(Unlink(*place), source, key))
    workshop.run(_change(Link(*place), source, key))


def _end(source: Entity, step: NavigationStep, key: Keys, workshop: Workshop) -> None:
    name = step.navigation.name
    if not step.navigation.collection and not step.navigation.nullable:
        raise BadRequest(f"'{name}' must lead somewhere.", hint="Replace it with PUT.")
    if _is_needed(step, workshop.schema):
        raise BadRequest(f"The entity cannot be without what '{name}' comes from.", hint="Delete the entity itself.")
    if not workshop.run(_change(Unlink(source.source, step.source_type, step.navigation), source, key)):
        raise NotFound(f"'{name}' does not lead to this entity.")


def _is_needed(step: NavigationStep, schema: Schema) -> bool:
    """Whether the property that leads back, or one that a constraint of either ties, must have a value."""
    navigation = step.navigation
    back = schema.navigation_properties(navigation.target).get(navigation.partner or "")
    tied = [(step.source_type, navigation)] + ([(navigation.target, back)] if back is not None else [])
    held = [
        schema.properties(holder)[constraint.property]
        for holder, known in tied
        for constraint in known.referential_constraints
        if constraint.property in schema.properties(holder)
    ]
    is_one_back = back is not None and not back.collection and not back.nullable
    return is_one_back or any(not part.type.nullable for part in held)


def _change(plan: Link | Unlink, source: Entity, key: Keys) -> Change:
    shape = type(plan), source.source.name, plan.owner, plan.navigation.name
    return Change(plan, (*source.key, *key), shape)
