"""Values in memory as a source: typed paths and options over what Python code gave (URL Conventions 4.5 to 4.11, 5.1).

What is asked of values in columns becomes SQL; the same expressions are evaluated here over values of `edm.structured`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import Schema
from odata_service.edm.structured import ComplexValue, Value
from odata_service.errors import NotFound
from odata_service.semantics.evaluate import TYPE, Evaluation, Frame
from odata_service.semantics.resolved import (
    CastStep,
    DynamicStep,
    MembersStep,
    OrdinalStep,
    PropertyStep,
    Query,
    ResourcePath,
)
from odata_service.semantics.tree import RESULT, Expression, Members, PropertyAccess, Variable
from odata_service.semantics.within import Within, within_members, within_value


@dataclass(frozen=True, slots=True, eq=False)
class Instance(Mapping[str, Any]):
    """A complex value or an entity as expressions look into it; its type is under `TYPE`."""

    value: ComplexValue
    schema: Schema

    def __getitem__(self, name: str) -> Any:
        if name == TYPE:
            return self.value.type
        cast, _, member = name.rpartition("/")
        if cast and not self.schema.is_derived(self.value.type, cast):
            raise KeyError(name)
        return seen(self.value.properties[member], self.schema)

    def __iter__(self) -> Iterator[str]:
        return iter(self.value.properties)

    def __len__(self) -> int:
        return len(self.value.properties)


def seen(value: Value, schema: Schema) -> Any:
    """A value as expressions look at it: complex ones as mappings."""
    match value:
        case ComplexValue():
            return Instance(value, schema)
        case tuple():
            return tuple(seen(item, schema) for item in value)
        case _:
            return value


def unseen(found: Any) -> Value:
    """The value that expressions have looked at; the inverse of `seen`."""
    match found:
        case Instance(value):
            return value
        case list() | tuple():
            return tuple(unseen(item) for item in found)
        case _:
            plain: Value = found
            return plain


class Held(Struct, frozen=True):
    """What a path leads to, and the frame in which options speak of it."""

    value: Any
    frame: Frame


class Shown(Struct, frozen=True):
    """What options leave of a value: the value, what is asked inside of it as the columns of `within` have it, and how
    many members there were before the cut, None where that was not asked.
    """

    value: Value
    within: tuple[Within, ...] = ()
    columns: tuple[Any, ...] = ()
    count: int | None = None

    def page(self, first: int, size: int) -> "Shown":
        """The members from one on, so many of them at most."""
        assert isinstance(self.value, tuple), "collections have pages"
        part = slice(first, first + size)
        return replace(self, value=self.value[part], columns=tuple(known[part] for known in self.columns))


class InMemory(Struct, frozen=True):
    """What Python code gave, to be asked as a source is."""

    root: Value
    schema: Schema
    evaluation: Evaluation

    def at(self, path: ResourcePath) -> Held:
        """What the steps of a path lead to; `NotFound` for a place that no member has, and for values of other types.

        What no type declares is left to what knows its JSON: the value is the one before it.
        """
        value = seen(self.root, self.schema)
        frame = Frame({}, {RESULT: value})
        for step in path.steps:
            match step:
                case PropertyStep(declared):
                    value = None if value is None else value.get(declared.name)
                    value = () if value is None and declared.type.collection else value
                case CastStep(name):
                    self._check_type(value, name)
                case MembersStep():
                    value = tuple(
                        one.members[step.variable.depth] for one in self._left(step.where, step, value, frame)
                    )
                case OrdinalStep(members, place):
                    left = self._left(members.where, members, value, frame)
                    if not -len(left) <= place < len(left):
                        raise NotFound(
                            "The collection has no member at this place.",
                            hint="Places count from 0, from the end from -1.",
                        )
                    frame = left[place]
                    value = frame.members[members.variable.depth]
                case DynamicStep():
                    break
                case _:
                    pass
        return Held(value, frame)

    def shown(self, query: Query, held: Held) -> Shown:
        """What the options of a request leave of what its path leads to."""
        selection, found, frame = query.options.selection, query.property, held.frame
        assert isinstance(found, PropertyAccess | Variable), "what is no entity is a property or a member"
        arrangement = selection.arrangement
        if arrangement is None:
            return self._shown(unseen(held.value), within_value(selection, found, self.schema), frame)
        within = within_members(selection, arrangement, found, self.schema)
        count = int(self.evaluation.found(arrangement.counted(found), frame)) if arrangement.count else None
        return self._shown(self._value(arrangement.of(found), frame), within, frame, count)

    def _shown(self, value: Value, within: tuple[Within, ...], frame: Frame, count: int | None = None) -> Shown:
        columns = (column for part in within for column in part.columns)
        return Shown(value, within, tuple(self._value(column.value, frame) for column in columns), count)

    def _value(self, expression: Expression, frame: Frame) -> Value:
        return unseen(self.evaluation.found(expression, frame))

    def _left(self, where: Expression | None, members: MembersStep | Members, value: Any, frame: Frame) -> list[Frame]:
        """A frame for each member of a collection for which a condition is true."""
        frames = (frame.inside(members.variable.depth, member) for member in value or ())
        return [one for one in frames if where is None or self.evaluation.found(where, one) is True]

    def _check_type(self, value: Any, name: str) -> None:
        if isinstance(value, Instance) and not self.schema.is_derived(value[TYPE], name):
            raise NotFound(f"This value is a '{value[TYPE]}', and no '{name}'.")
