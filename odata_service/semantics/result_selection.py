"""$select behind $apply: which of the members that transformations have left are shown."""

from collections.abc import Iterator, Mapping, Sequence

from msgspec.structs import replace

from odata_service.errors import NotSupported, SemanticError, UnknownProperty, did_you_mean
from odata_service.semantics.access import chain_of, name_of
from odata_service.semantics.options import check_options
from odata_service.semantics.resolved import Selection
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import THERE, Result, is_hidden
from odata_service.semantics.tree import NavigationAccess, PropertyAccess
from odata_service.url.syntax import ExpandItem, Name, Options, SelectItem


def select_members(items: Sequence[SelectItem] | None, scope: Scope) -> Selection:
    """The names of the members that $select asks for, each a path; `explicit` tells that there is a $select."""
    assert scope.result is not None, "members are what transformations leave"
    if items is None or any(item.wildcard and not item.path and item.namespace is None for item in items):
        return Selection()
    names = (name for item in items for name in _names(item, (), scope.result, scope))
    return Selection(explicit=True, names=tuple(dict.fromkeys(names)))


def as_expansions(
    items: Sequence[SelectItem] | None, scope: Scope
) -> tuple[Sequence[SelectItem] | None, tuple[ExpandItem, ...]]:
    """The items of $select, and items of $expand for what they say of entities and collections inside of instances."""
    if items is None or scope.result is None:
        return items, ()
    kept: list[SelectItem] = []
    inside: dict[str, list[SelectItem]] = {}
    for item in items:
        first = item.path[0] if item.path else None
        is_inside = len(item.path) > 1 or item.options is not None or item.wildcard
        if isinstance(first, Name) and is_inside and _leads_inside(first.name, scope):
            kept.append(SelectItem((first,), span=item.span))
            inside.setdefault(first.name, []).append(item)
        else:
            kept.append(item)
    return kept, tuple(_as_expansion(found, scope) for found in inside.values())


def _leads_inside(name: str, scope: Scope) -> bool:
    related = scope.relation(name)
    return scope.nested(name) is not None or (related is not None and related.whole)


def _as_expansion(items: Sequence[SelectItem], scope: Scope) -> ExpandItem:
    """What several items of $select ask of one entity or collection together."""
    first, *others = items
    selected = [replace(item, path=item.path[1:]) for item in items if len(item.path) > 1 or item.wildcard]
    stated = [item.options for item in items if len(item.path) == 1 and item.options is not None]
    if len(stated) > 1 or (stated and selected):
        raise SemanticError(
            f"'{_text(first)}' stands twice in $select{scope.place(others[0].span)}.",
            target=scope.target,
            hint="Put all its options into one pair of parentheses.",
        )
    options = stated[0] if stated else Options(select=tuple(selected))
    return ExpandItem(first.path[:1], options=options, span=first.span)


def with_expanded(selection: Selection, parts: Mapping[str, tuple[str, ...]], scope: Scope) -> Selection:
    """A selection where $expand says which entities that groups are made by parts of are shown, and what of them.

    `parts` are the paths that are shown of each that it names; the others are not expanded (3.2.3.1).
    """
    result = scope.result
    if result is None or result.whole:
        return selection
    own = selection.names
    if not selection.explicit:
        members = (member for member in shown(result, selection) if not _is_expanded(member))
        inside = (part.access for part in result.related if not _is_expanded(part.access))
        own = tuple(
            dict.fromkeys((*(member_path(member) for member in members), *(member_path(part) for part in inside)))
        )
    named = (path for found in parts.values() for path in found)
    return replace(selection, explicit=True, names=tuple(dict.fromkeys((*own, *named))))


def _is_expanded(member: PropertyAccess | NavigationAccess) -> bool:
    """Whether a member is one of an entity that instances are related to, or such an entity."""
    return isinstance(chain_of(member)[0], NavigationAccess)


def part_of(name: str, scope: Scope) -> tuple[str, ...]:
    """The paths of the members that instances have of a related entity."""
    members = scope.result.members if scope.result is not None else ()
    paths = (member_path(member) for member in members if _is_expanded(member))
    return tuple(path for path in paths if path.startswith(f"{name}/"))


def selected_parts(name: str, items: Sequence[SelectItem] | None, scope: Scope) -> tuple[str, ...]:
    """What $select inside of an expanded entity leaves of the members that instances have of it."""
    known = part_of(name, scope)
    if items is None or any(item.wildcard and not item.path for item in items):
        return known
    assert scope.result is not None, "members are what transformations leave"
    return tuple(path for item in items for path in _names(item, (name,), scope.result, scope))


def shown(result: Result, selection: Selection) -> tuple[PropertyAccess, ...]:
    """The members of a result that a selection shows, in their order; those of entities are shown with these."""
    made = [known for known in result.related if not known.whole]
    members = tuple(
        member
        for member in result.members
        if member.property != THERE.property
        and not (member in result.replaced and (result.whole or member.property.name.startswith("$")))
        and not (member in result.derived and result.whole)
        and (not result.around(member) or any(known.holds(member) for known in made))
    )
    if not selection.explicit:
        return members
    return tuple(
        member
        for member in members
        if any(member_path(member) == name or member_path(member).startswith(f"{name}/") for name in selection.names)
    )


def member_path(access: PropertyAccess | NavigationAccess) -> str:
    """The path of a member, or of an entity, from the instance on.

    >>> from odata_service.edm.types import STRING
    >>> from odata_service.semantics.transformations import added_member
    >>> member_path(added_member("Total", STRING))
    'Total'
    """
    return "/".join(name_of(step) for step in chain_of(access))


def _names(item: SelectItem, before: tuple[str, ...], result: Result, scope: Scope) -> Iterator[str]:
    """The paths that an item stands for; of operations, which only entities have, none."""
    if item.namespace is not None or item.parameters is not None:
        return
    path = "/".join((*before, *(step.name for step in item.path if isinstance(step, Name))))
    known = [member_path(member) for member in result.members if not is_hidden(member)]
    known = [name for name in known if name != THERE.property.name] + [str(part.alias) for part in result.nested]
    known += [member_path(part.access) for part in result.related]
    if len(item.path) != sum(isinstance(step, Name) for step in item.path):
        raise NotSupported(
            f"Annotations are shown of entities, and not behind $apply{scope.place(item.span)}.",
            target=scope.target,
            hint="Read them in $metadata.",
        )
    if not any(other == path or other.startswith(f"{path}/") for other in known):
        raise UnknownProperty(
            f"'{path}' is not in the result of $apply{scope.place(item.span)}.",
            target=scope.target,
            hint=did_you_mean(path, known) or f"It has {', '.join(known[:20])}.",
        )
    if item.options is None:
        yield path
        return
    check_options(item.options, "a complex value")
    for inner in item.options.select or ():
        if inner.wildcard and not inner.path:
            yield path
        else:
            yield from _names(inner, tuple(path.split("/")), result, scope)


def _text(item: SelectItem) -> str:
    return "/".join(step.name for step in item.path if isinstance(step, Name))
