"""Common expressions: precedence climbing over operators (URL Conventions 5.1.1); what they join is in `members`.

The rules of expressions, members, aggregates and JSON call each other, so their modules import each other whole.
`and` and `or` become chains; other binary operators lean left. Operators are case-insensitive, as 4.01 has them.
"""

import re

from odata_service.errors import Span
from odata_service.url import json, members
from odata_service.url.lexer import Cursor, Operator
from odata_service.url.literals import LITERAL, literal_here
from odata_service.url.syntax import Binary, Case, Expression, In, Literal, LiteralKind, Logical, Name, Path, Unary

PRECEDENCE = {
    "or": 1,
    "and": 2,
    "eq": 3,
    "ne": 3,
    "gt": 4,
    "ge": 4,
    "lt": 4,
    "le": 4,
    "add": 5,
    "sub": 5,
    "mul": 6,
    "div": 6,
    "divby": 6,
    "mod": 6,
    "has": 8,
    "in": 8,
}
UNARY_PRECEDENCE = 7

_WORDS = "|".join(PRECEDENCE)
_OPERATOR = re.compile(rf"[ \t]*(?<![\w.])({_WORDS})(?=[ \t(])[ \t]*", re.IGNORECASE)
_NOT = re.compile(rf"not(?=[ \t(])(?![ \t]+(?:{_WORDS})[ \t])[ \t]*", re.IGNORECASE)
_PLAIN = re.compile(r"(?:([^\W\d]\w{0,127}+)|'([^']*)'|([0-9]{1,18}))(?=[ \t,)]|\Z)")
_COMPARED = re.compile(r" (eq|ne|gt|ge|lt|le) ")
_COMPARED_END = re.compile(r"\Z|[,);]| (?:and|or) ")
_NO_PROPERTIES = frozenset({"null", "true", "false", "inf", "nan", "not"})
_ENDS = frozenset({"", ",", ")", ";"})
_TIME_BEFORE = re.compile(r"\d\d:\d\d$")
_COLON = re.compile(r"[ \t]*:")


def expression(cursor: Cursor, minimum: int = 1) -> Expression:
    """An expression of operators that bind at least as tightly as `minimum`."""
    start = cursor.position
    left = _plain(cursor)
    if left is None:
        left = _operand(cursor)
    elif cursor.text[cursor.position : cursor.position + 1] in _ENDS:
        return left
    elif minimum <= PRECEDENCE["eq"]:
        left = _compared(cursor, left) or left
    levels = 0
    while (found := _operator(cursor)) is not None:
        operator, precedence, behind = found
        if precedence < minimum:
            break
        cursor.position = behind
        if operator in {"and", "or"}:
            left = _chain(cursor, operator, left, start)
        else:
            cursor.budget.enter()
            levels += 1
            left = _binary(cursor, operator, left, start)
    if levels:
        cursor.budget.leave(levels)
    return left


def _plain(cursor: Cursor) -> Expression | None:
    """A property, a text or a number alone, as most operands are; None for all else, the cursor unmoved."""
    start = cursor.position
    found = _PLAIN.match(cursor.text, start)
    if found is None:
        return None
    name, text, digits = found.groups()
    if name is None:
        cursor.position = found.end()
        kind = LiteralKind.STRING if digits is None else LiteralKind.INTEGER
        return Literal(kind, text if digits is None else digits, None, cursor.span(start))
    if name.lower() in _NO_PROPERTIES:
        return None
    cursor.position = found.end()
    span = cursor.span(start)
    return Path((Name(name, span),), None, span)


def _compared(cursor: Cursor, left: Expression) -> Binary | None:
    """The comparison with a literal that follows, as most conditions are; None for all else, the cursor unmoved."""
    start = cursor.position
    found = _COMPARED.match(cursor.text, start)
    if found is None:
        return None
    cursor.position = found.end()
    literal = literal_here(cursor)
    if literal is None or _COMPARED_END.match(cursor.text, cursor.position) is None:
        cursor.position = start
        return None
    cursor.budget.node()
    return Binary(found[1], left, literal, Span(left.span.start, literal.span.end))


