"""The resource path: decoded segments with what stands in their parentheses (URL Conventions 4; ABNF 1).

Which names are keys, properties, types or operations is for the resolver to say: it has the schema.
"""

import re

from odata_service.errors import Span
from odata_service.url.decode import split_path
from odata_service.url.expression import expression
from odata_service.url.lexer import Budget, Cursor
from odata_service.url.members import key_predicate
from odata_service.url.syntax import CrossJoin, FilterSegment, KeyPredicate, Name, PathSegment, Segment
from odata_service.url.values import listed

_CALL = re.compile(r"(\$?[^\W\d]\w*(?:\.[^\W\d]\w*)*)\(")
_ENTITY_SET = re.compile(r"[^\W\d]\w{0,127}")
_LAST = frozenset({"$count", "$ref", "$value", "$query"})
_SYSTEM_CALLS = ("$filter", "$crossjoin")


def resource_path(path: str, budget: Budget) -> tuple[PathSegment, ...]:
    """The segments of a percent-encoded path relative to the service root; nothing follows those that end one."""
    segments: list[PathSegment] = []
    offset = 0
    for text in split_path(path):
        budget.enter()
        cursor = Cursor(text, None, budget, offset=offset)
        if segments and isinstance(before := segments[-1], Segment) and before.name in _LAST:
            raise cursor.error(f"the end of the path behind {before.name}")
        if not segments and "(" in text and _CALL.match(text) is None:
            raise cursor.error("the name of a resource before the parenthesis")
        segments.append(_segment(cursor))
        offset += len(text) + 1
    budget.leave(len(segments))
    return tuple(segments)


def _segment(cursor: Cursor) -> PathSegment:
    found = _CALL.match(cursor.text)
    if found is None:
        return Segment(cursor.text, span=Span(cursor.offset, cursor.offset + len(cursor.text)))
    name = found[1]
    if name.startswith("$") and name not in _SYSTEM_CALLS:
        raise cursor.error("a segment that takes parentheses: $filter or $crossjoin", _SYSTEM_CALLS)
    cursor.position = found.end() - 1
    match name:
        case "$filter":
            return _ended(cursor, _filter(cursor))
        case "$crossjoin":
            return _ended(cursor, _crossjoin(cursor))
        case _:
            arguments = key_predicate(cursor, takes_json=True)
            return _ended(cursor, Segment(name, arguments, _key(cursor), cursor.span(0)))


def _filter(cursor: Cursor) -> FilterSegment:
    cursor.budget.node()
    cursor.budget.enter()
    cursor.expect("(")
    cursor.blanks()
    predicate = expression(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return FilterSegment(predicate, _key(cursor), cursor.span(0))


def _crossjoin(cursor: Cursor) -> CrossJoin:
    cursor.expect("(")
    cursor.blanks()
    names = listed(cursor, _entity_set)
    cursor.expect(")")
    return CrossJoin(names, cursor.span(0))


def _entity_set(cursor: Cursor) -> Name:
    start = cursor.position
    found = cursor.match(_ENTITY_SET)
    if found is None:
        raise cursor.error("the name of an entity set")
    return Name(found[0], cursor.span(start))


def _key(cursor: Cursor) -> KeyPredicate | None:
    """The key of a member of the collection that stands before it."""
    return key_predicate(cursor) if cursor.peek() == "(" else None


def _ended(cursor: Cursor, segment: PathSegment) -> PathSegment:
    if cursor.position < len(cursor.text):
        raise cursor.error("the end of the segment")
    return segment
