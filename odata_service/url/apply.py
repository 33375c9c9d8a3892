"""$apply: set transformations between slashes, one function each (Data Aggregation 3; its ABNF 2)."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from msgspec.structs import replace

from odata_service.url.aggregates import alias, named_aggregate, names, property_path
from odata_service.url.expression import expression
from odata_service.url.lexer import Cursor
from odata_service.url.members import ANNOTATION, NAME, call, member
from odata_service.url.search import search
from odata_service.url.syntax import (
    Aggregation,
    AnnotationName,
    Computation,
    Concatenation,
    Filtering,
    Grouping,
    GroupingElement,
    HierarchyReference,
    Identity,
    Join,
    Name,
    NamedRollup,
    Nesting,
    NestItem,
    Number,
    Ordering,
    Path,
    Ranking,
    RecursiveRollup,
    Relatives,
    Rollup,
    Searching,
    Sequence,
    Slice,
    Transformation,
    Traversal,
)
from odata_service.url.values import compute_item, listed, number, order_item

_Rules = Mapping[str, Callable[[Cursor], Transformation]]

_ROLLUP = re.compile(r"(rollup|rolluprecursive)\([ \t]*")
_QUALIFIER = re.compile(r"[^\W\d]\w{0,127}(?![\w./(])")
_ORDER = re.compile(r"(preorder|postorder)(?!\w)")
_KEEP_START = re.compile(r"keep[ \t]+start(?!\w)")
_DIGIT = re.compile(r"\d")


def apply(cursor: Cursor) -> Sequence:
    """`filter(…)/groupby(…)`."""
    return _sequence(cursor, _RULES)


def _preserving(cursor: Cursor) -> Sequence:
    """Transformations that give a part of what they take, as the start of a hierarchy must."""
    return _sequence(cursor, _PRESERVING)


def _sequence(cursor: Cursor, rules: _Rules) -> Sequence:
    transformations = [_transformation(cursor, rules)]
    while cursor.separator("/"):
        transformations.append(_transformation(cursor, rules))
    return tuple(transformations)


def _transformation(cursor: Cursor, rules: _Rules) -> Transformation:
    start = cursor.position
    cursor.budget.node()
    found = NAME.match(cursor.text, start)
    name = found[0] if found is not None else ""
    if "." in name:
        cursor.position += len(name)
        if cursor.peek() != "(":
            raise cursor.error("the function's parameters, as in Namespace.Function(Count=1)")
        return call(cursor, name, start)
    rule = rules.get(name)
    if rule is None and name != "identity":
        known = (*rules, "identity")
        raise cursor.error(f"a transformation: {', '.join(known)}", known)
    cursor.position += len(name)
    if rule is None:
        return Identity(cursor.span(start))
    cursor.expect("(")
    cursor.budget.enter()
    cursor.blanks()
    transformation = rule(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return replace(transformation, span=cursor.span(start))


def _aggregate(cursor: Cursor) -> Aggregation:
    return Aggregation(listed(cursor, named_aggregate))


def _compute(cursor: Cursor) -> Computation:
    return Computation(listed(cursor, compute_item))


def _concat(cursor: Cursor) -> Concatenation:
    first = apply(cursor)
    cursor.expect(",")
    cursor.blanks()
    return Concatenation((first, *listed(cursor, apply)))


def _groupby(cursor: Cursor) -> Grouping:
    cursor.expect("(")
    cursor.blanks()
    elements = listed(cursor, _grouping_element)
    cursor.expect(")")
    return Grouping(elements, apply(cursor) if cursor.separator(",") else ())


def _grouping_element(cursor: Cursor) -> GroupingElement:
    start = cursor.position
    found = cursor.match(_ROLLUP)
    if found is None:
        return property_path(cursor)
    cursor.budget.node()
    cursor.budget.enter()
    element = _rollup(cursor) if found[1] == "rollup" else _recursive_rollup(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return replace(element, span=cursor.span(start))


def _rollup(cursor: Cursor) -> Rollup | NamedRollup:
    levels = listed(cursor, property_path)
    if len(levels) > 1:
        return Rollup(levels)
    match levels[0].steps:
        case (Name(name),):
            return NamedRollup(name)
    raise cursor.error("a comma and the next level")


def _recursive_rollup(cursor: Cursor) -> RecursiveRollup:
    hierarchy = _hierarchy(cursor)
    return RecursiveRollup(hierarchy, _preserving(cursor) if cursor.separator(",") else ())


def _hierarchy(cursor: Cursor) -> HierarchyReference:
    """The nodes, the qualifier of their hierarchy, and the property that names a node."""
    start = cursor.position
    nodes = member(cursor)
    if not (isinstance(nodes, Path) and nodes.root == "$root" and nodes.steps):
        cursor.position = start
        raise cursor.error("the nodes of the hierarchy from $root on, as in $root/Departments")
    cursor.expect(",")
    cursor.blanks()
    qualifier = cursor.match(_QUALIFIER)
    if qualifier is None:
        raise cursor.error("the qualifier of the hierarchy's annotation")
    cursor.expect(",")
    cursor.blanks()
    return HierarchyReference(nodes, qualifier[0], property_path(cursor), cursor.span(start))


def _join(operator: str, cursor: Cursor) -> Join:
    joined = _joined(cursor)
    name = alias(cursor, "the joined instance")
    return Join(operator, joined, name, apply(cursor) if cursor.separator(",") else ())


def _joined(cursor: Cursor) -> Path:
    """A collection: a property or an annotation, and a cast behind it."""
    start = cursor.position
    annotation = cursor.match(ANNOTATION)
    if annotation is None:
        return names(cursor)
    steps: list[Name | AnnotationName] = [AnnotationName(annotation[1], annotation[2], cursor.span(start))]
    if cursor.accept("/"):
        steps += [step for step in names(cursor).steps if isinstance(step, Name)]
    return Path(tuple(steps), span=cursor.span(start))


def _nest(cursor: Cursor) -> Nesting:
    return Nesting(listed(cursor, _nest_item))


def _addnested(cursor: Cursor) -> Nesting:
    path = names(cursor)
    cursor.expect(",")
    cursor.blanks()
    return Nesting(listed(cursor, _nest_item), path)


def _nest_item(cursor: Cursor) -> NestItem:
    start = cursor.position
    sequence = apply(cursor)
    return NestItem(sequence, alias(cursor, "what is nested"), cursor.span(start))


def _filter(cursor: Cursor) -> Filtering:
    return Filtering(expression(cursor))


def _search(cursor: Cursor) -> Searching:
    return Searching(search(cursor))


def _orderby(cursor: Cursor) -> Ordering:
    return Ordering(listed(cursor, order_item))


def _slice(operator: str, cursor: Cursor) -> Slice:
    return Slice(operator, number(cursor))


def _ranking(operator: str, cursor: Cursor) -> Ranking:
    amount = expression(cursor)
    cursor.expect(",")
    cursor.blanks()
    return Ranking(operator, amount, expression(cursor))


def _relatives(operator: str, cursor: Cursor) -> Relatives:
    hierarchy = _hierarchy(cursor)
    cursor.expect(",")
    cursor.blanks()
    start = _preserving(cursor)
    distance: Number | None = None
    further = cursor.separator(",")
    if further and _DIGIT.match(cursor.peek()):
        distance = number(cursor)
        further = cursor.separator(",")
    if further and not cursor.match(_KEEP_START):
        raise cursor.error("keep start" if distance else "a number of levels, or keep start", ("keep start",))
    return Relatives(operator, hierarchy, start, distance, further)


def _traverse(cursor: Cursor) -> Traversal:
    hierarchy = _hierarchy(cursor)
    cursor.expect(",")
    cursor.blanks()
    order = cursor.match(_ORDER)
    if order is None:
        raise cursor.error("preorder or postorder", ("preorder", "postorder"))
    further = cursor.separator(",")
    start: Sequence = ()
    if further and _STARTING.match(cursor.text, cursor.position):
        start = _preserving(cursor)
        further = cursor.separator(",")
    return Traversal(hierarchy, order[1], start, listed(cursor, order_item) if further else ())


_PRESERVING: _Rules = {
    "filter": _filter,
    "search": _search,
    "orderby": _orderby,
    **{operator: partial(_slice, operator) for operator in ("top", "skip")},
    **{
        operator: partial(_ranking, operator)
        for operator in ("topcount", "topsum", "toppercent", "bottomcount", "bottomsum", "bottompercent")
    },
    **{operator: partial(_relatives, operator) for operator in ("ancestors", "descendants")},
    "traverse": _traverse,
}
_RULES: _Rules = {
    "aggregate": _aggregate,
    "groupby": _groupby,
    "concat": _concat,
    "compute": _compute,
    **{operator: partial(_join, operator) for operator in ("join", "outerjoin")},
    "nest": _nest,
    "addnested": _addnested,
    **_PRESERVING,
}
"""The rule for what stands in the parentheses of each transformation."""

_STARTING = re.compile(rf"(?:{'|'.join(_PRESERVING)}|[^\W\d]\w*(?:\.[^\W\d]\w*)+)\(|identity(?![\w./( ])")
