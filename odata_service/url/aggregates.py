"""One aggregate: in `aggregate(…)` of $apply, and behind a collection in an expression (Data Aggregation 3.2.1).

What has neither a method nor `$count` is a custom aggregate: the grammar knows none by its name.
"""

import re

from odata_service.url import expression
from odata_service.url.lexer import Cursor
from odata_service.url.syntax import (
    AggregateFrom,
    AggregateItem,
    CountAggregate,
    CountStep,
    CustomAggregate,
    Expression,
    MethodAggregate,
    Name,
    Path,
)

METHODS = ("sum", "min", "max", "average", "countdistinct")

_STEP = re.compile(r"[^\W\d]\w{0,127}(?:\.[^\W\d]\w{0,127})*")
_WITH = re.compile(r"[ \t]+with[ \t]+")
_FROM = re.compile(r"[ \t]+from[ \t]+")
_AS = re.compile(r"[ \t]+as[ \t]+")
_METHOD = re.compile(r"(?:sum|min|max|average|countdistinct)(?![\w.])|[^\W\d]\w*(?:\.[^\W\d]\w*)+")
_ALIAS = re.compile(r"[^\W\d]\w{0,127}(?![\w./(])")
_CAST = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)+(?=[ \t]+with[ \t])")


def named_aggregate(cursor: Cursor) -> AggregateItem:
    """An aggregate with the alias that it needs: only a custom aggregate has a name of its own."""
    item = aggregate_item(cursor, aliased=True)
    if item.alias is None and not (isinstance(item, CustomAggregate) and not item.sources):
        raise cursor.error("as and a name for the aggregate")
    return item


def aggregate_item(cursor: Cursor, *, aliased: bool = False) -> AggregateItem:
    """`expression with method`, `path/$count` or a custom aggregate, with its `from`, and `as` where it may stand."""
    start = cursor.position
    value = _aggregated(cursor)
    if not _is_count(value) and cursor.match(_WITH):
        method = _method(cursor)
        sources = _sources(cursor)
        return MethodAggregate(value, method, sources, _alias(cursor, aliased), cursor.span(start))
    match value:
        case Path(steps=(*owner, CountStep(filter=None, search=None))):
            counted = Path(tuple(owner), value.root, value.span) if owner or value.root else None
            return CountAggregate(counted, _sources(cursor), _alias(cursor, aliased), cursor.span(start))
        case Path(steps=(*_, Name(last))) if _is_property_path(value) and "." not in last:
            sources = _sources(cursor, custom=True)
            return CustomAggregate(value, sources, _alias(cursor, aliased), cursor.span(start))
    raise cursor.error(f"with and a method: {', '.join(METHODS)} or a qualified name")


def property_path(cursor: Cursor) -> Path:
    """`a/ns.Type/b`: names alone, the last of which is a property's."""
    path = names(cursor)
    last = path.steps[-1]
    if isinstance(last, Name) and "." in last.name:
        raise cursor.error("a property behind the name of a type")
    return path


def names(cursor: Cursor) -> Path:
    """`a/ns.Type`: names alone, the last of which may be a type's."""
    start = cursor.position
    steps = []
    while True:
        place = cursor.position
        found = cursor.match(_STEP)
        if found is None:
            raise cursor.error("a property")
        steps.append(Name(found[0], cursor.span(place)))
        cursor.budget.enter()
        if not cursor.accept("/"):
            break
    cursor.budget.leave(len(steps))
    return Path(tuple(steps), span=cursor.span(start))


def alias(cursor: Cursor, what: str) -> str:
    """`as` and the name that must follow."""
    if not cursor.match(_AS):
        raise cursor.error(f"as and a name for {what}")
    return _name(cursor)


def _name(cursor: Cursor) -> str:
    found = cursor.match(_ALIAS)
    if found is None:
        raise cursor.error("a name of letters, digits and _")
    return found[0]


def _aggregated(cursor: Cursor) -> Expression:
    """An expression, or the name of a type: instances of it are aggregated."""
    start = cursor.position
    cast = cursor.match(_CAST)
    if cast is None:
        return expression.expression(cursor)
    span = cursor.span(start)
    return Path((Name(cast[0], span),), span=span)


def _is_count(value: Expression) -> bool:
    match value:
        case Path(steps=(CountStep(),), root=None):
            return True
    return False


def _is_property_path(path: Path) -> bool:
    return path.root is None and all(isinstance(step, Name) for step in path.steps)


def _method(cursor: Cursor) -> str:
    found = cursor.match(_METHOD)
    if found is None:
        raise cursor.error(f"{', '.join(METHODS)} or the qualified name of a method", METHODS)
    return found[0]


def _alias(cursor: Cursor, aliased: bool) -> str | None:
    return _name(cursor) if aliased and cursor.match(_AS) else None


def _sources(cursor: Cursor, *, custom: bool = False) -> tuple[AggregateFrom, ...]:
    """`from a,b with method from …`; a custom aggregate may do without the methods."""
    sources = []
    while (found := cursor.match(_FROM)) is not None:
        cursor.budget.node()
        properties = [property_path(cursor)]
        while cursor.separator(","):
            properties.append(property_path(cursor))
        method = _method(cursor) if cursor.match(_WITH) else None
        if method is None and not custom:
            raise cursor.error("with and a method behind the properties")
        sources.append(AggregateFrom(tuple(properties), method, cursor.span(found.start() + 1)))
    return tuple(sources)
