"""The typed transformations of $apply, and what instances have behind each (Data Aggregation 3).

The result of a transformation has a type of its own: `Result` says which properties it has. A property is the access
by which expressions refer to it, so that `Customer/Country` is one thing before and behind a `groupby`.
"""

from typing import ClassVar

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.aggregation import AggregationMethod
from odata_service.edm.model import EntitySet, NavigationProperty, Property
from odata_service.edm.types import INT64, TypeRef
from odata_service.semantics.access import chain_of
from odata_service.semantics.promotion import bare
from odata_service.semantics.resolved import Expansion, NavigationStep, OperationCall, OrderItem, ResourcePath
from odata_service.semantics.tree import Constant, Expression, NavigationAccess, PropertyAccess
from odata_service.structs import PartlyCompared


class Related(Struct, frozen=True):
    """A single entity that instances have: one that groups are made by, or a member of a collection that was joined.

    `key` are the properties that tell it from others. No type declares the navigation property of a `dynamic` one.
    `result` is what it has: an entity still, or what transformations have made of one.
    """

    access: NavigationAccess
    source: EntitySet
    key: tuple[PropertyAccess, ...]
    dynamic: bool = False
    result: "Result | None" = None

    @property
    def whole(self) -> bool:
        """Whether it is an entity still."""
        return self.result is None or self.result.whole

    def holds(self, access: PropertyAccess | NavigationAccess) -> bool:
        """Whether a path leads through it."""
        return self.access in chain_of(access)


class Result(Struct, frozen=True):
    """What instances have: with `whole` they are entities still and `members` stand beside what these have.

    `members` are the grouping properties and aliases in their order; `added` are those that no type declares. `related`
    are the single entities that groups are made by or that have been joined; their keys are among the members. `nested`
    is what `nest` and `addnested` have put inside. `replaced` are members of entities that are not what these have: the
    nodes of the groups that they are in, and what tells apart several of the same. `expanded` are navigation properties
    that are shown where nothing else is asked for, `paths` what instances are annotated with. `derived` are properties
    of entities that tell here where these stand.
    """

    members: tuple[PropertyAccess, ...] = ()
    whole: bool = True
    added: frozenset[PropertyAccess] = frozenset()
    related: tuple[Related, ...] = ()
    nested: tuple[Expansion, ...] = ()
    replaced: tuple[PropertyAccess, ...] = ()
    expanded: tuple[Expansion, ...] = ()
    paths: "tuple[UpPath, ...]" = ()
    derived: tuple[PropertyAccess, ...] = ()

    @property
    def is_told(self) -> bool:
        """Whether entities are told of something that they have otherwise, so that they stand for none."""
        return any(not is_hidden(member) for member in self.replaced)

    def member(self, name: str) -> PropertyAccess | None:
        """The member of the instance itself that has this name."""
        return next((known for known in self.members if known.owner is None and known.property.name == name), None)

    def relation(self, name: str) -> Related | None:
        """The related entity of the instance itself that has this name."""
        return next(
            (known for known in self.related if known.access.owner is None and known.access.navigation.name == name),
            None,
        )

    def around(self, access: PropertyAccess | NavigationAccess) -> tuple[Related, ...]:
        """The related entities that a path leads through."""
        return tuple(known for known in self.related if known.holds(access))

    def has(self, access: PropertyAccess | NavigationAccess) -> bool:
        """Whether the instances still have a property."""
        if access in self.members:
            return True
        around = self.around(access)
        return any(known.whole for known in around) if around else self.whole

    @property
    def values(self) -> tuple[PropertyAccess, ...]:
        """The members that stand in the instance itself, and not in an entity that it has."""
        own = (member for member in self.members if not self.around(member))
        return tuple(member for member in own if not (self.whole and member in (*self.replaced, *self.derived)))


ENTITIES = Result()
"""What stands before the first transformation: the entities themselves."""


class Aggregate(Struct, frozen=True):
    """One aggregate: `method` is that of the standard or `count`; without an operand the instances are counted.

    `custom` is the method where it is one of the service.

    `path` leads through collections to the entities that the operand belongs to. `source` is what is made of the
    instances first, for this aggregate alone. With `each` it is one of every instance by itself. A `named` one is what
    the service says of a custom aggregate.
    """

    alias: PropertyAccess
    method: str
    operand: Expression | None = None
    path: tuple[NavigationStep, ...] = ()
    source: "Transformations" = ()
    each: bool = False
    custom: AggregationMethod | None = None
    named: bool = False


class Aggregating(Struct, frozen=True):
    """One instance with the aggregates of all."""

    items: tuple[Aggregate, ...]


