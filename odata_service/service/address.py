"""Where a written entity is: its path with the keys taken out, so that what is prepared for one serves all others.

The entity around a contained one is looked up by the path before it.
"""

from collections.abc import Hashable, Iterator, Sequence
from functools import cached_property
from itertools import takewhile

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import EntitySet, NavigationProperty, Schema
from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.semantics.resolved import (
    CastStep,
    CrossJoinStep,
    DynamicStep,
    EntitySetStep,
    FilterStep,
    GivenStep,
    KeyStep,
    MembersStep,
    NavigationStep,
    OrdinalStep,
    PropertyStep,
    ResourcePath,
    ResultStep,
    Step,
)
from odata_service.semantics.tree import Constant, Expression, KeyValue, Parameter

Keys = tuple[PrimitiveValue | None, ...]


class KeyedPath(Struct, frozen=True, dict=True):
    """A path whose keys are parameters, their slots in order. What follows from it is found once, when it is asked."""

    path: ResourcePath

    @cached_property
    def signature(self) -> Hashable:
        """The path in names: what is prepared for one is prepared for all of this signature."""
        return tuple(_name(step) for step in self.path.steps)

    @cached_property
    def width(self) -> int:
        """How many values the keys along the path have."""
        return sum(len(step.key) for step in self.path.steps if isinstance(step, KeyStep))

    @cached_property
    def own_width(self) -> int:
        """How many of them tell the last entity: of a single one none."""
        last = self.uncast.path.steps[-1]
        return len(last.key) if isinstance(last, KeyStep) else 0

    @cached_property
    def is_alternate(self) -> bool:
        """Whether an alternate key tells the last entity, which is none that it could be written by."""
        last = self.uncast.path.steps[-1]
        return isinstance(last, KeyStep) and last.is_alternate

    @cached_property
    def origin(self) -> "KeyedPath | None":
        """The path of the entity from which the last navigation property leads here; None where there is none."""
        steps = self.path.steps[: _last_source(self.path.steps)]
        if not steps:
            return None
        return KeyedPath(ResourcePath(steps, TypeRef(_type_at(steps)), _source_of(steps)))

    @cached_property
    def container(self) -> "KeyedPath | None":
        """The path of the entity that contains what is here, or None."""
        assert self.path.entity_set is not None, "paths lead to entities of a source"
        return self.origin if self.path.entity_set.is_contained else None

    @cached_property
    def last_navigation(self) -> NavigationStep | None:
        """The step by which an entity leads here, contained or not."""
        step = self.path.steps[_last_source(self.path.steps)]
        return step if isinstance(step, NavigationStep) else None

    @cached_property
    def navigation(self) -> NavigationStep | None:
        """The step by which an entity leads here, which lives in a source of its own; None for contained entities."""
        step, source = self.path.steps[_last_source(self.path.steps)], self.path.entity_set
        if isinstance(step, NavigationStep) and source is not None and not source.is_contained:
            return step
        return None

    @cached_property
    def uncast(self) -> "KeyedPath":
        """The same place whatever the type of the entity there."""
        steps, first = self.path.steps, _last_source(self.path.steps)
        kept = (*steps[:first], *(step for step in steps[first:] if not isinstance(step, CastStep)))
        assert self.path.entity_set is not None, "paths lead to entities of a source"
        type_ref = replace(self.path.type, name=self.path.entity_set.entity_type)
        return KeyedPath(replace(self.path, steps=kept, type=type_ref))

    @cached_property
    def collection(self) -> "KeyedPath":
        """The collection in which the last entity has its key."""
        path = self.uncast.path
        return KeyedPath(replace(path, steps=path.steps[:-1], type=replace(path.type, collection=True)))

    def keyed(self, parts: Sequence[tuple[str, Leaf]]) -> "KeyedPath":
        """The path of an entity in the collection that is here, its key having these parts."""
        first, path = self.width, self.uncast.path
        slots = (KeyValue(name, leaf, Parameter(first + place, leaf.type)) for place, (name, leaf) in enumerate(parts))
        single = replace(path.type, collection=False)
        return KeyedPath(replace(path, steps=(*path.steps, KeyStep(tuple(slots))), type=single))


