"""Where a written entity is: its path with the keys taken out, so that what is prepared for one serves all others.

The entity around a contained one is looked up by the path before it.
"""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace

from odata_service.edm.leaves import Leaf
from odata_service.edm.model import EntitySet
from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.semantics.tree import (
    CastStep,
    Constant,
    EntitySetStep,
    KeyStep,
    KeyValue,
    NavigationStep,
    Parameter,
    PropertyStep,
    ResourcePath,
    Step,
)

Keys = tuple[PrimitiveValue | None, ...]


@dataclass(frozen=True, slots=True)
class Address:
    """A path whose keys are parameters, and the keys in the order of their slots."""

    path: ResourcePath
    keys: Keys

    @property
    def source(self) -> EntitySet:
        """Where the entities at the end of the path live."""
        assert self.path.entity_set is not None, "paths lead to entities of a source"
        return self.path.entity_set

    @property
    def signature(self) -> Hashable:
        """The path in names: what is prepared for one is prepared for all addresses of this signature."""
        return tuple(_name(step) for step in self.path.steps)

    @property
    def own_key(self) -> Keys:
        """The key of the last entity; of a single one nothing."""
        last = self.uncast.path.steps[-1]
        return self.keys[len(self.keys) - len(last.key) :] if isinstance(last, KeyStep) else ()

    @property
    def container(self) -> "Address | None":
        """The entity that contains what is here, or None."""
        if not self.source.is_contained:
            return None
        steps = self.path.steps[: _last_source(self.path.steps)]
        path = ResourcePath(steps, replace(self.path.type, collection=False), _source_of(steps))
        return Address(path, self.keys[: sum(len(step.key) for step in steps if isinstance(step, KeyStep))])

    @property
    def uncast(self) -> "Address":
        """The same place whatever the type of the entity there."""
        steps, first = self.path.steps, _last_source(self.path.steps)
        kept = (*steps[:first], *(step for step in steps[first:] if not isinstance(step, CastStep)))
        type_ref = replace(self.path.type, name=self.source.entity_type)
        return replace(self, path=replace(self.path, steps=kept, type=type_ref))

    def keyed(self, key: Keys, parts: Sequence[tuple[str, Leaf]]) -> "Address":
        """The entity with a key in the collection that is here."""
        first, path = len(self.keys), self.uncast.path
        slots = (KeyValue(name, leaf, Parameter(first + place, leaf.type)) for place, (name, leaf) in enumerate(parts))
        single = replace(path.type, collection=False)
        return Address(replace(path, steps=(*path.steps, KeyStep(tuple(slots))), type=single), (*self.keys, *key))


def address_of(path: ResourcePath) -> Address:
    """The address of the entities that a path without slots leads to; a property behind them is left out."""
    keys: list[PrimitiveValue | None] = []
    steps = tuple(step for step in _taken_out(path.steps, keys) if not isinstance(step, PropertyStep))
    assert path.entity_set is not None, "paths lead to entities of a source"
    of_property = len(steps) < len(path.steps)
    type_ref = TypeRef(path.entity_set.entity_type) if of_property else path.type
    return Address(replace(path, steps=steps, type=type_ref, is_value=False), tuple(keys))


def _taken_out(steps: Sequence[Step], keys: list[PrimitiveValue | None]) -> Iterator[Step]:
    for step in steps:
        if isinstance(step, KeyStep):
            first = len(keys)
            keys += [_constant(part.value) for part in step.key]
            yield KeyStep(
                tuple(
                    replace(part, value=Parameter(first + place, part.leaf.type)) for place, part in enumerate(step.key)
                )
            )
        else:
            yield step


def _constant(node: object) -> PrimitiveValue | None:
    assert isinstance(node, Constant), "the keys of writes are resolved without slots"
    assert isinstance(node.value, PrimitiveValue), "keys are primitive and never null"
    return node.value


def _last_source(steps: Sequence[Step]) -> int:
    """The place of the step that enters the source in which a path ends."""
    return max(place for place, step in enumerate(steps) if isinstance(step, NavigationStep | EntitySetStep))


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
        case KeyStep():
            return "()"
        case NavigationStep(navigation, source_type):
            return f"{source_type}/{navigation.name}"
        case CastStep(name):
            return name
        case PropertyStep(declared):
            return declared.name
