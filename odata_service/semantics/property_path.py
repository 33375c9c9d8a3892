"""Paths inside expressions: through complex values and single-valued navigation (URL Conventions 5.1.1.15)."""

from dataclasses import dataclass, replace

from odata_service.edm.model import Property
from odata_service.edm.types import TypeRef, kind_of
from odata_service.errors import NotSupported, Span, TypeMismatch
from odata_service.semantics.access import Owner, access_of
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import NavigationAccess, PropertyAccess


@dataclass(frozen=True, slots=True)
class Place:
    """Where a path has come to: `owner` is what it stands for so far, `scope` has the names known there.

    `base` is the type of a complex property, which a cast behind it leaves as it is.
    """

    scope: Scope
    owner: Owner = None
    base: str = ""


def follow(name: str, span: Span, place: Place) -> Place:
    """One step further: a property, a navigation property, or a cast to a type."""
    scope = place.scope
    if scope.request.schema.types.get(name) is not None:
        return cast_to(name, span, place)
    if isinstance(place.owner, PropertyAccess):
        _check_inside(place.owner, name, span, scope)
    declared = scope.property(name)
    if declared is not None:
        return _property(declared, place)
    navigation = scope.navigation(name)
    if navigation is None:
        raise scope.unknown(name, span)
    if isinstance(place.owner, PropertyAccess):
        raise NotSupported(f"Navigation from complex values is not supported yet{scope.place(span)}.")
    if navigation.collection:
        raise _collection_step(name, span, scope)
    target = scope.related(navigation)
    if target is None:
        raise scope.leads_nowhere(navigation, span)
    owner = NavigationAccess(navigation, scope.entity_type, TypeRef(navigation.target), place.owner)
    return Place(replace(scope, entity_type=navigation.target, entity_set=target), owner)


def cast_to(name: str, span: Span, place: Place) -> Place:
    """The same instance as one of a derived type."""
    return replace(place, scope=place.scope.narrowed(name, span))


def _property(declared: Property, place: Place) -> Place:
    scope = place.scope
    base = place.base or (scope.entity_set.entity_type if scope.entity_set is not None else scope.entity_type)
    access = access_of(declared, scope.entity_type, base, place.owner, scope.request.schema)
    inside = declared.type.name
    return Place(replace(scope, entity_type=inside, entity_set=None), access, inside)


def _check_inside(owner: PropertyAccess, name: str, span: Span, scope: Scope) -> None:
    """Refuses what cannot follow a property: nothing does but the members of a complex value."""
    declared = owner.property
    if declared.type.collection:
        raise _collection_step(declared.name, span, scope)
    if kind_of(declared.type) is not None:
        raise TypeMismatch(
            f"'{declared.name}' is a primitive property: nothing can follow it{scope.place(span)}.", target=scope.target
        )
    if not scope.request.schema.is_taken_apart(declared.type):
        raise NotSupported(
            f"'{declared.name}' may contain itself and is kept whole, so '{name}' cannot be reached in an expression"
            f"{scope.place(span)}.",
            hint="Read the entities and look into the value.",
        )


def _collection_step(name: str, span: Span, scope: Scope) -> NotSupported:
    return NotSupported(
        f"'{name}' leads to a collection, and any, all and $count in expressions are not supported yet"
        f"{scope.place(span)}.",
        hint="Filter the other entity set, or read the collection with $expand.",
    )
