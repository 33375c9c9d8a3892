"""Paths in expressions: names, casts, keys, calls, annotations, $count, $filter, any and all, aggregates (ABNF 4).

The grammar cannot tell a key from a function's parameters behind a name without a namespace: such parentheses are a key
predicate where all values in them may stand in one, and a call otherwise.
"""

import re

from odata_service.url import aggregates, expression
from odata_service.url.lexer import Cursor
from odata_service.url.search import search
from odata_service.url.syntax import (
    AggregateStep,
    Alias,
    AnnotationName,
    CountStep,
    Expression,
    FilterStep,
    FunctionCall,
    JsonArray,
    JsonObject,
    KeyPredicate,
    Lambda,
    Literal,
    LiteralKind,
    Name,
    NamedValue,
    Path,
    PathStep,
    SearchExpression,
)

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

NAME = re.compile(r"[^\W\d]\w{0,127}(?:\.[^\W\d]\w{0,127})*")
_CALLED = re.compile(rf"({NAME.pattern})(?=\()")
_LEADING_ON = frozenset("/@(")
ANNOTATION = re.compile(r"@([^\W\d]\w*(?:\.[^\W\d]\w*)*)(?:#([^\W\d]\w*))?")
_ALIAS = re.compile(r"@([^\W\d]\w*)(?![\w.#])")
_ENUM = re.compile(r"'[^']*'")
_ROOT = re.compile(r"\$(?:it|this|root|these)(?!\w)", re.IGNORECASE)
_ROOTS = ("$it", "$this", "$root", "$these", "$count")
_SYSTEM_STEP = re.compile(r"\$(count|filter)(?!\w)", re.IGNORECASE)
_NAMED = re.compile(r"([^\W\d]\w*)[ \t]*=[ \t]*")
_LAMBDA = re.compile(r"(any|all)\([ \t]*", re.IGNORECASE)
_AGGREGATE = re.compile(r"aggregate\([ \t]*")
_VARIABLE = re.compile(r"([^\W\d]\w*)[ \t]*:[ \t]*")
_COUNT_OPTION = re.compile(r"\$?(filter|search)[ \t]*=[ \t]*", re.IGNORECASE)
_TYPE = re.compile(r"(?:Collection\([^\W\d]\w*(?:\.[^\W\d]\w*)*\)|[^\W\d]\w*(?:\.[^\W\d]\w*)*)(?=[ \t]*\))")


def canonical_call(cursor: Cursor) -> Expression | None:
    """A canonical function and what is behind it, which needs no look at its arguments; None for all else."""
    start = cursor.position
    found = _CALLED.match(cursor.text, start)
    if found is None or found[1].lower() not in CANONICAL_FUNCTIONS:
        return None
    cursor.position = found.end()
    called = call(cursor, found[1], start)
    return Path(_steps(cursor, [called]), span=cursor.span(start)) if cursor.peek() in _LEADING_ON else called


def member(cursor: Cursor) -> Expression:
    """A path, or what stands where one may: an alias, a call, an enumeration value, a case."""
    start = cursor.position
    match cursor.peek():
        case "@":
            return _from_alias(cursor)
        case "$":
            return _from_root(cursor)
    found = cursor.match(NAME)
    if found is None:
        raise cursor.error("a property, a literal or a function")
    name = found[0]
    match cursor.peek():
        case "(" if name.lower() == "case":
            return expression.case(cursor, start)
        case "'":
            return _enumeration_value(cursor, name, start)
    steps = _steps(cursor, _named_step(cursor, name, start))
    match steps:
        case (FunctionCall() as call,):
            return call
        case (Name(),) if "." in name:
            raise cursor.error("a property or a function behind the name of a type, as in Namespace.Type/name")
    return Path(steps, span=cursor.span(start))


def _enumeration_value(cursor: Cursor, type_name: str, start: int) -> Literal:
    text = cursor.match(_ENUM)
    if text is None:
        raise cursor.error("a quote at the end of the enumeration value")
    return Literal(LiteralKind.ENUM, text[0][1:-1], type_name, cursor.span(start))