class Spread(Struct, frozen=True):
    """The groups of a recursive hierarchy: one for each node, of the instances at it and below it.

    `member` names the node of an instance, `mark` that of a group while its sequence runs; `subset` leaves some of the
    nodes. Where that ends with a traversal, nodes are groups for each of its ways to them, which are told apart by
    `way`. What comes out is told of the node by `related`, by `member`, or, with `whole`, it is the node.
    """

    hierarchy: "Hierarchy"
    member: PropertyAccess
    mark: PropertyAccess
    subset: "Transformations" = ()
    related: Related | None = None
    whole: bool = False
    way: tuple[PropertyAccess, ...] = ()

    @property
    def keys(self) -> tuple[PropertyAccess, ...]:
        """What groups are made by."""
        return (self.mark, *self.way)


class Gathering(Struct, frozen=True):
    """Every instance with aggregates of all of them, for expressions behind it alone: no result shows them."""

    items: tuple[Aggregate, ...]


class Grouping(Struct, frozen=True):
    """What a sequence makes of each group, with the properties it is grouped by; without a sequence these alone.

    `related` are the entities that it is grouped by, whose keys are among the properties, as are the marks of
    `spreads`.
    """

    keys: tuple[PropertyAccess, ...]
    steps: "Transformations | None" = None
    related: tuple[Related, ...] = ()
    spreads: tuple[Spread, ...] = ()

    @property
    def alone(self) -> Spread | None:
        """The hierarchy that nothing else is grouped by: each of its nodes is a group, whatever belongs to it."""
        (first, *others) = self.spreads or (None,)
        return first if first is not None and not others and len(self.keys) == len(first.keys) else None


class Joining(Struct, frozen=True):
    """Every instance as often as there are members in the collection behind `step`, each time with one of them.

    `steps` are run over each instance's collection before, with `outer` an instance without members stays, once.
    `aliases` is the member that an instance has then, one for each of the kinds that members are of.
    """

    step: NavigationStep
    aliases: tuple[Related, ...]
    steps: "Transformations" = ()
    outer: bool = False

    @property
    def alias(self) -> Related:
        """What any of the members may have."""
        first, *others = self.aliases
        if not others:
            return first
        kinds = tuple(known.result or ENTITIES for known in self.aliases)
        key = next((known.key for known in self.aliases if known.whole), ())
        return replace(first, key=key, result=merged(kinds))


class Nesting(Struct, frozen=True):
    """What sequences make of the entities behind a navigation property, inside of every instance under an alias.

    Without the property one instance comes out, with what the sequences make of all instances.
    """

    items: "tuple[tuple[str, Transformations], ...]"
    navigation: NavigationProperty | None = None


class Calling(PartlyCompared, frozen=True):
    """What a function of the service makes of all instances, or of those of each group, in the order of `place`.

    It gives entities of `source`, or values that are made of `members`. It is given entities of `given`, or instances
    with the members that are its `inputs`. Where the call has a binding, what it is given is at the end of that path.
    """

    unhashed: ClassVar[frozenset[str]] = frozenset({"call"})

    call: OperationCall
    place: PropertyAccess
    given: EntitySet
    source: EntitySet | None = None
    members: tuple[PropertyAccess, ...] = ()
    inputs: tuple[PropertyAccess, ...] | None = None


class Concatenating(Struct, frozen=True):
    """The results of several sequences, one behind the other; each may have instances of several kinds."""

    parts: "tuple[Pipeline, ...]"


class Computing(Struct, frozen=True):
    """Every instance with further members."""

    items: tuple[tuple[PropertyAccess, Expression], ...]


class Filtering(Struct, frozen=True):
    """The instances that satisfy a condition."""

    predicate: Expression


class Ordering(Struct, frozen=True):
    """The instances in an order; those that are equal in it stay as they were."""

    items: tuple[OrderItem, ...]


class Slicing(Struct, frozen=True):
    """`top` or `skip` of the instances in their order."""

    operator: str
    count: Expression


class Ranking(Struct, frozen=True):
    """The instances with the greatest (`descending`) or least values, until `amount` of `measure` is reached.

    The measure is `count`, `sum` or `percent`.
    """

    measure: str
    amount: Expression
    value: Expression
    descending: bool


class Hierarchy(Struct, frozen=True):
    """A recursive hierarchy: its nodes, what names a node, and what leads from a node to the name of its parent.

    Where a collection leads to parents, a node may have several. Without `parent` no node has one.
    """

    nodes: EntitySet
    node: PropertyAccess
    parent: PropertyAccess | None
    qualifier: str = ""

    @property
    def above(self) -> Expression:
        """The name of a node's parent."""
        return self.parent if self.parent is not None else Constant(None, self.node.type)

    @property
    def is_tree(self) -> bool:
        """Whether there is one way at most from a node to a root."""
        chain = chain_of(self.parent)
        return not any(isinstance(step, NavigationAccess) and step.navigation.collection for step in chain)


class UpPath(Struct, frozen=True):
    """The annotation with the names of the nodes above the one that an instance, or what `owner` leads to, belongs to.

    `member` has them as the JSON of an array.
    """

    name: str
    member: PropertyAccess
    owner: NavigationAccess | None = None


