"""$apply: a sequence of set transformations (Data Aggregation 3)."""

from odata_service.errors import Span
from odata_service.structs import PartlyCompared
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


class HierarchyReference(PartlyCompared, frozen=True):
    """`$root/Nodes,Qualifier,path/to/NodeId`: a recursive hierarchy, and where an instance names its node."""

    nodes: Path
    qualifier: str
    node_property: Path
    span: Span = UNPLACED


class Rollup(PartlyCompared, frozen=True):
    """`rollup(a,b)`: the levels from the coarsest on."""

    levels: tuple[Path, ...]
    span: Span = UNPLACED


class NamedRollup(PartlyCompared, frozen=True):
    """`rollup(Hierarchy)`: the levels of an annotated hierarchy, by its qualifier."""

    hierarchy: str
    span: Span = UNPLACED


class RecursiveRollup(PartlyCompared, frozen=True):
    """`rolluprecursive(hierarchy,start)`: a group for each node, with its descendants in it."""

    hierarchy: HierarchyReference
    start: "Sequence" = ()
    span: Span = UNPLACED


GroupingElement = Path | Rollup | NamedRollup | RecursiveRollup


class Aggregation(PartlyCompared, frozen=True):
    """`aggregate(Amount with sum as Total,$count as Count)`."""

    items: tuple[AggregateItem, ...]
    span: Span = UNPLACED


class Grouping(PartlyCompared, frozen=True):
    """`groupby((Country,rollup(a,b)),transformations)`."""

    elements: tuple[GroupingElement, ...]
    apply: "Sequence" = ()
    span: Span = UNPLACED


class Concatenation(PartlyCompared, frozen=True):
    """`concat(sequence,sequence,…)`: the results of all, one behind the other."""

    sequences: "tuple[Sequence, ...]"
    span: Span = UNPLACED


class Computation(PartlyCompared, frozen=True):
    """`compute(a mul b as c)`."""

    items: tuple[ComputeItem, ...]
    span: Span = UNPLACED


class Filtering(PartlyCompared, frozen=True):
    """`filter(predicate)`."""

    predicate: Expression
    span: Span = UNPLACED


class Searching(PartlyCompared, frozen=True):
    """`search(words)`."""

    search: SearchExpression
    span: Span = UNPLACED


class Ordering(PartlyCompared, frozen=True):
    """`orderby(a desc,b)`."""

    items: tuple[OrderItem, ...]
    span: Span = UNPLACED


class Identity(PartlyCompared, frozen=True):
    """`identity`: what comes in goes out."""

    span: Span = UNPLACED


class Slice(PartlyCompared, frozen=True):
    """`top(n)` or `skip(n)`."""

    operator: str
    count: Number
    span: Span = UNPLACED


class Ranking(PartlyCompared, frozen=True):
    """`topcount(2,Amount)` and its like: `amount` is how much of the collection, `value` what it is ordered by."""

    operator: str
    amount: Expression
    value: Expression
    span: Span = UNPLACED


class NestItem(PartlyCompared, frozen=True):
    """`transformations as alias` inside nest and addnested."""

    apply: "Sequence"
    alias: str
    span: Span = UNPLACED


class Nesting(PartlyCompared, frozen=True):
    """`nest(…)`, or `addnested(path,…)` where `path` says what is transformed."""

    items: tuple[NestItem, ...]
    path: Path | None = None
    span: Span = UNPLACED


class Join(PartlyCompared, frozen=True):
    """`join(Sales as Sale,transformations)` or `outerjoin(…)`: an instance for each member of a collection."""

    operator: str
    property: Path
    alias: str
    apply: "Sequence" = ()
    span: Span = UNPLACED


class Relatives(PartlyCompared, frozen=True):
    """`ancestors(hierarchy,start,2,keep start)` or `descendants(…)`; `distance` is None for all levels."""

    operator: str
    hierarchy: HierarchyReference
    start: "Sequence"
    distance: Number | None = None
    keep_start: bool = False
    span: Span = UNPLACED


class Traversal(PartlyCompared, frozen=True):
    """`traverse(hierarchy,preorder,start,Name desc)`; the order is `preorder` or `postorder`."""

    hierarchy: HierarchyReference
    order: str
    start: "Sequence" = ()
    siblings: tuple[OrderItem, ...] = ()
    span: Span = UNPLACED


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
