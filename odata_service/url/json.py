"""Collections and structured values in JSON form; their members may be any expression (ABNF 5)."""

import json
import re

from odata_service.url import expression
from odata_service.url.lexer import Cursor
from odata_service.url.syntax import Expression, JsonArray, JsonObject, Literal, LiteralKind

_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_SURROGATE = re.compile(r"[\ud800-\udfff]")


def json_array(cursor: Cursor) -> JsonArray:
    """`[a,"b"]`: the cursor stands at the bracket."""
    start = cursor.position
    cursor.position += 1
    cursor.budget.enter()
    members: list[Expression] = []
    cursor.blanks()
    while not cursor.accept("]"):
        if members and not cursor.separator(","):
            raise cursor.error("a comma or ] in the array")
        members.append(json_value(cursor))
        cursor.budget.member()
        cursor.blanks()
    cursor.budget.leave()
    return JsonArray(tuple(members), cursor.span(start))


def json_object(cursor: Cursor) -> JsonObject:
    """`{"a":1}`: the cursor stands at the brace."""
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
        members.append((name, json_value(cursor)))
        cursor.budget.member()
        cursor.blanks()
    cursor.budget.leave()
    return JsonObject(tuple(members), cursor.span(start))


def json_string(cursor: Cursor) -> Literal:
    """Text in double quotes, as JSON has it."""
    start = cursor.position
    found = cursor.match(_STRING)
    if found is None:
        raise cursor.error("text in double quotes")
    try:
        text = json.loads(found[0])
    except ValueError as error:
        cursor.position = start + 1
        raise cursor.error("a JSON string") from error
    if _SURROGATE.search(text) is not None:
        cursor.position = start + 1
        raise cursor.error("characters: \\ud800 to \\udfff are only half of one each")
    return Literal(LiteralKind.STRING, text, span=cursor.span(start))


def json_value(cursor: Cursor) -> Expression:
    """The value of an alias or a member: text in double quotes, or any expression."""
    if cursor.peek() == '"':
        return json_string(cursor)
    return expression.expression(cursor)
