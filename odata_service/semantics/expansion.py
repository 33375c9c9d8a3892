"""$expand: which related entities and streams are shown with an entity (URL Conventions 5.1.3; Protocol 11.2.5.2)."""

from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.links import linked_set
from odata_service.edm.model import EntitySet, NavigationProperty
from odata_service.edm.nested import value_path
from odata_service.edm.types import TypeRef
from odata_service.errors import LimitExceeded, NotSupported, SemanticError
from odata_service.semantics.nested import Inside, Kept, inside_kept, inside_values
from odata_service.semantics.options import check_options
from odata_service.semantics.resolved import EVERYTHING, MEDIA, Expansion, Linked, QueryOptions, Selection
from odata_service.semantics.result_selection import part_of, selected_parts
from odata_service.semantics.rooted import rooted
from odata_service.semantics.scope import Scope
from odata_service.semantics.selection import behind_casts, path_names, selection_of
from odata_service.semantics.transformations import Pipeline, Transformations
from odata_service.semantics.tree import NavigationAccess
from odata_service.settings import Limits
from odata_service.url.syntax import ExpandItem, Name, Number, Options

_ALL_LEVELS = -1
"""The number that stands for `max`."""

Resolve = Callable[[Options, Scope, int], QueryOptions]
"""How nested options are resolved at a depth."""


class Expanded(Struct, frozen=True):
    """What an $expand names: related entities, and streams by name; and by name what $apply has `made` of members.

    `linked` are related entities of values that are kept whole.
    `nested` is what $apply has put inside of instances, as it is to be shown. `parts` are the paths of what it has left
    of related entities, by the names of these.
    """

    entities: tuple[Expansion, ...] = ()
    streams: tuple[str, ...] = ()
    made: tuple[str, ...] = ()
    nested: tuple[Expansion, ...] = ()
    linked: tuple[Linked, ...] = ()
    parts: tuple[tuple[str, tuple[str, ...]], ...] = ()


def expansions_of(
    items: Sequence[ExpandItem] | None,
    scope: Scope,
    depth: int,
    resolve: Resolve,
    kept: tuple[str, ...] | None = None,
) -> Expanded:
    """The items of one $expand; what a wildcard means gives way to what is named.

    `kept` are the properties that lead to the place from an entity, where that is a value that is kept whole.
    """
    return _read(items, _Reader(scope, depth, resolve, kept)) if items else Expanded()


def selected_expansions(items: Sequence[ExpandItem], scope: Scope, depth: int, resolve: Resolve) -> Expanded:
    """What $select says of entities and collections that $apply has put inside of instances, as items of $expand."""
    reader = _Reader(scope, depth, resolve, None)
    reader.is_selected = True
    return _read(items, reader) if items else Expanded()


def _read(items: Sequence[ExpandItem], reader: "_Reader") -> Expanded:
    reader.check_depth()
    for item in items:
        reader.add(item)
    nested, linked = tuple(reader.nested.values()), tuple(reader.linked.values())
    found, streams, made = tuple(reader.found.values()), tuple(reader.streams), tuple(reader.made)
    return Expanded(found, streams, made, nested, linked, tuple(reader.parts.items()))


def _check_depth(scope: Scope, depth: int) -> None:
    limit = scope.request.limits.max_expand_depth
    if limit and depth >= limit:
        raise LimitExceeded(
            f"$expand goes deeper than {limit} levels (--max-expand-depth).",
            target=scope.target,
            hint="Read the deeper entities in a request of their own.",
        )


