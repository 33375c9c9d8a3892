"""Navigation properties of complex values, as those of the entities that have the values (URL Conventions 4.3, 5.1.3).

A path to one leads through structural properties; the typed tree has one step from the entity, as `edm.nested` has it.
"""

from collections.abc import Iterator, Sequence
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.kept import KEY_MEMBER
from odata_service.edm.leaves import Leaf
from odata_service.edm.model import NavigationProperty, Property, Schema
from odata_service.edm.nested import value_path
from odata_service.edm.types import BOOLEAN, NULL, TypeRef
from odata_service.semantics.access import access_along, access_of, declared_type, name_of, steps_of
from odata_service.semantics.conditions import all_of
from odata_service.semantics.promotion import bare
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    Binary,
    Constant,
    EntityOwner,
    Expression,
    KeyValue,
    Lambda,
    Members,
    NavigationAccess,
    PropertyAccess,
    TypeTest,
    Unary,
    Variable,
)
from odata_service.url.syntax import Name, PathStep


def nested_navigation(name: str, value: PropertyAccess, holder: str, around: Scope) -> NavigationProperty | None:
    """A navigation property of a complex value, as that of the entity `around`; None where the value is kept whole.

    `holder` is the type that the value is taken for.
    """
    schema = around.request.schema
    path = schema.member_path(value.property.type.name, holder, name)
    return schema.navigation_properties(around.entity_type).get("/".join((*_way(value), path)))


def nested_stream(name: str, value: PropertyAccess, holder: str, around: Scope) -> Property | None:
    """A stream of a complex value, as that of the entity `around`; None where the value is kept whole or has none."""
    schema = around.request.schema
    path = schema.member_path(value.property.type.name, holder, name)
    return schema.stream_properties(around.entity_type).get("/".join((*_way(value), path)))


def way_of(value: PropertyAccess, holder: str) -> tuple[str, ...]:
    """The steps to a complex value that is taken for a type, from an entity that has the property at its beginning."""
    return _way(value) if holder == value.property.type.name else (*_way(value), holder)


def _way(value: PropertyAccess) -> tuple[str, ...]:
    first, *rest = steps_of(value)
    steps = [name_of(first)]
    for step in rest:
        steps += [name_of(step)] if step.cast is None else [step.cast, name_of(step)]
    return tuple(steps)


def leads_on(path: str, holder: str, base: str, schema: Schema) -> Expression | None:
    """Whether an entity has the complex value that what is at a path belongs to; None where all have it.

    `holder` is the type of the entity that has the property, `base` that of its source.
    """
    found: Expression | None = None
    value: PropertyAccess | None = None
    for step in _followed(path, holder, base, None, schema):
        if isinstance(step, str):
            found = TypeTest((step, *schema.derived_from(step)), value)
            continue
        value = step
        if step.property.type.nullable:
            found = Unary("not", Binary("eq", step, Constant(None, NULL), BOOLEAN), BOOLEAN)
    return found


def values_around(access: NavigationAccess, base: str, schema: Schema) -> tuple[PropertyAccess, ...]:
    """The complex values through which a path leads to a related entity, the outermost first.

    `base` is the type of the source that the current instances live in.
    """
    kept_as = base if access.owner is None else access.source_type
    steps = _followed(access.navigation.name, access.source_type, kept_as, access.owner, schema)
    return tuple(step for step in steps if isinstance(step, PropertyAccess))


def _followed(path: str, holder: str, base: str, owner: EntityOwner, schema: Schema) -> Iterator[PropertyAccess | str]:
    """The complex values along the path of what belongs to one, and the names of the types that these are cast to."""
    value: PropertyAccess | EntityOwner = owner
    for step in path.split("/")[:-1]:
        if "." in step:
            holder = step
            yield step
            continue
        declared = schema.properties(holder)[step]
        value = access_of(declared, holder, base, value, schema)
        yield value
        holder = base = declared.type.name


class Inside(Struct, frozen=True):
    """Where the steps that a path begins with lead inside an entity's complex values, and the steps behind these.

    `value` is the complex value, None where a path leads into none; `holder` the type that it is taken for.
    """

    value: PropertyAccess | None
    holder: str
    rest: tuple[Name, ...]

    def navigation(self, name: Name, around: Scope) -> NavigationProperty | None:
        """The navigation property of the value with a name, as that of the entity around it.

        None for a structural property; an error for what is neither.
        """
        assert self.value is not None, "it is asked for inside a value"
        place = replace(around, entity_type=self.holder, entity_set=None)
        if place.navigation(name.name) is None and place.property(name.name) is None:
            raise place.unknown(name.name, name.span)
        return nested_navigation(name.name, self.value, self.holder, around)

    def stream(self, around: Scope) -> str | None:
        """The path of the stream of the value that the steps behind it name, or None."""
        if self.value is None or len(self.rest) != 1:
            return None
        found = nested_stream(self.rest[0].name, self.value, self.holder, around)
        return None if found is None else found.name

    def every(self, around: Scope) -> Iterator[NavigationProperty]:
        """All navigation properties of the value, as those of the entity around it."""
        assert self.value is not None, "it is asked for inside a value"
        for name in around.request.schema.navigation_properties(self.holder):
            found = nested_navigation(name, self.value, self.holder, around)
            if found is not None and not value_path(name):
                yield found


