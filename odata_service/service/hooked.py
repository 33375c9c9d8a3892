"""Hooks at work: what runs before and after an entity is written, inside the transaction that writes it.

A hook that is running is not run again by what it does itself: a hook behind updates may update its entity.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from odata_service.errors import NotFound
from odata_service.payload import native_members
from odata_service.plan.values import Stated
from odata_service.plan.write import Place, ignored_names
from odata_service.service.address import Address
from odata_service.service.entities import Entities, Entity, plain_members
from odata_service.service.hooks import Hook
from odata_service.service.workshop import Workshop


def is_hooked(operation: str, place: Place, workshop: Workshop) -> bool:
    """Whether hooks run around an operation on the entities of a place."""
    return workshop.hooks is not None and workshop.hooks.around(operation, place.source)


def before_create(place: Place, stated: Stated, workshop: Workshop) -> tuple[Place, Stated]:
    """What is stated of a new entity when its hooks have run: they may set what clients may not."""
    return _changed_by("before_create", (), place, stated, workshop)


def after_create(address: Address, workshop: Workshop) -> None:
    """Runs what follows a creation, with the new entity."""
    _run_with_entity("after_create", address, workshop)


def before_update(entity: Entity, place: Place, stated: Stated, workshop: Workshop) -> tuple[Place, Stated]:
    """What an update states of an entity when its hooks have run."""
    return _changed_by("before_update", (entity,), place, stated, workshop)


def after_update(address: Address, workshop: Workshop) -> None:
    """Runs what follows an update, with the entity as it is now."""
    _run_with_entity("after_update", address, workshop)


def around_delete(moment: str, entity: Entity, workshop: Workshop) -> None:
    """Runs `before_delete` or `after_delete` with the entity as it was."""
    assert workshop.hooks is not None, "what is hooked has hooks"
    _run(workshop.hooks.of(moment, entity.source), (entity,), workshop)


def entity_at(address: Address, workshop: Workshop) -> Entity | None:
    """The entity at an address with all its properties; None where there is none. Hooks see everything."""
    return Entities(address.uncast, workshop.unruled).first()


def _run_with_entity(moment: str, address: Address, workshop: Workshop) -> None:
    assert workshop.hooks is not None, "what is hooked has hooks"
    hooks = workshop.hooks.of(moment, address.source)
    if hooks:
        entity = entity_at(address, workshop)
        if entity is None:
            raise NotFound("The entity has been deleted by a hook.")
        _run(hooks, (entity,), workshop)


def _changed_by(
    moment: str, known: tuple[Entity, ...], place: Place, stated: Stated, workshop: Workshop
) -> tuple[Place, Stated]:
    """What is stated when hooks have changed it: values that they leave alone stay as the body has them."""
    assert workshop.hooks is not None, "what is hooked has hooks"
    hooks = workshop.hooks.of(moment, place.source)
    if not hooks:
        return place, stated
    schema = workshop.schema
    ignored = ignored_names(place, schema, is_new=not known)
    kept = {name: value for name, value in stated.items() if name not in ignored}
    before, values = (plain_members(kept, place.entity_type, schema) for _ in range(2))
    _run(hooks, (*known, values), workshop)
    same = {name: value for name, value in kept.items() if name in values and _is_same(values[name], before[name])}
    changed = {name: value for name, value in values.items() if name not in same}
    return replace(place, computes=True), {**same, **native_members(changed, place.entity_type, schema)}


def _is_same(value: object, before: object) -> bool:
    """Whether a value is still that of the body: true is no number."""
    return type(value) is type(before) and value == before


def _run(hooks: Iterable[Hook], known: tuple[Mapping[str, Any], ...], workshop: Workshop) -> None:
    assert workshop.hooks is not None, "what is hooked has hooks"
    for hook in hooks:
        if hook not in workshop.running:
            hook(workshop.hooks.call_of(workshop.inside(hook)), *known)
