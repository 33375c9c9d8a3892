"""Common expressions: precedence climbing over operators, one function a rule below them (URL Conventions 5.1.1).

`and` and `or` become chains; other binary operators lean left. Operators are case-insensitive, as 4.01 has them.
"""

import json
import re

from odata_service.url.lexer import Cursor
from odata_service.url.literals import KINDS, LITERAL, literal_text
from odata_service.url.syntax import (
    Alias,
    AnnotationName,
    Binary,
    Case,
    CountStep,
    Expression,
    FunctionCall,
    In,
    JsonArray,
    JsonObject,
    KeyPredicate,
    Lambda,
    Literal,
    LiteralKind,
    Logical,
    Name,
    NamedValue,
    Path,
    PathStep,
    Unary,
)

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

CANONICAL_FUNCTIONS = frozenset(
    {
        "cast",
        "ceiling",
        "concat",
        "contains",
        "date",
        "day",
        "endswith",
        "floor",
        "fractionalseconds",
        "geo.distance",
        "geo.intersects",
        "geo.length",
        "hassubsequence",
        "hassubset",
        "hour",
        "indexof",
        "isdefined",
        "isof",
        "length",
        "matchespattern",
        "maxdatetime",
        "mindatetime",
        "minute",
        "month",
        "now",
        "round",
        "second",
        "startswith",
        "substring",
        "time",
        "tolower",
        "totaloffsetminutes",
        "totalseconds",
        "toupper",
        "trim",
        "year",
    }
)
"""The functions of the standard, in lower case: a name before a parenthesis that is none of them may be a key."""

_OPERATOR = re.compile(
    r"[ \t]*(?<![\w.])(or|and|eq|ne|gt|ge|lt|le|add|sub|mul|div|divby|mod|has|in)(?=[ \t(])[ \t]*", re.IGNORECASE
)
_NOT = re.compile(
    r"not(?=[ \t(])(?![ \t]+(?:or|and|eq|ne|gt|ge|lt|le|add|sub|mul|div|divby|mod|has|in)[ \t])[ \t]*", re.IGNORECASE
)
_WORD = re.compile(r"(?:null|true|false)(?![\w./(])", re.IGNORECASE)
NAME = re.compile(r"[^\W\d]\w{0,127}(?:\.[^\W\d]\w{0,127})*")
_ENUM = re.compile(r"'[^']*'")
_ALIAS = re.compile(r"@([^\W\d]\w*)(?![\w.])")
_ANNOTATION = re.compile(r"@([^\W\d]\w*(?:\.[^\W\d]\w*)+)(?:#([^\W\d]\w*))?")
_ROOT = re.compile(r"\$(?:it|this|root|these)(?!\w)", re.IGNORECASE)
_NAMED = re.compile(r"([^\W\d]\w*)[ \t]*=[ \t]*")
_LAMBDA = re.compile(r"(any|all)\([ \t]*", re.IGNORECASE)
_VARIABLE = re.compile(r"([^\W\d]\w*)[ \t]*:[ \t]*")
_JSON_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_TYPE_NAME = re.compile(r"Collection\([^\W\d]\w*(?:\.[^\W\d]\w*)+\)")


def expression(cursor: Cursor, minimum: int = 1) -> Expression:
    """An expression of operators that bind at least as tightly as `minimum`."""
    start = cursor.position
    left = _unary(cursor)
    levels = 0
    while (found := _OPERATOR.match(cursor.text, cursor.position)) is not None:
        operator = found[1].lower()
        precedence = PRECEDENCE[operator]
        if precedence < minimum:
            break
        cursor.position = found.end()
        if operator in {"and", "or"}:
            left = _chain(cursor, operator, left, start)
        else:
            cursor.budget.enter()
            levels += 1
            left = _binary(cursor, operator, left, start)
    cursor.budget.leave(levels)
    return left


def _chain(cursor: Cursor, operator: str, first: Expression, start: int) -> Logical:
    """The operands of a chain, from its second one on: the cursor stands behind the first operator."""
    precedence = PRECEDENCE[operator]
    operands = [first]
    while True:
        cursor.budget.node()
        operands.append(expression(cursor, precedence + 1))
        found = _OPERATOR.match(cursor.text, cursor.position)
        if found is None or found[1].lower() != operator:
            return Logical(operator, tuple(operands), cursor.span(start))
        cursor.position = found.end()


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
        cursor.budget.members(len(members))
        cursor.blanks()
    return In(operand, tuple(members), span=cursor.span(start))


def _unary(cursor: Cursor) -> Expression:
    start = cursor.position
    if cursor.match(_NOT):
        return _prefixed(cursor, "not", start)
    if cursor.peek() == "-" and LITERAL.match(cursor.text, start) is None:
        cursor.position += 1
        cursor.blanks()
        return _prefixed(cursor, "-", start)
    return primary(cursor)


def _prefixed(cursor: Cursor, operator: str, start: int) -> Unary:
    cursor.budget.node()
    cursor.budget.enter()
    operand = expression(cursor, UNARY_PRECEDENCE)
    cursor.budget.leave()
    return Unary(operator, operand, cursor.span(start))


