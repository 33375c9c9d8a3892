"""How long the texts in columns of a table are, where the database bounds keys, indexes and rows: MariaDB does.

A text of a stated length is a VARCHAR, which an index takes whole and a sort keeps in memory; what is longer than an
index takes, or of no stated length, is a LONGTEXT. A key must be an index, so each text of one has a length, and what
refers to a key is as long as that. No other column is narrower than 64 characters: what is shorter than 256 bytes can
never leave the page of its row, and some thirty of such would fill it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.sql.mapping import TYPE, ColumnMapping

LONGEST = 768
"""So many characters an index takes: 3,072 bytes at four each."""

_SHORTEST = 64
_UNSTATED = 255
"""How many characters a text in a key has that states no length, and whatever refers to one."""
_KEY = 511
"""How many characters all parts of a key have together: an index over a text ends with the key."""
_OTHER = 36
"""A part of a key that is no text of ours has at most as much: a GUID."""
_ROW_BYTES = 32_000
"""How much of a row's 65,535 bytes such columns take: what is added later needs room as well."""
_BYTES = 4
"""Of a character."""


def stated_length(type_ref: TypeRef) -> int | None:
    """The greatest length of a text, None where none is stated."""
    length = type_ref.primitive.facets.max_length
    return length if isinstance(length, int) else None


def needed_length(column: ColumnMapping, referring: Collection[str]) -> int | None:
    """How long the texts in a column may be, None where nothing bounds them; the keys of others are bounded."""
    stated = stated_length(column.type)
    refers = column.name in referring and column.name != TYPE
    return _UNSTATED if stated is None and refers else stated


def text_lengths(
    columns: Iterable[ColumnMapping], key: Sequence[str], referring: Collection[str] = ()
) -> Mapping[str, int]:
    """The length of each column of a table that is a VARCHAR; `referring` are those that hold the keys of others."""
    texts = {column.name: column for column in columns if kind_of(column.type) is Kind.STRING}
    found = _in_key([texts.get(name) for name in key], key)
    left = _ROW_BYTES - _BYTES * sum(found.values())
    for name, column in texts.items():
        length = needed_length(column, referring)
        if name in found or length is None or length > LONGEST:
            continue
        wide = max(length, _SHORTEST)
        left -= _BYTES * wide
        if left >= 0:
            found[name] = wide
    return found


def index_length(names: Sequence[str], key: Sequence[str], lengths: Mapping[str, int]) -> int:
    """How many characters of each of some texts an index takes that ends with the key.

    The texts of a key have as much as they had before they were as long as they say: such tables are still there.
    """
    before = min(_UNSTATED, _KEY // max(len(key), 1))
    taken = sum(max(lengths[name], before) if name in lengths else _OTHER for name in key if name not in names)
    return max(LONGEST - taken, _UNSTATED) // len(names)


def _in_key(parts: Sequence[ColumnMapping | None], key: Sequence[str]) -> dict[str, int]:
    """The lengths of the texts in a key: an equal share each, and of those that state more what is left over."""
    share = _KEY // max(len(key), 1)
    found: dict[str, int] = {}
    left = _KEY
    for name, part in zip(key, parts, strict=True):
        if part is not None:
            found[name] = min(stated_length(part.type) or _UNSTATED, share)
        left -= found.get(name, min(_OTHER, share))
    for name, part in zip(key, parts, strict=True):
        wanted = (stated_length(part.type) or 0) if part is not None else 0
        more = min(left, wanted - found.get(name, 0))
        if more > 0:
            found[name] += more
            left -= more
    return found
