"""A typed request body becomes an `Insert` or `Update` and the values for it (Protocol 11.4.2 to 11.4.4).

Keys and computed properties in the body of an update are ignored, as the standard demands; what a create leaves out is
the default or null.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from odata_service.edm.annotations import COMPUTED, COMPUTED_DEFAULT_VALUE, EXISTING, IMMUTABLE, is_tagged
from odata_service.edm.model import EntitySet, Property, Schema
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import PayloadError
from odata_service.plan.model import Delete, Insert, Update
from odata_service.plan.read import key_of

Stated = Mapping[str, PrimitiveValue | None]
Values = tuple[PrimitiveValue | None, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entity is written: the source that it lives in, its own type, and its key there where it has one."""

    source: EntitySet
    entity_type: str
    key: Values = ()


@dataclass(frozen=True, slots=True)
class Change:
    """A write and the values it runs with, in the order that its plan states."""

    plan: Insert | Update | Delete
    values: Values


def plan_insert(place: Place, stated: Stated, schema: Schema) -> Change:
    """The creation of an entity: every property has a value, stated or not, save those that the database makes.

    `PayloadError` names a property that must have a value and has none.
    """
    declared = schema.properties(place.entity_type).values()
    key = schema.key_properties(place.entity_type)
    source = place.source
    properties = tuple(part for part in declared if not _is_left_out(part, source, stated, is_key=part in key))
    values = tuple(_initial_value(part, stated, is_key=part in key) for part in properties)
    generated = tuple(part for part in key if part not in properties)
    return Change(Insert(source, place.entity_type, properties, generated), values)


def plan_patch(place: Place, stated: Stated, schema: Schema, *, guarded: bool) -> Change:
    """A change of the stated properties alone."""
    changed = tuple(part for part in updatable_properties(place.entity_type, schema) if part.name in stated)
    return _update(place, changed, tuple(stated[part.name] for part in changed), schema, guarded)


def plan_replace(place: Place, stated: Stated, schema: Schema, *, guarded: bool) -> Change:
    """A change of all updatable properties: what is not stated goes back to its default or null.

    What has a default that only the database knows stays as it is.
    """
    changed = tuple(
        part
        for part in updatable_properties(place.entity_type, schema)
        if part.name in stated or not is_made_below(part, place.source)
    )
    return _update(
        place, changed, tuple(_initial_value(part, stated, is_key=False) for part in changed), schema, guarded
    )


def plan_delete(place: Place, schema: Schema, *, guarded: bool) -> Change:
    """The end of one entity."""
    return Change(Delete(place.source, place.entity_type, key_of(place.source, schema), guarded), place.key)


def updatable_properties(entity_type: str, schema: Schema) -> tuple[Property, ...]:
    """The properties that an update may change: neither key nor computed nor immutable."""
    keys = {part.name for part in schema.key_properties(entity_type)}
    return tuple(
        part
        for part in schema.properties(entity_type).values()
        if part.name not in keys
        and not is_tagged(part.annotations, COMPUTED)
        and not is_tagged(part.annotations, IMMUTABLE)
    )


def is_made_below(part: Property, entity_set: EntitySet) -> bool:
    """Whether the database gives a property a value where none is stated: tables that others made may do so."""
    terms = (COMPUTED, COMPUTED_DEFAULT_VALUE)
    return is_tagged(entity_set.annotations, EXISTING) and any(is_tagged(part.annotations, term) for term in terms)


def _is_left_out(part: Property, entity_set: EntitySet, stated: Stated, *, is_key: bool) -> bool:
    """Whether a create leaves a property to the database: if it computes it, or none is stated.

    A key that is computed may be stated all the same: an upsert names the entity that it creates.
    """
    if not is_made_below(part, entity_set):
        return False
    return part.name not in stated or (is_tagged(part.annotations, COMPUTED) and not is_key)


def _update(place: Place, changed: tuple[Property, ...], values: Values, schema: Schema, guarded: bool) -> Change:
    update = Update(place.source, place.entity_type, changed, key_of(place.source, schema), guarded)
    return Change(update, values + place.key)


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