class _Reader:
    """Reads the items of one $expand at a place."""

    def __init__(self, scope: Scope, depth: int, resolve: Resolve, kept: tuple[str, ...] | None) -> None:
        self.linked: dict[str, Linked] = {}
        self._kept = kept
        self.found: dict[str, Expansion] = {}
        self.streams: dict[str, None] = {}
        self.made: dict[str, None] = {}
        self.nested: dict[str, Expansion] = {}
        self.parts: dict[str, tuple[str, ...]] = {}
        self.is_selected = False
        self._named: set[str] = set()
        self._scope = scope
        self._depth = depth
        self._resolve = resolve

    def check_depth(self) -> None:
        """Refuses what is deeper than is allowed."""
        _check_depth(self._scope, self._depth)

    def add(self, item: ExpandItem) -> None:
        """Takes one item in."""
        here, path = behind_casts(path_names(item.path, self._scope), self._scope)
        if self._kept is not None and item.wildcard and not path:
            self._add_all_linked(item, here)
            return
        found = None if item.wildcard else inside_kept(path, here, is_kept=self._kept is not None)
        if found is not None:
            written = "/".join(step.name for step in path[: len(path) - len(found.rest) + 1])
            self._add_linked(item, found, here, written)
            return
        inside = inside_values(path, here)
        name = "/".join(step.name for step in path)
        nested = None if item.wildcard else here.nested(name)
        if nested is not None:
            self.made[name] = None
            self.nested[name] = self._nested(item, nested, path[-1:], here)
        elif item.wildcard:
            self._add_all(item, inside, here)
        elif not path or here.is_stream(path[0].name):
            self.streams[_stream(item, path, here)] = None
        elif (stream := inside.stream(here)) is not None:
            self.streams[_checked_stream(item, stream, here)] = None
        elif inside.value is not None:
            self._add_nested(item, inside, here)
        else:
            self._add_named(item, path, here)

    def _add_all(self, item: ExpandItem, inside: Inside, here: Scope) -> None:
        """A wildcard means the navigation properties that lead somewhere: those of an instance, or of a value in it."""
        if inside.rest:
            raise SemanticError(
                f"'{inside.rest[0].name}' cannot stand before '*' in $expand{here.place(item.span)}.",
                target=here.target,
                hint=f"Write $expand={inside.rest[0].name}($expand=*).",
            )
        every = _every(here) if inside.value is None else inside.every(here)
        for navigation in every:
            if navigation.name not in self.found and here.related(navigation) is not None:
                self.found[navigation.name] = self._expansion(item, navigation, here)

    def _add_nested(self, item: ExpandItem, inside: Inside, here: Scope) -> None:
        """A navigation property of a complex value."""
        navigation = inside.navigation(inside.rest[0], here) if inside.rest else None
        if navigation is None:
            raise _not_expanded(item, "/".join(step.name for step in item.path if isinstance(step, Name)), here)
        self._add_navigation(item, navigation, inside.rest[1:], here)

    def _add_all_linked(self, item: ExpandItem, here: Scope) -> None:
        """A wildcard means the navigation properties of a value that is kept whole which lead somewhere."""
        for name in here.request.schema.navigation_properties(here.entity_type):
            found = Kept((), here.entity_type, here.entity_type, (Name(name, item.span),))
            if name not in self.linked and self._linked_set(found, here) is not None:
                self._add_linked(item, found, here, name)

    def _linked_set(self, found: Kept, here: Scope) -> EntitySet | None:
        """The entity set that a navigation property of values leads to; None where the values belong to no entity."""
        schema, way = here.request.schema, (*(self._kept or ()), *found.way)
        navigation = schema.navigation_properties(found.holder)[found.rest[0].name]
        if here.entity_set is None or navigation.contains_target:
            return None
        return linked_set(here.entity_set, way, navigation, schema)

    def _add_linked(self, item: ExpandItem, found: Kept, here: Scope, path: str) -> None:
        """A navigation property of values that are kept whole, named by its path."""
        first, *rest = found.rest
        navigation = here.request.schema.navigation_properties(found.holder)[first.name]
        if self._depth or here.result is not None or navigation.contains_target:
            raise here.inside_complex(first.name, first.span)
        target = self._linked_set(found, here)
        if target is None:
            raise here.leads_nowhere(navigation, first.span)
        if path in self.linked:
            raise SemanticError(
                f"'{path}' stands twice in $expand{here.place(item.span)}.",
                target=here.target,
                hint="Put all its options into one pair of parentheses.",
            )
        narrowed = _narrowed(navigation, tuple(rest), here)
        expansion = self._expansion(item, replace(navigation, name=path), here, narrowed, target)
        if expansion.options.apply is not None:
            raise NotSupported(
                f"'{path}' is expanded in values that are kept whole, where entities are not transformed"
                f"{here.place(item.span)}.",
                target=f"{here.target}/{path}/$apply",
                hint=f"Write $apply behind a path that ends in '{first.name}'.",
            )
        self.linked[path] = Linked(found.way, found.declared, found.holder, expansion)

    def _add_named(self, item: ExpandItem, path: tuple[Name, ...], here: Scope) -> None:
        nested = here.nested(path[0].name)
        if nested is not None:
            self.made[path[0].name] = None
            self.nested[path[0].name] = self._nested(item, nested, path, here)
            return
        kinds = here.kinds or (() if here.result is None else (here.result,))
        relations = [found for kind in kinds if (found := kind.relation(path[0].name)) is not None]
        is_entity = any(relation.whole for relation in relations)
        if any(not relation.whole for relation in relations):
            self.made[path[0].name] = None
        if not is_entity and (relations or part_of(path[0].name, here)):
            self._add_part(item, path, here)
            return
        navigation = relations[0].access.navigation if relations else _navigation(item, path, here)
        self._add_navigation(item, navigation, path[1:], here)

    def _add_part(self, item: ExpandItem, path: tuple[Name, ...], here: Scope) -> None:
        """What transformations have left of a related entity: all of it, or what $select names."""
        options = item.options or Options()
        if here.result is None or here.result.whole or replace(options, select=None) != Options():
            _check_shown(item, path, here)
        _check_shown(replace(item, options=None), path, here)
        self.parts[path[0].name] = selected_parts(path[0].name, options.select, here)

    def _nested(self, item: ExpandItem, nested: Expansion, path: tuple[Name, ...], here: Scope) -> Expansion:
        """What transformations have nested, with the options that are stated for it behind these.

        What is shown inside of it by default is not where $expand says what is.
        """
        written = nested.written or Options()
        made, options = nested.options.apply, item.options or Options()
        is_count = item.suffix == "$count" and made is not None
        if len(path) > 1 or (item.suffix is not None and not is_count):
            _check_shown(item, path, here)
            return nested
        if is_count:
            check_options(options, "the count of an expanded collection")
        check_options(options, "an expanded entity" if made is None else "an expanded collection")
        if not self.is_selected and options.apply is None:
            options = replace(options, expand=options.expand or ())
        inner = replace(
            here,
            entity_type=nested.narrowed or nested.navigation.target,
            entity_set=nested.entity_set,
            target=f"{here.target}/{nested.name}",
            result=None if made is None else made.result,
            kinds=() if made is None else made.kinds,
        )
        if made is None:
            found = self._resolve(replace(options, select=None), inner, self._depth + 1)
            inner = replace(inner, computed=nested.options.selection.computed)
            selection = selection_of(options.select, inner, self._depth + 1, self._resolve)
            return replace(nested, options=replace(found, selection=selection))
        found = self._resolve(options, inner, self._depth + 1)
        further = found.apply or Pipeline((), made.kinds)
        known = [(part.name, part.group) for part in made.result.nested]
        expand = tuple(item if (item.name, item.group) in known else _behind(item, made.steps) for item in found.expand)
        pipeline = Pipeline((*made.steps, *further.steps), further.kinds)
        told = replace(options, apply=(*(written.apply or ()), *(options.apply or ())))
        nested = replace(nested, suffix=item.suffix, written=told)
        return replace(nested, options=replace(found, apply=pipeline, expand=expand))

    def _add_navigation(
        self, item: ExpandItem, navigation: NavigationProperty, rest: tuple[Name, ...], here: Scope
    ) -> None:
        cast = here.entity_type if here is not self._scope else None
        name = navigation.name if cast is None else f"{cast}/{navigation.name}"
        if name in self._named:
            raise SemanticError(
                f"'{name}' stands twice in $expand{here.place(item.span)}.",
                target=here.target,
                hint="Put all its options into one pair of parentheses.",
            )
        self._named.add(name)
        narrowed = _narrowed(navigation, rest, here)
        self.found[name] = replace(self._expansion(item, navigation, here, narrowed), cast=cast)

    def _expansion(
        self,
        item: ExpandItem,
        navigation: NavigationProperty,
        here: Scope,
        narrowed: str | None = None,
        linked: EntitySet | None = None,
    ) -> Expansion:
        _count_items(here)
        check_options(replace(item.options or Options(), levels=None), _kind_of_expansion(item, navigation))
        if item.suffix == "$value" or (item.suffix == "$count" and not navigation.collection):
            raise SemanticError(f"{item.suffix} does not go with '{navigation.name}'.", target=here.target)
        entity_set = here.related(navigation) if linked is None else linked
        if entity_set is None:
            raise here.leads_nowhere(navigation, item.span)
        target = f"{here.target}/{navigation.name}"
        inner = replace(
            here,
            entity_type=narrowed or navigation.target,
            entity_set=entity_set,
            target=target,
            outermost=_out_of_reach(here) if linked else _outermost(navigation, entity_set, here),
            result=None,
            kinds=(),
        )
        written = self._unrolled(item, navigation, inner)
        options = self._resolve(written, inner, self._depth + 1)
        return Expansion(
            navigation,
            here.entity_type,
            entity_set,
            options,
            item.suffix,
            narrowed=narrowed,
            recursive=written.expand is not None and item.options is not None and item.options.levels is not None,
            written=written,
        )

    def _unrolled(self, item: ExpandItem, navigation: NavigationProperty, inner: Scope) -> Options:
        """The options of an item, $levels written out: its next level is an item among them."""
        options = item.options or Options()
        if options.levels is None:
            return options
        left = options.levels.value - 1
        if options.levels.value == _ALL_LEVELS:
            limit = inner.request.limits.max_expand_depth or Limits().max_expand_depth
            left = limit - self._depth - 1
        if left < 1 or not _is_recursive(navigation, item, inner):
            return replace(options, levels=None)
        following = replace(item, options=replace(options, levels=Number(left, options.levels.span)))
        return replace(options, levels=None, expand=(*(options.expand or ()), following))


