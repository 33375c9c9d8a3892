"""Query options that the annotations of an entity set restrict: what is asked against them is refused.

(Capabilities vocabulary: FilterRestrictions, SortRestrictions, ExpandRestrictions, CountRestrictions, SelectSupport,
TopSupported, SkipSupported, and NavigationRestrictions, which state these along a path.) It is looked at once for each
shape of a URL.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeGuard

from msgspec.structs import replace

from odata_service.edm.annotations import CAPABILITIES, Annotation, Record, annotation_value
from odata_service.edm.capabilities import Capabilities, along_navigation, path_text, stated_capabilities
from odata_service.edm.model import EntitySet
from odata_service.errors import OptionNotAllowed
from odata_service.semantics.access import entity_of, path_of
from odata_service.semantics.conditions import all_of
from odata_service.semantics.countable import check_counted_value, check_counts, is_counted_along
from odata_service.semantics.filter_expressions import ALLOWED, is_allowed
from odata_service.semantics.resolved import EntitySetStep, NavigationStep, Query, QueryOptions, ResourcePath
from odata_service.semantics.tree import Expression, PropertyAccess
from odata_service.semantics.walk import parts_of


def check_restrictions(query: Query) -> None:
    """Refuses a read that the annotations of its entity set do not allow; a single entity has less to refuse."""
    path = query.path
    if query.property is None:
        options, predicates = query.options, path.filters
        if predicates:
            every = (*predicates, options.filter) if options.filter is not None else predicates
            options = replace(options, filter=all_of(every))
        source = _restricted(path.entity_set, restrictions_along(path))
        _check(source, options, collection=path.type.collection, counted=path.is_count)
    else:
        check_counted_value(query)


def restrictions_along(path: ResourcePath) -> tuple[Annotation, ...]:
    """What the sources along a path restrict of where it leads, the nearest one first."""
    found: list[Annotation] = []
    names: list[str] = []
    steps = [step for step in path.steps if isinstance(step, EntitySetStep | NavigationStep)]
    if not steps or not isinstance(steps[-1], NavigationStep):
        return ()
    for place in range(len(steps) - 1, 0, -1):
        step, before = steps[place], steps[place - 1]
        assert isinstance(step, NavigationStep), "a path has one set, its first step"
        names.insert(0, step.navigation.name)
        source = before.entity_set if isinstance(before, EntitySetStep) else before.target
        if source is not None and source.annotations:
            found += _along(source, "/".join(names))
    return tuple(found)


def _along(source: EntitySet, path: str) -> tuple[Annotation, ...]:
    """What a source restricts along a navigation path, with what it says of counting there."""
    found = along_navigation(source.annotations, path)
    if is_counted_along(source, path):
        return found
    return (*found, Annotation(f"{CAPABILITIES}.CountRestrictions", Record({"Countable": False})))


def _restricted(source: EntitySet | None, along: tuple[Annotation, ...]) -> EntitySet | None:
    """A source with what is restricted on the way to it, which counts before its own."""
    return source if source is None or not along else replace(source, annotations=(*along, *source.annotations))


def _check(source: EntitySet | None, options: QueryOptions, *, collection: bool, counted: bool = False) -> None:
    if source is not None and source.annotations:
        _check_expand(source, options)
        _check_select(source, options)
        check_counts(source, options)
        if collection:
            _check_search(source, options)
            _check_filter(source, options)
            _check_order(source, options)
            _check_paging(source, options, counted=counted or options.count)
    for expansion in options.expand:
        counted = expansion.suffix == "$count"
        along = () if source is None else _along(source, expansion.path)
        target = _restricted(expansion.entity_set, along)
        _check(target, expansion.options, collection=expansion.navigation.collection, counted=counted)


def _check_filter(source: EntitySet, options: QueryOptions) -> None:
    stated = _record(source.annotations, "FilterRestrictions")
    used = _paths(options.filter)
    required = _listed(stated, "RequiredProperties")
    if options.filter is not None and stated.get("Filterable") is False:
        raise _refusal("filter", f"'{source.name}' cannot be filtered.", "Leave $filter out.")
    for name in _within(used, _listed(stated, "NonFilterableProperties")):
        raise _refusal("filter", f"'{name}' cannot be filtered by.", "Filter by another property.")
    _check_expressions(stated, options)
    if options.filter is None and stated.get("RequiresFilter") is True:
        raise _refusal("filter", f"'{source.name}' is read with a $filter only.", "Add $filter.")
    for name in required:
        if name not in used:
            raise _refusal("filter", f"'{source.name}' is read with '{name}' in $filter only.", f"Filter by '{name}'.")


def _check_search(source: EntitySet, options: QueryOptions) -> None:
    """A search of what a path leads to: what the set itself says of searches is asked where they are resolved."""
    if options.search is not None and _record(source.annotations, "SearchRestrictions").get("Searchable") is False:
        raise _refusal("search", f"'{source.name}' cannot be searched.", "Use $filter.")


def _check_expressions(stated: dict[str, object], options: QueryOptions) -> None:
    restrictions = stated.get("FilterExpressionRestrictions")
    for restriction in restrictions if options.filter is not None and isinstance(restrictions, tuple) else ():
        fields = restriction.values if isinstance(restriction, Record) else {}
        name, allowed = path_text(fields.get("Property")), ALLOWED.get(str(fields.get("AllowedExpressions")))
        if name and allowed and options.filter is not None and not is_allowed(options.filter, name, allowed):
            raise _refusal("filter", f"'{name}' cannot be filtered by in this way.", allowed.hint)


def _check_order(source: EntitySet, options: QueryOptions) -> None:
    stated = _record(source.annotations, "SortRestrictions")
    if options.orderby and stated.get("Sortable") is False:
        raise _refusal("orderby", f"'{source.name}' cannot be ordered.", "Leave $orderby out.")
    for name in _within(_paths(options.orderby), _listed(stated, "NonSortableProperties")):
        raise _refusal("orderby", f"'{name}' cannot be ordered by.", "Order by another property.")
    directions = {path_of(item.expression): item.descending for item in options.orderby if _is_own(item.expression)}
    for term, word, refused in (("AscendingOnlyProperties", "asc", True), ("DescendingOnlyProperties", "desc", False)):
        for name in _within((name for name, way in directions.items() if way is refused), _listed(stated, term)):
            raise _refusal("orderby", f"'{name}' is ordered by in one direction only.", f"Write {name} {word}.")


def _check_expand(source: EntitySet, options: QueryOptions) -> None:
    stated = _record(source.annotations, "ExpandRestrictions")
    if (options.expand or options.streams) and stated.get("Expandable") is False:
        raise _refusal("expand", f"'{source.name}' cannot be expanded.", "Leave $expand out.")
    names = dict.fromkeys(name for part in options.expand for name in (part.navigation.name, part.path))
    for used, term in ((names, "NonExpandableProperties"), (options.streams, "NonExpandableStreamProperties")):
        for name in _within(used, _listed(stated, term)):
            raise _refusal("expand", f"'{name}' cannot be expanded.", "Read it by a URL of its own.")
    for expansion in options.expand:
        along = along_navigation(source.annotations, expansion.path)
        if not stated_capabilities(along, Capabilities()).readable:
            raise _refusal("expand", f"'{expansion.path}' cannot be navigated.", "Leave it out of $expand.")
    levels = stated.get("MaxLevels")
    if isinstance(levels, int) and 0 <= levels < _depth(options):
        message = f"'{source.name}' is expanded by {levels} level{'' if levels == 1 else 's'} at most."
        raise _refusal("expand", message, "Leave the inner $expand out.")


def _depth(options: QueryOptions) -> int:
    return max((1 + _depth(expansion.options) for expansion in options.expand), default=0)


def _check_select(source: EntitySet, options: QueryOptions) -> None:
    supported = _record(source.annotations, "SelectSupport").get("Supported")
    if supported is False and options.selection.explicit:
        raise _refusal("select", f"'{source.name}' does not take $select.", "Leave $select out.")


def _check_paging(source: EntitySet, options: QueryOptions, *, counted: bool) -> None:
    countable = _record(source.annotations, "CountRestrictions").get("Countable")
    if counted and countable is False:
        raise _refusal("count", f"'{source.name}' cannot be counted.", "Leave $count out.")
    for option, used in (("top", options.top), ("skip", options.skip)):
        supported = annotation_value(source.annotations, f"{CAPABILITIES}.{option.capitalize()}Supported")
        if used is not None and supported is False:
            raise _refusal(option, f"'{source.name}' does not take ${option}.", "Follow next links.")


def _refusal(option: str, message: str, hint: str) -> OptionNotAllowed:
    return OptionNotAllowed(message, target=f"${option}", hint=hint)


def _record(annotations: Sequence[Annotation], term: str) -> dict[str, object]:
    value = annotation_value(annotations, f"{CAPABILITIES}.{term}")
    return dict(value.values) if isinstance(value, Record) else {}


def _listed(stated: dict[str, object], name: str) -> tuple[str, ...]:
    """The paths that a restriction lists; CSDL JSON has them as text."""
    value = stated.get(name)
    return tuple(text for member in (value if isinstance(value, tuple) else ()) if (text := path_text(member)))


def _is_own(expression: Expression) -> TypeGuard[PropertyAccess]:
    """Whether an expression is a property of the source's own entities."""
    return isinstance(expression, PropertyAccess) and entity_of(expression) is None


def _within(used: Iterable[str], restricted: Sequence[str]) -> Iterator[str]:
    """The paths among those used that are restricted, or lie within what is."""
    return (path for path in used if any(path == name or path.startswith(f"{name}/") for name in restricted))


def _paths(expression: object) -> list[str]:
    """The paths of the properties of the source's own entities that expressions use, each once."""
    return list(dict.fromkeys(path_of(access) for access in _accesses(expression) if entity_of(access) is None))


def _accesses(node: object) -> Iterator[PropertyAccess]:
    if isinstance(node, PropertyAccess):
        yield node
    else:
        for part in parts_of(node):
            yield from _accesses(part)
