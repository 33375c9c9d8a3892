"""A column's default in SQL: a literal becomes the property's DefaultValue; of any other only the database knows it."""

import re

from odata_service.database.conversions import has_offset, read_instant
from odata_service.definition.column_types import ColumnType
from odata_service.edm.types import Kind, kind_of
from odata_service.edm.values import PrimitiveValue, fit, parse

_CAST = re.compile(r"(.*?)::[a-z][\w ]*(?:\([\d, ]*\))?(?:\[\])?", re.IGNORECASE | re.DOTALL)
_TEXT = re.compile(r"N?'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_WORDS = {"true": "true", "false": "false", "b'1'": "true", "b'0'": "false"}
_TRUTHS = {"1": "true", "0": "false", "t": "true", "f": "false"}


def literal_default(sql: str | None, found: ColumnType) -> PrimitiveValue | None:
    """The value of a default that is a literal of the column's type; None for null and for expressions.

    >>> from odata_service.edm.types import STRING
    >>> literal_default("'new'::character varying", ColumnType(STRING)), literal_default("now()", ColumnType(STRING))
    ('new', None)
    """
    text = None if sql is None else _literal(sql.strip())
    if text is None:
        return None
    kind = kind_of(found.type)
    try:
        if kind is Kind.INSTANT:
            return read_instant(text) if has_offset(text) else None  # which instant it is, settings may say
        if kind is Kind.BOOLEAN:
            text = _TRUTHS.get(text, text)
        return fit(parse(text, found.type), found.type)
    except ValueError:
        return None


def is_null(sql: str | None) -> bool:
    """Whether a default is none, or null."""
    return sql is None or _bare(sql.strip()).lower() == "null"


def _literal(sql: str) -> str | None:
    """The text of a literal, without quotes, casts and parentheses; None for what is none."""
    bare = _bare(sql)
    quoted = _TEXT.fullmatch(bare)
    if quoted is not None:
        return quoted[1].replace("''", "'") if quoted[1] is not None else quoted[2].replace('""', '"')
    if _NUMBER.fullmatch(bare):
        return bare
    return _WORDS.get(bare.lower())


def _bare(sql: str) -> str:
    text = sql
    while text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    match = _CAST.fullmatch(text)
    return match[1].strip("() ") if match else text
