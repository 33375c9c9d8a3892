"""The options of the value that a path ends in: of a collection of values, or of a complex value (Protocol 11.2.1)."""

from msgspec import Struct
from msgspec.structs import replace

from odata_service.semantics.expansion import expansions_of
from odata_service.semantics.nested import way_of
from odata_service.semantics.path_walk import Found
from odata_service.semantics.promotion import bare
from odata_service.semantics.resolved import Linked, MembersStep, QueryOptions, ResourcePath
from odata_service.semantics.scope import Request, Scope
from odata_service.semantics.select_expand import resolve_options
from odata_service.semantics.selection import arranged
from odata_service.semantics.tree import DynamicProperty, Logical, Members, PropertyAccess, Variable
from odata_service.url.syntax import ExpandItem, Name, Options


class Ending(Struct, frozen=True):
    """What a path ends in, and the place of the entity that has it; None where a member of a collection has it."""

    found: Found
    around: Scope | None


def options_of_value(options: Options, path: ResourcePath, ending: Ending, request: Request) -> QueryOptions:
    """The options of a value: those of a collection speak of its members, which are the instances there."""
    scope, found = Scope(request, path.type.name, None, "", "the query"), ending.found
    if path.type.collection:
        return _of_members(options, path, found, scope)
    if isinstance(found, PropertyAccess | Variable):
        scope = replace(scope, instance=found, around=ending.around, depth=len(path.ordinals))
    resolved = resolve_options(replace(options, expand=None), scope)
    if options.expand is None:
        return resolved
    if ending.around is None or not isinstance(found, PropertyAccess) or not request.schema.is_taken_apart(path.type):
        return replace(resolved, linked=_linked(options, path, scope))
    prefix = way_of(found, path.type.name)
    items = [_behind(prefix, item) for item in options.expand]
    expanded = expansions_of(items, ending.around.at("expand"), 0, resolve_options)
    linked = tuple(_within(one, prefix) for one in expanded.linked)
    return replace(resolved, expand=expanded.entities, streams=expanded.streams, linked=linked)


def _linked(options: Options, path: ResourcePath, scope: Scope) -> tuple[Linked, ...]:
    """What is expanded of a value that is kept whole, or of the members of a collection."""
    place = Scope(scope.request, path.type.name, path.entity_set, "expand", "$expand")
    return expansions_of(options.expand, place, 0, resolve_options, path.way).linked


def _within(linked: Linked, prefix: tuple[str, ...]) -> Linked:
    """What is expanded inside of a value that some steps lead to, as it is called there."""
    item, steps = linked.item, sum(1 for step in prefix if "." not in step)
    named = replace(item.navigation, name=item.navigation.name.removeprefix("/".join(prefix) + "/"))
    return replace(linked, way=linked.way[steps:], item=replace(item, navigation=named))


def _behind(prefix: tuple[str, ...], item: ExpandItem) -> ExpandItem:
    """An item about a complex value as one about the entity that has it."""
    return replace(item, path=(*(Name(step, item.span) for step in prefix), *item.path))


def _of_members(options: Options, path: ResourcePath, found: Found, scope: Scope) -> QueryOptions:
    last = path.steps[-1]
    left = last if isinstance(last, MembersStep) else None
    variable = left.variable if left else Variable(len(path.ordinals) + 1, bare(path.type.element))
    these = None if isinstance(found, DynamicProperty) else Members(found, variable, left.where if left else None)
    place = replace(scope, instance=variable, depth=variable.depth, these=these)
    resolved = resolve_options(replace(options, expand=None), place)
    if left is not None:
        where = left.where if resolved.filter is None else Logical("and", (left.where, resolved.filter))
        resolved = replace(resolved, filter=where)
    return QueryOptions(arranged(variable, resolved), linked=_linked(options, path, scope))
