"""$select: what is shown of an instance (URL Conventions 5.1.4)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from odata_service.edm.model import Property
from odata_service.edm.types import kind_of
from odata_service.errors import NotSupported, SemanticError
from odata_service.semantics.advertised import advertised, advertised_in
from odata_service.semantics.resolved import Advertised, Selection
from odata_service.semantics.result_selection import select_members
from odata_service.semantics.scope import Scope
from odata_service.url.syntax import AnnotationName, Name, Options, SelectItem


def selection_of(items: Sequence[SelectItem] | None, scope: Scope) -> Selection:
    """What $select names, in order of declaration; a path into a complex value shows that member of it alone."""
    if scope.result is not None and not scope.result.whole:
        return select_members(items, scope)
    derived = _derived(scope)
    if items is None:
        names = ("*", *(name for name, _ in scope.computed)) if scope.computed else ()
        return Selection(derived=derived, explicit=bool(names), names=names, computed=scope.computed)
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
        if item.options is not None and _is_complex(path, here):
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
        self.paths.setdefault(name, []).append(path[1:])

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
            inner=() if self.everything else inner,
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
    place = replace(scope, entity_type=part.type.name, entity_set=None, computed=())
    return selection_of([SelectItem(rest, span=rest[0].span) for rest in rests], place)


def _context_names(named: Sequence[str], casts: Mapping[str, str], inner: Mapping[str, Selection]) -> Iterator[str]:
    for name in named:
        shown = f"{casts[name]}/{name}" if name in casts else name
        if name in inner:
            yield from (f"{shown}/{member}" for member in inner[name].names)
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
    is_complex = declared is not None and kind_of(declared.type) is None and not declared.type.collection
    if (len(path) > 1 and not is_complex) or item.options is not None:
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
