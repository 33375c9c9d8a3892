"""Where values that are kept whole lead: to entities of sets, which are told there by key (CSDL 8, 13.4)."""

from collections.abc import Iterator, Sequence

from odata_service.edm.model import ComplexType, EntitySet, NavigationProperty, Schema
from odata_service.edm.nested import property_steps


def values_lead_on(schema: Schema) -> bool:
    """Whether any complex type of a schema has navigation properties."""
    return any(isinstance(found, ComplexType) and found.navigation_properties for found in schema.types.values())


def linked_set(
    source: EntitySet, way: Sequence[str], navigation: NavigationProperty, schema: Schema
) -> EntitySet | None:
    """The entity set that a navigation property of values leads to, `way` being the properties that lead to these.

    It is the one that a binding of the source names, else the only one of the type.
    """
    wanted = [*way, navigation.name]
    for binding in source.navigation_bindings:
        if property_steps(binding.path) == wanted:
            return schema.entity_set(binding.target)
    found = _sets_of(navigation, schema)
    return found[0] if len(found) == 1 else None


def linked_sets(navigation: NavigationProperty, schema: Schema) -> Iterator[EntitySet]:
    """The entity sets that a navigation property of values may lead to, wherever the values are."""
    bound = {
        binding.target
        for source in schema.container.entity_sets.values()
        for binding in source.navigation_bindings
        if "/" in binding.path and binding.path.rpartition("/")[2] == navigation.name
    }
    of_type = _sets_of(navigation, schema)
    for found in schema.container.entity_sets.values():
        if found.name in bound or (not bound and found in of_type):
            yield found


def _sets_of(navigation: NavigationProperty, schema: Schema) -> list[EntitySet]:
    return [found for found in schema.container.entity_sets.values() if found.entity_type == navigation.target]
