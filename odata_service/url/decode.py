"""Percent-encoding undone, once: the raw path split into segments, the raw query into options (URL Conventions 2).

A `+` in a query is a blank, as every form encoder writes it, but a plus in the exponent of a number and in the offset
of an instant. `/` inside a quoted key belongs to the key, encoded or not: some servers hand over decoded paths.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote_to_bytes

from odata_service.errors import Span, UrlSyntaxError

_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PLUS_SIGN = re.compile(r"(?<=\d[eE])\+(?=\d)|(?<=\d)\+(?=[01]\d(?::|%3[Aa])[0-5]\d)")
_SPLIT = re.compile(r"'|%27|/")


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
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UrlSyntaxError(
            "The percent-encoded bytes are no UTF-8", text=raw, span=Span(0, len(raw)), target=target
        ) from error


def decode_option(raw: str, target: str | None = None) -> str:
    """The text of an option's value, its plus signs read as blanks where they are none of a number's."""
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
    pieces = raw.split("/") if "'" not in raw and "%27" not in raw else _split_outside_quotes(raw)
    segments = [decode(piece) for piece in pieces]
    if raw and not all(segments):
        raise UrlSyntaxError("The path has an empty segment", text=path, span=Span(0, len(path)))
    return segments if raw else []


def _split_outside_quotes(raw: str) -> list[str]:
    pieces, start, quoted = [], 0, False
    for match in _SPLIT.finditer(raw):
        if match[0] != "/":
            quoted = not quoted
        elif not quoted:
            pieces.append(raw[start : match.start()])
            start = match.end()
    return [*pieces, raw[start:]]
