"""A table's header in, which columns hold names, types and descriptions out; and what further columns state."""

import re
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from odata_service.definition.markdown import Heading, Page, Table

_NAMES = frozenset(
    {
        *("property", "property name", "name", "relationship", "relationship name", "navigation property", "field"),
        *("navigation property name", "field name", "attribute", "attribute name", "parameter", "parameter name"),
    }
)
_TYPES = frozenset({"type", "data type", "property type", "edm type", "odata type"})
_DESCRIPTIONS = frozenset({"description", "descriptions", "details", "notes", "remarks", "comments", "summary"})
_YES = frozenset({"yes", "y", "true", "x", "✓", "✔", "required"})
_NO = frozenset({"no", "n", "false", "not nullable", "non-nullable"})
_READ_ONLY = frozenset({"read", "r", "read-only", "readonly", "read only", "get", "ro"})
_MARKS = re.compile(r"[`*]|\s+$|^\s+")


class Columns(NamedTuple):
    """Where the columns of a table stand; `further` are those beside them, by what their headers are called."""

    name: int = 0
    type: int = 1
    description: int = 2
    further: tuple[tuple[str, int], ...] = ()

    @property
    def is_usual(self) -> bool:
        """Whether names, types and descriptions stand first, in this order, as on nearly every page."""
        return self[:3] == (0, 1, 2)

    def statements(self, cells: Sequence[str]) -> str:
        """What the further columns of a row say, as the sentences that descriptions use for it."""
        found = (_sentence(called, _MARKS.sub("", cells[place])) for called, place in self.further)
        return " ".join(sentence for sentence in found if sentence)


def is_typed(header: Sequence[str]) -> bool:
    """Whether a table lists members of a type: one of its columns holds names, another one types."""
    names = {_called(cell) for cell in header}
    return not names.isdisjoint(_NAMES) and not names.isdisjoint(_TYPES)


def member_tables(page: Page, title: str, shown: Collection[str]) -> list[Table]:
    """The tables below headings of a title that list members of the page's type; `shown` are those its JSON has.

    They stand directly below the heading. One below a further heading is a part of them where nothing stands above it,
    or where the JSON shows most of its members; any other is about something else.
    """
    direct: list[Table] = []
    nested: list[Table] = []
    is_direct = True
    for block in page.section(title):
        if isinstance(block, Heading):
            is_direct = False
        elif isinstance(block, Table) and is_typed(block.header):
            (direct if is_direct else nested).append(block)
    whole = page.table(title)
    if not direct:
        return nested if whole is None else [whole]
    names = {name for table in direct for name in _names_of(table)}
    for table in nested:
        own = _names_of(table)
        if 2 * len(own.intersection(shown)) > len(own) and own.isdisjoint(names):
            direct.append(table)
            names |= own
    return direct


def _names_of(table: Table) -> set[str]:
    place = columns_of(table.header).name
    return {_MARKS.sub("", row.cells[place]) for row in table.rows}


def columns_of(header: Sequence[str]) -> Columns:
    """The columns of a header; one whose cells say nothing has the usual order.

    >>> columns_of(("Name", "Description", "Type", "Required"))
    Columns(name=0, type=2, description=1, further=(('required', 3),))
    """
    called = [_called(cell) for cell in header]
    if not is_typed(header):
        return Columns()
    name = next(place for place, cell in enumerate(called) if cell in _NAMES)
    kind = next(place for place, cell in enumerate(called) if cell in _TYPES)
    rest = [place for place in range(len(called)) if place not in (name, kind)]
    text = next((place for place in rest if called[place] in _DESCRIPTIONS), None)
    if text is None:
        text = next((place for place in rest if called[place] not in _SENTENCES), len(called))
    return Columns(name, kind, text, tuple((called[place], place) for place in rest if called[place] in _SENTENCES))


def _called(cell: str) -> str:
    return _MARKS.sub("", cell).strip().lower().rstrip("?")


def _sentence(called: str, cell: str) -> str:
    """What a cell of a further column says; nothing where it is empty."""
    sentence, words = _SENTENCES[called]
    if words is not None:
        return sentence if cell.lower().rstrip(".") in words else ""
    return sentence.format(cell) if cell and cell.lower() not in ("none", "n/a", "-", "null") else ""


_SENTENCES: Mapping[str, tuple[str, frozenset[str] | None]] = {
    **dict.fromkeys(("required", "mandatory"), ("Required.", _YES)),
    **dict.fromkeys(("nullable", "allows null"), ("Not nullable.", _NO)),
    **dict.fromkeys(("key", "primary key"), ("Key.", _YES | {"key", "pk"})),
    **dict.fromkeys(("read-only", "readonly", "read only"), ("Read-only.", _YES | _READ_ONLY)),
    **dict.fromkeys(("read/write", "access", "access type", "mode", "permissions"), ("Read-only.", _READ_ONLY)),
    **dict.fromkeys(("deprecated",), ("Deprecated.", _YES)),
    **dict.fromkeys(("immutable",), ("Immutable.", _YES)),
    **dict.fromkeys(("default", "default value"), ("Default value is `{}`.", None)),
    **dict.fromkeys(("max length", "maximum length", "length", "max size"), ("Maximum length is {}.", None)),
    **dict.fromkeys(
        ("possible values", "allowed values", "values", "valid values"), ("Possible values are: {}.", None)
    ),
}
"""What a column is called, the sentence that means the same, and the cells that say it; None: it holds the cell."""
