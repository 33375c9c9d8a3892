"""Expressions of $filter and $orderby: V2's literals and functions become V4's (V2 URI Conventions 4.2, 4.5).

The text is read into literals, names, signs and calls with their arguments; all else stays as it is, so that V4's
parser tells what is wrong with it. A literal beside a property has that property's type.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from odata_service.edm.types import DATE, Kind, TypeRef, kind_of
from odata_service.errors import BadRequest
from odata_service.semantics.functions import REPLACE
from odata_service.v2.literals import LITERAL, v4_literal, v4_text

_TOKEN = re.compile(
    rf"(?P<literal>{LITERAL})"
    r"|(?P<name>[^\W\d][\w.]*(?:/[^\W\d][\w.]*)*)"
    r"|(?P<blank>\s+)|(?P<open>\()|(?P<close>\))|(?P<comma>,)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le", "gte", "lte"})
_MISSPELLED = {"gte": "ge", "lte": "le"}
"""How pyodata writes the bounds of a range."""
_ARITHMETIC = frozenset({"add", "sub", "mul", "div", "mod"})
_TYPE_NAMED = frozenset({"isof", "cast"})
_TYPES = {"Edm.DateTime": "Edm.DateTimeOffset", "Edm.Time": "Edm.TimeOfDay"}
"""Types of V2 that V4 calls otherwise; a property that V4 has as Edm.Date is an Edm.DateTime, too."""
_MOST_NESTED = 100

TypeOf = Callable[[str], TypeRef | None]


class _Token(Struct):
    kind: str
    text: str


class _Call(Struct):
    """Parentheses, what stands before them, and what is in them between commas."""

    name: str
    arguments: "list[list[_Token | _Call]]"


def v4_expression(text: str, type_of: TypeOf) -> str:
    """An expression of V2 as V4 writes it; `type_of` tells the type of the property at a path, None where none is."""
    tokens = (_Token(found.lastgroup or "other", found[0]) for found in _TOKEN.finditer(text))
    nodes = _read(tokens, 0)[0]
    return ",".join(_written(each, type_of) for each in nodes)


def _read(tokens: Iterator[_Token], depth: int) -> tuple[list[list[_Token | _Call]], bool]:
    """What stands between commas up to the closing parenthesis, and whether there was one."""
    if depth > _MOST_NESTED:
        raise BadRequest(f"The expression is nested deeper than {_MOST_NESTED} levels.", target="$filter")
    parts: list[list[_Token | _Call]] = [[]]
    for token in tokens:
        match token.kind:
            case "open":
                before = parts[-1][-1] if parts[-1] else None
                is_call = isinstance(before, _Token) and before.kind == "name"
                name = parts[-1].pop() if is_call else None
                arguments, is_closed = _read(tokens, depth + 1)
                if not is_closed:
                    raise BadRequest("A parenthesis is not closed.", target="$filter", hint="Write ) behind it.")
                parts[-1].append(_Call(name.text if isinstance(name, _Token) else "", arguments))
            case "close":
                if depth == 0:
                    raise BadRequest("A parenthesis is closed that was not opened.", target="$filter")
                return parts, True
            case "comma":
                parts.append([])
            case _:
                parts[-1].append(token)
    return parts, False


def _written(nodes: Sequence[_Token | _Call], type_of: TypeOf, outside: TypeRef | None = None) -> str:
    """What nodes are in V4; `outside` is the type of what the parentheses around them are compared with."""
    solid = [node for node in nodes if not (isinstance(node, _Token) and node.kind == "blank")]
    pieces = []
    place = -1
    for node in nodes:
        if isinstance(node, _Token) and node.kind == "blank":
            pieces.append(node.text)
            continue
        place += 1
        if isinstance(node, _Call):
            if node.name.lower() in _COMPARISONS:  # as in Day eq(datetime'2024-03-04T00:00:00')
                beside = _type_at(solid[place - 1], type_of) if place else None
            else:
                beside = None if node.name else _beside(solid, place, type_of, outside)
            pieces.append(_call(node, type_of, beside))
        elif node.kind == "literal":
            pieces.append(v4_literal(node.text, _beside(solid, place, type_of, outside)))
        elif place and node.text in _MISSPELLED:
            pieces.append(_MISSPELLED[node.text])
        else:
            pieces.append(v4_text(node.text, None, "") if node.kind == "name" else node.text)
    return "".join(pieces)


def _beside(
    solid: Sequence[_Token | _Call], place: int, type_of: TypeOf, outside: TypeRef | None = None
) -> TypeRef | None:
    """The type of the property that what stands at a place is compared with; `outside` where it stands alone."""
    if len(solid) == 1:
        return outside
    signs = [solid[at] for at in (place - 1, place + 1) if 0 <= at < len(solid)]
    if any(isinstance(sign, _Token) and sign.text.lower() in _ARITHMETIC for sign in signs):
        return None
    for operator, operand in ((place - 1, place - 2), (place + 1, place + 2)):
        if not (0 <= operand < len(solid) and 0 <= operator < len(solid)):
            continue
        sign = solid[operator]
        if isinstance(sign, _Token) and sign.text.lower() in _COMPARISONS:
            return _type_at(solid[operand], type_of)
    return None


def _type_at(node: _Token | _Call, type_of: TypeOf) -> TypeRef | None:
    """The type of the property that a node is, in parentheses or not; None where it is none."""
    while isinstance(node, _Call) and not node.name and len(node.arguments) == 1 and len(node.arguments[0]) == 1:
        node = node.arguments[0][0]
    return type_of(node.text) if isinstance(node, _Token) and node.kind == "name" else None


def _call(call: _Call, type_of: TypeOf, beside: TypeRef | None) -> str:
    """Parentheses or a call; `beside` is the type of what parentheses are compared with."""
    name, arguments = call.name, call.arguments
    if name.lower() == "substringof":
        if len(arguments) != 2:
            hint = "Write substringof('x',Name)."
            raise BadRequest("substringof takes two arguments.", target="$filter", hint=hint)
        sought, text = (_written(each, type_of).strip() for each in arguments)
        return f"contains({text},{sought})"
    written = [_written(each, type_of, beside) for each in arguments]
    name = REPLACE if name.lower() == "replace" else name
    if name.lower() in _TYPE_NAMED and written[-1].strip().startswith("'"):
        written[-1] = _v4_type(written[-1].strip().strip("'"), type_of(written[0].strip()))
    inner = ",".join(written)
    if name.lower() in {"not", "and", "or", "mul", "div", "mod", "add", "sub", *_COMPARISONS}:
        return f"{name} ({inner})"
    return f"{name}({inner})"


def _v4_type(name: str, operand: TypeRef | None) -> str:
    is_date = operand is not None and kind_of(operand) is Kind.DATE
    return DATE.name if is_date and name == "Edm.DateTime" else _TYPES.get(name, name)