DERIVED = ("DrillState", "DistanceFromRoot", "LimitedDescendantCount", "LimitedRank")
"""What properties may tell of a node where it stands among those that are left: whether nodes below it are shown, or
there, how many are above it, how many of those below it are shown, and its place."""

Derived = tuple[str, PropertyAccess]
"""One of `DERIVED`, and the property that tells it."""


class TopLevels(Struct, frozen=True):
    """The first levels of a tree in preorder, nodes of one parent in the order of the instances, which are nodes.

    `levels` is how many are shown, None for all; below those that are `open` others are, as it is said of each first.
    `place` is what the order is made of.
    """

    hierarchy: Hierarchy
    member: PropertyAccess
    place: PropertyAccess
    levels: int | None = None
    open: tuple[tuple[Constant, int | None], ...] = ()
    derived: tuple[Derived, ...] = ()


class Relating(Struct, frozen=True):
    """The instances whose node is above or below (`up`) the nodes of those that `start` leaves.

    `member` names the node of an instance. `distance` is the number of levels, None for all. `state` is the property
    that tells whether there are nodes below one, where instances are nodes.
    """

    hierarchy: Hierarchy
    member: PropertyAccess
    start: "Transformations"
    up: bool
    distance: Expression | None = None
    keep_start: bool = False
    state: PropertyAccess | None = None


class Traversing(Struct, frozen=True):
    """The instances that belong to nodes, in the order of the tree: a node before those below it, or behind them.

    `member` names the node of an instance, `place` is what the order is made of, `above` are the names of the nodes on
    the way. `start` leaves the nodes that it begins with, None stands for the roots; nodes of one parent stand in the
    order of `siblings`. `related` is the path to the node where one leads there; with `whole` instances are nodes.
    """

    hierarchy: Hierarchy
    member: PropertyAccess
    place: PropertyAccess
    above: PropertyAccess
    preorder: bool
    start: "Transformations | None" = None
    siblings: tuple[OrderItem, ...] = ()
    related: Related | None = None
    whole: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether there is one way at most to each node, from its root."""
        return self.start is None and self.hierarchy.is_tree

    @property
    def way(self) -> tuple[PropertyAccess, ...]:
        """What tells the ways to a node apart where there may be several."""
        return () if self.is_plain else (self.place, self.above)

    def annotated(self, owner: NavigationAccess | None) -> tuple[UpPath, ...]:
        """How the ways are told of."""
        name = f"@Aggregation.UpPath#{self.hierarchy.qualifier}"
        return () if self.is_plain else (UpPath(name, self.above, owner),)


Subset = Filtering | Slicing | Ranking | Relating | Traversing | TopLevels
"""What leaves instances as they are, though not all of them."""

Transformation = (
    Aggregating | Gathering | Grouping | Joining | Nesting | Calling | Concatenating | Computing | Ordering | Subset
)
Transformations = tuple[Transformation, ...]


class Pipeline(Struct, frozen=True):
    """A sequence of transformations and the kinds of instances that come out: several behind `concat`.

    `entity_type` is the type of what comes out, where it is another one than that of what is transformed, and `source`
    that of the entities. What `begun` leads to is transformed where that is not what the request's path leads to.
    """

    steps: Transformations
    kinds: tuple[Result, ...] = (ENTITIES,)
    entity_type: str | None = None
    source: EntitySet | None = None
    begun: ResourcePath | None = None

    @property
    def result(self) -> Result:
        """What any of the instances may have."""
        return merged(self.kinds)


def is_hidden(member: PropertyAccess) -> bool:
    """Whether a member is for the order of instances or for control information, and not shown by its name."""
    return member.property.name.startswith("$")


def added_member(name: str, type_ref: TypeRef) -> PropertyAccess:
    """An alias as expressions refer to it."""
    return PropertyAccess(Property(name, type_ref), bare(type_ref))


PART = added_member("$part", INT64)
"""Which of several kinds of instances a row is."""

THERE = added_member("$there", INT64)
"""What is null where transformations have made nothing of a collection, and an instance stays without a member."""


def merged(kinds: tuple[Result, ...]) -> Result:
    """What instances of several kinds may have together."""
    if len(kinds) == 1:
        return kinds[0]
    members = tuple(dict.fromkeys(member for kind in kinds for member in kind.members))
    added = frozenset(member for kind in kinds for member in kind.added)
    related = tuple(dict.fromkeys(known for kind in kinds for known in kind.related))
    nested = tuple(dict.fromkeys(item for kind in kinds for item in kind.nested))
    replaced = tuple(dict.fromkeys(member for kind in kinds for member in kind.replaced))
    expanded = tuple(dict.fromkeys(item for kind in kinds for item in kind.expanded))
    paths = tuple(dict.fromkeys(path for kind in kinds for path in kind.paths))
    derived = tuple(dict.fromkeys(member for kind in kinds for member in kind.derived))
    whole = any(kind.whole for kind in kinds)
    return Result(members, whole, added, related, nested, replaced, expanded, paths, derived)
