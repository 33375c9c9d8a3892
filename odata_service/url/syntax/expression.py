"""Expressions, node for node as in the OData ABNF (URL Conventions 5.1.1, Data Aggregation 3.1)."""

from odata_service.errors import Span
from odata_service.structs import PartlyCompared
from odata_service.url.syntax.leaves import UNPLACED, Alias, AnnotationName, Literal, Name
from odata_service.url.syntax.search import SearchExpression


class NamedValue(PartlyCompared, frozen=True):
    """`name=expression`: a part of a key predicate or a function's parameter."""

    name: str
    value: "Expression"
    span: Span = UNPLACED


class KeyPredicate(PartlyCompared, frozen=True):
    """`('a')` or `(k1=1,k2='b')`: `positional` holds the single unnamed value, else None.

    Behind a name without a namespace the named values may be a function's parameters: only the schema tells.
    """

    positional: "Expression | None" = None
    named: tuple[NamedValue, ...] = ()
    span: Span = UNPLACED


class FunctionCall(PartlyCompared, frozen=True):
    """A canonical function (`contains(a,'b')`) by position, or a schema's function (`ns.f(a=1)`) by name."""

    name: str
    arguments: "tuple[Expression, ...]" = ()
    named: tuple[NamedValue, ...] = ()
    span: Span = UNPLACED


class Lambda(PartlyCompared, frozen=True):
    """`any(x:predicate)`, `any()`, `all(x:predicate)` as the last step of a path."""

    operator: str
    variable: str | None = None
    predicate: "Expression | None" = None
    span: Span = UNPLACED


class CountStep(PartlyCompared, frozen=True):
    """`$count`, with the options that may stand in parentheses behind it (4.01)."""

    filter: "Expression | None" = None
    search: SearchExpression | None = None
    span: Span = UNPLACED


class FilterStep(PartlyCompared, frozen=True):
    """`$filter(predicate)`: the members of the collection before it that satisfy the predicate."""

    predicate: "Expression"
    span: Span = UNPLACED


class AggregateStep(PartlyCompared, frozen=True):
    """`aggregate(Amount with sum)` behind a collection or `$these`, one value; it has no alias."""

    aggregate: "AggregateItem"
    span: Span = UNPLACED


PathStep = Name | AnnotationName | KeyPredicate | FunctionCall | Lambda | CountStep | FilterStep | AggregateStep


class Path(PartlyCompared, frozen=True):
    """A path inside an expression.

    `root` is `$it`, `$this`, `$root`, `$these`, an alias, or None for the current instance.
    """

    steps: tuple[PathStep, ...]
    root: "str | Alias | None" = None
    span: Span = UNPLACED


class Logical(PartlyCompared, frozen=True):
    """`a and b and c` or `a or b or c`: a whole chain of one operator, so that long chains are not deep trees."""

    operator: str
    operands: "tuple[Expression, ...]"
    span: Span = UNPLACED


class Binary(PartlyCompared, frozen=True):
    """`left operator right` for comparison, `has` and arithmetic; the operator in lower case."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span = UNPLACED


class Unary(PartlyCompared, frozen=True):
    """`not x` or `- x`; the operator is `not` or `-`."""

    operator: str
    operand: "Expression"
    span: Span = UNPLACED


class In(PartlyCompared, frozen=True):
    """`operand in (a,b,…)` where `values` are the members, or `operand in expression` where `collection` is it.

    A lone member may turn out to be a collection in parentheses: only the types tell.
    """

    operand: "Expression"
    values: "tuple[Expression, ...]" = ()
    collection: "Expression | None" = None
    span: Span = UNPLACED


class Case(PartlyCompared, frozen=True):
    """`case(condition:result,…)`."""

    branches: "tuple[tuple[Expression, Expression], ...]"
    span: Span = UNPLACED


class JsonArray(PartlyCompared, frozen=True):
    """`[a,b]`, a collection literal in JSON form."""

    members: "tuple[Expression, ...]"
    span: Span = UNPLACED


class JsonObject(PartlyCompared, frozen=True):
    """`{"a":1}`, a complex or entity literal in JSON form."""

    members: "tuple[tuple[str, Expression], ...]"
    span: Span = UNPLACED


Expression = Literal | Path | Alias | FunctionCall | Logical | Binary | Unary | In | Case | JsonArray | JsonObject


class AggregateFrom(PartlyCompared, frozen=True):
    """`from Time with average`: grouped by these properties first, then aggregated again.

    `method` is None only behind a custom aggregate, which has its own.
    """

    properties: tuple[Path, ...]
    method: str | None = None
    span: Span = UNPLACED


class MethodAggregate(PartlyCompared, frozen=True):
    """`expression with method from … as alias`; a path may lead through collections, and end in an entity or a cast."""

    expression: Expression
    method: str
    sources: tuple[AggregateFrom, ...] = ()
    alias: str | None = None
    span: Span = UNPLACED


class CountAggregate(PartlyCompared, frozen=True):
    """`$count as alias` or `path/$count as alias`: `path` is what is counted, None for the instances themselves."""

    path: Path | None = None
    sources: tuple[AggregateFrom, ...] = ()
    alias: str | None = None
    span: Span = UNPLACED


class CustomAggregate(PartlyCompared, frozen=True):
    """`Forecast`, `Sales/Forecast from Time as alias`: an aggregate that the service defines."""

    path: Path
    sources: tuple[AggregateFrom, ...] = ()
    alias: str | None = None
    span: Span = UNPLACED


AggregateItem = MethodAggregate | CountAggregate | CustomAggregate


class OrderItem(PartlyCompared, frozen=True):
    """One item of $orderby."""

    expression: Expression
    descending: bool = False
    span: Span = UNPLACED


class ComputeItem(PartlyCompared, frozen=True):
    """One item of $compute: `expression as name`."""

    expression: Expression
    name: str
    span: Span = UNPLACED
