"""The collection that a path has come to, as expressions speak of one: what `$these` is in `/$filter(…)`."""

from collections.abc import Sequence

from odata_service.edm.model import Schema
from odata_service.edm.types import TypeRef
from odata_service.semantics.conditions import left, of_type
from odata_service.semantics.resolved import CastStep, EntitySetStep, FilterStep, KeyStep, NavigationStep, Step
from odata_service.semantics.rooted import rooted
from odata_service.semantics.tree import (
    EntityOwner,
    Members,
    NavigationAccess,
    NavigationMembers,
    RootEntity,
    SetMembers,
    Variable,
)

_DEPTH = 0
"""What tells the members from those of all collections inside of expressions, which count from 1."""


def members_at(steps: Sequence[Step], schema: Schema) -> Members | None:
    """The entities at the end of a path; None where it begins with what an operation gives, or ends in no collection.

    What is said of a collection before the key of one of its entities leaves that or nothing.
    """
    owner: EntityOwner = None
    members: Members | None = None
    for step in steps:
        match step:
            case EntitySetStep(source) if source.is_single:
                owner = RootEntity(source.name, (), TypeRef(source.entity_type))
            case EntitySetStep(source):
                every = SetMembers(source.name, TypeRef(source.entity_type, collection=True))
                members = _all(every, source.name)
            case KeyStep():
                assert members is not None, "a key follows a collection"
                owner, members = _one(members, step), None
            case NavigationStep(navigation, source_type, target) if target is not None:
                led_to = TypeRef(navigation.target, collection=navigation.collection)
                if navigation.collection:
                    members = _all(NavigationMembers(navigation, source_type, led_to, owner), target.name)
                else:
                    owner = NavigationAccess(navigation, source_type, led_to, owner)
            case CastStep(name):
                members = members and of_type(members, name, schema)
            case FilterStep(predicate):
                assert members is not None, "a filter follows a collection"
                members = left(members, rooted(predicate, members.variable))
            case _:
                return None
    return members


def _all(collection: SetMembers | NavigationMembers, source: str) -> Members:
    return Members(collection, Variable(_DEPTH, collection.type.element, source))


def _one(members: Members, step: KeyStep) -> NavigationAccess | RootEntity:
    """The entity with a key."""
    match members.collection:
        case NavigationMembers(navigation, source_type, type_ref, owner):
            return NavigationAccess(navigation, source_type, type_ref.element, owner, step.key)
        case SetMembers(source, type_ref):
            return RootEntity(source, step.key, type_ref.element)
        case _:
            raise AssertionError("these are entities")
