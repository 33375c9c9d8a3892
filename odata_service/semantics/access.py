"""A property as expressions refer to it, so that equal expressions are one column."""

from odata_service.edm.leaves import TYPE, marker_of
from odata_service.edm.model import EntitySet, Property, Schema
from odata_service.edm.types import BOOLEAN, STRING
from odata_service.semantics.promotion import bare
from odata_service.semantics.tree import (
    DynamicProperty,
    EntityOwner,
    NavigationAccess,
    PropertyAccess,
    RootEntity,
    Variable,
)

Owner = NavigationAccess | PropertyAccess | Variable | RootEntity | None
"""What holds a property: an entity, a complex value, a member of a collection, or the current instance."""


def declared_type(value: PropertyAccess | Variable) -> str:
    """The type that a structured value is declared of, whatever a cast takes it for."""
    return value.property.type.name if isinstance(value, PropertyAccess) else value.base or value.type.name


def access_of(declared: Property, holder: str, base: str, owner: Owner, schema: Schema) -> PropertyAccess:
    """A property of an instance of the type `holder`, where instances of `base` and its derived types are kept."""
    cast = None if base == holder else schema.member_path(base, holder, declared.name).rpartition("/")[0] or None
    return PropertyAccess(declared, bare(declared.type), owner, cast)


def access_along(path: str, entity_type: str, schema: Schema, owner: Owner = None) -> PropertyAccess:
    """The property at the end of a path of the model, such as that of a key: property names alone."""
    holder, access = entity_type, owner
    for name in path.split("/"):
        declared = schema.properties(holder)[name]
        access = access_of(declared, holder, holder, access, schema)
        holder = declared.type.name
    assert isinstance(access, PropertyAccess), "a path has a step"
    return access


def key_of_type(entity_type: str, schema: Schema, owner: Owner = None) -> tuple[PropertyAccess, ...]:
    """The properties of the key of the entity that `owner` leads to."""
    return tuple(access_along(leaf.path, entity_type, schema, owner) for _, leaf in schema.key_leaves(entity_type))


def key_of_source(source: EntitySet, schema: Schema, owner: Owner = None) -> tuple[PropertyAccess, ...]:
    """The properties of the key of an entity that lives in a source; of a singleton there are none."""
    return () if source.is_single else key_of_type(source.entity_type, schema, owner)


def marker_access(access: PropertyAccess, schema: Schema) -> PropertyAccess | None:
    """What tells a complex value from null; None where it is never null."""
    marker = marker_of(access.property.type, schema)
    if marker is None:
        return None
    type_ref = STRING if marker == TYPE else BOOLEAN
    return PropertyAccess(Property(marker, type_ref), type_ref, access)


def path_of(access: PropertyAccess) -> str:
    """The path of a property from the entity that holds it; see `edm.leaves`."""
    step = access.property.name if access.cast is None else f"{access.cast}/{access.property.name}"
    return f"{path_of(access.owner)}/{step}" if isinstance(access.owner, PropertyAccess) else step


def entity_of(access: PropertyAccess) -> EntityOwner:
    """The entity that holds a property, or the complex value around it; None for the current instance."""
    return entity_of(access.owner) if isinstance(access.owner, PropertyAccess) else access.owner


def base_of(owner: Owner | DynamicProperty) -> Variable | RootEntity | None:
    """Where the path to something begins: at a variable, at the root, or at None, the current instance."""
    return base_of(owner.owner) if isinstance(owner, NavigationAccess | PropertyAccess | DynamicProperty) else owner


def steps_of(access: PropertyAccess) -> tuple[PropertyAccess, ...]:
    """The properties along a path from the entity, or from the variable, that holds them all."""
    before = steps_of(access.owner) if isinstance(access.owner, PropertyAccess) else ()
    return (*before, access)


def chain_of(owner: Owner) -> tuple[NavigationAccess | PropertyAccess, ...]:
    """What leads from where a path begins to something, the nearest first, itself last."""
    if not isinstance(owner, NavigationAccess | PropertyAccess):
        return ()
    return (*chain_of(owner.owner), owner)


def name_of(step: NavigationAccess | PropertyAccess) -> str:
    """The name of a step of a path."""
    return step.property.name if isinstance(step, PropertyAccess) else step.navigation.name
