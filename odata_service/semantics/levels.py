"""Levels that a groupby rolls up: those listed, or those of a leveled hierarchy (Data Aggregation 3.2.3.2, 5.5)."""

from collections.abc import Iterator

from odata_service.edm import annotations
from odata_service.edm.annotations import LEVELED_HIERARCHY
from odata_service.errors import SemanticError, did_you_mean
from odata_service.semantics.scope import Scope
from odata_service.url import syntax

Level = tuple[syntax.Path | syntax.RecursiveRollup, ...]


def levels_of(element: syntax.GroupingElement, scope: Scope) -> Iterator[Level]:
    """The groupings that an element of a groupby stands for, the finest first, each by its properties.

    A path stands for itself, and so do the nodes of a recursive hierarchy; levels are left out one by one from the
    finest on, and the coarsest never.
    """
    match element:
        case syntax.Path():
            yield (element,)
        case syntax.Rollup(levels):
            yield from (levels[:count] for count in range(len(levels), 0, -1))
        case syntax.NamedRollup():
            levels = _annotated(element, scope)
            yield from (levels[:count] for count in range(len(levels), 0, -1))
        case syntax.RecursiveRollup():
            yield (element,)


def _annotated(element: syntax.NamedRollup, scope: Scope) -> tuple[syntax.Path, ...]:
    """The levels of the hierarchy that an entity type is annotated with under a qualifier."""
    known = {
        found.qualifier: found.value
        for holder in scope.request.schema.ancestry(scope.entity_type)
        for found in holder.annotations
        if found.term == LEVELED_HIERARCHY
    }
    value = known.get(element.hierarchy)
    if not isinstance(value, tuple):
        raise SemanticError(
            f"'{element.hierarchy}' is no leveled hierarchy of '{scope.entity_type}'{scope.place(element.span)}.",
            target=scope.target,
            hint=did_you_mean(element.hierarchy, [str(name) for name in known]) or "List the levels: rollup(a,b).",
        )
    return tuple(_path(level, element) for level in value)


def _path(level: annotations.Value, element: syntax.NamedRollup) -> syntax.Path:
    text = level.path if isinstance(level, annotations.Path) else str(level)
    return syntax.Path(tuple(syntax.Name(name, element.span) for name in text.split("/")), span=element.span)
