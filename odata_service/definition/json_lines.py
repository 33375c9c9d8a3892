"""JSON of a definition, parsed strictly, with the line of every member."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Never

from msgspec import Struct, field

from odata_service.definition.bounded import read_bounded
from odata_service.errors import Origin, Problem

MAX_DEPTH = 100
"""Deeper nesting than any expression of an annotation has."""

MAX_MEMBERS = 1_000_000
"""More members, colons in texts counted in, than the largest published documents have by far."""

_STRING = re.compile(r'"(?:[^"\\]++|\\.)*+"(\s*:)?', re.DOTALL)


_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_NUMBER = 400
_LONGEST_EXPONENT = 4


class _Doubled(ValueError):
    """Two members of one name in an object."""


class _Unreadable(ValueError):
    """A value that is none of JSON, or of no model: NaN, numbers without end, half a character."""


class Located(Struct):
    """A parsed document: the line of each member by the identity of its object and its name.

    `annotations` has the members `of@term` of an object by its identity and `of`.
    """

    file: str
    root: Mapping[str, object]
    lines: dict[tuple[int, str], int] = field(default_factory=dict)
    annotations: dict[tuple[int, str], list[str]] = field(default_factory=dict)

    def origin(self, holder: Mapping[str, object], name: str) -> Origin:
        """Where a member of an object stands."""
        return Origin(self.file, self.lines.get((id(holder), name), 1))

    def annotations_of(self, holder: Mapping[str, object], name: str) -> Sequence[str]:
        """The members of an object that are annotations of its member `name`; its own where that is ''."""
        return self.annotations.get((id(holder), name), ())

    def place(self, value: object, lines: Iterator[int], depth: int = 0) -> None:
        """Walks a document in the order of its text, so that its members meet their lines."""
        if depth > MAX_DEPTH:
            raise RecursionError
        if isinstance(value, dict):
            for name, member in value.items():
                self.lines[id(value), name] = next(lines)
                _check_text(name)
                if "@" in name:
                    self.annotations.setdefault((id(value), name.rpartition("@")[0]), []).append(name)
                self.place(member, lines, depth + 1)
        elif isinstance(value, list):
            for member in value:
                self.place(member, lines, depth + 1)
        elif isinstance(value, str):
            _check_text(value)


def parse_json(file: Path) -> tuple[Located | None, Problem | None]:
    """The document, or why it is none."""
    content, problem = read_bounded(file)
    if content is None:
        return None, problem
    try:
        if content.count(b":") > MAX_MEMBERS:
            message = f"The document has more than {MAX_MEMBERS:,} members, and is not read. Split it up."
            return None, Problem("error", message, Origin(str(file)))
        text = content.decode("utf-8-sig")
        root = json.loads(
            text, object_pairs_hook=_members, parse_float=_decimal, parse_int=_whole, parse_constant=_constant
        )
        if not isinstance(root, dict):
            return None, Problem("error", "The document is no JSON object.", Origin(str(file)))
        located = Located(str(file), root)
        located.place(root, _key_lines(text))
    except UnicodeDecodeError as error:
        return None, Problem("error", f"The file is not UTF-8: {error.reason}. Save it so.", Origin(str(file)))
    except json.JSONDecodeError as error:
        return None, Problem("error", f"This is not JSON: {error.msg}.", Origin(str(file), error.lineno))
    except _Doubled as error:
        line = text.count("\n", 0, text.rfind(f'"{error}"')) + 1
        return None, Problem("error", f"'{error}' stands twice in one object.", Origin(str(file), line))
    except _Unreadable as error:
        line = text.count("\n", 0, max(text.find(error.args[1]), 0)) + 1
        return None, Problem("error", error.args[0], Origin(str(file), line))
    except RecursionError:
        return None, Problem("error", f"The document is nested deeper than {MAX_DEPTH} levels.", Origin(str(file)))
    return located, None


def _whole(text: str) -> int:
    if len(text) > _LONGEST_NUMBER:
        raise _Unreadable(f"'{text[:20]}…' has {len(text)} digits, and {_LONGEST_NUMBER} are read.", text)
    return int(text)


def _decimal(text: str) -> Decimal:
    """A number with a fraction or exponent; one that would take pages to write out is refused."""
    exponent = text.lower().partition("e")[2]
    if len(text) > _LONGEST_NUMBER or len(exponent) > _LONGEST_EXPONENT:
        raise _Unreadable(f"The number '{text[:40]}' is too long or too large to be one of a model.", text)
    return Decimal(text)


def _constant(text: str) -> Never:
    raise _Unreadable(f'{text} is no number of JSON. Write "{text.replace("Infinity", "INF")}".', text)


def _check_text(text: str) -> None:
    half = _SURROGATE.search(text)
    if half is not None:
        escape = f"\\u{ord(half[0]):04x}"
        raise _Unreadable(f"'{escape}' is half of a character. Write both halves, or the character itself.", escape)


def _members(pairs: list[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        seen = set()
        for name, _ in pairs:
            if name in seen:
                raise _Doubled(name)
            seen.add(name)
    return members


def _key_lines(text: str) -> Iterator[int]:
    """The line of every member's name, in order of appearance."""
    line, place = 1, 0
    for match in _STRING.finditer(text):
        if match[1] is not None:
            line += text.count("\n", place, match.start())
            place = match.start()
            yield line
