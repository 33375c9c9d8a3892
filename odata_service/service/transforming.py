"""Functions of the service among transformations: bodies are called for each group, what they give becomes rows."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from odata_service.edm.leaves import PRESENT, TYPE
from odata_service.edm.model import Schema
from odata_service.edm.structured import ComplexValue, Value
from odata_service.payload import native_value
from odata_service.semantics.access import chain_of, name_of, steps_of
from odata_service.semantics.transformations import Calling
from odata_service.semantics.tree import PropertyAccess
from odata_service.service.address import Keys
from odata_service.service.entities import cell_value, entities_given
from odata_service.service.invoke import Invoker
from odata_service.service.message import Request
from odata_service.service.read import Values

Row = tuple[object, ...]


class Transforming(Struct, frozen=True):
    """Carries out the functions among the transformations of one request; see `storage.store.Transform`."""

    invoker: Invoker
    request: Request

    def __call__(self, step: Calling, rows: Sequence[Row], keys: int, values: Values) -> list[Row]:
        """The keys of each group with each instance that the function gives for it, and with a place among all."""
        groups: dict[Row, list[Row]] = {} if keys else {(): []}
        for row in rows:
            groups.setdefault(row[:keys], []).append(row[keys:])
        found: list[Row] = []
        for key, members in groups.items():
            result = self.invoker.transformed(step.call, self._bound(step, members), self.request, values)
            for instance in self._instances(step, result):
                found.append((*key, *instance, len(found)))
        return found

    def _bound(self, step: Calling, members: Sequence[Row]) -> object:
        """What the function is bound to: the instances of a group, None where the call's own path leads to them."""
        if step.call.binding is not None:
            return None
        if step.inputs is not None:
            return tuple(_mapping(step.inputs, row, self.invoker.schema) for row in members)
        given: list[Keys] = list(dict.fromkeys(members))  # type: ignore[arg-type]  # keys are primitive values
        return entities_given(step.given, given, self.invoker.workshop)

    def _instances(self, step: Calling, result: object) -> Iterator[Row]:
        """The key of each entity, or the single values of each instance."""
        if step.source is not None:
            yield from self.invoker.keys(result, step.source)
            return
        assert step.call.operation.return_type is not None, "a function gives something"
        schema = self.invoker.schema
        value = native_value(result, step.call.operation.return_type.type, schema)
        assert isinstance(value, tuple), "a transformation gives a collection"
        for one in value:
            yield tuple(_leaf(one, access, schema) for access in step.members)


def _mapping(members: Sequence[PropertyAccess], row: Row, schema: Schema) -> Mapping[str, object]:
    """An instance as bodies see it: what belongs to one thing stands together in it."""
    found: dict[str, object] = {}
    for access, value in zip(members, row, strict=True):
        inside = found
        *before, last = (name_of(step) for step in chain_of(access))
        for name in before:
            inner = inside.setdefault(name, {})
            assert isinstance(inner, dict), "members stand inside what they belong to"
            inside = inner
        if not last.startswith("$"):
            inside[last] = cell_value(value, access.type, schema)
    return found


def _leaf(value: Value, access: PropertyAccess, schema: Schema) -> Value:
    """The value at a path in an instance, or what tells that something is there."""
    for step in steps_of(access):
        name = step.property.name
        if name == PRESENT:
            return None if value is None else True
        if name == TYPE:
            return value.type if isinstance(value, ComplexValue) else None
        value = value.properties.get(name) if isinstance(value, ComplexValue) else None
    return value
