"""JSON and JSON Lines, row by row: what is wrong is told with the row that it stands in (RFC 8259).

A file of JSON is an array of objects, an object with such an array as its `value`, or one object alone.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path

from odata_service.errors import PayloadError
from odata_service.payload.read import distinct_members, levels_of, read_integer, read_number, whole_members
from odata_service.settings import Limits

Row = dict[str, object]

_BLANKS = re.compile(r"[ \t\r\n]*")
_MOST_LEVELS = Limits().max_depth
_PLAIN, _ESCAPED = (
    json.JSONDecoder(object_pairs_hook=members, parse_float=read_number, parse_int=read_integer)
    for members in (distinct_members, whole_members)
)
"""For texts without and with escapes, which may be halves of characters."""


class BrokenRow(Exception):
    """A row that cannot be read: its place in the file, and why."""

    def __init__(self, place: int, reason: str) -> None:
        super().__init__(reason)
        self.place = place


def json_rows(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a JSON file with their places, counted from 1; `BrokenRow` at the first that cannot be read."""
    text = path.read_text("utf-8-sig")
    decoder = _decoder(text)
    start = _after_blanks(text, 0)
    if text[start : start + 1] == "[":
        yield from _elements(text, start, decoder)
        return
    parsed, end = _value(text, start, 1, decoder)
    _check_end(text, end, 1)
    rows = parsed.get("value", [parsed]) if isinstance(parsed, dict) else parsed
    if not isinstance(rows, list):
        raise BrokenRow(1, "a JSON file of rows is an array of objects.")
    for place, row in enumerate(rows, 1):
        yield place, _object(row, place)


def json_lines(path: Path) -> Iterator[tuple[int, Row]]:
    """The rows of a file with an object on each line; `BrokenRow` at the first that cannot be read."""
    with path.open(encoding="utf-8-sig") as file:
        for place, line in enumerate(file, 1):
            if line.strip():
                row, end = _value(line, _after_blanks(line, 0), place, _decoder(line))
                _check_end(line, end, place)
                yield place, _object(row, place)


def _elements(text: str, start: int, decoder: json.JSONDecoder) -> Iterator[tuple[int, Row]]:
    """The elements of the array that begins here, up to the end of the text."""
    position, place = _after_blanks(text, start + 1), 0
    if text[position : position + 1] != "]":
        while True:
            place += 1
            row, position = _value(text, position, place, decoder)
            yield place, _object(row, place)
            position = _after_blanks(text, position)
            if text[position : position + 1] != ",":
                break
            position = _after_blanks(text, position + 1)
        if text[position : position + 1] != "]":
            raise BrokenRow(place + 1, _found("Expecting ',' or ']'", text, position))
    _check_end(text, position + 1, place)


def _decoder(text: str) -> json.JSONDecoder:
    return _ESCAPED if "\\u" in text else _PLAIN


def _value(text: str, start: int, place: int, decoder: json.JSONDecoder) -> tuple[object, int]:
    """The value that begins here, and where it ends."""
    try:
        value, end = decoder.raw_decode(text, start)
    except json.JSONDecodeError as error:
        raise BrokenRow(place, _found(error.msg, text, error.pos)) from error
    except PayloadError as error:
        raise BrokenRow(place, error.message) from error
    except RecursionError as error:
        raise _too_deep(place) from error
    brackets = text.count("{", start, end) + text.count("[", start, end)
    if brackets > _MOST_LEVELS < levels_of(text[start:end].encode()):
        raise _too_deep(place)
    return value, end


def _too_deep(place: int) -> BrokenRow:
    return BrokenRow(place, f"the row is nested deeper than {_MOST_LEVELS} levels.")


def _check_end(text: str, end: int, place: int) -> None:
    rest = _after_blanks(text, end)
    if rest < len(text):
        raise BrokenRow(place, _found("Extra data", text, rest))


def _found(message: str, text: str, position: int) -> str:
    at = json.JSONDecodeError(message, text, position)
    line = f"line {at.lineno}, " if "\n" in text.rstrip() else ""
    return f"{message} at {line}column {at.colno}."


def _after_blanks(text: str, position: int) -> int:
    blanks = _BLANKS.match(text, position)
    assert blanks is not None, "no blanks are blanks too"
    return blanks.end()


def _object(row: object, place: int) -> Row:
    if not isinstance(row, dict):
        raise BrokenRow(place, "a row is an object.")
    return row
