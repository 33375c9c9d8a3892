"""$select: what is shown of an instance (URL Conventions 5.1.4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.model import Property
from odata_service.edm.types import kind_of
from odata_service.errors import NotSupported, SemanticError
from odata_service.semantics.advertised import advertised, advertised_in
from odata_service.semantics.options import check_options, collection_of_values
from odata_service.semantics.promotion import bare
from odata_service.semantics.resolved import Advertised, Arrangement, QueryOptions, Selection
from odata_service.semantics.result_selection import select_members
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Variable
from odata_service.url.syntax import AnnotationName, Name, Options, SelectItem

Resolve = Callable[[Options, Scope, int], QueryOptions]
"""How nested options are resolved at a depth."""

Item = tuple[tuple[Name, ...], Options | None]
"""What stands behind the first name of a path, and the options behind the whole."""


def _unresolved(_: Options, scope: Scope, __: int) -> QueryOptions:
    """What transformations have nested is shown as it is."""
    raise NotSupported(
        "Options inside $select do not go with what $apply has nested.",
        target=scope.target,
        hint="Write transformations that leave the members.",
    )


def selection_of(
    items: Sequence[SelectItem] | None, scope: Scope, depth: int = 0, resolve: Resolve = _unresolved
) -> Selection:
    """What $select names, in order of declaration; a path into a complex value shows that member of it alone."""
    if scope.result is not None and not scope.result.whole:
        return select_members(items, scope)
    derived = _derived(scope)
    if items is None:
        names = ("*", *(name for name, _ in scope.computed)) if scope.computed else ()
        return Selection(derived=derived, explicit=bool(names), names=names, computed=scope.computed)
    chosen = _Chosen(scope, depth, resolve)
    for item in items:
        chosen.add(item)
    return chosen.selection(derived)


class _Chosen(Struct):
    """The items of one $select, sorted by what they name."""

    scope: Scope
    depth: int
    resolve: Resolve
    everything: bool = False
    paths: dict[str, list[Item]] = field(default_factory=dict)
    narrowed: dict[tuple[str, Property], None] = field(default_factory=dict)
    navigation: dict[str, None] = field(default_factory=dict)
    added: dict[str, None] = field(default_factory=dict)
    computed: dict[str, None] = field(default_factory=dict)
    told: dict[str, tuple[Advertised, ...]] = field(default_factory=dict)

    def add(self, item: SelectItem) -> None:
        """Takes one item in."""
        here, path = behind_casts(path_names(item.path, self.scope), self.scope)
        if len(path) == 1 and _is_given(path[0].name, self.scope):
            self.added[path[0].name] = None
            return
        if item.namespace is not None:
            self.told[f"{item.namespace}.*"] = advertised_in(item.namespace, self.scope)
            return
        if path and "." in path[0].name:
            self._add_operation(item, path, here)
            return
        if item.options is not None and len(path) == 1 and _is_complex(path, here):
            self._add_inner(item, path)
            return
        if item.wildcard and not path:
            self.everything = True
            self.computed |= dict.fromkeys(name for name, _ in self.scope.computed)
            return
        if len(path) == 1 and item.options is None and self.scope.computed_value(path[0].name) is not None:
            self.computed[path[0].name] = None
            return
        name = _selected_name(item, path, here)
        part = here.property(name)
        if here.navigation(name) is not None:
            self.navigation[name] = None
            return
        if part is not None and name not in self.scope.request.schema.properties(self.scope.entity_type):
            self.narrowed[here.entity_type, part] = None
        self.paths.setdefault(name, []).append((path[1:], item.options))

    def _add_operation(self, item: SelectItem, path: tuple[Name, ...], here: Scope) -> None:
        name = path[0].name
        if len(path) > 1 or item.options is not None or item.wildcard:
            raise SemanticError(
                f"Nothing can follow the operation '{name}' in $select{here.place(item.span)}.", target=here.target
            )
        shown = name if item.parameters is None else f"{name}({','.join(item.parameters)})"
        cast = "" if here is self.scope else f"{here.entity_type}/"
        self.told[cast + shown] = advertised(item, name, here)

    def _add_inner(self, item: SelectItem, path: tuple[Name, ...]) -> None:
        """A complex value with options of its own: what they select of it."""
        options = item.options
        assert options is not None, "it is asked for where there are some"
        if replace(options, select=None) != Options():
            raise NotSupported(
                f"A complex value takes no option but $select{self.scope.place(item.span)}.", target=self.scope.target
            )
        if any(inner.wildcard and not inner.path for inner in options.select or ()):
            self.add(replace(item, options=None))
            return
        for inner in options.select or ():
            self.add(replace(inner, path=(*item.path, *inner.path)))

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
            inner=tuple(part for part in inner if part[1].arrangement is not None) if self.everything else inner,
            dynamic=None if self.everything else dynamic,
            explicit=True,
            names=(*names, *self.computed, *self.navigation, *self.added, *self.told),
            operations=tuple(dict.fromkeys(known for found in self.told.values() for known in found)),
            navigation=tuple(self.navigation),
            derived=derived if self.everything else tuple(self.narrowed),
            computed=tuple((name, value) for name, value in self.scope.computed if name in self.computed),
        )

    def _inside(self) -> Iterator[tuple[str, Selection]]:
        """What is shown of complex values of which not everything is."""
        declared = {part.name: part for _, part in self.narrowed}
        for name, items in self.paths.items():
            part = self.scope.property(name) or declared.get(name)
            if part is None:
                continue
            if part.type.collection and any(rest or options for rest, options in items):
                yield name, self._of_members(part, self._options(part, items))
            elif all(rest or options for rest, options in items):
                place = replace(self.scope, entity_type=part.type.name, entity_set=None, computed=())
                options = self._options(part, items)
                check_options(options, "a complex value")
                inner = selection_of(options.select, place, self.depth, self.resolve)
                yield name, kept_whole(inner, self.scope) if not _is_taken_apart(part, self.scope) else inner

    def _options(self, part: Property, items: Sequence[Item]) -> Options:
        """What the items that begin with a property ask of it together."""
        stated = [options for rest, options in items if not rest and options is not None]
        inner = [SelectItem(rest, options=options, span=rest[0].span) for rest, options in items if rest]
        if len(stated) > 1 or (stated and any(not rest and options is None for rest, options in items)):
            raise SemanticError(
                f"'{part.name}' stands twice in {self.scope.target}.",
                target=self.scope.target,
                hint="Put all its options into one pair of parentheses.",
            )
        options = stated[0] if stated else Options()
        return replace(options, select=(*(options.select or ()), *inner)) if inner else options

    def _of_members(self, part: Property, options: Options) -> Selection:
        """What is shown of the members of a collection, and which of them."""
        check_options(options, collection_of_values(part.type))
        refuse_compute(options, self.scope)
        variable = Variable(self.scope.depth + 1, bare(part.type.element))
        place = replace(self.scope.inside(variable), target=f"{self.scope.target}/{part.name}")
        return arranged(variable, self.resolve(options, place, self.depth + 1), place)


def refuse_compute(options: Options, scope: Scope) -> None:
    """Refuses to work out values for members of collections of values."""
    if options.compute is not None:
        raise NotSupported(
            "$compute for the members of a collection of values is not supported yet.",
            target=scope.target,
            hint="Write the expression into $filter or $orderby.",
        )


def _is_taken_apart(part: Property, scope: Scope) -> bool:
    return scope.request.schema.is_taken_apart(part.type)


def kept_whole(selection: Selection, scope: Scope) -> Selection:
    """What is shown of a value that is kept whole: of collections inside it all members."""
    for name, inner in selection.inner:
        if inner.arrangement is not None:
            raise NotSupported(
                f"'{name}' is a collection inside a value that is kept whole, so its members are not told apart.",
                target=scope.target,
                hint=f"Leave out its options but $select, or filter by {name}/any(…).",
            )
        kept_whole(inner, scope)
    return selection


def arranged(variable: Variable, options: QueryOptions, scope: Scope) -> Selection:
    """What the options of a collection of values show of it; `variable` is what they speak of."""
    arrangement = Arrangement(variable, options.where, options.orderby, options.skip, options.top, options.count)
    selection = kept_whole(options.selection, scope)
    return selection if arrangement == Arrangement(variable) else replace(selection, arrangement=arrangement)


def _context_names(named: Sequence[str], casts: Mapping[str, str], inner: Mapping[str, Selection]) -> Iterator[str]:
    for name in named:
        shown = f"{casts[name]}/{name}" if name in casts else name
        members = inner[name].names if name in inner else ()
        if members and "*" not in members:
            yield from (f"{shown}/{member}" for member in members)
        else:
            yield shown


def _is_given(name: str, scope: Scope) -> bool:
    """Whether $apply has given the instances something of this name."""
    return scope.is_added(name) or scope.is_nested(name) or scope.relation(name) is not None


def _derived(scope: Scope) -> tuple[tuple[str, Property], ...]:
    """The properties that derived types add, each with the type that declares it."""
    schema = scope.request.schema
    types = schema.derived_from(scope.entity_type)
    return tuple((derived, part) for derived in types for part in next(schema.ancestry(derived)).properties)


def _is_complex(path: tuple[Name, ...], scope: Scope) -> bool:
    """Whether a path is that of a complex value whose members are known."""
    declared = scope.property(path[0].name) if path else None
    return declared is not None and scope.request.schema.is_taken_apart(declared.type)


def _selected_name(item: SelectItem, path: tuple[Name, ...], scope: Scope) -> str:
    """The property that an item names."""
    first = path[0]
    if item.wildcard or item.parameters is not None:
        raise SemanticError(
            f"'{first.name}' is no operation{scope.place(item.span)}.",
            target=scope.target,
            hint="Write the qualified name of an operation, or the name of a property alone.",
        )
    declared, navigation = scope.property(first.name), scope.navigation(first.name)
    is_open = scope.request.schema.is_open(scope.entity_type)
    if declared is None and navigation is None and (not is_open or len(path) > 1):
        raise scope.unknown(first.name, first.span)
    is_complex = declared is not None and kind_of(declared.type.element) is None
    takes_options = declared is not None and (is_complex or declared.type.collection)
    if (len(path) > 1 and not is_complex) or (item.options is not None and not takes_options):
        raise SemanticError(
            f"Nothing can follow '{first.name}' in $select{scope.place(item.span)}.",
            target=scope.target,
            hint=f"Write $expand={first.name}($select=…) for properties of a related entity." if navigation else None,
        )
    return first.name


def path_names(path: Sequence[Name | AnnotationName], scope: Scope) -> tuple[Name, ...]:
    """The steps of a path, all of which are names."""
    names = tuple(step for step in path if isinstance(step, Name))
    if len(names) < len(path):
        raise NotSupported(f"Annotations in {scope.target} are not supported yet.", target=scope.target)
    return names


def behind_casts(path: tuple[Name, ...], scope: Scope) -> tuple[Scope, tuple[Name, ...]]:
    """The place behind the casts that a path begins with, and the rest of the path."""
    while len(path) > 1 and scope.request.schema.structured_type(path[0].name) is not None:
        scope, path = scope.narrowed(path[0].name, path[0].span), path[1:]
    return scope, path
