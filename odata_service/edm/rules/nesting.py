"""Values in values: how deep complex types are nested in each other (CSDL 9)."""

from collections.abc import Iterator, Mapping

from odata_service.edm.cycles import components
from odata_service.edm.model import ComplexType, Property
from odata_service.edm.rules.inspection import Inspection, error
from odata_service.errors import Problem

DEEPEST = 100
"""More levels of values in values than any document has; JSON is not read deeper either. A type in itself is one."""


def nesting_problems(model: Inspection) -> Iterator[Problem]:
    """Complex types whose values go on in values over more levels than can be looked through, or without end."""
    declared = {part.name: part for part in model.draft.structured_types() if isinstance(part, ComplexType)}
    graph = {name: _members(part, model) & declared.keys() for name, part in declared.items()}
    for part in declared.values():
        if part.base in graph:
            graph[part.base].add(part.name)
    depths: dict[str, int] = {}
    for group in components(graph):
        depth = 1 + max((depths.get(inner, 0) for name in group for inner in graph[name]), default=0)
        depths |= dict.fromkeys(group, depth)
        if depth == DEEPEST + 1:
            first = min(group)
            message = f"Values of '{first}' go on in others over more than {DEEPEST} levels."
            yield error(declared[first].origin, message)
    yield from _endless(declared, model)


def _endless(declared: Mapping[str, ComplexType], model: Inspection) -> Iterator[Problem]:
    """Complex types of which no value can be written, since each holds another one."""
    demanded = {name: {each.type.name for each in _demanded(part, model)} for name, part in declared.items()}
    for group in components({name: found & declared.keys() for name, found in demanded.items()}):
        first = min(group)
        part = next((part for part in _demanded(declared[first], model) if part.type.name in group), None)
        if part is not None:
            message = f"Each value of '{first}' holds another one in '{part.name}', without end: let that be null."
            yield error(part.origin, message)


def _demanded(declared: ComplexType, model: Inspection) -> Iterator[Property]:
    """The properties that no value can do without."""
    for part in model.draft.properties(declared).values():
        if not (part.type.nullable or part.type.collection):
            yield part


def _members(declared: ComplexType, model: Inspection) -> set[str]:
    """The types of the values in a value."""
    return {part.type.name for part in model.draft.properties(declared).values()}