def inside_values(path: tuple[Name, ...], scope: Scope) -> Inside:
    """Follows the complex properties, and casts of their values, that a path from an entity begins with."""
    schema, holder, base = scope.request.schema, scope.entity_type, scope.entity_type
    value: PropertyAccess | None = None
    for number, step in enumerate(path):
        if value is not None and schema.structured_type(step.name) is not None:
            holder = replace(scope, entity_type=holder, entity_set=None).narrowed(step.name, step.span).entity_type
            continue
        declared = schema.properties(holder).get(step.name)
        if declared is None or not schema.is_taken_apart(declared.type):
            return Inside(value, holder, path[number:])
        value = access_of(declared, holder, base, value, schema)
        holder = base = declared.type.name
    return Inside(value, holder, ())


class Kept(Struct, frozen=True):
    """Where a path leads to a navigation property of values that are kept whole.

    `way` are the properties that lead to the values, which are `declared` of a type and taken for the `holder`; `rest`
    begins with the navigation property.
    """

    way: tuple[str, ...]
    declared: str
    holder: str
    rest: tuple[Name, ...]


def inside_kept(path: tuple[Name, ...], scope: Scope, *, is_kept: bool = False) -> Kept | None:
    """Follows complex properties, collections among them, and casts; None where no value on the way is kept whole.

    With `is_kept` the place itself is a value that is kept whole.
    """
    schema, known, holder = scope.request.schema, scope.entity_type, scope.entity_type
    way: list[str] = []
    for number, step in enumerate(path):
        if number and schema.structured_type(step.name) is not None:
            holder = scope.narrowed_from(holder, step.name, step.span)
            continue
        declared = schema.properties(holder).get(step.name)
        if declared is None:
            leads_on = is_kept and step.name in schema.navigation_properties(holder)
            return Kept(tuple(way), known, holder, path[number:]) if leads_on else None
        if schema.structured_type(declared.type.name) is None:
            return None
        is_kept = is_kept or not schema.is_taken_apart(declared.type)
        way.append(step.name)
        known = holder = declared.type.name
    return None


_KEY = TypeRef("Edm.ComplexType")
"""The type of the objects that keys of related entities are kept as."""


def linked_key(navigation: NavigationProperty, value: PropertyAccess | Variable, scope: Scope) -> tuple[KeyValue, ...]:
    """The key that a value says of the entity it leads to: its own properties, or what is kept beside these."""
    schema = scope.request.schema
    parts = schema.key_leaves(navigation.target)
    if not navigation.referential_constraints:
        kept = _kept_keys(navigation, value)
        return tuple(KeyValue(name, leaf, _part(leaf, kept)) for name, leaf in parts)
    base = declared_type(value)
    named = {part.referenced_property: part.property for part in navigation.referential_constraints}
    declared, holder = schema.properties(scope.entity_type), scope.entity_type
    return tuple(
        KeyValue(name, leaf, access_of(declared[named[leaf.path]], holder, base, value, schema)) for name, leaf in parts
    )


def linked_by_key(
    navigation: NavigationProperty, value: PropertyAccess | Variable, variable: Variable, schema: Schema
) -> Expression:
    """That a value leads to the entity which a variable stands for: one of its keys is that of the entity."""
    known = Variable(variable.depth + 1, _KEY)
    tests = (
        Binary("eq", access_along(leaf.path, variable.type.name, schema, variable), _part(leaf, known), BOOLEAN)
        for _, leaf in schema.key_leaves(variable.type.name)
    )
    return Lambda("any", Members(_kept_keys(navigation, value), known), all_of(tests))


def _kept_keys(navigation: NavigationProperty, value: PropertyAccess | Variable) -> PropertyAccess:
    type_ref = TypeRef(_KEY.name, navigation.collection)
    return PropertyAccess(Property(navigation.name + KEY_MEMBER, type_ref), type_ref, value)


def _part(leaf: Leaf, key: PropertyAccess | Variable) -> PropertyAccess:
    return PropertyAccess(Property(leaf.path, leaf.type), bare(leaf.type), key)


def navigation_at(steps: Sequence[PathStep], scope: Scope) -> tuple[NavigationProperty, int] | None:
    """The navigation property that a path begins with, itself or in complex values, and how many steps lead there."""
    names = tuple(step for step in takewhile(lambda step: isinstance(step, Name), steps) if isinstance(step, Name))
    own = scope.navigation(names[0].name) if names else None
    if own is not None:
        return own, 1
    inside = inside_values(names, scope)
    if inside.value is None or not inside.rest:
        return None
    found = nested_navigation(inside.rest[0].name, inside.value, inside.holder, scope)
    return None if found is None else (found, len(names) - len(inside.rest) + 1)
