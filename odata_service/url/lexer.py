"""One cursor over the text of an option or segment; the parser says which token may come next.

OData has no reserved words, so what a word means depends on its place: there is no stream of tokens, only questions.
"""

import re
from collections.abc import Collection

from msgspec import Struct

from odata_service.errors import LimitExceeded, Span, UrlSyntaxError, did_you_mean
from odata_service.settings import Limits

Mistakes = tuple[tuple[re.Pattern[str], str], ...]
"""What is often written in a wrong way, and what to write instead."""

_BLANKS = re.compile(r"[ \t]*")
_MISTAKES: Mistakes = (
    (re.compile(r"\s*(==|=)"), "eq for equality"),
    (re.compile(r"\s*(!=|<>)"), "ne for inequality"),
    (re.compile(r"\s*(&&|&)"), "and"),
    (re.compile(r"\s*(\|\||\|)"), "or"),
    (re.compile(r"\s*!"), "not"),
    (re.compile(r"\s*<="), "le"),
    (re.compile(r"\s*>="), "ge"),
    (re.compile(r"\s*<"), "lt"),
    (re.compile(r"\s*>"), "gt"),
    (re.compile(r"\s*like\b", re.IGNORECASE), "contains(a,'b'), startswith(a,'b') or endswith(a,'b')"),
    (re.compile(r"\s*\""), "single quotes around text: 'text'"),
    (re.compile(r"\s*'"), "a second quote where text begins or ends, and '' for a quote inside it"),
    (re.compile(r"\s*(--|/\*)"), "the end: OData has no comments"),
    (re.compile(r"-\d\d-\d\dT\d"), "an offset behind the time of an instant: 2024-05-06T07:08:09Z"),
)
_FOUND = re.compile(r"\s*([$@]?\w+|\S)")

HARD_DEPTH = 100
"""The deepest nesting whatever the limits say: each level is a few calls of every stage."""


Operator = tuple[str, int, int]
"""An operator in lower case, its precedence, and the place behind it."""


class Budget(Struct):
    """What all options of one request may still use."""

    limits: Limits
    nodes: int = 0
    depth: int = 0
    members: int = 0

    def node(self, count: int = 1) -> None:
        """Counts operators, calls, arguments, items of lists, options."""
        self.nodes += count
        if self.limits.max_nodes and self.nodes > self.limits.max_nodes:
            raise LimitExceeded(
                f"The request has more than {self.limits.max_nodes} operators, calls and items (--max-nodes).",
                hint="Use in (…) for long lists of values, or split the request.",
            )

    def enter(self, levels: int = 1) -> None:
        """Goes down a level of nesting."""
        self.depth += levels
        limit = min(self.limits.max_depth or HARD_DEPTH, HARD_DEPTH)
        if self.depth > limit:
            raise LimitExceeded(
                f"The request is nested deeper than {limit} levels (--max-depth).",
                hint="Take parentheses out or split the request.",
            )

    def leave(self, levels: int = 1) -> None:
        """Comes up again."""
        self.depth -= levels

    def member(self) -> None:
        """Counts a member of an `in` list or of a value in JSON form."""
        self.members += 1
        if self.limits.max_in_list and self.members > self.limits.max_in_list:
            raise LimitExceeded(
                f"The lists of the request have more than {self.limits.max_in_list} members (--max-in-list).",
                hint="Split them over several requests.",
            )


class Cursor(Struct):
    """A place in a decoded text; `target` is the option that errors name, `offset` what spans are counted from.

    `has_times` is off where `10:20` is a number, a colon and a number; `following` keeps the operator at a place.
    """

    text: str
    target: str | None
    budget: Budget
    position: int = 0
    offset: int = 0
    has_times: bool = True
    following: tuple[int, Operator | None] = (-1, None)

    def match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """The match of a pattern here, the cursor moved behind it; None and no move otherwise."""
        found = pattern.match(self.text, self.position)
        if found is not None:
            self.position = found.end()
        return found

    def peek(self) -> str:
        """The character here, or the empty text at the end."""
        return self.text[self.position : self.position + 1]

    def accept(self, token: str) -> bool:
        """Whether exactly this text stands here; if so the cursor moves behind it."""
        if self.text.startswith(token, self.position):
            self.position += len(token)
            return True
        return False

    def blanks(self) -> None:
        """Moves over blanks."""
        if self.text[self.position : self.position + 1] in {" ", "\t"}:
            self.match(_BLANKS)

    def expect(self, token: str) -> None:
        """Moves behind a token that must stand here, blanks before it passed over."""
        self.blanks()
        if not self.accept(token):
            raise self.error(f"'{token}'")

    def separator(self, token: str) -> bool:
        """Whether a separator stands here, blanks around it passed over."""
        start = self.position
        self.blanks()
        if self.accept(token):
            self.blanks()
            return True
        self.position = start
        return False

    def span(self, start: int) -> Span:
        """From a place to here."""
        return Span(start + self.offset, self.position + self.offset)

    def error(self, expected: str, known: Collection[str] = (), mistakes: Mistakes = _MISTAKES) -> UrlSyntaxError:
        """What went wrong here: the text found, what was expected, the cure of a common mistake, the nearest known."""
        rest = self.text[self.position : self.position + 200]
        cure = next((advice for pattern, advice in mistakes if pattern.match(rest)), None)
        word = _FOUND.match(rest)
        nearest = did_you_mean(word[1][:40], list(known)) if word and known else None
        found = f"'{word[1][:40]}' is not understood" if word else "The text ends too early"
        return UrlSyntaxError(
            found,
            text=self.text,
            span=Span(self.position, min(self.position + 1, len(self.text))),
            expected=cure or (f"{expected}. {nearest}" if nearest else expected),
            target=self.target,
        )
