"""From tokens to an expression by precedence climbing (ABNF 4 `commonExpr`, URL Conventions 5.1.1).

A function that opens a path is a `FunctionCall`, also where the schema will call it a key predicate; behind a `/`
a single value without a name is a `KeyPredicate`. A path's `$filter(…)` step is a `FunctionCall` of that name.
"""

import re
from collections.abc import Callable

from odata_service.errors import Span
from odata_service.url.lexer import Reader
from odata_service.url.literals import (
    KINDS,
    read_json_string,
    read_literal,
    read_typed_literal,
    read_word_literal,
)
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
    Logical,
    Name,
    NamedValue,
    Path,
    PathStep,
    Unary,
)

POWERS = {"or": 1, "and": 2, "eq": 3, "ne": 3, "lt": 4, "le": 4, "gt": 4, "ge": 4, "add": 5, "sub": 5}
POWERS |= {"mul": 6, "div": 6, "divby": 6, "mod": 6, "has": 8, "in": 8}
UNARY_POWER = 7
ROOTS = frozenset({"$it", "$this", "$root", "$these"})

_COLLECTION_TYPE = re.compile(r"Collection\(([^\W\d]\w*(?:\.[^\W\d]\w*)*)\)")
_NOT_AN_OPERAND = re.compile(r"\s*(?:$|[),/;:]|(?:eq|ne|lt|le|gt|ge|and|or|in|asc|desc|as)\s)")


def read_expression(reader: Reader, floor: int = 0) -> Expression:
    """An expression whose operators all bind at least as tightly as `floor`."""
    left = _operand(reader)
    chain = 0
    while reader.kind == "word":
        operator = reader.value.lower()
        power = POWERS.get(operator, -1)
        if power < floor or power < 0:
            break
        if power > 2:
            chain += 1
            reader.enter()
        left = _infix(reader, left, operator, power)
    reader.depth -= chain
    return left


def _infix(reader: Reader, left: Expression, operator: str, power: int) -> Expression:
    start = left.span.start
    if power <= 2:
        return _logical(reader, left, operator, power)
    reader.spend()
    reader.advance()
    if operator == "in":
        return _in(reader, left)
    right = read_expression(reader, power + 1)
    return Binary(operator, left, right, Span(start, right.span.end))


def _logical(reader: Reader, left: Expression, operator: str, power: int) -> Logical:
    operands = [left]
    while reader.kind == "word" and reader.value.lower() == operator:
        reader.spend()
        reader.advance()
        operands.append(read_expression(reader, power + 1))
    return Logical(operator, tuple(operands), Span(left.span.start, operands[-1].span.end))


def _in(reader: Reader, left: Expression) -> In:
    if not reader.at("("):
        collection = read_expression(reader, UNARY_POWER)
        return In(left, (), collection, Span(left.span.start, collection.span.end))
    reader.enter()
    reader.advance()
    values = _list_members(reader)
    reader.depth -= 1
    span = Span(left.span.start, reader.end)
    reader.expect(")", "',' or ')'")
    if len(values) == 1 and not isinstance(values[0], Literal):
        return In(left, (), values[0], span)
    return In(left, values, None, span)


def _list_members(reader: Reader) -> tuple[Expression, ...]:
    members: list[Expression] = []
    limit = reader.budget.limits.max_in_list
    while not reader.at(")"):
        start = reader.start
        members.append(read_expression(reader))
        if len(members) > 1 and not all(isinstance(member, Literal) for member in (members[0], members[-1])):
            reader.start, reader.end = start, members[-1].span.end
            raise reader.failure("a literal in the list behind 'in'")
        if 0 < limit < len(members):
            raise reader.exceeded("max_in_list", f"has a list of more than {limit} members")
        if not reader.accept(","):
            break
        if reader.at(")"):
            raise reader.failure("a literal")
    return tuple(members)


def _operand(reader: Reader) -> Expression:
    if reader.kind in KINDS:
        return read_literal(reader)
    read = _OPERANDS.get(reader.kind)
    if read is None:
        raise reader.failure("a value, a property or a function")
    return read(reader)


def _word(reader: Reader) -> Expression:
    if not (reader.touches("/") or reader.touches("(")):
        literal = read_word_literal(reader)
        if literal is not None:
            return literal
    folded = reader.value.lower()
    if folded == "not" and not _NOT_AN_OPERAND.match(reader.text, reader.end):
        return _unary(reader, "not")
    if folded == "case" and reader.touches("("):
        return _case(reader)
    return _path(reader)


