"""Check constraints that list a column's values: `status IN ('new', 'paid')`, as each family's catalogue prints it."""

import re

from odata_service.database.create_table import unquoted

_NAME = r"""(?:"(?:[^"]|"")+"|`[^`]+`|\[[^\]]+\]|\w+)"""
_VALUE = r"(?:N?'(?:[^']|'')*'|[+-]?\d+)"
_CAST = re.compile(r"(?<=['\w\])])::[a-z]+(?: varying| with(?:out)? time zone)?(?:\(\d+\))?(?:\[\])?", re.IGNORECASE)
_LIST = re.compile(rf"({_NAME})\s+in\s*\(\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*\)", re.IGNORECASE)
_ARRAY = re.compile(
    rf"({_NAME})\s*=\s*any\s*\(\s*\(?\s*array\s*\[\s*({_VALUE}(?:\s*,\s*{_VALUE})*)\s*\]\s*\)?\s*\)", re.IGNORECASE
)
_ALTERNATIVE = re.compile(rf"\(?\s*({_NAME})\s*=\s*({_VALUE})\s*\)?", re.IGNORECASE)


def listed_values(check: str) -> tuple[str, tuple[str | int, ...]] | None:
    """The column whose values a check lists, and those values; None for any other check.

    >>> listed_values("(status)::text = ANY ((ARRAY['new'::character varying, 'paid'::character varying])::text[])")
    ('status', ('new', 'paid'))
    >>> listed_values("`size` in (1, 2)"), listed_values("a = 'x' OR a = 'y'"), listed_values("size > 3")
    (('size', (1, 2)), ('a', ('x', 'y')), None)
    """
    text = _plain(check)
    match = _LIST.fullmatch(text) or _ARRAY.fullmatch(text)
    if match is not None:
        return unquoted(match[1]), tuple(_value(found) for found in re.findall(_VALUE, match[2]))
    parts = [_ALTERNATIVE.fullmatch(part.strip()) for part in re.split(r"\s+or\s+", text, flags=re.IGNORECASE)]
    found = [part for part in parts if part is not None]
    names = {unquoted(part[1]) for part in found}
    if len(found) < len(parts) or len(names) != 1 or len(found) == 1:
        return None
    return names.pop(), tuple(_value(part[2]) for part in found)


def _plain(check: str) -> str:
    """The check without casts, nulls that it admits, and parentheses around the whole or around a single name."""
    text = _CAST.sub("", check.strip())
    text = re.sub(r"_utf8mb[34]\s*(?=')", "", text)
    text = re.sub(
        rf"^\(*\s*{_NAME}\s+is\s+null\s*\)?\s+or\s+|\s+or\s+\(*\s*{_NAME}\s+is\s+null\s*\)*$", "", text, flags=re.I
    )
    text = re.sub(rf"(?<!\w)\(\s*({_NAME})\s*\)(?=\s*(?:=|in\b))", r"\1", text, flags=re.IGNORECASE)
    text = re.sub(rf"\(\s*({_VALUE})\s*\)(?=\s*[,\]])", r"\1", text)
    while text.startswith("(") and _closes_at_end(text):
        text = text[1:-1].strip()
    return text


def _closes_at_end(text: str) -> bool:
    """Whether the first parenthesis is closed by the last character."""
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return place == len(text) - 1
    return False


def _value(token: str) -> str | int:
    return unquoted(token.lstrip("N")) if "'" in token else int(token)
