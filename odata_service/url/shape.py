"""The shape of a URL: its text with the literals taken out, found by one scan and without parsing.

Requests of one shape differ only in values, so one compiled plan serves them all. Each literal is told with the option
it stands in and its place in that option's decoded text: the parser gives the same place to the same literal. Text in
double quotes stays in the shape, but in a search, whose words and phrases are taken out. A token that the scan takes
for a literal and the parser does not is no harm: its text then becomes part of the cache's key.
"""

import re
from collections.abc import Collection, Sequence

from msgspec import Struct

from odata_service.errors import ODataError
from odata_service.url.decode import decode_option, split_path, split_query
from odata_service.url.literals import KINDS, LITERAL, literal_text
from odata_service.url.search import scanned_terms
from odata_service.url.syntax import LiteralKind

_JSON_STRING = r'(?P<json>"[^"\\]*(?:\\.[^"\\]*)*(?:"|\Z))'
_TOKEN = re.compile(rf"(?<![\w.$@])(?:{LITERAL.pattern})|{_JSON_STRING}", re.ASCII | re.DOTALL)
_SEARCHING = re.compile(rf"{_TOKEN.pattern}|(?P<search>\$search[ \t]*=|(?<![\w.])search\()", re.ASCII | re.DOTALL)
keyed = re.compile(r"([A-Za-z_]\w*)\((?:'([^']*)'|(\d{1,9}))\)", re.ASCII).fullmatch
"""A name with a text or a short number in parentheses: the path that is asked for most, and has no other literal."""
_LONGEST = 64 * 1024
_SCANNED = frozenset({"apply", "filter", "orderby", "expand", "compute", "skip", "top"})
_PLAIN_SEGMENT = re.compile(r"[^$()./][^()./]*")


class ScannedLiteral(Struct, frozen=True):
    """A literal: its option (`path` for the resource path), its place there, its kind and what it says."""

    option: str
    start: int
    kind: LiteralKind
    text: str


class Shape(Struct, frozen=True):
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
            if option == "search":
                pieces.append(f"search={_scan_search(decode_option(raw), option, literals)}")
            elif option in _SCANNED or (option == "select" and ("(" in raw or "%28" in raw)):
                pieces.append(f"{option}={_scan(decode_option(raw), option, literals)}")
            elif name.startswith("@"):
                pieces.append(f"{name}={_scan(decode_option(raw), name, literals)}")
            else:
                pieces.append(f"{name}={raw}")
    except ODataError:
        return None
    return Shape("\n".join(pieces), tuple(literals))


def rescanned(shape: Shape, written: Sequence[str]) -> Shape | None:
    """The shape of the URL that has these literals in place of those of a shape, without a scan of it.

    None where one of them is of another kind, so that the URL would have another shape.
    """
    literals = []
    for known, text in zip(shape.literals, written, strict=True):
        found = LITERAL.fullmatch(text)
        if found is None or str(found.lastgroup) != known.kind.value:
            return None
        if distinction(known.kind, text) != distinction(known.kind, known.text):
            return None
        literals.append(ScannedLiteral(known.option, known.start, known.kind, literal_text(known.kind, text)))
    return Shape(shape.text, tuple(literals))


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
    if "search" in text:
        return _scan_around(text, option, literals, offset)
    return _scan_literals(text, option, literals, offset)


def _scan_around(text: str, option: str, literals: list[ScannedLiteral], offset: int) -> str:
    """The same for a text that may have searches in it."""
    pieces: list[str] = []
    position = 0
    while (start := _search_in(text, position, option)) is not None:
        pieces.append(_scan_literals(text[position:start], option, literals, offset + position))
        position = _take_terms(text, (start, start), (option, offset), literals, pieces)
    return "".join((*pieces, _scan_literals(text[position:], option, literals, offset + position)))


def _search_in(text: str, position: int, option: str) -> int | None:
    """Where the next search begins from a place on, or None."""
    for match in _SEARCHING.finditer(text, position):
        if match.lastgroup == "search" and (match[0][0] == "$" or option == "apply"):
            return match.end()
    return None


def _scan_literals(text: str, option: str, literals: list[ScannedLiteral], offset: int) -> str:
    found = keyed(text)
    if found is not None:
        name, string, digits = found.groups()
        kind, said = (LiteralKind.INTEGER, digits) if string is None else (LiteralKind.STRING, string)
        literals.append(ScannedLiteral(option, len(name) + 1 + offset, kind, said))
        return f"{name}(\0{kind.value}{'' if digits is None else _magnitude(digits)})"
    pieces = []
    position = 0
    for match in _TOKEN.finditer(text):
        if match.lastgroup == "json":
            continue
        kind = KINDS[str(match.lastgroup)]
        written = match[0]
        literals.append(ScannedLiteral(option, match.start() + offset, kind, literal_text(kind, written)))
        pieces.append(text[position : match.start()])
        pieces.append(f"\0{kind.value}{distinction(kind, written)}")
        position = match.end()
    if not pieces:
        return text
    pieces.append(text[position:])
    return "".join(pieces)


def _scan_search(text: str, option: str, literals: list[ScannedLiteral]) -> str:
    """A search with placeholders; its words and phrases are appended."""
    pieces: list[str] = []
    position = _take_terms(text, (0, 0), (option, 0), literals, pieces)
    return "".join((*pieces, text[position:]))


def _take_terms(
    text: str,
    place: tuple[int, int],
    option: tuple[str, int],
    literals: list[ScannedLiteral],
    pieces: list[str],
) -> int:
    """Takes the terms of the search that begins at the second place; the shape has what stands before the first.

    `option` is where the text stands, and how far in it. Gives the place behind the last term.
    """
    position, beginning = place
    for start, end in scanned_terms(text, beginning):
        is_phrase = text[start] == '"'
        term = text[start + 1 : end - 1] if is_phrase else text[start:end]
        literals.append(ScannedLiteral(option[0], start + option[1], LiteralKind.SEARCHED, term))
        pieces.append(f"{text[position:start]}\0{'phrase' if is_phrase else 'word'}")
        position = end
    return position


def distinction(kind: LiteralKind, written: str) -> str:
    """What a shape tells of a literal besides its kind: the size of an integer, and NaN, which nothing equals."""
    if kind is LiteralKind.INTEGER:
        return _magnitude(written)
    return written if written == "NaN" else ""


def _magnitude(digits: str) -> str:
    """Which integer type a literal has, and whether it has a sign: `$top` takes none."""
    sign = "" if digits[0] not in "+-" else "-"
    if len(digits) < 10:
        return f"{sign}32"
    value = int(digits.rstrip("lL")[:25])  # V2 writes an Edm.Int64 as 12345678901L, and clients carry that over
    return f"{sign}32" if -(2**31) <= value < 2**31 else f"{sign}64" if -(2**63) <= value < 2**63 else f"{sign}x"