def _unary(reader: Reader, operator: str) -> Unary:
    start = reader.start
    reader.enter()
    reader.spend()
    reader.advance()
    operand = read_expression(reader, UNARY_POWER)
    reader.depth -= 1
    return Unary(operator, operand, Span(start, operand.span.end))


def _case(reader: Reader) -> Case:
    start = reader.start
    reader.enter()
    reader.spend()
    reader.advance()
    reader.advance()
    branches: list[tuple[Expression, Expression]] = []
    while True:
        condition = read_expression(reader)
        reader.expect(":", "':' between the condition and its result")
        branches.append((condition, read_expression(reader)))
        if not reader.accept(","):
            break
    reader.depth -= 1
    end = reader.end
    reader.expect(")", "',' or ')'")
    return Case(tuple(branches), Span(start, end))


def _mark(reader: Reader) -> Expression:
    match reader.value:
        case "(":
            return _group(reader)
        case "[":
            return _array(reader)
        case "{":
            return _object(reader)
        case "-":
            return _unary(reader, "-")
        case _:
            raise reader.failure("a value, a property or a function")


def _group(reader: Reader) -> Expression:
    reader.enter()
    reader.advance()
    inner = read_expression(reader)
    reader.depth -= 1
    reader.expect(")", "an operator or ')'")
    return inner


def _array(reader: Reader) -> JsonArray:
    start = reader.start
    reader.enter()
    reader.advance()
    members: list[Expression] = []
    while not reader.at("]"):
        reader.spend()
        members.append(_json_value(reader))
        if not reader.accept(","):
            break
    reader.depth -= 1
    end = reader.end
    reader.expect("]", "',' or ']'")
    return JsonArray(tuple(members), Span(start, end))


def _object(reader: Reader) -> JsonObject:
    start = reader.start
    reader.enter()
    reader.advance()
    members: list[tuple[str, Expression]] = []
    while not reader.at("}"):
        reader.spend()
        if reader.kind != "json":
            raise reader.failure("a member's name in double quotes")
        name = read_json_string(reader).text
        reader.expect(":")
        members.append((name, _json_value(reader)))
        if not reader.accept(","):
            break
    reader.depth -= 1
    end = reader.end
    reader.expect("}", "',' or '}'")
    return JsonObject(tuple(members), Span(start, end))


def _json_value(reader: Reader) -> Expression:
    return read_json_string(reader) if reader.kind == "json" else read_expression(reader)


def _rooted(reader: Reader) -> Expression:
    root = reader.value
    if root not in ROOTS:
        raise reader.failure("$it, $this or $root/…")
    start, end = reader.start, reader.end
    reader.advance()
    return Path(*_steps(reader, [], root), Span(start, end))


def _alias(reader: Reader) -> Expression:
    start, end, text = reader.start, reader.end, reader.value[1:]
    annotation = "." in text or "#" in text
    reader.advance()
    if annotation:
        return Path(*_steps(reader, [_annotation_name(text, start)], None), Span(start, end))
    alias = Alias(text, Span(start, end))
    return Path(*_steps(reader, [], alias), Span(start, end)) if reader.at("/") else alias


def _annotation_name(text: str, start: int) -> AnnotationName:
    name, _, qualifier = text.partition("#")
    return AnnotationName(name, qualifier or None, Span(start, start + len(text) + 1))


def _path(reader: Reader) -> Expression:
    start, end = reader.start, reader.end
    collection = _COLLECTION_TYPE.match(reader.text, start)
    if collection:
        reader.jump(collection.end())
        name = Name(collection.group(), Span(start, collection.end()))
        return Path((name,), None, name.span)
    if not reader.touches("(") and not reader.touches("/"):
        span = Span(start, end)
        name = Name(reader.value, span)
        reader.advance()
        return Path((name,), None, span)
    if reader.touches("("):
        call = _call(reader)
        if not reader.at("/"):
            return call
        return Path(*_steps(reader, [call], None), call.span)
    name = Name(reader.value, Span(start, end))
    reader.advance()
    return Path(*_steps(reader, [name], None), Span(start, end))


def _steps(
    reader: Reader, steps: list[PathStep], root: str | Alias | None
) -> tuple[tuple[PathStep, ...], str | Alias | None]:
    entered = 0
    while reader.accept("/"):
        entered += 1
        reader.enter()
        steps.extend(_step(reader))
        while reader.at("("):
            steps.append(_key(reader))
    reader.depth -= entered
    return tuple(steps), root


