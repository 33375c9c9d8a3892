"""Row files: which entity set a file belongs to, and its rows as texts or JSON values with their lines."""

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from zipfile import BadZipFile

from msgspec import Struct

from odata_service.transfer.csv import BrokenCells, read_csv
from odata_service.transfer.json_rows import BrokenRow, json_lines, json_rows


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
        except OSError as error:
            raise UnreadableFile(f"{self.path}:1: {error.strerror or error}.") from error
        except UnicodeDecodeError as error:
            raise UnreadableFile(f"{self.path}:{_not_utf8(self.path)}: the file is not UTF-8.") from error
        except BrokenCells as error:
            raise UnreadableFile(f"{self.path}:{error.line}: {error}.") from error
        except BrokenRow as error:
            raise UnreadableFile(f"{self.path}:{error.place}: {error}") from error

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


def _xlsx_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    try:
        from openpyxl import load_workbook
    except ImportError as error:
        raise UnreadableFile(f"{path}:1: XLSX needs openpyxl: pip install 'odata-service[xlsx]'.") from error
    place = 1
    try:
        rows = load_workbook(path, read_only=True, data_only=True).worksheets[0].iter_rows(values_only=True)
        header = [str(name) for name in next(rows, ()) if name is not None]
        for place, cells in enumerate(rows, 2):
            if any(cell is not None for cell in cells):
                yield place, _named(header, [_cell(cell) for cell in cells[: len(header)]])
    except _BROKEN_WORKBOOK as error:
        raise UnreadableFile(f"{path}:{place}: the file is no workbook that can be read: {error}.") from error


_BROKEN_WORKBOOK = (BadZipFile, zlib.error, EOFError, KeyError, IndexError, ValueError, SyntaxError)
"""What openpyxl lets through of the archive, of its parts that are missing, and of their XML."""


def _cell(value: object) -> object:
    """A cell as JSON has it: dates and times as text."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    text = str(value)
    return text.replace(" ", "T") if "-" in text and ":" in text else text


def _not_utf8(path: Path) -> int:
    """The line with the first bytes that are no UTF-8: a reader of texts has gone on beyond it."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            try:
                line.decode()
            except UnicodeDecodeError:
                return number
    return 1


_READERS: dict[str, Callable[[Path], Iterator[tuple[int, dict[str, object]]]]] = {
    ".csv": _csv_rows,
    ".json": json_rows,
    ".jsonl": json_lines,
    ".ndjson": json_lines,
    ".xlsx": _xlsx_rows,
}
