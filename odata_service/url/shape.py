"""From a raw URL to its shape: the decoded text with a placeholder for each literal, which keys the plan cache.

URLs of one shape parse to trees that differ in these literals' texts alone; numbers of other sizes or signs have
other placeholders, since their types differ. `$levels` stays in the text: it decides the tree of the answer.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from odata_service.errors import ODataError
from odata_service.url.decode import split_path, split_query
from odata_service.url.lexer import LITERAL_PATTERNS
from odata_service.url.literals import KINDS, literal_text
from odata_service.url.select_expand import VERBATIM
from odata_service.url.syntax import LiteralKind

_MARK = "\x01"
_SCAN = re.compile(
    r"(?P<verbatim>\$?levels=\w+)|" + "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in LITERAL_PATTERNS),
    re.IGNORECASE,
)
_FORGED = re.compile("[\\x00\\x01]|%0[01]")
_MARKS = {kind: f"{_MARK}{index:x}{_MARK}" for index, kind in enumerate(LiteralKind)}


@dataclass(frozen=True, slots=True)
class ScannedLiteral:
    """A literal of the URL, with its place in the decoded text of its option."""

    option: str
    start: int
    kind: LiteralKind
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """The text that keys a plan, and the literals it leaves open, in the order of the text."""

    text: str
    literals: tuple[ScannedLiteral, ...]


def shape_of(path: str, query: str, entity_sets: Collection[str]) -> Shape | None:
    """The shape of a raw URL, or None where the text is odd: the caller then parses it."""
    if _FORGED.search(path) or _FORGED.search(query):
        return None
    literals: list[ScannedLiteral] = []
    try:
        parts = [_path_shape(split_path(path), entity_sets, literals)]
        for option in split_query(query) if query else ():
            if option.system and option.name not in VERBATIM:
                parts.append(f"${option.name}={_scan(option.name, option.text, 0, literals)}")
            elif option.name.startswith("@"):
                parts.append(f"{option.name}={_scan(option.name, option.text, 0, literals)}")
            else:
                parts.append(f"{'$' if option.system else ''}{option.name}={option.text}")
    except ODataError:  # the parser raises it again, and says where
        return None
    return Shape("\0".join(parts), tuple(literals))


def _path_shape(segments: tuple[str, ...], entity_sets: Collection[str], literals: list[ScannedLiteral]) -> str:
    shaped: list[str] = []
    offset = 0
    for index, segment in enumerate(segments):
        if "(" in segment:
            shaped.append(_scan("path", segment, offset, literals))
        elif index == 1 and segments[0] in entity_sets and "." not in segment and segment[0] != "$":
            literals.append(ScannedLiteral("path", offset, LiteralKind.SEGMENT, segment))
            shaped.append(_MARKS[LiteralKind.SEGMENT])
        else:
            shaped.append(segment)
        offset += len(segment) + 1
    return "\0/".join(shaped)


def _scan(option: str, text: str, offset: int, literals: list[ScannedLiteral]) -> str:
    pieces: list[str] = []
    done = 0
    for found in _SCAN.finditer(text):
        group = found.lastgroup or ""
        kind = KINDS.get(group)
        token = found.group()
        if group == "typed" and token[:9].lower() == "duration'":
            kind, value = LiteralKind.DURATION, token[9:-1].replace("''", "'")
        elif kind is None:
            continue
        else:
            value = literal_text(kind, token)
        start = found.start()
        literals.append(ScannedLiteral(option, offset + start, kind, value))
        pieces += (text[done:start], _size(token) if kind is LiteralKind.INTEGER else _MARKS[kind])
        done = found.end()
    if not done:
        return text
    pieces.append(text[done:])
    return "".join(pieces)


def _size(token: str) -> str:
    sign = token[0] if token[0] in "+-" else ""
    if len(token) < 10:
        return f"{_MARK}i{sign}{_MARK}"
    if len(token) > 25:
        return f"{_MARK}n{sign}{_MARK}"
    number = int(token)
    size = "i" if -(2**31) <= number < 2**31 else "l" if -(2**63) <= number < 2**63 else "n"
    return f"{_MARK}{size}{sign}{len(token) > 19}{_MARK}"
