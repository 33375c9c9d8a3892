"""A typed request body becomes an `Insert` or `Update` and the values for it (Protocol 11.4.2 to 11.4.4).

Keys and computed properties in the body of an update are ignored, as the standard demands; what a create leaves out is
the default or null.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from odata_service.edm.annotations import COMPUTED, IMMUTABLE, is_tagged
from odata_service.edm.model import EntitySet, Property, Schema
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import PayloadError
from odata_service.plan.model import Delete, Insert, Update
from odata_service.plan.read import key_properties

Stated = Mapping[str, PrimitiveValue | None]
Values = tuple[PrimitiveValue | None, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A write and the values it runs with, in the order that its plan states."""

    plan: Insert | Update | Delete
    values: Values


def plan_insert(entity_set: EntitySet, stated: Stated, schema: Schema) -> Change:
    """The creation of an entity: every property of the type has a value, stated or not.

    `PayloadError` names a property that must have a value and has none.
    """
    properties = tuple(schema.properties(entity_set.entity_type).values())
    keys = {part.name for part in key_properties(entity_set.entity_type, schema)}
    values = tuple(_initial_value(part, stated, is_key=part.name in keys) for part in properties)
    return Change(Insert(entity_set, entity_set.entity_type, properties), values)


def plan_patch(entity_set: EntitySet, stated: Stated, key: Values, schema: Schema, *, guarded: bool) -> Change:
    """A change of the stated properties alone."""
    changed = tuple(part for part in updatable_properties(entity_set, schema) if part.name in stated)
    return _update(entity_set, changed, tuple(stated[part.name] for part in changed) + key, schema, guarded)


def plan_replace(entity_set: EntitySet, stated: Stated, key: Values, schema: Schema, *, guarded: bool) -> Change:
    """A change of all updatable properties: what is not stated goes back to its default or null."""
    changed = updatable_properties(entity_set, schema)
    values = tuple(_initial_value(part, stated, is_key=False) for part in changed)
    return _update(entity_set, changed, values + key, schema, guarded)


def plan_delete(entity_set: EntitySet, key: Values, schema: Schema, *, guarded: bool) -> Change:
    """The end of one entity."""
    return Change(
        Delete(entity_set, entity_set.entity_type, key_properties(entity_set.entity_type, schema), guarded), key
    )


def updatable_properties(entity_set: EntitySet, schema: Schema) -> tuple[Property, ...]:
    """The properties that an update may change: neither key nor computed nor immutable."""
    keys = {part.name for part in key_properties(entity_set.entity_type, schema)}
    return tuple(
        part
        for part in schema.properties(entity_set.entity_type).values()
        if part.name not in keys
        and not is_tagged(part.annotations, COMPUTED)
        and not is_tagged(part.annotations, IMMUTABLE)
    )


def _update(
    entity_set: EntitySet, changed: tuple[Property, ...], values: Values, schema: Schema, guarded: bool
) -> Change:
    key = key_properties(entity_set.entity_type, schema)
    return Change(Update(entity_set, entity_set.entity_type, changed, key, guarded), values)


def _initial_value(part: Property, stated: Stated, *, is_key: bool) -> PrimitiveValue | None:
    computed = is_tagged(part.annotations, COMPUTED) and not is_key
    if part.name in stated and not computed:
        return stated[part.name]
    if part.default is not None:
        assert isinstance(part.default, PrimitiveValue), "defaults are primitive values"
        return part.default
    if not part.type.nullable and not computed:
        raise PayloadError(
            f"Property '{part.name}' must have a value.",
            target=part.name,
            hint=f'Add "{part.name}" with a value of type {part.type}.',
        )
    return None
