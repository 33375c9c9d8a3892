"""A path with the values of one request in the predicates along it, so that it stands for itself."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.values import PrimitiveValue
from odata_service.semantics.resolved import FilterStep, ResourcePath
from odata_service.semantics.tree import Constant, Parameter


def with_values(path: ResourcePath, values: Sequence[PrimitiveValue | None]) -> ResourcePath:
    """The path whose predicates have constants where they had parameters; its keys stay as they are."""
    if not path.filters:
        return path
    steps = (
        FilterStep(_filled(step.predicate, values)) if isinstance(step, FilterStep) else step for step in path.steps
    )
    return replace(path, steps=tuple(steps))


def _filled(node: Any, values: Sequence[PrimitiveValue | None]) -> Any:
    match node:
        case Parameter(slot, type_ref):
            return Constant(values[slot], type_ref)
        case tuple():
            return tuple(_filled(part, values) for part in node)
        case _ if isinstance(node, Struct) and type(node).__module__ == Parameter.__module__:
            inner = {name: getattr(node, name) for name in node.__struct_fields__}
            return replace(node, **{name: _filled(part, values) for name, part in inner.items()})
        case _:
            return node
