"""What of a model OData V2 can say, and which of its types stands for which of V4's.

| V4 | V2 |
|---|---|
| Edm.DateTimeOffset | Edm.DateTimeOffset |
| Edm.Date | Edm.DateTime with sap:display-format="Date" |
| Edm.TimeOfDay | Edm.Time |
| Edm.Duration, enumerations | Edm.String |
| type definitions | the type behind them |
| collections of values, streams, geography, geometry, untyped values | left out |
| singletons, contained entities, what leads to them, operations bound to collections | left out |
| navigation properties of complex values | left out |

Abstract types without a key of their own are written into the types derived from them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import (
    ActionImport,
    ComplexType,
    EntitySet,
    EntityType,
    FunctionImport,
    NavigationProperty,
    Property,
    Schema,
)
from odata_service.edm.nested import value_path
from odata_service.edm.operations import Action, Function, Parameter
from odata_service.edm.types import Kind, TypeRef, kind_of

_NAMES: Mapping[Kind, str] = {
    Kind.BOOLEAN: "Edm.Boolean",
    Kind.DECIMAL: "Edm.Decimal",
    Kind.STRING: "Edm.String",
    Kind.GUID: "Edm.Guid",
    Kind.BINARY: "Edm.Binary",
    Kind.DATE: "Edm.DateTime",
    Kind.TIME_OF_DAY: "Edm.Time",
    Kind.INSTANT: "Edm.DateTimeOffset",
    Kind.DURATION: "Edm.String",
    Kind.ENUMERATION: "Edm.String",
}
_OWN_NAMES = frozenset({Kind.INTEGER, Kind.FLOAT})


class Import(Struct, frozen=True):
    """An operation that V2 calls as a function import: by GET where it is a function, by POST where it is an action.

    One that is bound to an entity has its `key` among the parameters; `home` is the set where such entities are.
    """

    name: str
    operation: Function | Action
    entity_set: str | None
    home: EntitySet | None = None
    key: tuple[Parameter, ...] = ()

    @property
    def further(self) -> tuple[Parameter, ...]:
        """The parameters that V4 has, too."""
        return self.operation.parameters if self.home is None else self.operation.parameters[1:]

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """All parameters that V2 states."""
        return (*self.key, *self.further)

    @property
    def method(self) -> str:
        """The method that calls it."""
        return "GET" if isinstance(self.operation, Function) else "POST"

    @property
    def result(self) -> TypeRef | None:
        """What it gives back."""
        returned = self.operation.return_type
        return returned.type if returned is not None else None


class V2Model:
    """A schema as V2 clients see it."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.properties = lru_cache(maxsize=None)(self._properties)
        self.navigations = lru_cache(maxsize=None)(self._navigations)
        self.below = lru_cache(maxsize=None)(self._below)
        self.hides = lru_cache(maxsize=None)(self._hides)
        self.is_written = lru_cache(maxsize=None)(self._is_written)
        self.sources_of = lru_cache(maxsize=None)(self._sources_of)

    def type_name(self, type_ref: TypeRef) -> str | None:
        """The name of the V2 type of a single value; None where V2 has none for it."""
        if type_ref.collection:
            return None
        kind = kind_of(type_ref)
        if kind is None:
            return type_ref.name if isinstance(self.schema.types.get(type_ref.name), ComplexType) else None
        return type_ref.primitive.name if kind in _OWN_NAMES else _NAMES.get(kind)

    @cached_property
    def entity_sets(self) -> Mapping[str, EntitySet]:
        """The entity sets that V2 shows: those whose entities have a key of plain properties."""
        sets = self.schema.container.entity_sets
        return {name: found for name, found in sets.items() if self._has_plain_key(found.entity_type)}

    @cached_property
    def listed(self) -> Sequence[str]:
        """The names of the entity sets that stand in the service document."""
        return [name for name, found in self.entity_sets.items() if found.include_in_service_document]

    @cached_property
    def imports(self) -> Mapping[str, tuple[Import, ...]]:
        """The function imports by name, one for each overload that V2 can call."""
        found: dict[str, list[Import]] = {}
        container = self.schema.container
        imports: tuple[FunctionImport | ActionImport, ...] = (
            *container.function_imports.values(),
            *container.action_imports.values(),
        )
        for each in imports:
            for operation in self.schema.operations.get(each.operation, ()):
                offered = Import(each.name, operation, each.entity_set)
                if not operation.bound and self._can_call(offered):
                    found.setdefault(each.name, []).append(offered)
        for bound in self._bound():
            found.setdefault(bound.name, []).append(bound)
        return {name: tuple(overloads) for name, overloads in found.items()}

    def _bound(self) -> Iterator[Import]:
        """The operations that are bound to one entity, by their names, behind the type's where there are others."""
        container = self.schema.container
        known = [found for found in map(self._import_of, chain(*self.schema.operations.values())) if found is not None]
        places: dict[str, set[tuple[str, str]]] = {}
        for each in known:
            places.setdefault(each.name, set()).add((each.operation.parameters[0].type.name, each.method))
        taken = {*container.function_imports, *container.action_imports, *container.entity_sets}
        for each in known:
            if len(places[each.name]) > 1 or each.name in taken:
                owner = each.operation.parameters[0].type.name.rpartition(".")[2]
                each = replace(each, name=f"{owner}_{each.name}")
                if each.name in places or each.name in taken:
                    continue
            yield each

    def _import_of(self, operation: Function | Action) -> Import | None:
        """A bound operation as a function import; None where V2 cannot call it, or it is not bound to one entity."""
        binding = operation.parameters[0].type if operation.bound else None
        home = None if binding is None or binding.collection else self.home(binding.name)
        if binding is None or home is None:
            return None
        properties = self.schema.properties(binding.name)
        parts = [properties[part.path] for part in self.schema.key(binding.name)]
        key = tuple(Parameter(part.name, replace(part.type, nullable=False), part.annotations) for part in parts)
        source = self._result_set(operation, home)
        offered = Import(operation.name.rpartition(".")[2], operation, source, home, key)
        is_clear = {part.name for part in key}.isdisjoint(part.name for part in offered.further)
        return offered if is_clear and self._can_call(offered) else None

    def _result_set(self, operation: Function | Action, home: EntitySet) -> str | None:
        """Where the entities are that a bound operation gives, if that is said, or they are like its own."""
        schema, path = self.schema, operation.entity_set_path
        if path is None:
            returned = operation.return_type
            is_near = returned is not None and schema.is_derived(returned.type.name, home.entity_type)
            return home.name if is_near else None
        source, owner = home, operation.parameters[0].type.name
        for name in path.split("/")[1:]:
            navigation = schema.navigation_properties(owner).get(name)
            target = schema.target(source, owner, navigation) if navigation is not None else source
            if target is None:
                return path
            source, owner = target, navigation.target if navigation is not None else name
        return source.name

    def written_base(self, name: str) -> str | None:
        """The nearest type that an entity or complex type is derived from and that stands in the document."""
        ancestors = (part.name for part in self.schema.ancestry(name) if part.name != name)
        return next((part for part in ancestors if self.is_written(part)), None)

    def target(self, source: EntitySet, owner: str, navigation: NavigationProperty) -> EntitySet | None:
        """The entity set that a navigation property of a set's entities leads to, if V2 shows it."""
        found = self.schema.target(source, owner, navigation)
        return None if found is None else self.entity_sets.get(found.name)

    def home(self, type_name: str) -> EntitySet | None:
        """The first entity set in which entities of a type may be."""
        return next(iter(self._sets_of(_names_above(type_name, self.schema))), None)

    @cached_property
    def _spoken_of(self) -> frozenset[str]:
        """The types that sets, navigation properties and operations name."""
        named = {entity_set.entity_type for entity_set in self.entity_sets.values()}
        for name, declared in self.schema.types.items():
            if isinstance(declared, EntityType):
                named |= {navigation.target for navigation in self.navigations(name).values()}
            if isinstance(declared, EntityType | ComplexType):
                named |= {part.type.name for part in declared.properties}
        for overloads in self.imports.values():
            named |= {each.result.name for each in overloads if each.result is not None}
        return frozenset(named)

    @cached_property
    def _sets_by_type(self) -> Mapping[str, Sequence[tuple[int, EntitySet]]]:
        """The entity sets by their types, each with its place among all."""
        found: dict[str, list[tuple[int, EntitySet]]] = {}
        for place, entity_set in enumerate(self.entity_sets.values()):
            found.setdefault(entity_set.entity_type, []).append((place, entity_set))
        return found

    def _sets_of(self, type_names: Iterable[str]) -> tuple[EntitySet, ...]:
        """The entity sets of any of these types, in their order."""
        found = {place: known for name in type_names for place, known in self._sets_by_type.get(name, ())}
        return tuple(found[place] for place in sorted(found))

    def _sources_of(self, type_name: str) -> tuple[EntitySet, ...]:
        """The entity sets in which entities of a type may be, or some of whose entities are of it."""
        return self._sets_of((*_names_above(type_name, self.schema), *self.schema.derived_from(type_name)))

    def _is_written(self, name: str) -> bool:
        """Whether a structured type stands in the document: any but those that only lend their members to others."""
        declared = self.schema.structured_type(name)
        if declared is None or (isinstance(declared, EntityType) and not self._has_plain_key(name)):
            return False
        return not declared.abstract or name in self._spoken_of

    def _properties(self, name: str) -> Mapping[str, Property]:
        """The structural properties of a type that V2 has a type for, inherited ones first."""
        known = self.schema.properties(name).items()
        return {member: part for member, part in known if self.type_name(part.type) is not None}

    def _navigations(self, name: str) -> Mapping[str, NavigationProperty]:
        """The navigation properties of an entity type that lead to an entity set, inherited ones first."""
        sources = self.sources_of(name)
        known = self.schema.navigation_properties(name).items()
        return {
            member: navigation
            for member, navigation in known
            if not value_path(member) and any(self.target(source, name, navigation) is not None for source in sources)
        }

    def _below(self, name: str) -> Mapping[str, str]:
        """The members that types derived from a type add to it, each with the type that does; V2 casts to none of them.

        What two types add that are not derived from each other is left out: its name does not say which is meant.
        """
        known = {*self.properties(name), *self.navigations(name)}
        added: dict[str, set[str]] = {}
        for derived in self.schema.derived_from(name):
            for member in (*self.properties(derived), *self.navigations(derived)):
                if member not in known:
                    added.setdefault(member, set()).add(self.schema.member_cast(name, derived, member) or derived)
        return {member: next(iter(types)) for member, types in added.items() if len(types) == 1}

    def property_among(self, name: str, member: str) -> Property | None:
        """The property that instances of a type have by this name, or that a type derived from it adds."""
        return self.properties(self.below(name).get(member, name)).get(member)

    def navigation_among(self, name: str, member: str) -> NavigationProperty | None:
        """The navigation property that entities of a type have by this name, or that a type derived from it adds."""
        return self.navigations(self.below(name).get(member, name)).get(member)

    def way_to(self, member: str, owner: str, base: str) -> str:
        """How a URL goes on from an entity to a member of its type, where `base` is the type of its set.

        The name alone, but where two types that are derived from `base` add it.
        """
        is_told = member in self.below(base) or member in self.properties(base) or member in self.navigations(base)
        cast = None if is_told else self.schema.member_cast(base, owner, member)
        return quote(member) if cast is None else f"{cast}/{quote(member)}"

    def _hides(self, name: str) -> bool:
        """Whether values of a type may have properties that V2 does not show, themselves or inside of them."""
        seen: set[str] = set()
        waiting = [name]
        while waiting:
            owner = waiting.pop()
            if owner in seen:
                continue
            seen.add(owner)
            shown = self.properties(owner)
            own = (part for part in self.schema.properties(owner).values() if kind_of(part.type) is not Kind.STREAM)
            if self.schema.is_open(owner) or any(part.name not in shown for part in own):
                return True
            waiting += self.schema.derived_from(owner)
            waiting += [part.type.name for part in shown.values() if self.schema.structured_type(part.type.name)]
        return False

    def _has_plain_key(self, name: str) -> bool:
        key, properties = self.schema.key(name), self.schema.properties(name)
        paths = [part.path for part in key]
        return bool(paths) and all(path in properties and self.type_name(properties[path].type) for path in paths)

    def _can_call(self, offered: Import) -> bool:
        """Whether V2 can state the parameters and the result of an operation: primitive ones, and what has a type."""
        parameters = (parameter.type for parameter in offered.parameters)
        if not all(kind_of(type_ref) is not None and self.type_name(type_ref) for type_ref in parameters):
            return False
        result = offered.result
        if result is None:
            return True
        if isinstance(self.schema.types.get(result.name), EntityType):
            is_somewhere = offered.entity_set in self.entity_sets if offered.entity_set else self.home(result.name)
            return self._has_plain_key(result.name) and bool(is_somewhere)
        return self.type_name(result.element) is not None


def _names_above(name: str, schema: Schema) -> Iterator[str]:
    """A type and its ancestors."""
    return (part.name for part in schema.ancestry(name)) if schema.structured_type(name) is not None else iter(())
