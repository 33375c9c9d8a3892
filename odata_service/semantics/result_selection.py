"""$select behind $apply: which of the members that transformations have left are shown."""

from collections.abc import Sequence

from odata_service.errors import NotSupported, UnknownProperty, did_you_mean
from odata_service.semantics.access import chain_of, name_of
from odata_service.semantics.resolved import Selection
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import THERE, Result
from odata_service.semantics.tree import NavigationAccess, PropertyAccess
from odata_service.url.syntax import Name, SelectItem


def select_members(items: Sequence[SelectItem] | None, scope: Scope) -> Selection:
    """The names of the members that $select asks for, each a path; `explicit` tells that there is a $select."""
    assert scope.result is not None, "members are what transformations leave"
    if items is None or any(item.wildcard for item in items):
        return Selection()
    return Selection(explicit=True, names=tuple(dict.fromkeys(_name(item, scope.result, scope) for item in items)))


def shown(result: Result, selection: Selection) -> tuple[PropertyAccess, ...]:
    """The members of a result that a selection shows, in their order; those of entities are shown with these."""
    made = [known for known in result.related if not known.whole]
    members = tuple(
        member
        for member in result.members
        if member.property != THERE.property
        and not (member in result.replaced and (result.whole or member.property.name.startswith("$")))
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


def _name(item: SelectItem, result: Result, scope: Scope) -> str:
    path = "/".join(step.name for step in item.path if isinstance(step, Name))
    known = [member_path(member) for member in result.values]
    known = [name for name in known if name != THERE.property.name] + [str(part.alias) for part in result.nested]
    known += [member_path(part.access) for part in result.related]
    if item.options is not None or item.namespace is not None or item.parameters is not None:
        raise NotSupported(f"Only names go into $select behind $apply{scope.place(item.span)}.", target=scope.target)
    if not any(other == path or other.startswith(f"{path}/") for other in known):
        raise UnknownProperty(
            f"'{path}' is not in the result of $apply{scope.place(item.span)}.",
            target=scope.target,
            hint=did_you_mean(path, known) or f"It has {', '.join(known[:20])}.",
        )
    return path