def _operator(cursor: Cursor) -> Operator | None:
    """The operator that follows; each level of precedence asks for the same one, so it is kept."""
    position = cursor.position
    place, operator = cursor.following
    if place == position:
        return operator
    operator = None
    if cursor.text[position : position + 1] not in _ENDS:
        found = _OPERATOR.match(cursor.text, position)
        if found is not None:
            word = found[1].lower()
            operator = (word, PRECEDENCE[word], found.end())
    cursor.following = (position, operator)
    return operator


def _chain(cursor: Cursor, operator: str, first: Expression, start: int) -> Logical:
    """The operands of a chain, from its second one on: the cursor stands behind the first operator."""
    precedence = PRECEDENCE[operator]
    operands = [first]
    while True:
        cursor.budget.node()
        operands.append(expression(cursor, precedence + 1))
        found = _operator(cursor)
        if found is None or found[0] != operator:
            return Logical(operator, tuple(operands), cursor.span(start))
        cursor.position = found[2]


def _binary(cursor: Cursor, operator: str, left: Expression, start: int) -> Expression:
    cursor.budget.node()
    if operator == "in":
        return _in(cursor, left, start)
    right = expression(cursor, PRECEDENCE[operator] + 1)
    return Binary(operator, left, right, cursor.span(start))


def _in(cursor: Cursor, operand: Expression, start: int) -> In:
    if not cursor.accept("("):
        collection = expression(cursor, PRECEDENCE["in"] + 1)
        return In(operand, collection=collection, span=cursor.span(start))
    members: list[Expression] = []
    cursor.blanks()
    while not cursor.accept(")"):
        if members and not cursor.separator(","):
            raise cursor.error("a comma or ) in the list")
        members.append(expression(cursor))
        cursor.budget.member()
        cursor.blanks()
    return In(operand, tuple(members), span=cursor.span(start))


def _operand(cursor: Cursor) -> Expression:
    """A primary that is not plain, or `not` and `-` before one."""
    start = cursor.position
    match cursor.text[start : start + 1]:
        case "n" | "N" if cursor.match(_NOT):
            return _prefixed(cursor, "not", start)
        case "-" if LITERAL.match(cursor.text, start) is None:
            cursor.position += 1
            cursor.blanks()
            return _prefixed(cursor, "-", start)
        case "(":
            return _parenthesised(cursor)
        case "[":
            return json.json_array(cursor)
        case "{":
            return json.json_object(cursor)
    return members.canonical_call(cursor) or literal_here(cursor) or members.member(cursor)


def _prefixed(cursor: Cursor, operator: str, start: int) -> Unary:
    cursor.budget.node()
    cursor.budget.enter()
    operand = expression(cursor, UNARY_PRECEDENCE)
    cursor.budget.leave()
    return Unary(operator, operand, cursor.span(start))


def _parenthesised(cursor: Cursor) -> Expression:
    cursor.position += 1
    cursor.budget.enter()
    cursor.blanks()
    inner = expression(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return inner


def case(cursor: Cursor, start: int) -> Case:
    """`case(condition:result,…)`: the cursor stands at the parenthesis."""
    cursor.budget.node()
    cursor.budget.enter()
    cursor.position += 1
    branches = []
    while True:
        cursor.blanks()
        condition = _condition(cursor)
        cursor.expect(":")
        cursor.blanks()
        branches.append((condition, expression(cursor)))
        if not cursor.separator(","):
            break
    cursor.expect(")")
    cursor.budget.leave()
    return Case(tuple(branches), cursor.span(start))


def _condition(cursor: Cursor) -> Expression:
    """The condition of a branch: `10:20` in `age gt 10:20` is no time of day."""
    start = cursor.position
    condition = expression(cursor)
    if (
        cursor.has_times
        and _TIME_BEFORE.search(cursor.text, start, cursor.position)
        and not _COLON.match(cursor.text, cursor.position)
    ):
        cursor.position = start
        cursor.has_times = False
        condition = expression(cursor)
        cursor.has_times = True
    return condition