def _from_alias(cursor: Cursor) -> Expression:
    start = cursor.position
    found = cursor.match(_ALIAS)
    if found is None:
        return Path(_steps(cursor, [_annotation(cursor)]), span=cursor.span(start))
    alias = Alias(found[1], cursor.span(start))
    if cursor.peek() not in {"/", "@"}:
        return alias
    return Path(_steps(cursor, []), alias, cursor.span(start))


def _from_root(cursor: Cursor) -> Path:
    start = cursor.position
    found = cursor.match(_ROOT)
    if found is not None:
        return Path(_steps(cursor, []), found[0].lower(), cursor.span(start))
    if cursor.match(_SYSTEM_STEP):
        return Path((_count_step(cursor, start),), span=cursor.span(start))
    raise cursor.error(", ".join(_ROOTS[:-1]) + " or $count", _ROOTS)


def _steps(cursor: Cursor, steps: list[PathStep]) -> tuple[PathStep, ...]:
    """The steps that follow: behind slashes, an `@`, and keys behind what gives a collection."""
    levels = 0
    while True:
        match cursor.peek():
            case "/":
                cursor.position += 1
                following = _next_step(cursor)
            case "@":
                following = [_annotation(cursor)]
            case "(" if steps and isinstance(steps[-1], FunctionCall | FilterStep):
                following = [key_predicate(cursor)]
            case _:
                break
        cursor.budget.enter()
        levels += 1
        steps.extend(following)
    cursor.budget.leave(levels)
    return tuple(steps)


def _next_step(cursor: Cursor) -> list[PathStep]:
    start = cursor.position
    match cursor.peek():
        case "@":
            return [_annotation(cursor)]
        case "$":
            return [_system_step(cursor)]
    quantifier = cursor.match(_LAMBDA)
    if quantifier is not None:
        return [_lambda(cursor, quantifier[1].lower(), start)]
    if cursor.match(_AGGREGATE):
        return [_aggregate_step(cursor, start)]
    found = cursor.match(NAME)
    if found is None:
        raise cursor.error("a name behind the slash")
    return _named_step(cursor, found[0], start)


def _named_step(cursor: Cursor, name: str, start: int) -> list[PathStep]:
    """A name, a name and its key, or a call: the cursor stands behind the name."""
    if cursor.peek() != "(":
        return [Name(name, cursor.span(start))]
    place = cursor.position
    if name.lower() in {"any", "all"}:
        cursor.position = start
        raise cursor.error(f"a collection and a slash before it, as in Items/{name.lower()}(x:x/name eq 'a')")
    named_until = cursor.span(start)
    called = call(cursor, name, start)
    if "." in name or name.lower() in CANONICAL_FUNCTIONS or not _may_be_key(called):
        return [called]
    positional = called.arguments[0] if called.arguments else None
    return [Name(name, named_until), KeyPredicate(positional, called.named, cursor.span(place))]


def _may_be_key(call: FunctionCall) -> bool:
    values = [*call.arguments, *(named.value for named in call.named)]
    return bool(values) and len(call.arguments) <= 1 and all(isinstance(value, Literal | Alias) for value in values)


def _annotation(cursor: Cursor) -> AnnotationName:
    start = cursor.position
    found = cursor.match(ANNOTATION)
    if found is None:
        raise cursor.error("a term behind the @, as in @Core.Description")
    return AnnotationName(found[1], found[2], cursor.span(start))


def _system_step(cursor: Cursor) -> CountStep | FilterStep:
    start = cursor.position
    found = cursor.match(_SYSTEM_STEP)
    if found is None:
        raise cursor.error("$count or $filter(…) behind the slash", ("$count", "$filter"))
    return _count_step(cursor, start) if found[1].lower() == "count" else _filter_step(cursor, start)


