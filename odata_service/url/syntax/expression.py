"""Expressions, node for node as in the OData ABNF (URL Conventions 5.1.1, Data Aggregation 3.1)."""

from dataclasses import dataclass, field

from odata_service.errors import Span
from odata_service.url.syntax.leaves import UNPLACED, Alias, AnnotationName, Literal, Name
from odata_service.url.syntax.search import SearchExpression


@dataclass(frozen=True, slots=True)
class NamedValue:
    """`name=expression`: a part of a key predicate or a function's parameter."""

    name: str
    value: "Expression"
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class KeyPredicate:
    """`('a')` or `(k1=1,k2='b')`: `positional` holds the single unnamed value, else None.

    Behind a name without a namespace the named values may be a function's parameters: only the schema tells.
    """

    positional: "Expression | None" = None
    named: tuple[NamedValue, ...] = ()
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A canonical function (`contains(a,'b')`) by position, or a schema's function (`ns.f(a=1)`) by name."""

    name: str
    arguments: "tuple[Expression, ...]" = ()
    named: tuple[NamedValue, ...] = ()
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Lambda:
    """`any(x:predicate)`, `any()`, `all(x:predicate)` as the last step of a path."""

    operator: str
    variable: str | None = None
    predicate: "Expression | None" = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class CountStep:
    """`$count`, with the options that may stand in parentheses behind it (4.01)."""

    filter: "Expression | None" = None
    search: SearchExpression | None = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class FilterStep:
    """`$filter(predicate)`: the members of the collection before it that satisfy the predicate."""

    predicate: "Expression"
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class AggregateStep:
    """`aggregate(Amount with sum)` behind a collection or `$these`, one value; it has no alias."""

    aggregate: "AggregateItem"
    span: Span = field(default=UNPLACED, compare=False)


PathStep = Name | AnnotationName | KeyPredicate | FunctionCall | Lambda | CountStep | FilterStep | AggregateStep


@dataclass(frozen=True, slots=True)
class Path:
    """A path inside an expression.

    `root` is `$it`, `$this`, `$root`, `$these`, an alias, or None for the current instance.
    """

    steps: tuple[PathStep, ...]
    root: "str | Alias | None" = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Logical:
    """`a and b and c` or `a or b or c`: a whole chain of one operator, so that long chains are not deep trees."""

    operator: str
    operands: "tuple[Expression, ...]"
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right` for comparison, `has` and arithmetic; the operator in lower case."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `- x`; the operator is `not` or `-`."""

    operator: str
    operand: "Expression"
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """`operand in (a,b,…)` where `values` are the members, or `operand in expression` where `collection` is it.

    A lone member may turn out to be a collection in parentheses: only the types tell.
    """

    operand: "Expression"
    values: "tuple[Expression, ...]" = ()
    collection: "Expression | None" = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """`case(condition:result,…)`."""

    branches: "tuple[tuple[Expression, Expression], ...]"
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class JsonArray:
    """`[a,b]`, a collection literal in JSON form."""

    members: "tuple[Expression, ...]"
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class JsonObject:
    """`{"a":1}`, a complex or entity literal in JSON form."""

    members: "tuple[tuple[str, Expression], ...]"
    span: Span = field(default=UNPLACED, compare=False)


Expression = Literal | Path | Alias | FunctionCall | Logical | Binary | Unary | In | Case | JsonArray | JsonObject


@dataclass(frozen=True, slots=True)
class AggregateFrom:
    """`from Time with average`: grouped by these properties first, then aggregated again.

    `method` is None only behind a custom aggregate, which has its own.
    """

    properties: tuple[Path, ...]
    method: str | None = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class MethodAggregate:
    """`expression with method from … as alias`; a path may lead through collections, and end in an entity or a cast."""

    expression: Expression
    method: str
    sources: tuple[AggregateFrom, ...] = ()
    alias: str | None = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class CountAggregate:
    """`$count as alias` or `path/$count as alias`: `path` is what is counted, None for the instances themselves."""

    path: Path | None = None
    sources: tuple[AggregateFrom, ...] = ()
    alias: str | None = None
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class CustomAggregate:
    """`Forecast`, `Sales/Forecast from Time as alias`: an aggregate that the service defines."""

    path: Path
    sources: tuple[AggregateFrom, ...] = ()
    alias: str | None = None
    span: Span = field(default=UNPLACED, compare=False)


AggregateItem = MethodAggregate | CountAggregate | CustomAggregate


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One item of $orderby."""

    expression: Expression
    descending: bool = False
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class ComputeItem:
    """One item of $compute: `expression as name`."""

    expression: Expression
    name: str
    span: Span = field(default=UNPLACED, compare=False)
