"""What has no parts: literals, names, aliases, numbers, each with the span of the text it was read from."""

from enum import Enum

from odata_service.errors import Span
from odata_service.structs import PartlyCompared

UNPLACED = Span(0, 0)
"""The span of a node that no text was read for."""


class LiteralKind(Enum):
    """Which literal rule of the ABNF a text matched; the type follows in the resolver."""

    __hash__ = object.__hash__  # Enum's own goes through the name: slow where members are keys of tables.

    NULL = "null"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    DOUBLE = "double"
    STRING = "string"
    GUID = "guid"
    DATE = "date"
    TIME_OF_DAY = "timeOfDay"
    DATE_TIME_OFFSET = "dateTimeOffset"
    DURATION = "duration"
    BINARY = "binary"
    ENUM = "enum"
    GEOGRAPHY = "geography"
    GEOMETRY = "geometry"
    SEGMENT = "segment"
    """A whole path segment that stands for a key (key-as-segment): its decoded text is the value."""
    SEARCHED = "searched"
    """A word or a phrase of a search, which no literal rule knows: its text is what is searched for."""


class Literal(PartlyCompared, frozen=True):
    """A primitive literal: its kind, its text as written, and for enums the type's qualified name."""

    kind: LiteralKind
    text: str
    type_name: str | None = None
    span: Span = UNPLACED


class Name(PartlyCompared, frozen=True):
    """One step of a path: a simple or a qualified name (a type cast or a bound function without parentheses)."""

    name: str
    span: Span = UNPLACED


class AnnotationName(PartlyCompared, frozen=True):
    """`@Namespace.Term#qualifier` as a path step; behind a slash the namespace may be missing."""

    name: str
    qualifier: str | None = None
    span: Span = UNPLACED


class Alias(PartlyCompared, frozen=True):
    """`@name`: a parameter alias; with steps behind it perhaps a term without its namespace: only the schema tells."""

    name: str
    span: Span = UNPLACED


class Number(PartlyCompared, frozen=True):
    """A whole number of $top, $skip, $index, $levels and the like; `$levels=max` is `Number(-1)`."""

    value: int
    span: Span = UNPLACED
