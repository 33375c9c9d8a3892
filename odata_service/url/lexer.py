"""From an option's decoded text to tokens, one at a time and led by the parser (ABNF 6 and 7).

The `Reader` holds the current token, the nesting depth and the request's shared `Budget`.
"""

import re

from odata_service.errors import LimitExceeded, Span, UrlSyntaxError
from odata_service.settings import Limits

HARD_DEPTH = 120
"""Nesting that is refused even where `max_depth` is switched off: it stays far from Python's recursion limit."""

_QUOTED = r"'(?:[^']|'')*'"
_NAME = r"[^\W\d]\w*(?:\.[^\W\d]\w*)*"
LITERAL_PATTERNS = (
    ("guid", r"[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![\w-])"),
    ("string", _QUOTED),
    ("typed", rf"{_NAME}{_QUOTED}"),
    ("word", _NAME),
    (
        "instant",
        r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?"
        r"(?:[Zz]|[-+ ][0-9]{2}:[0-9]{2})(?!\w)",
    ),
    ("date", r"-?[0-9]{4,}-[0-9]{2}-[0-9]{2}(?![\w-])"),
    ("time", r"[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?!\w)"),
    ("double", r"[-+]?[0-9]+(?:\.[0-9]+)?[eE][-+ ]?[0-9]+(?!\w)"),
    ("decimal", r"[-+]?[0-9]+\.[0-9]+(?!\w)"),
    ("integer", r"[-+]?[0-9]+(?![\w.])"),
    ("json", r'"(?:[^"\\]|\\.)*"'),
)
_TOKEN = re.compile(
    r"[ \t]*(?:"
    + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in LITERAL_PATTERNS)
    + rf"|(?P<minus_infinity>-INF(?!\w))|(?P<system>\$\w+)|(?P<alias>@{_NAME}(?:\#[^\W\d]\w*)?)"
    r"|(?P<mark>[()/,:;=\[\]{}*.-])|(?P<end>$))"
)
_HINTS = (
    (re.compile(r"=="), "'eq' instead of '=='"),
    (re.compile(r"!="), "'ne' instead of '!='"),
    (re.compile(r"="), "'eq' instead of '='"),
    (re.compile(r"&+"), "'and' instead of '&&'"),
    (re.compile(r"\|+"), "'or' instead of '||'"),
    (re.compile(r"!"), "'not ' instead of '!'"),
    (re.compile(r"<="), "'le' instead of '<='"),
    (re.compile(r">="), "'ge' instead of '>='"),
    (re.compile(r"<"), "'lt' instead of '<'"),
    (re.compile(r">"), "'gt' instead of '>'"),
    (re.compile(r'"'), "a string in single quotes, as in 'text'"),
    (re.compile(r"like\b", re.IGNORECASE), "contains(…), startswith(…) or endswith(…) instead of 'like'"),
    (re.compile(r"[\w.]*'"), "a closing single quote; a quote inside a string is doubled, as in 'O''Neil'"),
)


class Budget:
    """What all options of one request may spend together."""

    __slots__ = ("limits", "max_depth", "nodes")

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.max_depth = min(limits.max_depth or HARD_DEPTH, HARD_DEPTH)
        self.nodes = 0


class Reader:
    """The current token of one text: its kind, value and place; `advance` goes to the next."""

    __slots__ = ("budget", "depth", "end", "kind", "option", "start", "text", "value")

    def __init__(self, text: str, option: str, budget: Budget, position: int = 0) -> None:
        self.text = text
        self.option = option
        self.budget = budget
        self.depth = 0
        self.end = position
        self.advance()

    def advance(self) -> None:
        """Read the token behind the current one."""
        found = _TOKEN.match(self.text, self.end)
        kind = found.lastgroup if found else None
        if found is None or kind is None:
            self.start = len(self.text) - len(self.text[self.end :].lstrip(" \t"))
            self.end = self.start + 1
            raise self.failure("an operator or a value")
        self.kind = kind
        self.start, self.end = found.span(kind)
        self.value = self.text[self.start : self.end]

    def jump(self, position: int) -> None:
        """Read the token at a position, after a part of the text was taken verbatim."""
        self.end = position
        self.advance()

    def at(self, mark: str) -> bool:
        """Whether the current token is this punctuation mark."""
        return self.kind == "mark" and self.value == mark

    def accept(self, mark: str) -> bool:
        """Step over a punctuation mark if it is there."""
        if self.kind == "mark" and self.value == mark:
            self.advance()
            return True
        return False

    def expect(self, mark: str, expected: str | None = None) -> None:
        """Step over a punctuation mark that must be there."""
        if not self.accept(mark):
            raise self.failure(expected or f"'{mark}'")

    def name(self, expected: str) -> tuple[str, Span]:
        """Step over a simple or qualified name."""
        if self.kind != "word":
            raise self.failure(expected)
        found = self.value, Span(self.start, self.end)
        self.advance()
        return found

    def touches(self, mark: str) -> bool:
        """Whether the character right behind the current token is this one."""
        return self.text.startswith(mark, self.end)

    def finish(self) -> None:
        """The text must be used up."""
        if self.kind != "end":
            raise self.failure("an operator or the end")

    def enter(self, levels: int = 1) -> None:
        """Go deeper; each `enter` has its `depth -=`."""
        self.depth += levels
        if self.depth > self.budget.max_depth:
            raise self.exceeded("max_depth", f"nests deeper than {self.budget.max_depth} levels")

    def spend(self) -> None:
        """Count one operator, call or item of the request."""
        self.budget.nodes += 1
        limit = self.budget.limits.max_nodes
        if 0 < limit < self.budget.nodes:
            raise self.exceeded("max_nodes", f"has more than {limit} operators and calls")

    def exceeded(self, limit: str, what: str) -> LimitExceeded:
        """The error for a limit that is passed."""
        return LimitExceeded(
            f"The request {what} ({limit}).", target=self.target, hint="Split it into several smaller requests."
        )

    @property
    def target(self) -> str:
        """The option as the client knows it."""
        return self.option if self.option == "path" or self.option.startswith("@") else f"${self.option}"

    def failure(self, expected: str) -> UrlSyntaxError:
        """The error for the current token, with a hint for classic mistakes."""
        found = self.text[self.start : self.end]
        message = f"Unexpected '{found}'" if found else "Unexpected end"
        hint = next((hint for pattern, hint in _HINTS if pattern.match(self.text, self.start)), expected)
        return UrlSyntaxError(
            message, text=self.text, span=Span(self.start, self.end), expected=hint, target=self.target
        )
