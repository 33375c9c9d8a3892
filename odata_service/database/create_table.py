"""The text of a CREATE TABLE statement, as SQLite keeps it: the comments, checks and collations that no pragma tells.

A comment belongs to the column before it on its line, or to the column below it; what stands behind the opening
parenthesis on its line, or before the statement's body, belongs to the table.
"""

import re
from collections.abc import Iterator

from msgspec import Struct, field

_TOKEN = re.compile(
    r"""--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|\w+|\n|[ \t\r]+|.""", re.DOTALL
)
_TABLE_CONSTRAINTS = frozenset({"constraint", "primary", "unique", "check", "foreign"})


class CreateTable(Struct):
    """What was found: the table's comment, comments and collations by column name, and the text inside each CHECK."""

    comment: str | None = None
    column_comments: dict[str, str] = field(default_factory=dict)
    collations: dict[str, str] = field(default_factory=dict)
    checks: list[str] = field(default_factory=list)


def read_create_table(text: str) -> CreateTable:
    """What a statement says.

    >>> read_create_table("CREATE TABLE t (a INT, -- first\\n b TEXT COLLATE NOCASE CHECK (b IN ('x', 'y')))")
    CreateTable(comment=None, column_comments={'a': 'first'}, collations={'b': 'NOCASE'}, checks=["b IN ('x', 'y')"])
    """
    tokens = _TOKEN.findall(text)
    walk = _Walk()
    for token in tokens:
        walk.take(token)
    of_columns = {name: " ".join(words) for name, words in walk.columns.items()}
    return CreateTable(" ".join(walk.table) or None, of_columns, walk.collations, list(_checks(tokens)))


def unquoted(token: str) -> str:
    """A name without its quotes.

    >>> unquoted('"Order Details"'), unquoted("[Order Details]"), unquoted("`it``s`"), unquoted("plain")
    ('Order Details', 'Order Details', 'it`s', 'plain')
    """
    first = token[:1]
    if first == "[":
        return token[1:-1]
    return token[1:-1].replace(first * 2, first) if first in {"'", '"', "`"} else token


class _Walk(Struct):
    """Goes over the tokens and gives each comment, and each collation, to what it speaks of."""

    table: list[str] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    waiting: list[str] = field(default_factory=list)
    collations: dict[str, str] = field(default_factory=dict)
    last: str = ""
    depth: int = 0
    column: str | None = None
    is_fresh_line: bool = False
    awaits_name: bool = False

    def take(self, token: str) -> None:
        """The next token."""
        if token.startswith(("--", "/*")):
            self._owner().append(_comment_text(token))
        elif token == "\n":
            self.is_fresh_line = True
        elif token.strip():
            self.is_fresh_line = False
            if self.last.lower() == "collate" and self.column is not None:
                self.collations[self.column] = unquoted(token)
            self.last = token
            self.depth += (token == "(") - (token == ")")
            if self.depth == 1 and token in {"(", ","}:
                self.awaits_name = True
            elif self.awaits_name:
                self._begin(token)

    def _owner(self) -> list[str]:
        """Where a comment belongs that stands here."""
        if self.depth == 0 or (self.column is None and not self.is_fresh_line):
            return self.table
        if self.column is None or self.is_fresh_line:
            return self.waiting
        return self.columns.setdefault(self.column, [])

    def _begin(self, token: str) -> None:
        """A column, or a constraint of the table, begins with this token."""
        self.awaits_name = False
        self.column = None if token.lower() in _TABLE_CONSTRAINTS else unquoted(token)
        if self.column is not None and self.waiting:
            self.columns.setdefault(self.column, []).extend(self.waiting)
        self.waiting.clear()


def _comment_text(token: str) -> str:
    inner = token[2:-2] if token.startswith("/*") else token[2:]
    return " ".join(line.strip(" *-") for line in inner.splitlines()).strip()


def _checks(tokens: list[str]) -> Iterator[str]:
    """The texts between the parentheses behind each CHECK."""
    places = iter(range(len(tokens)))
    for place in places:
        if tokens[place].lower() == "check":
            depth, words = 0, []
            for inner in places:
                depth += (tokens[inner] == "(") - (tokens[inner] == ")")
                words.append(tokens[inner])
                if depth == 0 and tokens[inner] == ")":
                    break
            yield "".join(words).strip().removeprefix("(").removesuffix(")").strip()
