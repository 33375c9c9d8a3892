"""The shape of a URL: its text with the literals taken out, found by one scan and without parsing.

Requests of one shape differ only in values, so one compiled plan serves them all. Each literal is told with the option
it stands in and its place in that option's decoded text: the parser gives the same place to the same literal. Text in
double quotes stays in the shape. A token that the scan takes for a literal and the parser does not is no harm: its text
then becomes part of the cache's key.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass

from odata_service.errors import ODataError
from odata_service.url.decode import decode_option, split_path, split_query
from odata_service.url.literals import KINDS, LITERAL, literal_text
from odata_service.url.syntax import LiteralKind

_JSON_STRING = r'(?P<json>"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z))'
_TOKEN = re.compile(rf"(?<![\w.$@])(?:{LITERAL.pattern})|{_JSON_STRING}", re.ASCII | re.DOTALL)
_LONGEST = 64 * 1024
_SCANNED = frozenset({"apply", "filter", "orderby", "expand", "compute", "skip", "top"})
_PLAIN_SEGMENT = re.compile(r"[^$()./][^()./]*")


@dataclass(frozen=True, slots=True)
class ScannedLiteral:
    """A literal: its option (`path` for the resource path), its place there, its kind and what it says."""

    option: str
    start: int
    kind: LiteralKind
    text: str


@dataclass(frozen=True, slots=True)
class Shape:
    """A URL without its literals, and the literals in the order of the text."""

    text: str
    literals: tuple[ScannedLiteral, ...]


def shape_of(path: str, query: str, entity_sets: Collection[str]) -> Shape | None:
    """The shape of a raw URL; None where it is too long to be kept, or cannot be decoded, as the parser then tells."""
    if len(path) + len(query) > _LONGEST:
        return None
    literals: list[ScannedLiteral] = []
    try:
        pieces = [_path_shape(path, entity_sets, literals)]
        for name, raw in split_query(query):
            option = name.removeprefix("$").lower()
            if option in _SCANNED:
                pieces.append(f"{option}={_scan(decode_option(raw), option, literals)}")
            elif name.startswith("@"):
                pieces.append(f"{name}={_scan(decode_option(raw), name, literals)}")
            else:
                pieces.append(f"{name}={raw}")
    except ODataError:
        return None
    return Shape("\n".join(pieces), tuple(literals))


def _path_shape(path: str, entity_sets: Collection[str], literals: list[ScannedLiteral]) -> str:
    segments = split_path(path)
    if len(segments) > 1 and segments[0] in entity_sets and _PLAIN_SEGMENT.fullmatch(segments[1]):
        start = len(segments[0]) + 1
        literals.append(ScannedLiteral("path", start, LiteralKind.SEGMENT, segments[1]))
        rest = start + len(segments[1]) + 1
        tail = "/".join(segments[2:])
        return f"{segments[0]}/\0segment/{_scan(tail, 'path', literals, rest)}"
    return _scan("/".join(segments), "path", literals)


def _scan(text: str, option: str, literals: list[ScannedLiteral], offset: int = 0) -> str:
    """The text with placeholders; the literals are appended."""
    pieces = []
    position = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "json":
            continue
        kind = KINDS[str(match.lastgroup)]
        written = match[0]
        literals.append(ScannedLiteral(option, match.start() + offset, kind, literal_text(kind, written)))
        pieces.append(text[position : match.start()])
        pieces.append(f"\0{kind.value}{_magnitude(written) if kind is LiteralKind.INTEGER else ''}")
        position = match.end()
    if not pieces:
        return text
    pieces.append(text[position:])
    return "".join(pieces)


def _magnitude(digits: str) -> str:
    """Which integer type a literal has, and whether it has a sign: `$top` takes none."""
    sign = "" if digits[0] not in "+-" else "-"
    if len(digits) < 10:
        return f"{sign}32"
    value = int(digits[:25])
    return f"{sign}32" if -(2**31) <= value < 2**31 else f"{sign}64" if -(2**63) <= value < 2**63 else f"{sign}x"
