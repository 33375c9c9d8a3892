"""Row files out: entities as CSV, JSON Lines, JSON or XLSX, a page in memory at a time."""

import json
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from tempfile import TemporaryFile
from typing import IO

import orjson

from odata_service.payload.entities import Objects
from odata_service.transfer.cells import Cells, columns_of
from odata_service.transfer.entities import Pages
from odata_service.transfer.xlsx import write_xlsx

Row = Mapping[str, object]

_SPECIAL = frozenset(',;"\t\r\n')
"""What a cell of CSV is quoted for: any of the separators that readers may take, quotes and ends of lines."""
_DECODER = json.JSONDecoder(parse_float=Decimal)


def export_rows(
    pages: Pages, file: IO[bytes], format_name: str = "csv", on_progress: Callable[[int], object] = lambda _: None
) -> int:
    """Writes the entities of a result and gives their number. `on_progress` hears how many were read since.

    `ODataError` for a set or a query that the service refuses, `UnwritableRows` for what the format does not hold.
    """
    count = 0

    def read() -> Iterator[Objects]:
        nonlocal count
        for page in pages:
            count += len(page)
            on_progress(len(page))
            yield page

    if format_name in _OBJECTS:
        _OBJECTS[format_name](read(), file)
        return count
    with TemporaryFile() as spool:
        columns = _spool(read(), pages, spool)
        spool.seek(0)
        _TABLES[format_name](columns, map(_read, spool), file)
    return count


def _spool(read: Iterator[Objects], pages: Pages, spool: IO[bytes]) -> tuple[str, ...]:
    """Puts rows by; the columns are known when all have been seen, since each may have one of its own."""
    columns: dict[str, None] = {}
    known = Cells(pages.schema)
    for page in read:
        assert pages.shape is not None, "what has been read has a shape"
        columns = columns or columns_of(pages.shape)
        for entity in page:
            cells = known.of(entity, pages.shape.entity_type)
            columns |= dict.fromkeys(cells)
            spool.write(orjson.dumps(cells, option=orjson.OPT_APPEND_NEWLINE))
    return tuple(columns)


def _write_lines(pages: Iterator[Objects], file: IO[bytes]) -> None:
    for page in pages:
        file.writelines(orjson.dumps(entity, option=orjson.OPT_APPEND_NEWLINE) for entity in page)


def _write_array(pages: Iterator[Objects], file: IO[bytes]) -> None:
    before = b"[\n"
    for page in pages:
        for entity in page:
            file.write(before + orjson.dumps(entity))
            before = b",\n"
    file.write(b"[]\n" if before == b"[\n" else b"\n]\n")


def _write_csv(columns: tuple[str, ...], rows: Iterator[Row], file: IO[bytes]) -> None:
    """A header and a line for each row; null is an empty cell, and the empty text two quotes."""
    file.write((",".join(map(_quoted, columns)) + "\r\n").encode())
    for row in rows:
        shown = [row.get(name) for name in columns]
        cells = ["" if cell is None else _quoted(cell if isinstance(cell, str) else _text(cell)) for cell in shown]
        file.write((",".join(cells) + "\r\n").encode())


def _read(line: bytes) -> Row:
    """The cells of a row that was put by, numbers as they are written."""
    cells = _DECODER.decode(line.decode())
    assert isinstance(cells, dict), "a row is an object"
    return cells


def _text(cell: object) -> str:
    match cell:
        case bool():
            return "true" if cell else "false"
        case _:
            return str(cell)


def _quoted(text: str) -> str:
    if text and _SPECIAL.isdisjoint(text):
        return text
    return '"' + text.replace('"', '""') + '"'


_OBJECTS: dict[str, Callable[[Iterator[Objects], IO[bytes]], None]] = {"jsonl": _write_lines, "json": _write_array}
_TABLES: dict[str, Callable[[tuple[str, ...], Iterator[Row], IO[bytes]], None]] = {
    "csv": _write_csv,
    "xlsx": write_xlsx,
}
FORMATS = (*_TABLES, *_OBJECTS)
"""The formats by name, which is also the ending of a file."""
