"""What the annotations of an entity set do not let be counted: members of collections, by property.

(Capabilities vocabulary: `NonCountableProperties` of CountRestrictions, for collections of values, and
`NonCountableNavigationProperties`.) A collection is counted by `/$count` behind it, in a path or in an expression, and
by `$count=true` where it is read, selected or expanded.
"""

from collections.abc import Iterator

from odata_service.edm.capabilities import restricted_paths
from odata_service.edm.model import EntitySet
from odata_service.errors import OptionNotAllowed
from odata_service.semantics.access import entity_of, path_of
from odata_service.semantics.resolved import EntitySetStep, NavigationStep, Query, QueryOptions, Selection
from odata_service.semantics.tree import Count, NavigationMembers, PropertyAccess
from odata_service.semantics.walk import parts_of

_TERM, _VALUES, _NAVIGATION = "CountRestrictions", "NonCountableProperties", "NonCountableNavigationProperties"


def check_counted_value(query: Query) -> None:
    """Refuses to count the members of a collection that a path leads to."""
    source, found = _holder(query), query.property
    if source is None or not isinstance(found, PropertyAccess) or entity_of(found) is not None:
        return
    selection, path = query.options.selection, path_of(found)
    names = [path] if query.path.is_count else []
    _refuse(source, [*names, *_selected(selection, path)], (_VALUES,))


def check_counts(source: EntitySet, options: QueryOptions) -> None:
    """Refuses to count what the options of entities count of them."""
    _refuse(source, [*_selected(options.selection, ""), *_expressions(options)], (_VALUES, _NAVIGATION))


def is_counted_along(source: EntitySet, path: str) -> bool:
    """Whether what a navigation property of a source's entities leads to may be counted."""
    return path not in restricted_paths(source.annotations, _TERM, _NAVIGATION)


def _holder(query: Query) -> EntitySet | None:
    """The source of the entity that a property is one of."""
    steps = [step for step in query.path.steps if isinstance(step, EntitySetStep | NavigationStep)]
    if not steps:
        return None
    last = steps[-1]
    return last.entity_set if isinstance(last, EntitySetStep) else last.target


def _selected(selection: Selection, path: str) -> Iterator[str]:
    """The paths of the collections of values that are selected with their count."""
    if selection.arrangement is not None and selection.arrangement.count:
        yield path
    for name, inner in selection.inner:
        yield from _selected(inner, f"{path}/{name}" if path else name)


def _expressions(options: QueryOptions) -> Iterator[str]:
    """The paths of the collections that expressions count."""
    for count in _counts((options.filter, options.orderby, options.selection.computed)):
        match count.members.collection:
            case NavigationMembers(navigation, _, _, None):
                yield navigation.name
            case PropertyAccess() as access if entity_of(access) is None:
                yield path_of(access)
            case _:
                continue


def _counts(node: object) -> Iterator[Count]:
    if isinstance(node, Count):
        yield node
    for part in parts_of(node):
        yield from _counts(part)


def _refuse(source: EntitySet, names: list[str], terms: tuple[str, ...]) -> None:
    if not names:
        return
    restricted = {path for term in terms for path in restricted_paths(source.annotations, _TERM, term)}
    for name in names:
        if name in restricted:
            raise OptionNotAllowed(
                f"The members of '{name}' cannot be counted.", target="$count", hint="Leave $count out."
            )
