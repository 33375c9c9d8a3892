"""The shape of a V2 URL, its text with the literals taken out; and V4's URL for it, into which they are put.

A placeholder looks like a string literal to what translates the text. It comes out as a slot, which tells the type that
its literal stands for.
"""

import re
from collections.abc import Callable, Sequence
from urllib.parse import quote, unquote

from msgspec import Struct

from odata_service.edm.types import Kind
from odata_service.errors import ODataError
from odata_service.url.decode import decode, decode_option, split_query
from odata_service.url.shape import keyed
from odata_service.v2.literals import AS_IT_IS, LITERAL, v4_text

_LITERAL = re.compile(rf"(?<!\w)(?:{LITERAL})", re.IGNORECASE | re.DOTALL)
_SLOT = re.compile(r"%00(\d+)~(\w*)~(.*?)%00")
_LONGEST = 16 * 1024
_NUMBERS = frozenset({"$top", "$skip"})
_EXPRESSIONS = frozenset({"$filter", "$orderby"})
_is_plain = re.compile(r"[A-Za-z0-9._~'-]*").fullmatch
_meant_otherwise = re.compile("[%&+?#]").search
"""What decoded text may have that would be read as something else when it is decoded again."""


class Shape(Struct, frozen=True):
    """A URL with placeholders, percent-decoded, and what they stand for."""

    path: str
    query: str
    literals: tuple[str, ...]


def v2_shape_of(path: str, query: str) -> Shape | None:
    """The shape of a raw URL; None where it has none that could be kept."""
    if len(path) + len(query) > _LONGEST or "%00" in path or "%00" in query:
        return None
    literals: list[str] = []

    def placed(text: str) -> str:
        literals.append(text)
        return f"'\0{len(literals) - 1}'"

    def scanned(text: str) -> str:
        found = keyed(text)
        if found is not None:
            return f"{found[1]}({placed(text[found.end(1) + 1 : -1])})"
        return _LITERAL.sub(lambda found: placed(found[0]), text)

    try:
        pieces = [scanned(decode(path))]
        for name, raw in split_query(query):
            pieces.append(f"{name}={_scanned_option(name, decode_option(raw, name), scanned, placed)}")
    except ODataError:
        return None
    if any(map(_meant_otherwise, pieces)):
        return None
    return Shape(pieces[0], "&".join(pieces[1:]), tuple(literals))


def _scanned_option(name: str, value: str, scanned: Callable[[str], str], placed: Callable[[str], str]) -> str:
    if name in _EXPRESSIONS:
        return scanned(value)
    if name == "$skiptoken" or (name in _NUMBERS and value.isdecimal()):
        return placed(value)
    return value


class Template:
    """A part of a V4 URL with slots; `safe` are the characters that stay as they are in literals."""

    def __init__(self, text: str, safe: str) -> None:
        pieces = _SLOT.split(text)
        self._texts = pieces[::4]
        self._slots = [
            (int(place), None if kind == AS_IT_IS else _converter(kind, unquote(name)))
            for place, kind, name in zip(pieces[1::4], pieces[2::4], pieces[3::4], strict=True)
        ]
        self._safe = safe

    def written(self, literals: Sequence[str]) -> list[str]:
        """V4's literals for these, slot by slot; `BadRequest` for one that is none of V2's."""
        return [literals[place] if convert is None else convert(literals[place]) for place, convert in self._slots]

    def filled(self, written: Sequence[str]) -> str:
        """The text with V4's literals in its slots."""
        if not written:
            return self._texts[0]
        pieces = [self._texts[0]]
        for literal, text in zip(written, self._texts[1:], strict=True):
            pieces += (literal if _is_plain(literal) else quote(literal, safe=self._safe), text)
        return "".join(pieces)


def _converter(kind: str, name: str) -> Callable[[str], str]:
    found = Kind[kind] if kind else None
    return lambda text: v4_text(text, found, name)
