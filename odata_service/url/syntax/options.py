"""Query options, and the items of those that hold lists (URL Conventions 5)."""

from msgspec import Struct

from odata_service.errors import Span
from odata_service.structs import PartlyCompared
from odata_service.url.syntax.apply import Sequence
from odata_service.url.syntax.expression import ComputeItem, Expression, OrderItem
from odata_service.url.syntax.leaves import UNPLACED, AnnotationName, Name, Number
from odata_service.url.syntax.search import SearchExpression

TEMPORAL = {"$at": "at", "$from": "since", "$to": "until", "$toInclusive": "through"}
"""The options of temporal data and their fields: `from` is a word of Python."""

Step = Name | AnnotationName
"""A step of a path in $select and $expand."""


class SelectItem(PartlyCompared, frozen=True):
    """One item of $select: a path, `*`, or `ns.*`; options in parentheses behind it (4.01).

    `parameters` names those of an overload of an operation, None where none are named; `namespace` is that of `ns.*`,
    which stands for all operations in it.
    """

    path: tuple[Step, ...]
    wildcard: bool = False
    options: "Options | None" = None
    parameters: tuple[str, ...] | None = None
    namespace: str | None = None
    span: Span = UNPLACED


class ExpandItem(PartlyCompared, frozen=True):
    """One item of $expand: a path or `*`; `suffix` is `$ref`, `$count`, `$value` or None; options in parentheses.

    `$value` alone, the stream of a media entity, has no path.
    """

    path: tuple[Step, ...]
    wildcard: bool = False
    suffix: str | None = None
    options: "Options | None" = None
    span: Span = UNPLACED


class Options(Struct, frozen=True):
    """The query options of a request or of an expanded or selected item; None where one is not given.

    `aliases` are `@name=value`, `custom` everything whose name starts neither with `$` nor `@`, both in order.
    """

    filter: Expression | None = None
    orderby: tuple[OrderItem, ...] | None = None
    select: tuple[SelectItem, ...] | None = None
    expand: tuple[ExpandItem, ...] | None = None
    compute: tuple[ComputeItem, ...] | None = None
    search: SearchExpression | None = None
    apply: Sequence | None = None
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
    at: Expression | None = None
    since: Expression | None = None
    until: Expression | None = None
    through: Expression | None = None
    aliases: tuple[tuple[str, Expression], ...] = ()
    custom: tuple[tuple[str, str], ...] = ()
