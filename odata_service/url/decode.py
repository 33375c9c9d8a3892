"""Percent-encoding undone, once: the raw path split into segments, the raw query into options (URL Conventions 2).

A `+` in a query is a blank, as every form encoder writes it, but a plus in the exponent of a number and in the offset
of an instant. `/` inside the parentheses behind a name belongs to them, encoded or not: some servers hand over decoded
paths, and a filter in a path has paths in it.
"""

import re
from binascii import a2b_qp
from collections.abc import Iterator

from odata_service.errors import Span, UrlSyntaxError
from odata_service.url.lexer import HARD_DEPTH

_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLUS_SIGN = re.compile(r"(?<=\d[eE])\+(?=\d)|(?<=\d)\+(?=[01]\d(?::|%3[Aa])[0-5]\d)")
_OPENING = re.compile(r"(?:\$|%24)?(?:[^\W\d]|%[89A-Fa-f][0-9A-Fa-f])(?:[\w.]|%[89A-Fa-f][0-9A-Fa-f])*(?:\(|%28)")
_INSIDE = re.compile(
    r"/|\(|%28|\)|%29|(?:'|%27)[^'%]*(?:%(?!27)[^'%]*)*(?:'|%27|\Z)"
    r'|(?:"|%22)[^"%\\]*(?:(?:(?:\\|%5[Cc])(?:%22|.)|%(?!22|5[Cc]))[^"%\\]*)*(?:"|%22|\Z)',
    re.DOTALL,
)


def decode(raw: str, target: str | None = None) -> str:
    """The text behind percent-encoding; `UrlSyntaxError` for a broken escape or bytes that are no UTF-8."""
    if "%" not in raw:
        return raw
    broken = _BROKEN_PERCENT.search(raw)
    if broken is not None:
        raise UrlSyntaxError(
            "A percent sign begins no escape",
            text=raw,
            span=Span(broken.start(), broken.start() + 1),
            expected="two hexadecimal digits behind it, or %25 for the sign itself",
            target=target,
        )
    try:
        # Quoted-printable is percent-encoding with another sign, and its decoder is the one that is not slow.
        return a2b_qp(raw.replace("=", "=3D").replace("%", "=").encode()).decode()
    except UnicodeDecodeError as error:
        raise UrlSyntaxError(
            "The percent-encoded bytes are no UTF-8", text=raw, span=Span(0, len(raw)), target=target
        ) from error


def decode_option(raw: str, target: str | None = None) -> str:
    """The text of an option's value, its plus signs read as blanks where they are none of a number's."""
    if "#" in raw:
        place = raw.index("#")
        raise UrlSyntaxError(
            "A # begins a fragment, which is no part of a request",
            text=raw,
            span=Span(place, place + 1),
            expected="%23 for the sign itself",
            target=target,
        )
    if "+" in raw:
        raw = _PLUS_SIGN.sub("%2B", raw).replace("+", " ")
    return decode(raw, target)


def split_query(query: str) -> Iterator[tuple[str, str]]:
    """The options of a raw query: decoded name and RAW value, in order; empty pieces are passed over."""
    for piece in query.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            yield decode_option(name).strip(), value


def split_path(path: str) -> list[str]:
    """The decoded segments of a raw path; a slash at its end is passed over, an empty segment elsewhere is an error."""
    raw = path.removesuffix("/")
    if "/" not in raw:
        return [decode(raw)] if raw else []
    pieces = raw.split("/") if "(" not in raw and "%28" not in raw else _split_outside_parentheses(raw)
    segments = [decode(piece) for piece in pieces]
    if not all(segments):
        raise UrlSyntaxError("The path has an empty segment", text=path, span=Span(0, len(path)))
    return segments


def _split_outside_parentheses(raw: str) -> list[str]:
    """The pieces between slashes; parentheses behind a name are whole, as are strings in them."""
    pieces: list[str] = []
    start = 0
    while True:
        opening = _OPENING.match(raw, start)
        end = _end_of_parentheses(raw, opening.end()) if opening is not None else raw.find("/", start)
        if end < 0 or end >= len(raw):
            return [*pieces, raw[start:]]
        pieces.append(raw[start:end])
        start = end + 1


def _end_of_parentheses(raw: str, position: int) -> int:
    """The place of the slash behind parentheses that were opened before a place, or the end."""
    depth = 1
    for token in _INSIDE.finditer(raw, position):
        if token[0] == "/":
            if depth == 0:
                return token.start()
        elif token[0] in {"(", "%28"}:
            depth += 1
            if depth > HARD_DEPTH:
                break
        elif token[0] in {")", "%29"} and depth:
            depth -= 1
    return len(raw)
