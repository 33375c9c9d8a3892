"""What pages leave unsaid about relationships: the properties that carry them, and partners (CSDL 8.4, 8.5)."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from odata_service.edm.model import ComplexType, EntityType, NavigationProperty, ReferentialConstraint, StructuredType


def complete_relationships(types: Mapping[str, StructuredType]) -> Iterator[StructuredType]:
    """The types with referential constraints and partners where the properties' names and targets leave no doubt.

    A to-one navigation property `x` beside a property `xId` of the type of the target's single key depends on it. A
    to-many and a to-one that are the only ones between two types are each other's partner.
    """
    for declared in types.values():
        if isinstance(declared, ComplexType) or not declared.navigation_properties:
            yield declared
            continue
        completed = tuple(_completed(known, declared, types) for known in declared.navigation_properties)
        yield replace(declared, navigation_properties=completed)


def _completed(
    navigation: NavigationProperty, declared: EntityType, types: Mapping[str, StructuredType]
) -> NavigationProperty:
    target = types.get(navigation.target)
    # What a property contains has no key of its own elsewhere that a constraint could point to.
    if not isinstance(target, EntityType) or navigation.contains_target:
        return navigation
    return replace(
        navigation,
        partner=navigation.partner or _partner(navigation, declared, target),
        referential_constraints=navigation.referential_constraints or _constraints(navigation, declared, target),
    )


def _partner(navigation: NavigationProperty, declared: EntityType, target: EntityType) -> str | None:
    alike = _between(declared, target, collection=navigation.collection)
    back = _between(target, declared, collection=not navigation.collection)
    return back[0].name if len(alike) == len(back) == 1 else None


def _between(declared: EntityType, target: EntityType, *, collection: bool) -> list[NavigationProperty]:
    return [
        navigation
        for navigation in declared.navigation_properties
        if navigation.target == target.name and navigation.collection == collection
    ]


def _constraints(
    navigation: NavigationProperty, declared: EntityType, target: EntityType
) -> tuple[ReferentialConstraint, ...]:
    if navigation.collection or len(target.key) != 1:
        return ()
    key = target.key[0].path
    key_type = next((known.type.name for known in target.properties if known.name == key), None)
    carrier = next((known for known in declared.properties if known.name == f"{navigation.name}Id"), None)
    if carrier is None or carrier.type.name != key_type:
        return ()
    return (ReferentialConstraint(carrier.name, key),)
