"""What entities are shown or chosen by beside their own values: navigation to others, and on from these.

A result may change without its own entities where it expands others or asks about them. How it reaches these says
which of its entities a change of another one is a change of (Protocol 11.3). What it asks of `$root` belongs to none of
its entities: any change there may change all of it. What it compares with `now()` changes as time goes by.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct, field

from odata_service.edm.model import EntitySet, NavigationProperty, Schema
from odata_service.semantics.access import path_of
from odata_service.semantics.resolved import Expansion, Query, QueryOptions
from odata_service.semantics.tree import (
    Call,
    CodeCall,
    Constant,
    EntityOwner,
    Expression,
    KeyValue,
    Members,
    NavigationAccess,
    NavigationMembers,
    Parameter,
    PropertyAccess,
    RootEntity,
    SetMembers,
    Variable,
)
from odata_service.semantics.walk import parts_of

_CHANGING = frozenset({"now"})
"""Functions that give another value without any change of entities."""
_WHOLE = (Constant, Parameter, EntitySet, NavigationProperty)
"""Nodes that hold no others of interest."""


class Hop(Struct, frozen=True):
    """A navigation property that entities of `owner` in a source have, and the source that it leads to."""

    source: EntitySet
    owner: str
    navigation: NavigationProperty
    target: EntitySet


Chain = tuple[Hop, ...]


class Root(Struct, frozen=True):
    """What `$root` leads to: a source, or one entity of it, by its key."""

    source: EntitySet
    key: tuple[KeyValue, ...] = ()


Computed = Mapping[tuple[str, str], Expression]
"""The values of properties that have an expression; see `semantics.computed_properties`."""


class Reach(Struct, frozen=True):
    """What a result depends on.

    `chains` are all ways that lead from its entities to others, each beside all its beginnings. So are those of each of
    the `roots`. `is_timed` tells that its own condition asks for the time.
    """

    chains: tuple[Chain, ...] = ()
    roots: tuple[tuple[Root, tuple[Chain, ...]], ...] = ()
    is_timed: bool = False


def reach_of(query: Query, schema: Schema, computed: Computed) -> Reach | None:
    """What a query depends on; what a `computed` property is shown or asked for, its value depends on, too.

    None where that cannot be followed: the time in anything but the condition of the result itself, one that asks
    code beside it, entities of `$root` by keys that are worked out.
    """
    source = query.path.entity_set
    assert source is not None, "entities live somewhere"
    reached = _Reached(schema, source, computed)
    with reached.choosing():
        for predicate in (*query.path.filters, query.options.filter):
            reached.expression(predicate, _Way(), {})
    reached.options(query.options, _Way(), filtered=False)
    return reached.found()


def is_of_its_own(condition: Expression, source: EntitySet, schema: Schema, computed: Computed) -> bool:
    """Whether a condition over entities of a source depends on nothing but these themselves."""
    reached = _Reached(schema, source, computed)
    with reached.choosing():
        reached.expression(condition, _Way(), {})
    return reached.found() == Reach() and not reached.asks_code


class _Way(Struct, frozen=True):
    """A chain from the entities of a result, or from what `$root` leads to."""

    chain: Chain = ()
    root: Root | None = None


class _Reached(Struct):
    """The chains that have been met; keys of dictionaries, since each counts once."""

    schema: Schema
    source: EntitySet
    computed: Computed
    chains: dict[Chain, None] = field(default_factory=dict)
    roots: dict[Root, dict[Chain, None]] = field(default_factory=dict)
    is_bounded: bool = True
    is_timed: bool = False
    asks_code: bool = False
    chooses: bool = False

    def found(self) -> Reach | None:
        """All that has been met."""
        if not self.is_bounded or (self.is_timed and self.asks_code):
            return None
        roots = tuple((root, tuple(chains)) for root, chains in self.roots.items())
        return Reach(tuple(self.chains), roots, self.is_timed)

    @contextmanager
    def choosing(self) -> Iterator[None]:
        """The time in which the condition of the result is looked at."""
        self.chooses = True
        yield
        self.chooses = False

    def options(self, options: QueryOptions, way: _Way, *, filtered: bool = True) -> None:
        """What the options of the entities at the end of a way ask for, their filter only where it is asked for."""
        filters = (options.filter,) if filtered else ()
        for part in (options.selection, *filters, options.orderby, options.search):
            self.expression(part, way, {})
        source = self._end(way)
        for (name, path), value in self.computed.items():
            if name == source.name and options.selection.chooses(path.rpartition("/")[2]):
                self.expression(value, way, {})
        for item in options.expand:
            self.expansion(item, way)

    def expansion(self, item: Expansion, way: _Way) -> None:
        assert item.entity_set is not None, "what leads nowhere is not expanded"
        hop = Hop(self._end(way), item.source_type, item.navigation, item.entity_set)
        self.options(item.options, self._on(way, hop))

    def expression(self, node: object, way: _Way, variables: dict[int, _Way]) -> None:
        """What a node of an expression asks of others; `variables` are the ways to those around it, by depth."""
        match node:
            case None | str() | Constant() | Parameter():
                return
            case RootEntity() | SetMembers():
                self._begin(node)
                return
            case CodeCall() | Call():
                self._called(node)
            case Members(collection, variable):
                variables[variable.depth] = self._members(collection, way, variables)
            case NavigationAccess():
                self._follow(node, way, variables)
            case PropertyAccess(owner=None | Variable() | NavigationAccess() | RootEntity() as owner):
                self._value(node, self._owner(owner, way, variables))
        if isinstance(node, _WHOLE) or (isinstance(node, Struct) and not _is_expression(node)):
            return
        for part in parts_of(node):
            self.expression(part, way, variables)

    def _called(self, node: CodeCall | Call) -> None:
        """What a call gives beside what it is made of: another value at another time, or what code says."""
        if isinstance(node, CodeCall):
            self.asks_code = self.asks_code or self.chooses
        elif node.name in _CHANGING:
            self.is_timed, self.is_bounded = True, self.is_bounded and self.chooses

    def _members(self, collection: object, way: _Way, variables: dict[int, _Way]) -> _Way:
        """The way to the members of a collection; values are those of what has them."""
        if isinstance(collection, NavigationMembers):
            return self._follow(collection, way, variables)
        return self._begin(collection) if isinstance(collection, SetMembers) else way

    def _value(self, access: PropertyAccess, way: _Way) -> None:
        """What the value of a property depends on, where it is computed."""
        value = self.computed.get((self._end(way).name, path_of(access)))
        if value is not None:
            self.expression(value, way, {})

    def _follow(self, node: NavigationAccess | NavigationMembers, way: _Way, variables: dict[int, _Way]) -> _Way:
        """The way to what a navigation property leads to in an expression."""
        before = self._owner(node.owner, way, variables)
        source = self._end(before)
        target = self.schema.target(source, node.source_type, node.navigation)
        assert target is not None, "the resolver refuses navigation that leads nowhere"
        return self._on(before, Hop(source, node.source_type, node.navigation, target))

    def _owner(self, owner: EntityOwner, way: _Way, variables: dict[int, _Way]) -> _Way:
        match owner:
            case None:
                return way
            case Variable(depth):
                return variables.get(depth, way)
            case NavigationAccess():
                return self._follow(owner, way, variables)
            case RootEntity():
                return self._begin(owner)

    def _begin(self, node: RootEntity | SetMembers) -> _Way:
        """The way that begins at what `$root` leads to."""
        source = self.schema.source(node.source)
        assert source is not None, "the resolver knows the sources"
        key = node.key if isinstance(node, RootEntity) else ()
        if not all(isinstance(part.value, Constant | Parameter) for part in key):
            self.is_bounded = False
        root = Root(source, key)
        self.roots.setdefault(root, {})
        return _Way((), root)

    def _on(self, way: _Way, hop: Hop) -> _Way:
        found = _Way((*way.chain, hop), way.root)
        (self.chains if way.root is None else self.roots[way.root])[found.chain] = None
        return found

    def _end(self, way: _Way) -> EntitySet:
        if way.chain:
            return way.chain[-1].target
        return self.source if way.root is None else way.root.source


def _is_expression(node: object) -> bool:
    return type(node).__module__.startswith("odata_service.semantics.")
