"""PostgreSQL's index of texts: the parts of three characters that pg_trgm finds in each, with all letters small."""

from collections.abc import Sequence

from peewee import SQL, Column, Node, NodeList, Source
from peewee import Cast as SqlCast

from odata_service.sql.families.family import IndexedTexts, Needle, TextIndex

_SMALL = 'lower({} COLLATE "und-x-icu") COLLATE "C"'
"""As the function `tolower` is written: the index is of this very expression."""
_SHORTEST = 3
_SIGMA = "\N{GREEK CAPITAL LETTER SIGMA}"
"""Its small letter depends on what stands behind it, so that what contains it may not contain it in small letters."""


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _made(index: IndexedTexts) -> Sequence[str]:
    parts = ", ".join(f"({_SMALL.format(name)}) gin_trgm_ops" for name in index.texts)
    return (
        "CREATE EXTENSION IF NOT EXISTS pg_trgm",
        f"CREATE INDEX {_quoted(index.name)} ON {index.table} USING gin ({parts})",
    )


def _dropped(name: str) -> Sequence[str]:
    return (f"DROP INDEX IF EXISTS {_quoted(name)}",)


def _found(index: IndexedTexts, root: Source, places: Sequence[int], needle: Needle) -> Node:
    """That one of the texts is like the needle."""
    parts: list[Node] = []
    before, after = (SQL(part) for part in _SMALL.split("{}"))
    for place in places:
        column = Column(root, index.texts[place][1:-1].replace('""', '"'))
        wanted = SqlCast(needle.held(_pattern), "text")
        parts += [SQL(" OR " if parts else "("), before, column, after, SQL(" LIKE "), before, wanted, after]
    return NodeList((*parts, SQL(")")), glue="")


def _pattern(text: str) -> str:
    r"""What is LIKE all that contains a text.

    >>> _pattern("50%_")
    '%50\\%\\_%'
    """
    for special in "\\%_":
        text = text.replace(special, f"\\{special}")
    return f"%{text}%"


def _serves(text: str, exact: bool) -> bool:
    return len(text) >= _SHORTEST and not (exact and _SIGMA in text)


TEXT_INDEX = TextIndex(_made, _dropped, _found, _serves)
