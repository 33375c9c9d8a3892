"""Values in values: how deep complex types are nested in each other (CSDL 9)."""

from collections.abc import Iterator

from odata_service.edm.cycles import components
from odata_service.edm.model import ComplexType
from odata_service.edm.rules.inspection import Inspection, error
from odata_service.errors import Problem

DEEPEST = 100
"""More levels of values in values than any document has; JSON is not read deeper either. A type in itself is one."""


def nesting_problems(model: Inspection) -> Iterator[Problem]:
    """Complex types whose values go on in values over more levels than can be looked through."""
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


def _members(declared: ComplexType, model: Inspection) -> set[str]:
    """The types of the values in a value."""
    return {part.type.name for part in model.draft.properties(declared).values()}
