"""XLSX out: one sheet, a header and a row for each entity, written as they come."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from shutil import copyfileobj
from tempfile import TemporaryFile
from typing import IO

_MOST_ROWS = 1_048_576
_LONGEST_TEXT = 32_767
_EXACT = 2**53


class UnwritableRows(Exception):
    """Rows that a format does not hold; the message says which, why, and what to use instead."""


def write_xlsx(columns: Sequence[str], rows: Iterator[Mapping[str, object]], file: IO[bytes]) -> None:
    """Writes a workbook; the empty text is an empty cell there, as null is. `UnwritableRows` beyond its limits."""
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.utils.exceptions import IllegalCharacterError
    except ImportError as error:
        raise UnwritableRows("XLSX needs openpyxl: pip install 'odata-service[xlsx]'.") from error
    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet("Rows")

    def cell_of(name: str, value: object, place: int) -> object:
        if not isinstance(value, str):
            return value
        if len(value) > _LONGEST_TEXT:
            raise _unwritable(name, place, f"{len(value):,} characters, and a cell of XLSX {_LONGEST_TEXT:,} at most")
        try:
            cell = WriteOnlyCell(sheet, value)
        except IllegalCharacterError as error:
            raise _unwritable(name, place, "a control character, which XLSX does not hold") from error
        cell.data_type = "s"  # else what begins with = would be a formula
        return cell

    try:
        sheet.append(list(columns))
        for place, row in enumerate(rows, 2):
            if place > _MOST_ROWS:
                raise UnwritableRows(f"A sheet of XLSX has {_MOST_ROWS:,} rows at most. Choose csv, or a $filter.")
            sheet.append([cell_of(name, _value(row.get(name)), place) for name in columns])
    finally:
        sheet.close()
    with TemporaryFile() as whole:  # a zip file that cannot be written to its end complains when it is let go
        workbook.save(whole)
        whole.seek(0)
        copyfileobj(whole, file)


def _unwritable(name: str, place: int, what: str) -> UnwritableRows:
    return UnwritableRows(f"'{name}' in row {place} has {what}. Choose csv or jsonl.")


def _value(cell: object) -> object:
    """A number as a number where a cell shows all of it, and as text where it does not."""
    match cell:
        case bool():
            return cell
        case int() if abs(cell) > _EXACT:
            return str(cell)
        case Decimal():
            number = float(cell)
            return number if Decimal(repr(number)) == cell else str(cell)
        case _:
            return cell
