"""CSV with its rows' lines, and with the difference between an empty cell (null) and `""` (the empty text).

Python's own reader tells the two apart only from 3.12 on, so quoted empty cells are marked before it reads them.
A byte order mark is passed over; the separator is the one of `,`, `;` and tab that the header holds most of.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

EMPTY = "\ue000odata-empty\ue000"
"""Stands for a cell of two quotes while the file is read: a private character that no text holds."""

Cells = Sequence[str | None]

_LONGEST_CELL = 256 * 1024 * 1024
"""In characters: what a quote that is never closed may take in before it is noticed."""
_CLOSING = re.compile(r'(?:[^"]|"")*"(?!")')


class BrokenCells(Exception):
    """A row that is none: the line on which it begins, and why."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


def read_csv(path: Path) -> Iterator[tuple[int, Cells]]:
    """The rows with the line each begins on, the header first; blank lines are passed over.

    `UnicodeDecodeError` for a file that is not UTF-8, `BrokenCells` where no CSV reader goes on.
    """
    csv.field_size_limit(_LONGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        file.seek(0)
        separator = max(",;\t", key=header.count)
        reader = csv.reader(_marked(file, separator), delimiter=separator, strict=True)
        line = 1
        while True:
            try:
                row = next(reader, None)
            except csv.Error as error:
                raise BrokenCells(line, str(error)) from error
            if row is None:
                return
            if row:
                yield line, [None if cell == "" else "" if cell == EMPTY else cell for cell in row]
            line = reader.line_num + 1


def _marked(lines: Iterator[str], separator: str) -> Iterator[str]:
    """The lines, their quoted empty cells marked; a cell may go over several lines."""
    inside = False
    for line in lines:
        begun, rest = "", line
        if inside:
            closing = _CLOSING.match(line)
            if closing is None:
                yield line
                continue
            begun, rest = line[: closing.end()], line[closing.end() :]
        inside = rest.count('"') % 2 == 1
        yield begun + (_mark(rest, separator) if '""' in rest else rest)


def _mark(text: str, separator: str) -> str:
    """The cells of a line that begins outside quotes; one of exactly two quotes becomes the mark."""
    bare = text.rstrip("\r\n")
    cells: list[str] = []
    cell: str | None = None
    for piece in bare.split(separator):
        cell = piece if cell is None else f"{cell}{separator}{piece}"
        if cell.count('"') % 2 == 0:
            cells.append(EMPTY if cell == '""' else cell)
            cell = None
    if cell is not None:
        cells.append(cell)
    return separator.join(cells) + text[len(bare) :]
