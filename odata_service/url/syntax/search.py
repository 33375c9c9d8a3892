"""Search expressions: words and phrases joined by NOT, AND and OR (URL Conventions 5.1.7)."""

from odata_service.errors import Span
from odata_service.structs import PartlyCompared
from odata_service.url.syntax.leaves import UNPLACED


class SearchTerm(PartlyCompared, frozen=True):
    """A word, or a phrase in double quotes."""

    text: str
    phrase: bool = False
    span: Span = UNPLACED


class SearchIncomplete(PartlyCompared, frozen=True):
    """`'"blue gr'`: what somebody has typed so far, in single quotes; it may break the rules of a search."""

    text: str
    span: Span = UNPLACED


class SearchNot(PartlyCompared, frozen=True):
    """`NOT x`."""

    operand: "SearchExpression"
    span: Span = UNPLACED


class SearchChain(PartlyCompared, frozen=True):
    """`a AND b c` or `a OR b`: a whole chain of one operator, which is `AND` where none is written."""

    operator: str
    operands: "tuple[SearchExpression, ...]"
    span: Span = UNPLACED


SearchExpression = SearchTerm | SearchIncomplete | SearchNot | SearchChain