def _behind(item: Expansion, steps: Transformations) -> Expansion:
    """What is nested of instances behind further transformations of these."""
    if item.group is None:
        return item
    return replace(item, group=replace(item.group, before=(*steps, *item.group.before)))


def _outermost(navigation: NavigationProperty, target: EntitySet, here: Scope) -> Scope:
    """The place of `$it` for what is expanded: where the way back leads, if there is one that leads to one entity."""
    outermost, schema = here.outermost or here, here.request.schema
    back = schema.navigation_properties(navigation.target).get(navigation.partner or "")
    if back is None or back.collection or schema.target(target, navigation.target, back) != here.entity_set:
        return _out_of_reach(here)
    access = NavigationAccess(back, navigation.target, TypeRef(back.target))
    return replace(outermost, instance=access if outermost is here else rooted(outermost.instance, access))


def _out_of_reach(here: Scope) -> Scope:
    return replace(here.outermost or here, is_out_of_reach=True)


def shown_by_default(scope: Scope, selected: Selection) -> Iterator[Expansion]:
    """The entities that $apply has made groups by, or traversed: they are shown where there is no $expand (3.2.3.1)."""
    for item in scope.result.expanded if scope.result is not None else ():
        if not selected.explicit or item.name in selected.names:
            yield item
    for known in scope.result.related if scope.result is not None and not scope.result.whole else ():
        name = known.access.navigation.name
        if known.access.owner is None and known.whole and (not selected.explicit or name in selected.names):
            yield Expansion(known.access.navigation, known.access.source_type, known.source, QueryOptions(EVERYTHING))


