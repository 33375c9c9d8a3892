"""Search expressions: words and phrases joined by NOT, AND and OR (URL Conventions 5.1.7)."""

from dataclasses import dataclass, field

from odata_service.errors import Span
from odata_service.url.syntax.leaves import UNPLACED


@dataclass(frozen=True, slots=True)
class SearchTerm:
    """A word, or a phrase in double quotes."""

    text: str
    phrase: bool = False
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class SearchIncomplete:
    """`'"blue gr'`: what somebody has typed so far, in single quotes; it may break the rules of a search."""

    text: str
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class SearchNot:
    """`NOT x`."""

    operand: "SearchExpression"
    span: Span = field(default=UNPLACED, compare=False)


@dataclass(frozen=True, slots=True)
class SearchChain:
    """`a AND b c` or `a OR b`: a whole chain of one operator, which is `AND` where none is written."""

    operator: str
    operands: "tuple[SearchExpression, ...]"
    span: Span = field(default=UNPLACED, compare=False)


SearchExpression = SearchTerm | SearchIncomplete | SearchNot | SearchChain
