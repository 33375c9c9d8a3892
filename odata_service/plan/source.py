"""The entities that a resource path leads to, and what tells them apart and orders them."""

from itertools import takewhile

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import EntitySet, Schema
from odata_service.plan.model import PathSource
from odata_service.semantics.access import key_of_source
from odata_service.semantics.resolved import (
    CastStep,
    DynamicStep,
    EntitySetStep,
    FilterStep,
    GivenStep,
    KeyStep,
    NavigationStep,
    OrderItem,
    PropertyStep,
    ResourcePath,
)


def source_of(path: ResourcePath) -> PathSource:
    """The entities that a resource path leads to; a property at its end is left to the columns."""
    first = path.steps[0]
    assert isinstance(first, EntitySetStep), "a resource path begins with an entity set"
    before = takewhile(lambda step: not isinstance(step, PropertyStep | DynamicStep), path.steps[1:])
    steps = tuple(
        step for step in before if isinstance(step, KeyStep | NavigationStep | CastStep | FilterStep | GivenStep)
    )
    entity_type, target = first.entity_set.entity_type, first.entity_set
    for step in steps:
        match step:
            case NavigationStep(navigation, _, bound):
                assert bound is not None, "the resolver refuses navigation that leads nowhere"
                entity_type, target = navigation.target, bound
            case CastStep(name):
                entity_type = name
    return PathSource(first.entity_set, steps, entity_type, target)


def stable_order(orderby: tuple[OrderItem, ...], source: EntitySet, schema: Schema) -> tuple[OrderItem, ...]:
    """An order in which no two entities are equal: that which is asked for, then the key."""
    ordered = {item.expression for item in orderby}
    return (*orderby, *(OrderItem(access) for access in key_of_source(source, schema) if access not in ordered))


def key_of(source: EntitySet, schema: Schema) -> tuple[tuple[str, Leaf], ...]:
    """What tells the entities of a source apart in a path, names and leaves; a singleton needs nothing."""
    return () if source.is_single else schema.key_leaves(source.entity_type)