def _every(scope: Scope) -> Iterator[NavigationProperty]:
    """The navigation properties that instances have: declared ones, and what $apply has given them."""
    for known in scope.result.related if scope.result is not None else ():
        if known.access.owner is None and known.whole:
            yield known.access.navigation
    if scope.result is None or scope.result.whole:
        declared = scope.request.schema.navigation_properties(scope.entity_type)
        yield from (navigation for name, navigation in declared.items() if not value_path(name))


def _check_shown(item: ExpandItem, path: tuple[Name, ...], scope: Scope) -> None:
    """What transformations have made of a member is shown as it is."""
    if item.options is not None or item.suffix is not None or len(path) > 1:
        raise NotSupported(
            f"'{path[0].name}' is what $apply has made, and takes no options{scope.place(item.span)}.",
            target=scope.target,
            hint=f"Write $expand={path[0].name}, and select with transformations.",
        )


def _count_items(scope: Scope) -> None:
    request = scope.request
    request.expanded += 1
    if request.limits.max_expand_items and request.expanded > request.limits.max_expand_items:
        raise LimitExceeded(
            f"$expand names more than {request.limits.max_expand_items} navigation properties, those of all levels "
            "together (--max-expand-items).",
            target=scope.target,
            hint="Read some of them in requests of their own.",
        )