def _lambda(cursor: Cursor, operator: str, start: int) -> Lambda:
    cursor.budget.node()
    if operator == "any" and cursor.accept(")"):
        return Lambda(operator, span=cursor.span(start))
    variable = cursor.match(_VARIABLE)
    if variable is None:
        raise cursor.error("a variable and a colon, as in any(x:x/name eq 'a')")
    cursor.budget.enter()
    predicate = expression.expression(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return Lambda(operator, variable[1], predicate, cursor.span(start))


def _filter_step(cursor: Cursor, start: int) -> FilterStep:
    cursor.budget.node()
    cursor.budget.enter()
    cursor.expect("(")
    cursor.blanks()
    predicate = expression.expression(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return FilterStep(predicate, cursor.span(start))


def _aggregate_step(cursor: Cursor, start: int) -> AggregateStep:
    cursor.budget.node()
    cursor.budget.enter()
    aggregate = aggregates.aggregate_item(cursor)
    cursor.expect(")")
    cursor.budget.leave()
    return AggregateStep(aggregate, cursor.span(start))


def _count_step(cursor: Cursor, start: int) -> CountStep:
    """`$count`, and the options in parentheses behind it."""
    if not cursor.accept("("):
        return CountStep(span=cursor.span(start))
    cursor.budget.node()
    cursor.budget.enter()
    predicate: Expression | None = None
    wanted: SearchExpression | None = None
    while True:
        cursor.blanks()
        name = cursor.match(_COUNT_OPTION)
        if name is None:
            raise cursor.error("$filter= or $search=", ("$filter", "$search"))
        if name[1].lower() == "filter" and predicate is None:
            predicate = expression.expression(cursor)
        elif name[1].lower() == "search" and wanted is None:
            wanted = search(cursor)
        else:
            cursor.position = name.start()
            raise cursor.error(f"${name[1].lower()} once only")
        if not cursor.separator(";"):
            break
    cursor.expect(")")
    cursor.budget.leave()
    return CountStep(predicate, wanted, cursor.span(start))


def call(cursor: Cursor, name: str, start: int) -> FunctionCall:
    """The arguments of a call, all by position or all by name: the cursor stands at the parenthesis."""
    cursor.budget.node()
    cursor.budget.enter()
    cursor.position += 1
    cursor.blanks()
    takes_type = name.lower() in {"cast", "isof"}
    arguments: list[Expression] = []
    named: list[NamedValue] = []
    while not cursor.accept(")"):
        if arguments or named:
            if not cursor.separator(","):
                raise cursor.error("a comma or ) behind the argument")
            cursor.budget.node()
        place = cursor.position
        label = cursor.match(_NAMED)
        if (label is None and named) or (label is not None and arguments):
            cursor.position = place
            raise cursor.error("names for all arguments, or for none")
        if label is not None:
            named.append(NamedValue(label[1], expression.expression(cursor), cursor.span(place)))
        else:
            arguments.append((_type(cursor) if takes_type else None) or expression.expression(cursor))
        cursor.blanks()
    cursor.budget.leave()
    return FunctionCall(name, tuple(arguments), tuple(named), cursor.span(start))


def _type(cursor: Cursor) -> Path | None:
    """The name of a type as the last argument of cast or isof, or None."""
    start = cursor.position
    found = cursor.match(_TYPE)
    if found is None:
        return None
    span = cursor.span(start)
    return Path((Name(found[0], span),), span=span)


def key_predicate(cursor: Cursor, *, takes_json: bool = False) -> KeyPredicate:
    """`('a')`, `(k=1,l='b')` or `()`: the cursor stands at the parenthesis.

    `takes_json` is for the resource path, where the parentheses may hold a function's parameters.
    """
    start = cursor.position
    written = call(cursor, "", start)
    if len(written.arguments) > 1:
        cursor.position = start
        raise cursor.error("one value, or name=value for each part of the key")
    for value in (*written.arguments, *(named.value for named in written.named)):
        if not isinstance(value, Literal | Alias) and not (takes_json and isinstance(value, JsonArray | JsonObject)):
            cursor.position = value.span.start - cursor.offset
            raise cursor.error("a literal, text in single quotes, or an alias such as @a with @a=… behind the path")
    return KeyPredicate(written.arguments[0] if written.arguments else None, written.named, cursor.span(start))
