"""The typed transformations of $apply, and what instances have behind each (Data Aggregation 3).

The result of a transformation has a type of its own: `Result` says which properties it has. A property is the access
by which expressions refer to it, so that `Customer/Country` is one thing before and behind a `groupby`.
"""

from dataclasses import dataclass

from odata_service.edm.model import EntitySet, Property
from odata_service.edm.types import TypeRef
from odata_service.semantics.promotion import bare
from odata_service.semantics.resolved import NavigationStep, OrderItem
from odata_service.semantics.tree import Expression, PropertyAccess


@dataclass(frozen=True, slots=True)
class Result:
    """What instances have: with `whole` they are entities still and `members` stand beside what these have.

    `members` are the grouping properties and aliases in their order; `added` are those that no type declares.
    """

    members: tuple[PropertyAccess, ...] = ()
    whole: bool = True
    added: frozenset[PropertyAccess] = frozenset()

    def member(self, name: str) -> PropertyAccess | None:
        """The member of the instance itself that has this name."""
        return next((known for known in self.members if known.owner is None and known.property.name == name), None)

    def has(self, access: PropertyAccess) -> bool:
        """Whether the instances still have a property."""
        return self.whole or access in self.members


ENTITIES = Result()
"""What stands before the first transformation: the entities themselves."""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate: `method` is that of the standard or `count`; without an operand the instances are counted.

    `path` leads through collections to the entities that the operand belongs to. `source` is what is made of the
    instances first, for this aggregate alone.
    """

    alias: PropertyAccess
    method: str
    operand: Expression | None = None
    path: tuple[NavigationStep, ...] = ()
    source: "Transformations" = ()


@dataclass(frozen=True, slots=True)
class Aggregating:
    """One instance with the aggregates of all."""

    items: tuple[Aggregate, ...]


@dataclass(frozen=True, slots=True)
class Grouping:
    """What a sequence makes of each group, with the properties it is grouped by; without a sequence these alone."""

    keys: tuple[PropertyAccess, ...]
    steps: "Transformations" = ()


@dataclass(frozen=True, slots=True)
class Concatenating:
    """The results of several sequences, one behind the other; each may have instances of several kinds."""

    parts: "tuple[Pipeline, ...]"


@dataclass(frozen=True, slots=True)
class Computing:
    """Every instance with further members."""

    items: tuple[tuple[PropertyAccess, Expression], ...]


@dataclass(frozen=True, slots=True)
class Filtering:
    """The instances that satisfy a condition."""

    predicate: Expression


@dataclass(frozen=True, slots=True)
class Ordering:
    """The instances in an order; those that are equal in it stay as they were."""

    items: tuple[OrderItem, ...]


@dataclass(frozen=True, slots=True)
class Slicing:
    """`top` or `skip` of the instances in their order."""

    operator: str
    count: Expression


@dataclass(frozen=True, slots=True)
class Ranking:
    """The instances with the greatest (`descending`) or least values, until `amount` of `measure` is reached.

    The measure is `count`, `sum` or `percent`.
    """

    measure: str
    amount: Expression
    value: Expression
    descending: bool


@dataclass(frozen=True, slots=True)
class Hierarchy:
    """A recursive hierarchy: its nodes, what names a node, and what leads from a node to the name of its parent."""

    nodes: EntitySet
    node: PropertyAccess
    parent: PropertyAccess


@dataclass(frozen=True, slots=True)
class Relating:
    """The instances whose node is above or below (`up`) the nodes of those that `start` leaves.

    `member` names the node of an instance. `distance` is the number of levels, None for all.
    """

    hierarchy: Hierarchy
    member: PropertyAccess
    start: "Transformations"
    up: bool
    distance: Expression | None = None
    keep_start: bool = False


Transformation = (
    Aggregating | Grouping | Concatenating | Computing | Filtering | Ordering | Slicing | Ranking | Relating
)
Transformations = tuple[Transformation, ...]


@dataclass(frozen=True, slots=True)
class Pipeline:
    """A sequence of transformations and the kinds of instances that come out: several behind `concat`."""

    steps: Transformations
    kinds: tuple[Result, ...] = (ENTITIES,)

    @property
    def result(self) -> Result:
        """What any of the instances may have."""
        return merged(self.kinds)


def added_member(name: str, type_ref: TypeRef) -> PropertyAccess:
    """An alias as expressions refer to it."""
    return PropertyAccess(Property(name, type_ref), bare(type_ref))


def merged(kinds: tuple[Result, ...]) -> Result:
    """What instances of several kinds may have together."""
    members = tuple(dict.fromkeys(member for kind in kinds for member in kind.members))
    added = frozenset(member for kind in kinds for member in kind.added)
    return Result(members, any(kind.whole for kind in kinds), added)
