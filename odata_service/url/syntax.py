"""The syntax tree: what a URL says, node for node as in the OData ABNF, before any name is looked up.

Each node carries the `Span` of the text it was read from: the span counts characters of the DECODED text of the option
or segment it stands in. Spans take no part in equality, so that `parse(print(tree)) == tree`.
"""

from dataclasses import dataclass, field
from enum import Enum

from odata_service.errors import Span

_UNPLACED = Span(0, 0)


class LiteralKind(Enum):
    """Which literal rule of the ABNF a text matched; the type follows in the resolver."""

    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DOUBLE = "double"
    STRING = "string"
    GUID = "guid"
    DATE = "date"
    TIME_OF_DAY = "timeOfDay"
    DATE_TIME_OFFSET = "dateTimeOffset"
    DURATION = "duration"
    BINARY = "binary"
    ENUM = "enum"
    GEOGRAPHY = "geography"
    GEOMETRY = "geometry"
    SEGMENT = "segment"
    """A whole path segment that stands for a key (key-as-segment): its decoded text is the value."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A primitive literal: its kind, its text as written, and for enums the type's qualified name."""

    kind: LiteralKind
    text: str
    type_name: str | None = None
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """One step of a path: a simple or a qualified name (a type cast or a bound function without parentheses)."""

    name: str
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class AnnotationName:
    """`@Namespace.Term#qualifier` as a path step."""

    name: str
    qualifier: str | None = None
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Alias:
    """`@name`: a parameter alias."""

    name: str
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class NamedValue:
    """`name=expression`: a part of a key predicate or a function's parameter."""

    name: str
    value: "Expression"
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class KeyPredicate:
    """`('a')`, `(1,'b')` is not OData; `(k1=1,k2='b')`. `positional` holds the single unnamed value, else None."""

    positional: "Expression | None" = None
    named: tuple[NamedValue, ...] = ()
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A canonical function (`contains(a,'b')`) by position, or a schema's function (`ns.f(a=1)`) by name."""

    name: str
    arguments: "tuple[Expression, ...]" = ()
    named: tuple[NamedValue, ...] = ()
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Lambda:
    """`any(x:predicate)`, `any()`, `all(x:predicate)` as the last step of a path."""

    operator: str
    variable: str | None = None
    predicate: "Expression | None" = None
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class CountStep:
    """`$count`, with the options that may stand in parentheses behind it (4.01)."""

    filter: "Expression | None" = None
    search: "str | None" = None
    span: Span = field(default=_UNPLACED, compare=False)


PathStep = Name | AnnotationName | KeyPredicate | FunctionCall | Lambda | CountStep


@dataclass(frozen=True, slots=True)
class Path:
    """A path inside an expression.

    `root` is `$it`, `$this`, `$root`, `$these`, an alias, or None for the current instance.
    """

    steps: tuple[PathStep, ...]
    root: "str | Alias | None" = None
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Logical:
    """`a and b and c` or `a or b or c`: a whole chain of one operator, so that long chains are not deep trees."""

    operator: str
    operands: "tuple[Expression, ...]"
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    """`left operator right` for comparison, `has` and arithmetic; the operator in lower case."""

    operator: str
    left: "Expression"
    right: "Expression"
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Unary:
    """`not x` or `- x`; the operator is `not` or `-`."""

    operator: str
    operand: "Expression"
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class In:
    """`operand in (a,b,…)` where `values` are the members, or `operand in expression` where `collection` is it."""

    operand: "Expression"
    values: "tuple[Expression, ...]" = ()
    collection: "Expression | None" = None
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Case:
    """`case(condition:result,…)`."""

    branches: "tuple[tuple[Expression, Expression], ...]"
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class JsonArray:
    """`[a,b]`, a collection literal in JSON form."""

    members: "tuple[Expression, ...]"
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class JsonObject:
    """`{"a":1}`, a complex or entity literal in JSON form."""

    members: "tuple[tuple[str, Expression], ...]"
    span: Span = field(default=_UNPLACED, compare=False)


Expression = Literal | Path | Alias | FunctionCall | Logical | Binary | Unary | In | Case | JsonArray | JsonObject


@dataclass(frozen=True, slots=True)
class OrderItem:
    """One item of $orderby."""

    expression: Expression
    descending: bool = False
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class SelectItem:
    """One item of $select: a path of names, or `*`, or `ns.*`; options in parentheses behind it (4.01)."""

    path: tuple[Name, ...]
    wildcard: bool = False
    options: "Options | None" = None
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class ExpandItem:
    """One item of $expand: a path or `*`; `suffix` is `$ref`, `$count`, `$value` or None; options in parentheses."""

    path: tuple[Name, ...]
    wildcard: bool = False
    suffix: str | None = None
    options: "Options | None" = None
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class ComputeItem:
    """One item of $compute: `expression as name`."""

    expression: Expression
    name: str
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Number:
    """The number of $top, $skip, $index or $levels; `$levels=max` is `Number(-1)`."""

    value: int
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class Options:
    """The query options of a request or of an expanded or selected item; None where one is not given.

    `search` and `apply` hold their text until those options have grammars of their own. `aliases` are `@name=value`,
    `custom` everything whose name starts neither with `$` nor `@`, both in order.
    """

    filter: Expression | None = None
    orderby: tuple[OrderItem, ...] | None = None
    select: tuple[SelectItem, ...] | None = None
    expand: tuple[ExpandItem, ...] | None = None
    compute: tuple[ComputeItem, ...] | None = None
    search: str | None = None
    apply: str | None = None
    skip: Number | None = None
    top: Number | None = None
    index: Number | None = None
    levels: Number | None = None
    count: bool | None = None
    format: str | None = None
    skiptoken: str | None = None
    deltatoken: str | None = None
    schemaversion: str | None = None
    id: str | None = None
    aliases: tuple[tuple[str, Expression], ...] = ()
    custom: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of the resource path, decoded: its name, and the parentheses behind it where there are any.

    `name` holds system segments with their `$`. A bare segment may turn out to be a key (key-as-segment): only the
    schema tells. `arguments` is what stands in parentheses: a key predicate or a function's parameters, which the
    grammar cannot tell apart.
    """

    name: str
    arguments: KeyPredicate | None = None
    span: Span = field(default=_UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class ODataUrl:
    """A whole request URL relative to the service root."""

    segments: tuple[Segment, ...]
    options: Options = field(default_factory=Options)
