"""$select: what is shown of an instance (URL Conventions 5.1.4)."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.edm.json_text import write_exact
from odata_service.edm.model import Property
from odata_service.edm.types import TypeRef, kind_of
from odata_service.errors import NotSupported, SemanticError
from odata_service.semantics.access import access_of
from odata_service.semantics.advertised import advertised, advertised_in
from odata_service.semantics.annotation_parts import AnnotationParts
from odata_service.semantics.annotations import (
    annotations_of,
    is_dynamic,
    plain_value,
    resolve_annotation,
    stated_with,
)
from odata_service.semantics.options import check_options, collection_of_values
from odata_service.semantics.promotion import bare
from odata_service.semantics.property_path import follow, instance_of
from odata_service.semantics.resolved import Advertised, Arrangement, QueryOptions, Selection, ShownAnnotation
from odata_service.semantics.result_selection import select_members
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Expression, Members, PropertyAccess, Variable
from odata_service.semantics.within import asks_inside
from odata_service.url.syntax import AnnotationName, Name, Options, SelectItem

Resolve = Callable[[Options, Scope, int], QueryOptions]
"""How nested options are resolved at a depth."""

Item = tuple[tuple[Name | AnnotationName, ...], Options | None]
"""What stands behind the first name of a path, and the options behind the whole."""

Named = tuple[str | None, str]
"""The type of the casts before a property, and its name."""


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
    """The items of one $select, sorted by what they name: properties by the type of a cast before them, and their name.

    `annotations` have the parts that are shown of each, `worked_out` are those that differ from instance to instance,
    and `said` the paths of all of them.
    """

    scope: Scope
    depth: int
    resolve: Resolve
    everything: bool = False
    paths: dict[Named, list[Item]] = field(default_factory=dict)
    navigation: dict[str, None] = field(default_factory=dict)
    added: dict[str, None] = field(default_factory=dict)
    computed: dict[str, None] = field(default_factory=dict)
    told: dict[str, tuple[Advertised, ...]] = field(default_factory=dict)
    annotations: dict[ShownAnnotation, AnnotationParts] = field(default_factory=dict)
    worked_out: dict[str, Expression] = field(default_factory=dict)
    said: dict[str, None] = field(default_factory=dict)

    def add(self, item: SelectItem) -> None:
        """Takes one item in."""
        if any(isinstance(step, AnnotationName) for step in item.path):
            self._add_annotation(item)
            return
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
        if item.wildcard and not path:
            self.everything = True
            self.computed |= dict.fromkeys(name for name, _ in self.scope.computed)
            return
        if len(path) == 1 and item.options is None and self.scope.computed_value(path[0].name) is not None:
            self.computed[path[0].name] = None
            return
        self._add_property(item, path, here)

    def _add_property(self, item: SelectItem, path: tuple[Name, ...], here: Scope) -> None:
        name = _selected_name(item, path, here)
        if here.navigation(name) is not None:
            self.navigation[name] = None
        elif len(path) == 1 and _is_complex(path, here) and _selects_alone(item.options):
            self._add_inner(item, path)
        else:
            self.paths.setdefault((self._owner(name, here), name), []).append((path[1:], item.options))

    def _owner(self, name: str, here: Scope) -> str | None:
        """The type of the casts before a property that alone shows it, None where all instances do."""
        return here.entity_type if here is not self.scope and here.property(name) is not None else None

    def _add_operation(self, item: SelectItem, path: tuple[Name, ...], here: Scope) -> None:
        name = path[0].name
        if len(path) > 1 or item.options is not None or item.wildcard:
            raise SemanticError(
                f"Nothing can follow the operation '{name}' in $select{here.place(item.span)}.", target=here.target
            )
        shown = name if item.parameters is None else f"{name}({','.join(item.parameters)})"
        cast = "" if here is self.scope else f"{here.entity_type}/"
        self.told[cast + shown] = advertised(item, name, here)

    def _add_annotation(self, item: SelectItem) -> None:
        """What the model says with a term, of the instance, of a property, or of a complex value inside."""
        number = next(place for place, step in enumerate(item.path) if isinstance(step, AnnotationName))
        before, last, rest = item.path[:number], item.path[number], item.path[number + 1 :]
        assert isinstance(last, AnnotationName), "it has been found"
        here, path = self.scope, path_names(before, self.scope)
        while path and here.request.schema.structured_type(path[0].name) is not None:
            here, path = here.narrowed(path[0].name, path[0].span), path[1:]
        first = path[0] if path else None
        declared = None if first is None else here.property(first.name)
        if first is not None and declared is not None and _is_inside(declared.type, path):
            found = ((*path[1:], last, *rest), item.options)
            self.paths.setdefault((self._owner(first.name, here), first.name), []).append(found)
            return
        place = instance_of(here)
        for name in path:
            place = follow(name.name, name.span, place)
        stated = stated_with(last, annotations_of(place))
        term = last.name if last.qualifier is None else f"{last.name}#{last.qualifier}"
        owner = here.entity_type if here is not self.scope else None
        shown = ShownAnnotation(term, "", None if first is None else first.name, owner)
        self.said["/".join((*(step.name for step in before), f"@{term}", *(step.name for step in rest)))] = None
        if stated is not None and is_dynamic(stated.value):
            if item.options is not None:
                raise SemanticError(
                    f"The value of '@{term}' is a single one, which takes no options{here.place(last.span)}.",
                    target=here.target,
                    hint="Leave them out.",
                )
            self.worked_out[shown.name] = resolve_annotation(last, place, here, rest)
        elif stated is not None:
            parts = self.annotations.setdefault(shown, AnnotationParts(plain_value(stated, last, here)))
            parts.add(path_names(rest, here), item.options, here)

    def _add_inner(self, item: SelectItem, path: tuple[Name, ...]) -> None:
        """A complex value with nothing but a $select of its own."""
        assert item.options is not None, "it is asked for where there are some"
        selected = item.options.select or ()
        if any(inner.wildcard and not inner.path for inner in selected):
            self.add(replace(item, options=None))
            return
        for inner in selected:
            self.add(replace(inner, path=(*item.path, *inner.path)))

    def selection(self, derived: tuple[tuple[str, Property], ...]) -> Selection:
        """What they show together."""
        declared = self.scope.request.schema.properties(self.scope.entity_type)
        inner = tuple(self._inside())
        shown = [(None, name) for name in declared if (None, name) in self.paths]
        casts = [(owner, name) for owner, name in self.paths if owner is not None and not self._is_whole((None, name))]
        dynamic = tuple(name for owner, name in self.paths if owner is None and name not in declared)
        named = (*shown, *casts, *((None, name) for name in dynamic))
        names = ("*",) if self.everything else tuple(_context_names(named, dict(inner)))
        narrowed = tuple((owner, part) for owner, name in casts if owner and (part := self._part((owner, name))))
        return Selection(
            chosen=None if self.everything else frozenset(name for _, name in shown),
            inner=tuple(part for part in inner if part[1].arrangement is not None) if self.everything else inner,
            dynamic=None if self.everything else dynamic,
            explicit=True,
            names=(*names, *self.computed, *self.navigation, *self.added, *self.told, *self.said),
            operations=tuple(dict.fromkeys(known for found in self.told.values() for known in found)),
            navigation=tuple(self.navigation),
            derived=derived if self.everything else narrowed,
            computed=(
                *((name, value) for name, value in self.scope.computed if name in self.computed),
                *self.worked_out.items(),
            ),
            annotations=tuple(
                replace(known, value=write_exact(parts.shown())) for known, parts in self.annotations.items()
            ),
        )

    def _is_whole(self, named: Named) -> bool:
        """Whether a property is named without anything behind it."""
        return any(not rest and options is None for rest, options in self.paths.get(named, ()))

    def _part(self, named: Named) -> Property | None:
        owner, name = named
        return self.scope.request.schema.properties(owner or self.scope.entity_type).get(name)

    def _inside(self) -> Iterator[tuple[str, Selection]]:
        """What is shown of complex values of which not everything is; behind a cast also what all instances show."""
        for named, own in self.paths.items():
            owner, name = named
            part, items = self._part(named), [*(self.paths.get((None, name), ()) if owner else ()), *own]
            if part is None:
                continue
            path = name if owner is None else f"{owner}/{name}"
            if part.type.collection and any(rest or options for rest, options in items):
                yield path, self._of_members(part, self._options(part, items))
            elif all(rest or options for rest, options in items):
                yield path, self._of_value(part, owner, self._options(part, items))

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

    def _of_value(self, part: Property, owner: str | None, options: Options) -> Selection:
        """What is shown of a complex value."""
        check_options(options, "a complex value")
        scope, schema = self.scope, self.scope.request.schema
        base = _base(scope)
        access = access_of(part, owner or scope.entity_type, base, scope.holder, schema)
        place = inside_value(access, scope if scope.instance is None else scope.around, scope)
        return self.resolve(options, place, self.depth + 1).selection

    def _of_members(self, part: Property, options: Options) -> Selection:
        """What is shown of the members of a collection, and which of them."""
        check_options(options, collection_of_values(part.type))
        variable = Variable(self.scope.depth + 1, bare(part.type.element))
        scope = self.scope
        access = access_of(part, scope.entity_type, _base(scope), scope.holder, scope.request.schema)
        place = replace(scope.among(Members(access, variable)), target=f"{scope.target}/{part.name}")
        return arranged(variable, self.resolve(options, place, self.depth + 1))


def inside_value(value: PropertyAccess, around: Scope | None, scope: Scope) -> Scope:
    """The place of a complex value, of the entity `around` or of a member of a collection."""
    holder, outermost = value.property.type.name, scope.outermost or scope
    inner = replace(scope, entity_type=holder, entity_set=None, instance=value, around=around)
    return replace(inner, outermost=outermost, computed=())


def _base(scope: Scope) -> str:
    """The type that instances are kept as."""
    if isinstance(scope.instance, PropertyAccess):
        return scope.instance.property.type.name
    return scope.entity_type if scope.entity_set is None else scope.entity_set.entity_type


def _selects_alone(options: Options | None) -> bool:
    """Whether there are options, and none but $select."""
    return options is not None and replace(options, select=None) == Options()


def _is_inside(type_ref: TypeRef, path: Sequence[Name]) -> bool:
    """Whether what is said at the end of a path stands in the objects of its first property."""
    return kind_of(type_ref.element) is None and (len(path) > 1 or not type_ref.collection)


def arranged(variable: Variable, options: QueryOptions) -> Selection:
    """What the options of a collection of values show of it; `variable` is what they speak of."""
    arrangement = Arrangement(variable, options.where, options.orderby, options.skip, options.top, options.count)
    selection = options.selection
    is_plain = arrangement == Arrangement(variable) and not asks_inside(selection)
    return selection if is_plain else replace(selection, arrangement=arrangement)


def _context_names(named: Sequence[Named], inner: Mapping[str, Selection]) -> Iterator[str]:
    for owner, name in named:
        shown = name if owner is None else f"{owner}/{name}"
        members = inner[shown].names if shown in inner else ()
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
