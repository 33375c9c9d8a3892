"""From a token to a `Literal` (ABNF 7): which kind it is, and its text without quotes."""

import json

from odata_service.errors import Span
from odata_service.url.lexer import Reader
from odata_service.url.syntax import Literal, LiteralKind

KINDS = {
    "guid": LiteralKind.GUID,
    "string": LiteralKind.STRING,
    "instant": LiteralKind.DATE_TIME_OFFSET,
    "date": LiteralKind.DATE,
    "time": LiteralKind.TIME_OF_DAY,
    "double": LiteralKind.DOUBLE,
    "decimal": LiteralKind.DECIMAL,
    "integer": LiteralKind.INTEGER,
    "minus_infinity": LiteralKind.DOUBLE,
}
WORDS = {"null": LiteralKind.NULL, "INF": LiteralKind.DOUBLE, "NaN": LiteralKind.DOUBLE}
BOOLEANS = frozenset({"true", "false"})
PREFIXES = {
    "duration": LiteralKind.DURATION,
    "binary": LiteralKind.BINARY,
    "geography": LiteralKind.GEOGRAPHY,
    "geometry": LiteralKind.GEOMETRY,
}


def literal_text(kind: LiteralKind, token: str) -> str:
    """A token's value: strings lose their quotes; a space that was a plus becomes one again."""
    match kind:
        case LiteralKind.STRING:
            return token[1:-1].replace("''", "'")
        case LiteralKind.DATE_TIME_OFFSET:
            return token.upper().replace(" ", "+")
        case LiteralKind.DOUBLE:
            return token.replace(" ", "+")
        case _:
            return token


def read_literal(reader: Reader) -> Literal:
    """The literal of a token whose kind is in `KINDS`."""
    kind = KINDS[reader.kind]
    literal = Literal(kind, literal_text(kind, reader.value), None, Span(reader.start, reader.end))
    reader.advance()
    return literal


def read_typed_literal(reader: Reader) -> Literal:
    """`duration'…'`, `binary'…'`, `geography'…'`, `geometry'…'` or an enumeration's `Namespace.Type'…'`."""
    prefix, _, rest = reader.value.partition("'")
    text, span = rest[:-1].replace("''", "'"), Span(reader.start, reader.end)
    kind = PREFIXES.get(prefix.lower())
    reader.advance()
    return Literal(LiteralKind.ENUM, text, prefix, span) if kind is None else Literal(kind, text, None, span)


def read_word_literal(reader: Reader) -> Literal | None:
    """`null`, `true`, `false`, `INF` or `NaN` where the current word is one."""
    word = reader.value
    kind = WORDS.get(word)
    if kind is None:
        word = word.lower()
        if word not in BOOLEANS:
            return None
        kind = LiteralKind.BOOLEAN
    literal = Literal(kind, word, None, Span(reader.start, reader.end))
    reader.advance()
    return literal


def read_json_string(reader: Reader) -> Literal:
    """A string in double quotes, as JSON arrays and objects hold it."""
    try:
        text = json.loads(reader.value, strict=False)
    except ValueError as error:
        raise reader.failure("a JSON string with valid escapes") from error
    literal = Literal(LiteralKind.STRING, str(text), None, Span(reader.start, reader.end))
    reader.advance()
    return literal
