"""Hooks around the end of an entity, and of all that ends with it: what it contains, and what OnDelete says.

Each of them has the hooks of its own source; all of them run inside the transaction that ends the entities.
"""

from collections.abc import Callable, Iterator

from odata_service.edm.annotations import EXISTING, is_tagged
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.sources import navigation_members
from odata_service.semantics.resolved import NavigationStep
from odata_service.service.address import step_from
from odata_service.service.entities import Entities, Entity, address_of
from odata_service.service.hooked import around_delete
from odata_service.service.workshop import Workshop


def ends_hooked(source: EntitySet, workshop: Workshop) -> bool:
    """Whether hooks run where an entity of a source ends, for it or for what ends with it."""
    if workshop.hooks is None or not workshop.hooks.deletes:
        return False
    seen, waiting = {source.name}, [source]
    while waiting:
        current = waiting.pop()
        if workshop.hooks.around("delete", current):
            return True
        for _, target in _followed(current, workshop.schema):
            if target.name not in seen:
                seen.add(target.name)
                waiting.append(target)
    return False


def end_with_hooks(entity: Entity, end: Callable[[], bool], workshop: Workshop) -> bool:
    """Ends an entity by `end`, which tells whether there was one; hooks run before, and behind with what has ended."""
    ending = list(_ending(entity, workshop))
    if not end():
        return False
    for known in ending:
        around_delete("after_delete", known, workshop)
    return True


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
    for _, holder, navigation in navigation_members(source.entity_type, schema):
        if navigation.contains_target or navigation.on_delete == "Cascade":
            step = step_from(source, holder, navigation, schema)
            if step is not None and step.target is not None and not is_tagged(step.target.annotations, EXISTING):
                yield step, step.target
