"""From raw percent-encoded text to decoded segments and options (URL Conventions 2, Protocol 11.2.1).

Decoding happens exactly once. A `+` in a query is a space, as HTML forms write it (a stated leniency); the lexer
understands the space that a plus in an exponent or an instant's offset became.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from odata_service.errors import OptionNotAllowed, Span, UrlSyntaxError, did_you_mean

SYSTEM_OPTIONS = frozenset(
    "apply compute count deltatoken expand filter format id index levels orderby schemaversion search select skip "
    "skiptoken top".split()
)
DOLLAR_ONLY = frozenset({"deltatoken", "skiptoken"})

_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PATH_MARK = re.compile(r"/|\(|%28|\)|%29|'|%27")


@dataclass(frozen=True, slots=True)
class RawOption:
    """One decoded query option; `name` is canonical: no `$`, lower case for system options."""

    name: str
    text: str
    system: bool


def decode_percent(raw: str, target: str | None = None) -> str:
    """The text with each `%xx` undone; UTF-8 is strict."""
    if "%" not in raw:
        return raw
    broken = _BROKEN.search(raw)
    if broken:
        raise UrlSyntaxError(
            "Invalid percent-encoding",
            text=raw,
            span=Span(broken.start(), broken.start() + 3),
            expected="'%' and two hexadecimal digits; a percent sign itself is '%25'",
            target=target,
        )
    try:
        return unquote_to_bytes(raw).decode("utf-8")
    except UnicodeError as error:
        raise UrlSyntaxError(
            "The percent-encoded bytes are not UTF-8",
            text=raw,
            span=Span(0, len(raw)),
            expected="characters encoded as UTF-8",
            target=target,
        ) from error


def split_path(path: str) -> tuple[str, ...]:
    """The decoded segments of a raw path; a slash inside a quoted value in parentheses does not split."""
    path = path.removesuffix("/")
    if not path:
        return ()
    raw = path.split("/") if "'" not in path and "%27" not in path else list(_raw_segments(path))
    segments = tuple([decode_percent(segment, "path") for segment in raw])
    if "" in segments:
        start = path.find("//") + 1
        raise UrlSyntaxError(
            "Empty path segment", text=path, span=Span(start, start + 1), expected="a segment", target="path"
        )
    return segments


def _raw_segments(path: str) -> Iterator[str]:
    start, depth, quoted = 0, 0, False
    for mark in _PATH_MARK.finditer(path):
        match mark.group():
            case "'" | "%27":
                quoted = depth > 0 and not quoted
            case "(" | "%28" if not quoted:
                depth += 1
            case ")" | "%29" if not quoted:
                depth -= 1
            case "/" if not quoted:
                yield path[start : mark.start()]
                start, depth = mark.end(), 0
            case _:
                pass
    yield path[start:]


def split_query(query: str) -> Iterator[RawOption]:
    """The decoded options of a raw query string, in order."""
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            yield _option(decode_percent(name.replace("+", " ")), value)


def _option(name: str, raw: str) -> RawOption:
    bare, system = canonical_option(name)
    text = decode_percent(raw.replace("+", " "), f"${bare}" if system else name)
    return RawOption(bare, text, system)


def canonical_option(name: str) -> tuple[str, bool]:
    """An option's canonical name and whether it is a system option; an unknown `$name` is refused."""
    folded = name.removeprefix("$").lower()
    if folded in SYSTEM_OPTIONS and (name[0] == "$" or folded not in DOLLAR_ONLY):
        return folded, True
    if name.startswith("$"):
        raise OptionNotAllowed(
            f"The system query option '{name}' does not exist.",
            target=name,
            hint=did_you_mean(name, [f"${known}" for known in sorted(SYSTEM_OPTIONS)]),
        )
    return name, False
