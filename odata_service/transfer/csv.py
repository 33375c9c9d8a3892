"""CSV with its rows' lines, and with the difference between an empty cell (null) and `""` (the empty text).

Python's own reader tells the two apart only from 3.12 on, so quoted empty cells are marked before it reads them.
A byte order mark is passed over; the separator is the one of `,`, `;` and tab that the header holds most of.
"""

import csv
from collections.abc import Iterator, Sequence
from pathlib import Path

EMPTY = "\ue000odata-empty\ue000"
"""Stands for a cell of two quotes while the file is read: a private character that no text holds."""

Cells = Sequence[str | None]


def read_csv(path: Path) -> Iterator[tuple[int, Cells]]:
    """The rows with the line each begins on, the header first; blank lines are passed over.

    `UnicodeDecodeError` for a file that is not UTF-8, `csv.Error` for one that no CSV reader takes.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        header = file.readline()
        file.seek(0)
        separator = max(",;\t", key=header.count)
        reader = csv.reader(_marked(file, separator), delimiter=separator, strict=True)
        line = 1
        for row in reader:
            if row:
                yield line, [None if cell == "" else "" if cell == EMPTY else cell for cell in row]
            line = reader.line_num + 1


def _marked(lines: Iterator[str], separator: str) -> Iterator[str]:
    """The lines, their quoted empty cells marked; a line inside a quoted cell is left alone."""
    inside = False
    for line in lines:
        if '""' in line and not inside:
            yield _mark(line, separator)
        else:
            yield line
        if line.count('"') % 2:
            inside = not inside


def _mark(line: str, separator: str) -> str:
    """One line: a cell of exactly two quotes becomes the mark."""
    ending = line[len(line.rstrip("\r\n")) :]
    cells = []
    cell = ""
    for piece in line.rstrip("\r\n").split(separator):
        cell = f"{cell}{separator}{piece}" if cell else piece
        if cell.count('"') % 2 == 0:
            cells.append(EMPTY if cell == '""' else cell)
            cell = ""
    if cell:
        cells.append(cell)
    return separator.join(cells) + ending
