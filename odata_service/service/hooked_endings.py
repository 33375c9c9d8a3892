"""Hooks around the end of an entity, and of all that ends with it: what it contains, and what OnDelete says.

Each of them has the hooks of its own source; all of them run inside the transaction that ends the entities. What
OnDelete lets go of is updated by that, and has the hooks around updates.
"""

from collections.abc import Callable, Iterator, Sequence

from odata_service.edm.annotations import EXISTING, is_tagged
from odata_service.edm.model import EntitySet, NavigationProperty, Schema
from odata_service.edm.sources import navigation_members
from odata_service.semantics.resolved import NavigationStep
from odata_service.service.address import step_from
from odata_service.service.entities import Entities, Entity, address_of
from odata_service.service.hooked import around_delete
from odata_service.service.hooks import Hooks
from odata_service.service.workshop import Workshop


def ends_hooked(source: EntitySet, workshop: Workshop) -> bool:
    """Whether hooks run where an entity of a source ends, for it, for what ends with it or what is let go of."""
    hooks = workshop.hooks
    if hooks is None:
        return False
    known = hooks.ends.get(source.name)
    if known is None:
        known = hooks.ends[source.name] = _finds_hooks(source, hooks, workshop.schema)
    return known


def _finds_hooks(source: EntitySet, hooks: Hooks, schema: Schema) -> bool:
    """Whether there are hooks along all that ends with an entity of a source."""
    seen, waiting = {source.name}, [source]
    while waiting:
        current = waiting.pop()
        if hooks.around("delete", current):
            return True
        if any(hooks.around("update", target) for _, target in _unset(current, schema)):
            return True
        for _, target in _followed(current, schema):
            if target.name not in seen:
                seen.add(target.name)
                waiting.append(target)
    return False


def end_with_hooks(entity: Entity, end: Callable[[Sequence[Entity]], bool], workshop: Workshop) -> bool:
    """Ends an entity by `end`, which tells whether there was one; hooks run before, and behind with what has ended.

    `end` is given all that end.
    """
    ending = list(_ending(entity, workshop))
    if not end(ending):
        return False
    for known in ending:
        around_delete("after_delete", known, workshop)
    return True


def let_go_of(ending: Sequence[Entity], workshop: Workshop) -> Iterator[Entity]:
    """The entities that do not end with others, and refer to these no more, where hooks run around their updates."""
    hooks, schema = workshop.hooks, workshop.schema
    assert hooks is not None, "what is hooked has hooks"
    seen = {(known.source.name, address_of(known, workshop).keys) for known in ending}
    for known in ending:
        for step, target in _unset(known.source, schema):
            if not (hooks.around("update", target) and schema.is_derived(known.type, step.source_type)):
                continue
            for related in Entities(address_of(known, workshop).towards(step), workshop.unruled):
                identity = target.name, address_of(related, workshop).keys
                if identity not in seen:
                    seen.add(identity)
                    yield related


def _ending(entity: Entity, workshop: Workshop) -> Iterator[Entity]:
    """An entity and what ends with it, each when the hooks before its end have run: these may have ended others."""
    seen, waiting = set[object](), [entity]
    while waiting:
        current = waiting.pop(0)
        address = address_of(current, workshop)
        identity = current.source.name, address.keys
        if identity in seen or workshop.unruled.look(address) is None:
            continue
        seen.add(identity)
        around_delete("before_delete", current, workshop)
        yield current
        for step, target in _followed(current.source, workshop.schema):
            if workshop.schema.is_derived(current.type, step.source_type) and ends_hooked(target, workshop):
                waiting += Entities(address.towards(step), workshop.unruled)


def _followed(source: EntitySet, schema: Schema) -> Iterator[tuple[NavigationStep, EntitySet]]:
    """The navigation properties whose entities end with those of a source, and where these live."""
    return _leading(source, schema, lambda known: known.contains_target or known.on_delete == "Cascade")


def _unset(source: EntitySet, schema: Schema) -> Iterator[tuple[NavigationStep, EntitySet]]:
    """The navigation properties whose entities are let go of where one of a source ends, and where these live."""
    return _leading(source, schema, lambda known: known.on_delete in {"SetNull", "SetDefault"})


def _leading(
    source: EntitySet, schema: Schema, is_meant: Callable[[NavigationProperty], bool]
) -> Iterator[tuple[NavigationStep, EntitySet]]:
    for _, holder, navigation in navigation_members(source.entity_type, schema):
        if is_meant(navigation):
            step = step_from(source, holder, navigation, schema)
            if step is not None and step.target is not None and not is_tagged(step.target.annotations, EXISTING):
                yield step, step.target