def _key(reader: Reader) -> KeyPredicate:
    start = reader.start
    positional, named = read_arguments(reader)
    if len(positional) > 1:
        raise reader.failure("one key value, or name=value pairs")
    return KeyPredicate(positional[0] if positional else None, named, Span(start, reader.start))


def _step(reader: Reader) -> list[PathStep]:
    match reader.kind, reader.value:
        case "system", "$count":
            return [_count_step(reader)]
        case "system", "$filter":
            return [_call(reader)]
        case "alias", text:
            annotation = _annotation_name(text[1:], reader.start)
            reader.advance()
            return [annotation]
        case "word", "any" | "all" if reader.touches("("):
            return [_lambda(reader)]
        case "word", name if reader.touches("("):
            call = _call(reader)
            if len(call.arguments) == 1:
                return [Name(name, call.span), KeyPredicate(call.arguments[0], (), call.span)]
            return [call]
        case "word", name:
            step = Name(name, Span(reader.start, reader.end))
            reader.advance()
            return [step]
        case _:
            raise reader.failure("a property, a type or a function behind '/'")


def _count_step(reader: Reader) -> CountStep:
    start, end = reader.start, reader.end
    reader.advance()
    condition, search = None, None
    if reader.accept("("):
        while True:
            option = reader.value.removeprefix("$").lower()
            if option not in ("filter", "search"):
                raise reader.failure("$filter=… or $search=…")
            reader.advance()
            if option == "search":
                search = read_search(reader)
            else:
                reader.expect("=")
                condition = read_expression(reader)
            if not reader.accept(";"):
                break
        reader.expect(")")
    return CountStep(condition, search, Span(start, end))


def read_search(reader: Reader) -> str:
    """The verbatim text of `$search` inside parentheses, up to their end or a `;`."""
    if not reader.at("="):
        raise reader.failure("'='")
    start = position = reader.end
    depth, quoted = 0, False
    while position < len(reader.text):
        character = reader.text[position]
        if character == '"':
            quoted = not quoted
        elif not quoted:
            if depth == 0 and character in ");":
                break
            depth += (character == "(") - (character == ")")
        position += 1
    reader.jump(position)
    return reader.text[start:position]


def _lambda(reader: Reader) -> Lambda:
    start, operator = reader.start, reader.value
    reader.enter()
    reader.spend()
    reader.advance()
    reader.advance()
    variable: str | None = None
    predicate: Expression | None = None
    if operator == "all" or not reader.at(")"):
        variable, _ = reader.name(f"a variable and ':', as in {operator}(x:x/name eq 'a')")
        reader.expect(":")
        predicate = read_expression(reader)
    reader.depth -= 1
    end = reader.end
    reader.expect(")", "an operator or ')'")
    return Lambda(operator, variable, predicate, Span(start, end))


def _call(reader: Reader) -> FunctionCall:
    start, name = reader.start, reader.value
    if name in ("any", "all"):
        raise reader.failure(f"a collection in front, as in items/{name}(…)")
    reader.spend()
    reader.advance()
    arguments, named = read_arguments(reader)
    return FunctionCall(name, arguments, named, Span(start, reader.start))


def read_arguments(reader: Reader) -> tuple[tuple[Expression, ...], tuple[NamedValue, ...]]:
    """What stands in parentheses: values without names, or `name=value` pairs."""
    reader.enter()
    reader.expect("(")
    positional: list[Expression] = []
    named: list[NamedValue] = []
    while not reader.at(")"):
        if reader.kind == "word" and reader.touches("="):
            named.append(_named_value(reader))
        else:
            positional.append(read_expression(reader))
        if not reader.accept(","):
            break
        if reader.at(")"):
            raise reader.failure("a value")
    reader.depth -= 1
    if positional and named:
        raise reader.failure("either values or name=value pairs, not both")
    reader.expect(")", "',' or ')'")
    return tuple(positional), tuple(named)


def _named_value(reader: Reader) -> NamedValue:
    name, span = reader.name("a name")
    reader.expect("=")
    value = read_expression(reader)
    return NamedValue(name, value, Span(span.start, value.span.end))


_OPERANDS: dict[str, Callable[[Reader], Expression]] = {
    "word": _word,
    "typed": read_typed_literal,
    "mark": _mark,
    "system": _rooted,
    "alias": _alias,
}
