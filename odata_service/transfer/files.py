"""Row files: which entity set a file belongs to, and its rows as texts or JSON values with their lines."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from msgspec import Struct

from odata_service.transfer.csv import read_csv


class UnreadableFile(Exception):
    """A row file that cannot be read at all; the message says where and why."""


class RowFile(Struct, frozen=True):
    """A file of rows; its stem names the entity set."""

    path: Path

    @property
    def entity_set(self) -> str:
        """The entity set that the file's stem names."""
        return self.path.stem

    def rows(self) -> Iterator[tuple[int, dict[str, object]]]:
        """The rows by property name with their lines; texts from CSV, JSON values from the others.

        `UnreadableFile` where the file breaks off.
        """
        try:
            yield from _READERS[self.path.suffix.lower()](self.path)
        except (OSError, UnicodeDecodeError, csv.Error, json.JSONDecodeError) as error:
            raise UnreadableFile(f"{self.path}:1: {_reason(error)}") from error

    @property
    def is_text(self) -> bool:
        """Whether values are texts, as in CSV, and not JSON values."""
        return self.path.suffix.lower() == ".csv"


def row_files(paths: Iterable[Path]) -> list[RowFile]:
    """The row files among paths, directories opened; `UnreadableFile` for a path that is none."""
    found = []
    for path in paths:
        if path.is_dir():
            found += [RowFile(part) for part in sorted(path.iterdir()) if part.suffix.lower() in _READERS]
        elif not path.is_file():
            raise UnreadableFile(f"{path}:1: there is no such file.")
        elif path.suffix.lower() not in _READERS:
            raise UnreadableFile(f"{path}:1: rows are read from {', '.join(sorted(_READERS))}.")
        else:
            found.append(RowFile(path))
    return found


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    rows = read_csv(path)
    first = next(rows, None)
    if first is None:
        return
    header = [name or "" for name in first[1]]
    if len(set(header)) < len(header):
        raise UnreadableFile(f"{path}:1: a column stands twice.")
    for line, cells in rows:
        yield line, _named(header, cells)


def _named(header: Sequence[str], cells: Sequence[object]) -> dict[str, object]:
    """A row by name; cells beyond the header are kept under names that no property has."""
    named: dict[str, object] = dict(zip(header, cells, strict=False))
    for place in range(len(header), len(cells)):
        named[f"column {place + 1}"] = cells[place]
    for name in header[len(cells) :]:
        named[name] = None
    return named


def _json_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    parsed = json.loads(path.read_text("utf-8-sig"), parse_float=Decimal)
    rows = parsed.get("value", [parsed]) if isinstance(parsed, dict) else parsed
    if not isinstance(rows, list):
        raise UnreadableFile(f"{path}:1: a JSON file of rows is an array of objects.")
    for place, row in enumerate(rows, 1):
        yield place, _object(row, path, place)


def _json_lines(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    with path.open(encoding="utf-8-sig") as file:
        for place, line in enumerate(file, 1):
            if line.strip():
                yield place, _object(json.loads(line, parse_float=Decimal), path, place)


def _xlsx_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise UnreadableFile(f"{path}:1: XLSX needs openpyxl: pip install 'odata-service[xlsx]'.") from error
    workbook = load_workbook(path, read_only=True, data_only=True)
    rows = workbook.worksheets[0].iter_rows(values_only=True)
    header = [str(name) for name in next(rows, ()) if name is not None]
    for place, cells in enumerate(rows, 2):
        if any(cell is not None for cell in cells):
            yield place, _named(header, [_cell(cell) for cell in cells[: len(header)]])


def _cell(value: object) -> object:
    """A cell as JSON has it: dates and times as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    text = str(value)
    return text.replace(" ", "T") if "-" in text and ":" in text else text


def _object(row: object, path: Path, place: int) -> dict[str, object]:
    if not isinstance(row, dict):
        raise UnreadableFile(f"{path}:{place}: a row is an object.")
    return row


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "the file is not UTF-8."
    if isinstance(error, OSError):
        return f"{error.strerror or error}."
    return f"{error}."


_READERS: dict[str, Callable[[Path], Iterator[tuple[int, dict[str, object]]]]] = {
    ".csv": _csv_rows,
    ".json": _json_rows,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".xlsx": _xlsx_rows,
}
