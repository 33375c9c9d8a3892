"""The primitive literals of the ABNF as one regular expression, for the parser and for the scan of shapes alike.

Whether the text between the quotes of a duration, a binary or a geography is one is seen when it is converted. The
letters behind numbers are those of OData V3 (`3.14f`, `2d`, `1.5M`, `12L`), which clients carry over.
"""

import re
from functools import cache

from odata_service.url.lexer import Cursor
from odata_service.url.syntax import Literal, LiteralKind

STRING = r"'[^']*(?:''[^']*)*'"
GUID = r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])"
_DATE = r"-?\d{4,9}-\d\d-\d\d"
_TIME = r"\d\d:\d\d(?::\d\d(?:\.\d{1,12})?)?"

LITERAL = re.compile(
    rf"(?P<string>{STRING})"
    rf"|(?P<guid>{GUID})"
    rf"|(?P<dateTimeOffset>{_DATE}[Tt]{_TIME}(?:[Zz]|[+ -]\d\d:\d\d))(?![\w])"
    rf"|(?P<date>{_DATE})(?![\w-])"
    rf"|(?P<timeOfDay>{_TIME})(?![\w:])"
    r"|(?P<double>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+[dDfF]?|[dDfF])|-?INF(?![\w./(])|NaN(?![\w./(]))(?![\w.])"
    r"|(?P<decimal>[+-]?\d+(?:\.\d+[mM]?|[mM]))(?![\w.])"
    r"|(?P<integer>[+-]?\d+[lL]?)(?![\w.])"
    rf"|(?i:(?P<duration>duration{STRING})|(?P<binary>binary{STRING}))"
    rf"|(?i:(?P<geography>geography{STRING})|(?P<geometry>geometry{STRING}))",
    re.ASCII,
)

KINDS = {kind.value: kind for kind in LiteralKind}

_WORD = re.compile(r"(?:null|true|false)(?![\w./(])", re.IGNORECASE)


def literal_here(cursor: Cursor) -> Literal | None:
    """The literal at the cursor, or None; enumeration values are not among them, since they begin with a name."""
    start = cursor.position
    found = (LITERAL if cursor.has_times else _without_times()).match(cursor.text, start)
    if found is not None:
        kind = KINDS[str(found.lastgroup)]
        cursor.position = found.end()
        return Literal(kind, literal_text(kind, found[0]), None, cursor.span(start))
    word = cursor.match(_WORD)
    if word is not None:
        folded = word[0].lower()
        kind = LiteralKind.NULL if folded == "null" else LiteralKind.BOOLEAN
        return Literal(kind, folded, span=cursor.span(start))
    return None


@cache
def _without_times() -> re.Pattern[str]:
    return re.compile(LITERAL.pattern.replace(rf"|(?P<timeOfDay>{_TIME})(?![\w:])", ""), re.ASCII)


def literal_text(kind: LiteralKind, written: str) -> str:
    """What a literal says: the text between its quotes, or the whole of it where it has none."""
    match kind:
        case LiteralKind.STRING:
            return written[1:-1].replace("''", "'")
        case LiteralKind.DURATION | LiteralKind.BINARY | LiteralKind.GEOGRAPHY | LiteralKind.GEOMETRY:
            return written[written.index("'") + 1 : -1]
        case LiteralKind.DATE_TIME_OFFSET:
            return written.replace(" ", "+")
        case LiteralKind.DOUBLE if written[-1] in "dDfF" and written[-2].isdigit():
            return written[:-1] if "e" in written.lower() else f"{written[:-1]}e0"
        case LiteralKind.DECIMAL | LiteralKind.INTEGER if written[-1] in "mMlL":
            return written[:-1] if kind is LiteralKind.INTEGER or "." in written else f"{written[:-1]}.0"
        case _:
            return written


def print_literal(kind: LiteralKind, text: str, type_name: str | None) -> str:
    """The literal as it is written in a URL, the inverse of `literal_text`."""
    match kind:
        case LiteralKind.STRING:
            return "'" + text.replace("'", "''") + "'"
        case LiteralKind.DURATION | LiteralKind.BINARY | LiteralKind.GEOGRAPHY | LiteralKind.GEOMETRY:
            return f"{kind.value}'{text}'"
        case LiteralKind.ENUM:
            return f"{type_name}'{text}'"
        case _:
            return text