def primary(cursor: Cursor) -> Expression:
    """A literal, a path, a call, an alias, JSON, or an expression in parentheses."""
    start = cursor.position
    match cursor.peek():
        case "(":
            return _parenthesised(cursor)
        case "@":
            return _alias(cursor)
        case "$":
            return _rooted(cursor)
        case "[":
            return json_array(cursor)
        case "{":
            return json_object(cursor)
        case '"' if cursor.target is not None and cursor.target.startswith("@"):
            return json_string(cursor)
    literal = literal_here(cursor)
    if literal is not None:
        return literal
    if NAME.match(cursor.text, start) is None:
        raise cursor.error("a property, a literal or a function")
    return path(cursor)


def literal_here(cursor: Cursor) -> Literal | None:
    """The literal at the cursor, or None."""
    start = cursor.position
    found = cursor.match(LITERAL)
    if found is not None:
        kind = KINDS[str(found.lastgroup)]
        return Literal(kind, literal_text(kind, found[0]), span=cursor.span(start))
    word = cursor.match(_WORD)
    if word is not None:
        folded = word[0].lower()
        kind = LiteralKind.NULL if folded == "null" else LiteralKind.BOOLEAN
        return Literal(kind, folded, span=cursor.span(start))
    return None


def _parenthesised(cursor: Cursor) -> Expression:
    cursor.position += 1
    cursor.budget.enter()
    cursor.blanks()
    inner = expression(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return inner


def _alias(cursor: Cursor) -> Expression:
    start = cursor.position
    found = cursor.match(_ALIAS)
    if found is None:
        return path(cursor)
    alias = Alias(found[1], cursor.span(start))
    if cursor.peek() != "/":
        return alias
    return Path(_steps(cursor, []), alias, cursor.span(start))


def _rooted(cursor: Cursor) -> Expression:
    start = cursor.position
    found = cursor.match(_ROOT)
    if found is not None:
        return Path(_steps(cursor, []), found[0].lower(), cursor.span(start))
    if cursor.accept("$count"):
        return Path((_count_step(cursor, start),), span=cursor.span(start))
    raise cursor.error("$it, $this, $root or $count")


def path(cursor: Cursor) -> Expression:
    """A path of names, casts, keys, calls, $count and lambdas; a lone call or enum literal is returned as such."""
    start = cursor.position
    first = _first_step(cursor)
    if isinstance(first, Literal | Case):
        return first
    steps = _steps(cursor, [first] if not isinstance(first, list) else first)
    if len(steps) == 1 and isinstance(steps[0], FunctionCall):
        return steps[0]
    return Path(steps, span=cursor.span(start))


def _first_step(cursor: Cursor) -> PathStep | list[PathStep] | Literal | Case:
    start = cursor.position
    annotation = cursor.match(_ANNOTATION)
    if annotation is not None:
        return AnnotationName(annotation[1], annotation[2], cursor.span(start))
    collection = cursor.match(_TYPE_NAME)
    if collection is not None:
        return Name(collection[0], cursor.span(start))
    found = cursor.match(NAME)
    if found is None:
        raise cursor.error("a name")
    name = found[0]
    if cursor.peek() == "'" and "." in name:
        text = cursor.match(_ENUM)
        if text is None:
            raise cursor.error("a quote at the end of the enumeration value")
        return Literal(LiteralKind.ENUM, text[0][1:-1], name, cursor.span(start))
    if cursor.peek() != "(":
        return Name(name, cursor.span(start))
    if name.lower() == "case":
        return _case(cursor, start)
    call = _call(cursor, name, start)
    is_key = name.lower() not in CANONICAL_FUNCTIONS and "." not in name and cursor.peek() == "/"
    if is_key:
        positional = call.arguments[0] if len(call.arguments) == 1 else None
        return [Name(name, call.span), KeyPredicate(positional, call.named, call.span)]
    return call


def _steps(cursor: Cursor, steps: list[PathStep]) -> tuple[PathStep, ...]:
    """The steps behind the slashes that follow."""
    levels = 0
    while cursor.peek() == "/":
        cursor.position += 1
        cursor.budget.enter()
        levels += 1
        steps.extend(_next_step(cursor))
    cursor.budget.leave(levels)
    return tuple(steps)


def _next_step(cursor: Cursor) -> list[PathStep]:
    start = cursor.position
    if cursor.accept("$count"):
        return [_count_step(cursor, start)]
    annotation = cursor.match(_ANNOTATION)
    if annotation is not None:
        return [AnnotationName(annotation[1], annotation[2], cursor.span(start))]
    quantifier = cursor.match(_LAMBDA)
    if quantifier is not None:
        return [_lambda(cursor, quantifier[1].lower(), start)]
    found = cursor.match(NAME)
    if found is None:
        raise cursor.error("a name behind the slash")
    if cursor.peek() != "(":
        return [Name(found[0], cursor.span(start))]
    if "." in found[0] or found[0].lower() in CANONICAL_FUNCTIONS:
        return [_call(cursor, found[0], start)]
    name = Name(found[0], cursor.span(start))
    return [name, key_predicate(cursor)]


def _lambda(cursor: Cursor, operator: str, start: int) -> Lambda:
    cursor.budget.node()
    if operator == "any" and cursor.accept(")"):
        return Lambda(operator, span=cursor.span(start))
    variable = cursor.match(_VARIABLE)
    if variable is None:
        raise cursor.error("a variable and a colon, as in any(x:x/name eq 'a')")
    cursor.budget.enter()
    predicate = expression(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return Lambda(operator, variable[1], predicate, cursor.span(start))


def _count_step(cursor: Cursor, start: int) -> CountStep:
    if not cursor.accept("("):
        return CountStep(span=cursor.span(start))
    cursor.budget.enter()
    predicate: Expression | None = None
    search: str | None = None
    while True:
        name = cursor.match(re.compile(r"\$?(filter|search)[ \t]*=[ \t]*", re.IGNORECASE))
        if name is None:
            raise cursor.error("$filter= or $search=")
        if name[1].lower() == "filter":
            predicate = expression(cursor)
        else:
            search = raw_value(cursor)
        if not cursor.separator(";"):
            break
    cursor.expect(")")
    cursor.budget.leave()
    return CountStep(predicate, search, cursor.span(start))


def _call(cursor: Cursor, name: str, start: int) -> FunctionCall:
    """The arguments of a call, by position or by name."""
    cursor.budget.node()
    cursor.budget.enter()
    cursor.position += 1
    cursor.blanks()
    arguments: list[Expression] = []
    named: list[NamedValue] = []
    while not cursor.accept(")"):
        if (arguments or named) and not cursor.separator(","):
            raise cursor.error("a comma or ) behind the argument")
        value_start = cursor.position
        label = cursor.match(_NAMED)
        value = expression(cursor)
        if label is not None:
            named.append(NamedValue(label[1], value, cursor.span(value_start)))
        else:
            arguments.append(value)
        cursor.blanks()
    cursor.budget.leave()
    return FunctionCall(name, tuple(arguments), tuple(named), cursor.span(start))


def key_predicate(cursor: Cursor) -> KeyPredicate:
    """`('a')`, `(k=1,l='b')` or `()`: the cursor stands at the parenthesis."""
    start = cursor.position
    call = _call(cursor, "", start)
    if len(call.arguments) > 1 or (call.arguments and call.named):
        cursor.position = start
        raise cursor.error("one value, or name=value for each part of the key")
    return KeyPredicate(call.arguments[0] if call.arguments else None, call.named, cursor.span(start))


def _case(cursor: Cursor, start: int) -> Case:
    cursor.budget.node()
    cursor.budget.enter()
    cursor.position += 1
    branches = []
    while True:
        cursor.blanks()
        condition = expression(cursor)
        cursor.expect(":")
        cursor.blanks()
        branches.append((condition, expression(cursor)))
        if not cursor.separator(","):
            break
    cursor.expect(")")
    cursor.budget.leave()
    return Case(tuple(branches), cursor.span(start))


def json_array(cursor: Cursor) -> JsonArray:
    """A collection in JSON form; its members may be any expression."""
    start = cursor.position
    cursor.position += 1
    cursor.budget.enter()
    members: list[Expression] = []
    cursor.blanks()
    while not cursor.accept("]"):
        if members and not cursor.separator(","):
            raise cursor.error("a comma or ] in the array")
        members.append(_json_value(cursor))
        cursor.budget.members(len(members))
        cursor.blanks()
    cursor.budget.leave()
    return JsonArray(tuple(members), cursor.span(start))


def json_object(cursor: Cursor) -> JsonObject:
    """A structured value in JSON form."""
    start = cursor.position
    cursor.position += 1
    cursor.budget.enter()
    members: list[tuple[str, Expression]] = []
    cursor.blanks()
    while not cursor.accept("}"):
        if members and not cursor.separator(","):
            raise cursor.error("a comma or } in the object")
        name = json_string(cursor).text
        cursor.expect(":")
        cursor.blanks()
        members.append((name, _json_value(cursor)))
        cursor.blanks()
    cursor.budget.leave()
    return JsonObject(tuple(members), cursor.span(start))


def json_string(cursor: Cursor) -> Literal:
    """Text in double quotes, as JSON has it."""
    start = cursor.position
    found = cursor.match(_JSON_STRING)
    if found is None:
        raise cursor.error("text in double quotes")
    try:
        text = json.loads(found[0])
    except ValueError as error:
        cursor.position = start
        raise cursor.error("a JSON string") from error
    return Literal(LiteralKind.STRING, text, span=cursor.span(start))


def _json_value(cursor: Cursor) -> Expression:
    if cursor.peek() == '"':
        return json_string(cursor)
    return expression(cursor)


def raw_value(cursor: Cursor) -> str:
    """The text up to the `;` or `)` that ends a nested option, parentheses and quotes inside it whole."""
    start = cursor.position
    depth = 0
    quote = ""
    while cursor.position < len(cursor.text):
        character = cursor.text[cursor.position]
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif character in ");":
            break
        cursor.position += 1
    return cursor.text[start : cursor.position]
