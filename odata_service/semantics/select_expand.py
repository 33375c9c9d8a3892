"""$select and $expand: what is shown of an entity, and which related ones with it (URL Conventions 5.1.3, 5.1.4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from odata_service.edm.model import NavigationProperty, Property
from odata_service.edm.types import INT64, Kind, kind_of
from odata_service.errors import LimitExceeded, NotSupported, SemanticError
from odata_service.semantics.expression import resolve_expression, resolve_filter
from odata_service.semantics.options import check_options
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Expansion, Expression, OrderItem, QueryOptions, Selection
from odata_service.url.syntax import AnnotationName, ExpandItem, Name, Options, SelectItem
from odata_service.url.syntax import OrderItem as OrderItemSyntax

_WITHOUT_ORDER = frozenset({None, Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED})


def resolve_options(options: Options, scope: Scope, depth: int = 0) -> QueryOptions:
    """The options of a collection or entity; `scope.option` is that of the whole URL when `depth` is 0.

    Nested options stand in the text of `$expand`, so their literals' places count there.
    """
    nested = depth > 0
    if nested and options.aliases:
        raise NotSupported("Aliases among nested options are not supported yet.", target=scope.target)

    def at(option: str) -> Scope:
        return scope.at("expand", f"{scope.target}/${option}") if nested else scope.at(option)

    return QueryOptions(
        selection=_selection(options.select, at("select")),
        filter=resolve_filter(options.filter, at("filter")) if options.filter is not None else None,
        orderby=tuple(_order_item(item, at("orderby")) for item in options.orderby or ()),
        expand=_expansions(options.expand, at("expand"), depth),
        skip=at("skip").number(options.skip, INT64),
        top=at("top").number(options.top, INT64),
        count=bool(options.count),
        skiptoken=options.skiptoken,
    )


def _order_item(item: OrderItemSyntax, scope: Scope) -> OrderItem:
    value: Expression = resolve_expression(item.expression, scope)
    if kind_of(value.type) in _WITHOUT_ORDER:
        raise SemanticError(
            f"$orderby takes values, and this is a {value.type}{scope.place(item.span)}.",
            target=scope.target,
            hint="Order by one of its properties.",
        )
    return OrderItem(value, item.descending)


def _selection(items: Sequence[SelectItem] | None, scope: Scope) -> Selection:
    """What $select names, in order of declaration; a path into a complex value shows that member of it alone."""
    derived = _derived(scope)
    if items is None:
        return Selection(derived=derived)
    chosen = _Chosen(scope)
    for item in items:
        chosen.add(item)
    return chosen.selection(derived)


@dataclass(slots=True)
class _Chosen:
    """The items of one $select, sorted by what they name."""

    scope: Scope
    everything: bool = False
    paths: dict[str, list[tuple[Name, ...]]] = field(default_factory=dict)
    narrowed: dict[tuple[str, Property], None] = field(default_factory=dict)
    navigation: dict[str, None] = field(default_factory=dict)

    def add(self, item: SelectItem) -> None:
        """Takes one item in."""
        here, path = _cast(_names(item.path, self.scope), self.scope)
        if item.namespace is not None:
            raise NotSupported(f"Operations in $select are not supported yet{self.scope.place(item.span)}.")
        if item.wildcard and not path:
            self.everything = True
            return
        name = _selected_name(item, path, here)
        part = here.property(name)
        if here.navigation(name) is not None:
            self.navigation[name] = None
            return
        if part is not None and name not in self.scope.request.schema.properties(self.scope.entity_type):
            self.narrowed[here.entity_type, part] = None
        self.paths.setdefault(name, []).append(path[1:])

    def selection(self, derived: tuple[tuple[str, Property], ...]) -> Selection:
        """What they show together."""
        declared = self.scope.request.schema.properties(self.scope.entity_type)
        casts = {part.name: owner for owner, part in self.narrowed}
        inner = tuple(self._inside())
        shown = [name for name in declared if name in self.paths]
        dynamic = tuple(name for name in self.paths if name not in declared and name not in casts)
        named = (*shown, *casts, *dynamic)
        names = ("*",) if self.everything else tuple(_context_names(named, casts, dict(inner)))
        return Selection(
            chosen=None if self.everything else frozenset((*shown, *casts)),
            inner=() if self.everything else inner,
            dynamic=None if self.everything else dynamic,
            explicit=True,
            names=(*names, *self.navigation),
            navigation=tuple(self.navigation),
            derived=derived if self.everything else tuple(self.narrowed),
        )

    def _inside(self) -> Iterator[tuple[str, Selection]]:
        """What is shown of complex values of which not everything is."""
        declared = {part.name: part for _, part in self.narrowed}
        for name, rests in self.paths.items():
            if all(rests):
                part = self.scope.property(name) or declared[name]
                yield name, _inside(part, rests, self.scope)


def _inside(part: Property, rests: Sequence[tuple[Name, ...]], scope: Scope) -> Selection:
    if not scope.request.schema.is_taken_apart(part.type):
        first = rests[0][0]
        raise NotSupported(
            f"'{first.name}' cannot be selected from '{part.name}', which is kept whole{scope.place(first.span)}.",
            hint=f"Select {part.name}.",
        )
    place = replace(scope, entity_type=part.type.name, entity_set=None)
    return _selection([SelectItem(rest, span=rest[0].span) for rest in rests], place)


def _context_names(named: Sequence[str], casts: Mapping[str, str], inner: Mapping[str, Selection]) -> Iterator[str]:
    for name in named:
        shown = f"{casts[name]}/{name}" if name in casts else name
        if name in inner:
            yield from (f"{shown}/{member}" for member in inner[name].names)
        else:
            yield shown


def _derived(scope: Scope) -> tuple[tuple[str, Property], ...]:
    """The properties that derived types add, each with the type that declares it."""
    schema = scope.request.schema
    types = schema.derived_from(scope.entity_type)
    return tuple((derived, part) for derived in types for part in next(schema.ancestry(derived)).properties)


def _selected_name(item: SelectItem, path: tuple[Name, ...], scope: Scope) -> str:
    """The property that an item names."""
    first = path[0]
    if item.wildcard or item.parameters is not None or "." in first.name:
        raise NotSupported(f"Operations in $select are not supported yet{scope.place(item.span)}.")
    declared, navigation = scope.property(first.name), scope.navigation(first.name)
    is_open = scope.request.schema.is_open(scope.entity_type)
    if declared is None and navigation is None and (not is_open or len(path) > 1):
        raise scope.unknown(first.name, first.span)
    is_complex = declared is not None and kind_of(declared.type) is None and not declared.type.collection
    if (len(path) > 1 and not is_complex) or item.options is not None:
        raise SemanticError(
            f"Nothing can follow '{first.name}' in $select{scope.place(item.span)}.",
            target=scope.target,
            hint=f"Write $expand={first.name}($select=…) for properties of a related entity." if navigation else None,
        )
    return first.name


def _names(path: Sequence[Name | AnnotationName], scope: Scope) -> tuple[Name, ...]:
    """The steps of a path, all of which are names."""
    names = tuple(step for step in path if isinstance(step, Name))
    if len(names) < len(path):
        raise NotSupported(f"Annotations in {scope.target} are not supported yet.", target=scope.target)
    return names


def _cast(path: tuple[Name, ...], scope: Scope) -> tuple[Scope, tuple[Name, ...]]:
    """The place behind the casts that a path begins with, and the rest of the path."""
    while len(path) > 1 and scope.request.schema.structured_type(path[0].name) is not None:
        scope, path = scope.narrowed(path[0].name, path[0].span), path[1:]
    return scope, path


def _expansions(items: Sequence[ExpandItem] | None, scope: Scope, depth: int) -> tuple[Expansion, ...]:
    if not items:
        return ()
    limit = scope.request.limits.max_expand_depth
    if limit and depth >= limit:
        raise LimitExceeded(
            f"$expand goes deeper than {limit} levels (--max-expand-depth).",
            target=scope.target,
            hint="Read the deeper entities in a request of their own.",
        )
    found: dict[str, Expansion] = {}
    for item in items:
        named = not item.wildcard
        here, path = _cast(_names(item.path, scope), scope)
        for navigation in _expanded(item, path, here):
            cast = here.entity_type if here is not scope else None
            name = navigation.name if cast is None else f"{cast}/{navigation.name}"
            if named and name in found and found[name].options.selection.explicit:
                raise SemanticError(f"'{name}' stands twice in $expand.", target=scope.target)
            if named or name not in found:
                found[name] = replace(_expansion(item, navigation, here, depth), cast=cast)
    return tuple(found.values())


def _expanded(item: ExpandItem, path: tuple[Name, ...], scope: Scope) -> tuple[NavigationProperty, ...]:
    """The navigation properties that an item names; a wildcard means those that lead somewhere."""
    if item.wildcard:
        known = scope.request.schema.navigation_properties(scope.entity_type).values()
        return tuple(part for part in known if scope.related(part) is not None)
    if not path:
        raise NotSupported(f"Media streams are not expanded yet{scope.place(item.span)}.", target=scope.target)
    navigation = scope.navigation(path[0].name)
    if navigation is None:
        declared = scope.property(path[0].name)
        if declared is not None and len(path) > 1 and _leads_on(declared, path[1].name, scope):
            raise scope.inside_complex(path[1].name, path[1].span)
        if declared is not None:
            raise SemanticError(
                f"'{path[0].name}' is no navigation property, so it is not expanded{scope.place(item.span)}.",
                target=scope.target,
                hint=f"Write $select={path[0].name}.",
            )
        raise scope.unknown(path[0].name, path[0].span)
    if len(path) > 1:
        raise NotSupported(
            f"Paths in $expand are not supported{scope.place(item.span)}.",
            hint=f"Write $expand={path[0].name}($expand={path[1].name}).",
        )
    return (navigation,)


def _leads_on(declared: Property, name: str, scope: Scope) -> bool:
    """Whether a value of a property has a navigation property of this name."""
    schema = scope.request.schema
    return schema.structured_type(declared.type.name) is not None and name in schema.navigation_properties(
        declared.type.name
    )


def _expansion(item: ExpandItem, navigation: NavigationProperty, scope: Scope, depth: int) -> Expansion:
    options = item.options or Options()
    check_options(options, _kind_of_expansion(item, navigation))
    if item.suffix == "$value" or (item.suffix == "$count" and not navigation.collection):
        raise SemanticError(f"{item.suffix} does not go with '{navigation.name}'.", target=scope.target)
    entity_set = scope.related(navigation)
    if entity_set is None:
        raise scope.leads_nowhere(navigation, item.span)
    inner = replace(
        scope, entity_type=navigation.target, entity_set=entity_set, target=f"{scope.target}/{navigation.name}"
    )
    return Expansion(navigation, scope.entity_type, entity_set, resolve_options(options, inner, depth + 1), item.suffix)


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