class Address(Struct, frozen=True):
    """A keyed path, and the keys in the order of its slots."""

    keyed: KeyedPath
    keys: Keys

    @property
    def path(self) -> ResourcePath:
        """The path with parameters for keys."""
        return self.keyed.path

    @property
    def source(self) -> EntitySet:
        """Where the entities at the end of the path live."""
        assert self.path.entity_set is not None, "paths lead to entities of a source"
        return self.path.entity_set

    @property
    def own_key(self) -> Keys:
        """The key of the last entity; of a single one nothing."""
        return self.keys[len(self.keys) - self.keyed.own_width :]

    @property
    def origin(self) -> "Address | None":
        """The entity from which the last navigation property leads here, or None."""
        origin = self.keyed.origin
        return None if origin is None else Address(origin, self.keys[: origin.width])

    @property
    def container(self) -> "Address | None":
        """The entity that contains what is here, or None."""
        container = self.keyed.container
        return None if container is None else Address(container, self.keys[: container.width])

    @property
    def collection(self) -> "Address":
        """The collection in which the last entity has its key."""
        return Address(self.keyed.collection, self.keys[: len(self.keys) - self.keyed.own_width])

    @property
    def uncast(self) -> "Address":
        """The same place whatever the type of the entity there."""
        return Address(self.keyed.uncast, self.keys)

    def towards(self, step: NavigationStep) -> "Address":
        """What a navigation property of the entity at the address leads to, which lives in a source."""
        navigation = step.navigation
        type_ref = TypeRef(navigation.target, navigation.collection)
        steps = (*self.path.steps, step)
        return Address(KeyedPath(replace(self.path, steps=steps, type=type_ref, entity_set=step.target)), self.keys)


def step_from(origin: EntitySet, holder: str, navigation: NavigationProperty, schema: Schema) -> NavigationStep | None:
    """The step by which entities of a type in a source lead on; None for one that leads to no source."""
    target = schema.target(origin, holder, navigation)
    cast = schema.member_cast(origin.entity_type, holder, navigation.name)
    return None if target is None else NavigationStep(navigation, holder, target, cast)


def keyed_path(path: ResourcePath) -> tuple[KeyedPath, tuple[Expression, ...]]:
    """The keyed path of the entities that a path leads to, and its keys; a property behind them is left out."""
    keys: list[Expression] = []
    steps = tuple(_taken_out(path.steps[: first_property(path)], keys))
    assert path.entity_set is not None, "paths lead to entities of a source"
    of_property = len(steps) < len(path.steps)
    type_ref = TypeRef(_type_at(steps)) if of_property else path.type
    return KeyedPath(replace(path, steps=steps, type=type_ref, is_value=False)), tuple(keys)


def first_property(path: ResourcePath) -> int:
    """How many steps lead to the entity whose property a path ends in: all, where it ends in none."""
    return sum(1 for _ in takewhile(lambda step: not isinstance(step, PropertyStep | DynamicStep), path.steps))


def home_of(source: EntitySet) -> Address:
    """All entities of a set, or a singleton."""
    path = ResourcePath((EntitySetStep(source),), TypeRef(source.entity_type, not source.is_single), source)
    return Address(KeyedPath(path), ())


def key_values(keys: Sequence[Expression], values: Sequence[PrimitiveValue | None]) -> Keys:
    """The keys of a path, those that are parameters out of a request's values by slot."""
    return tuple(values[key.slot] if isinstance(key, Parameter) else _constant(key) for key in keys)


def _taken_out(steps: Sequence[Step], keys: list[Expression]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, KeyStep):
            first = len(keys)
            keys += [part.value for part in step.key]
            slots = (
                replace(part, value=Parameter(first + place, part.leaf.type)) for place, part in enumerate(step.key)
            )
            yield replace(step, key=tuple(slots))
        else:
            yield step


def _constant(node: Expression) -> PrimitiveValue:
    assert isinstance(node, Constant), "keys are values"
    assert isinstance(node.value, PrimitiveValue), "keys are primitive and never null"
    return node.value


def _last_source(steps: Sequence[Step]) -> int:
    """The place of the step that enters the source in which a path ends."""
    return max(place for place, step in enumerate(steps) if isinstance(step, NavigationStep | EntitySetStep))


def _type_at(steps: Sequence[Step]) -> str:
    """The type of the entity that steps lead to, as they say it."""
    for step in reversed(steps):
        match step:
            case CastStep(name):
                return name
            case NavigationStep(navigation):
                return navigation.target
            case EntitySetStep(entity_set):
                return entity_set.entity_type
            case _:
                pass
    raise AssertionError("a path begins with a source")


def _source_of(steps: Sequence[Step]) -> EntitySet | None:
    match steps[_last_source(steps)]:
        case NavigationStep(_, _, target):
            return target
        case EntitySetStep(entity_set):
            return entity_set
        case _:
            raise AssertionError("a path begins with a source")


def _name(step: Step) -> str:
    match step:
        case EntitySetStep(entity_set):
            return entity_set.name
        case KeyStep(key, is_alternate):
            return f"({','.join(part.name for part in key)})" if is_alternate else "()"
        case NavigationStep(navigation, source_type):
            return f"{source_type}/{navigation.name}"
        case CastStep(name) | DynamicStep(name):
            return name
        case PropertyStep(declared):
            return declared.name
        case FilterStep(predicate):
            return repr(predicate)
        case GivenStep():
            return "given"
        case MembersStep() | OrdinalStep():
            return repr(step)
        case ResultStep() | CrossJoinStep():
            raise AssertionError("what lives in no source has no address")
