"""$apply: a sequence of set transformations (Data Aggregation 3)."""

from dataclasses import dataclass, field

from odata_service.errors import Span
from odata_service.url.syntax.expression import (
    AggregateItem,
    ComputeItem,
    Expression,
    FunctionCall,
    OrderItem,
    Path,
)
from odata_service.url.syntax.leaves import UNPLACED, Number
from odata_service.url.syntax.search import SearchExpression


@dataclass(frozen=True, slots=True)
class HierarchyReference:
    """`$root/Nodes,Qualifier,path/to/NodeId`: a recursive hierarchy, and where an instance names its node."""

    nodes: Path
    qualifier: str
    node_property: Path
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Rollup:
    """`rollup(a,b)`: the levels from the coarsest on."""

    levels: tuple[Path, ...]
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class NamedRollup:
    """`rollup(Hierarchy)`: the levels of an annotated hierarchy, by its qualifier."""

    hierarchy: str
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class RecursiveRollup:
    """`rolluprecursive(hierarchy,start)`: a group for each node, with its descendants in it."""

    hierarchy: HierarchyReference
    start: "Sequence" = ()
    span: Span = field(default=UNPLACED, compare=False)


GroupingElement = Path | Rollup | NamedRollup | RecursiveRollup


@dataclass(frozen=True, slots=True)
class Aggregation:
    """`aggregate(Amount with sum as Total,$count as Count)`."""

    items: tuple[AggregateItem, ...]
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Grouping:
    """`groupby((Country,rollup(a,b)),transformations)`."""

    elements: tuple[GroupingElement, ...]
    apply: "Sequence" = ()
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Concatenation:
    """`concat(sequence,sequence,…)`: the results of all, one behind the other."""

    sequences: "tuple[Sequence, ...]"
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Computation:
    """`compute(a mul b as c)`."""

    items: tuple[ComputeItem, ...]
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Filtering:
    """`filter(predicate)`."""

    predicate: Expression
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Searching:
    """`search(words)`."""

    search: SearchExpression
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Ordering:
    """`orderby(a desc,b)`."""

    items: tuple[OrderItem, ...]
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """`identity`: what comes in goes out."""

    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Slice:
    """`top(n)` or `skip(n)`."""

    operator: str
    count: Number
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Ranking:
    """`topcount(2,Amount)` and its like: `amount` is how much of the collection, `value` what it is ordered by."""

    operator: str
    amount: Expression
    value: Expression
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class NestItem:
    """`transformations as alias` inside nest and addnested."""

    apply: "Sequence"
    alias: str
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Nesting:
    """`nest(…)`, or `addnested(path,…)` where `path` says what is transformed."""

    items: tuple[NestItem, ...]
    path: Path | None = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Join:
    """`join(Sales as Sale,transformations)` or `outerjoin(…)`: an instance for each member of a collection."""

    operator: str
    property: Path
    alias: str
    apply: "Sequence" = ()
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Relatives:
    """`ancestors(hierarchy,start,2,keep start)` or `descendants(…)`; `distance` is None for all levels."""

    operator: str
    hierarchy: HierarchyReference
    start: "Sequence"
    distance: Number | None = None
    keep_start: bool = False
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Traversal:
    """`traverse(hierarchy,preorder,start,Name desc)`; the order is `preorder` or `postorder`."""

    hierarchy: HierarchyReference
    order: str
    start: "Sequence" = ()
    siblings: tuple[OrderItem, ...] = ()
    span: Span = field(default=UNPLACED, compare=False)


Transformation = (
    Aggregation
    | Grouping
    | Concatenation
    | Computation
    | Filtering
    | Searching
    | Ordering
    | Identity
    | Slice
    | Ranking
    | Nesting
    | Join
    | Relatives
    | Traversal
    | FunctionCall
)
"""One step of $apply; a `FunctionCall` is a function of the service that takes and gives a collection."""

Sequence = tuple[Transformation, ...]
"""Transformations between slashes, from the first on."""
