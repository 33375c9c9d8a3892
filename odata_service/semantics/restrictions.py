"""Query options that the annotations of an entity set restrict: what is asked against them is refused.

(Capabilities vocabulary: FilterRestrictions, SortRestrictions, ExpandRestrictions, CountRestrictions, TopSupported,
SkipSupported.) It is looked at once for each shape of a URL.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields, is_dataclass, replace

from odata_service.edm.annotations import CAPABILITIES, Annotation, Path, Record, annotation_value
from odata_service.edm.model import EntitySet
from odata_service.errors import OptionNotAllowed
from odata_service.semantics.access import entity_of, path_of
from odata_service.semantics.resolved import Query, QueryOptions
from odata_service.semantics.tree import Logical, PropertyAccess


def check_restrictions(query: Query) -> None:
    """Refuses a read that the annotations of its entity set do not allow; a single entity has less to refuse."""
    path = query.path
    if query.property is None:
        options, predicates = query.options, path.filters
        if predicates:
            every = (*predicates, options.filter) if options.filter is not None else predicates
            options = replace(options, filter=every[0] if len(every) == 1 else Logical("and", every))
        _check(path.entity_set, options, collection=path.type.collection, counted=path.is_count)


def _check(source: EntitySet | None, options: QueryOptions, *, collection: bool, counted: bool = False) -> None:
    if source is not None and source.annotations:
        _check_expand(source, options)
        if collection:
            _check_filter(source, options)
            _check_order(source, options)
            _check_paging(source, options, counted=counted or options.count)
    for expansion in options.expand:
        counted = expansion.suffix == "$count"
        _check(expansion.entity_set, expansion.options, collection=expansion.navigation.collection, counted=counted)


def _check_filter(source: EntitySet, options: QueryOptions) -> None:
    stated = _record(source.annotations, "FilterRestrictions")
    used = _paths(options.filter)
    required = _listed(stated, "RequiredProperties")
    if options.filter is not None and stated.get("Filterable") is False:
        raise _refusal("filter", f"'{source.name}' cannot be filtered.", "Leave $filter out.")
    for name in _within(used, _listed(stated, "NonFilterableProperties")):
        raise _refusal("filter", f"'{name}' cannot be filtered by.", "Filter by another property.")
    if options.filter is None and stated.get("RequiresFilter") is True:
        raise _refusal("filter", f"'{source.name}' is read with a $filter only.", "Add $filter.")
    for name in required:
        if name not in used:
            raise _refusal("filter", f"'{source.name}' is read with '{name}' in $filter only.", f"Filter by '{name}'.")


def _check_order(source: EntitySet, options: QueryOptions) -> None:
    stated = _record(source.annotations, "SortRestrictions")
    if options.orderby and stated.get("Sortable") is False:
        raise _refusal("orderby", f"'{source.name}' cannot be ordered.", "Leave $orderby out.")
    for name in _within(_paths(options.orderby), _listed(stated, "NonSortableProperties")):
        raise _refusal("orderby", f"'{name}' cannot be ordered by.", "Order by another property.")


def _check_expand(source: EntitySet, options: QueryOptions) -> None:
    stated = _record(source.annotations, "ExpandRestrictions")
    if options.expand and stated.get("Expandable") is False:
        raise _refusal("expand", f"'{source.name}' cannot be expanded.", "Leave $expand out.")
    names = [expansion.navigation.name for expansion in options.expand]
    for name in _within(names, _listed(stated, "NonExpandableProperties")):
        raise _refusal("expand", f"'{name}' cannot be expanded.", "Read it by a URL of its own.")


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
    members = value if isinstance(value, tuple) else ()
    return tuple(member.path if isinstance(member, Path) else str(member) for member in members)


def _within(used: Iterable[str], restricted: Sequence[str]) -> Iterator[str]:
    """The paths among those used that are restricted, or lie within what is."""
    return (path for path in used if any(path == name or path.startswith(f"{name}/") for name in restricted))


def _paths(expression: object) -> list[str]:
    """The paths of the properties of the source's own entities that expressions use, each once."""
    return list(dict.fromkeys(path_of(access) for access in _accesses(expression) if entity_of(access) is None))


def _accesses(node: object) -> Iterator[PropertyAccess]:
    if isinstance(node, PropertyAccess):
        yield node
    elif isinstance(node, tuple):
        for member in node:
            yield from _accesses(member)
    elif is_dataclass(node):
        for part in fields(node):
            yield from _accesses(getattr(node, part.name))
