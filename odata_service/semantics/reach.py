"""What entities are shown or chosen by beside their own values: navigation to others, and on from these.

A result may change without its own entities where it expands others or asks about them. How it reaches these says
which of its entities a change of another one is a change of (Protocol 11.3).
"""

from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from odata_service.edm.model import EntitySet, NavigationProperty, Schema
from odata_service.semantics.access import path_of
from odata_service.semantics.resolved import Expansion, Query, QueryOptions
from odata_service.semantics.tree import (
    Call,
    Constant,
    EntityOwner,
    Expression,
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


Computed = Mapping[tuple[str, str], Expression]
"""The values of properties that have an expression; see `semantics.computed_properties`."""


def chains_of(query: Query, schema: Schema, computed: Computed) -> tuple[Chain, ...] | None:
    """Every way that leads from the entities of a query to others that it depends on, each beside all its beginnings.

    What a `computed` property is shown or asked for, its value depends on, too. None where the query depends on what no
    such way leads to: on entities of `$root`, or on the time.
    """
    source = query.path.entity_set
    assert source is not None, "entities live somewhere"
    reached = _Reached(schema, source, computed)
    reached.options(query.options, ())
    for predicate in query.path.filters:
        reached.expression(predicate, (), {})
    return tuple(reached.chains) if reached.is_bounded else None


class _Reached(Struct):
    """The chains that have been met; keys of a dictionary, since each counts once."""

    schema: Schema
    source: EntitySet
    computed: Computed
    chains: dict[Chain, None] = field(default_factory=dict)
    is_bounded: bool = True

    def options(self, options: QueryOptions, chain: Chain) -> None:
        """What the options of the entities at the end of a chain ask for."""
        for part in (options.selection, options.filter, options.orderby, options.search):
            self.expression(part, chain, {})
        source = self._end(chain)
        for (name, path), value in self.computed.items():
            if name == source.name and options.selection.chooses(path.rpartition("/")[2]):
                self.expression(value, chain, {})
        for item in options.expand:
            self.expansion(item, chain)

    def expansion(self, item: Expansion, chain: Chain) -> None:
        assert item.entity_set is not None, "what leads nowhere is not expanded"
        hop = Hop(self._end(chain), item.source_type, item.navigation, item.entity_set)
        self.chains[*chain, hop] = None
        self.options(item.options, (*chain, hop))

    def expression(self, node: object, chain: Chain, variables: dict[int, Chain]) -> None:
        """What a node of an expression asks of others; `variables` are the chains of those around it, by depth."""
        match node:
            case None | str() | Constant() | Parameter():
                return
            case RootEntity() | SetMembers():
                self.is_bounded = False
                return
            case Call(name) if name in _CHANGING:
                self.is_bounded = False
                return
            case Members(NavigationMembers() as collection, variable):
                variables[variable.depth] = self._follow(collection, chain, variables)
            case Members(_, variable):
                variables[variable.depth] = chain
            case NavigationAccess():
                self._follow(node, chain, variables)
            case PropertyAccess(owner=None | Variable() | NavigationAccess() as owner):
                self._value(node, self._owner(owner, chain, variables))
        if isinstance(node, _WHOLE) or (isinstance(node, Struct) and not _is_expression(node)):
            return
        for part in parts_of(node):
            self.expression(part, chain, variables)

    def _value(self, access: PropertyAccess, chain: Chain) -> None:
        """What the value of a property depends on, where it is computed."""
        value = self.computed.get((self._end(chain).name, path_of(access)))
        if value is not None:
            self.expression(value, chain, {})

    def _follow(self, node: NavigationAccess | NavigationMembers, chain: Chain, variables: dict[int, Chain]) -> Chain:
        """The chain to what a navigation property leads to in an expression."""
        before = self._owner(node.owner, chain, variables)
        source = self._end(before)
        target = self.schema.target(source, node.source_type, node.navigation)
        assert target is not None, "the resolver refuses navigation that leads nowhere"
        found = (*before, Hop(source, node.source_type, node.navigation, target))
        self.chains[found] = None
        return found

    def _owner(self, owner: EntityOwner, chain: Chain, variables: dict[int, Chain]) -> Chain:
        match owner:
            case None:
                return chain
            case Variable(depth):
                return variables.get(depth, chain)
            case NavigationAccess():
                return self._follow(owner, chain, variables)
            case RootEntity():
                self.is_bounded = False
                return chain

    def _end(self, chain: Sequence[Hop]) -> EntitySet:
        return chain[-1].target if chain else self.source


def _is_expression(node: object) -> bool:
    return type(node).__module__.startswith("odata_service.semantics.")