def _is_recursive(navigation: NavigationProperty, item: ExpandItem, inner: Scope) -> bool:
    """Whether what a navigation property leads to has it too; another one has no further levels."""
    if item.wildcard:
        return not inside_values(path_names(item.path, inner), inner).rest
    first = next(step.name for step in item.path if isinstance(step, Name))
    return inner.navigation(navigation.name) is not None or inner.request.schema.structured_type(first) is not None


def _stream(item: ExpandItem, path: tuple[Name, ...], scope: Scope) -> str:
    """The name of a stream that an item names."""
    if path:
        return _checked_stream(item, path[0].name, scope, is_last=len(path) == 1)
    if item.options is not None:
        raise _nothing_follows(MEDIA, item, scope)
    schema, declared = scope.request.schema, scope.entity_type
    if not any(schema.has_stream(name) for name in (declared, *schema.derived_from(declared))):
        raise SemanticError(
            f"'{declared}' is no media entity, so it has no stream to expand{scope.place(item.span)}.",
            target=scope.target,
            hint="Name one of its stream properties.",
        )
    return MEDIA


def _checked_stream(item: ExpandItem, name: str, scope: Scope, *, is_last: bool = True) -> str:
    """The stream that an item names, which nothing can follow."""
    if not is_last or item.suffix is not None or item.options is not None:
        raise _nothing_follows(name, item, scope)
    return name


def _nothing_follows(name: str, item: ExpandItem, scope: Scope) -> SemanticError:
    return SemanticError(
        f"Nothing can follow the stream '{name}' in $expand{scope.place(item.span)}.", target=scope.target
    )


def _navigation(item: ExpandItem, path: tuple[Name, ...], scope: Scope) -> NavigationProperty:
    """The navigation property that an item names."""
    first = path[0]
    navigation = scope.navigation(first.name)
    if scope.result is not None and not scope.result.whole:
        raise SemanticError(
            "$expand goes with entities, and $apply has made other instances of them.",
            target=scope.target,
            hint="Name what is to be shown in groupby, as in groupby((partner)) or groupby((partner/name)).",
        )
    if navigation is not None:
        return navigation
    declared = scope.property(first.name)
    if declared is None:
        raise scope.unknown(first.name, first.span)
    raise _not_expanded(item, first.name, scope)


def _not_expanded(item: ExpandItem, name: str, scope: Scope) -> SemanticError:
    return SemanticError(
        f"'{name}' is no navigation property, so it is not expanded{scope.place(item.span)}.",
        target=scope.target,
        hint=f"Write $select={name}.",
    )


def _narrowed(navigation: NavigationProperty, rest: tuple[Name, ...], scope: Scope) -> str | None:
    """The derived type that the steps behind a navigation property narrow its entities to, or None."""
    place = replace(scope, entity_type=navigation.target)
    for step in rest:
        if place.request.schema.structured_type(step.name) is None:
            raise SemanticError(
                f"'{step.name}' cannot follow '{navigation.name}' in $expand{scope.place(step.span)}.",
                target=scope.target,
                hint=f"Write $expand={navigation.name}($expand={step.name}).",
            )
        place = place.narrowed(step.name, step.span)
    return place.entity_type if place.entity_type != navigation.target else None


def _kind_of_expansion(item: ExpandItem, navigation: NavigationProperty) -> str:
    match item.suffix, navigation.collection:
        case "$count", _:
            return "the count of an expanded collection"
        case "$ref", True:
            return "references in an expanded collection"
        case "$ref", False:
            return "a reference to an expanded entity"
        case _, True:
            return "an expanded collection"
        case _:
            return "an expanded entity"
