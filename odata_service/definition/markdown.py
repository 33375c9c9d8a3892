"""The text of a documentation page in, its front matter and blocks out, each with its line.

Only the forms that such pages use are known. A line reader, since real pages leave out separator lines, pipes and the
blanks of front matter, which a strict reader of Markdown or YAML would turn into nothing or into an error.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape

from odata_service.errors import Origin, Problem


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading, its marks taken off."""

    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Row:
    """A table's row, filled up or joined to the number of header cells; `written` is how many cells it really has."""

    cells: tuple[str, ...]
    line: int
    written: int


@dataclass(frozen=True, slots=True)
class Table:
    """A table: its header cells and rows."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Code:
    """A fenced block; `line` is that of its first line of text."""

    language: str
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Comment:
    """An HTML comment."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Any other lines up to a blank one."""

    text: str
    line: int


Block = Heading | Table | Code | Comment | Paragraph


@dataclass(frozen=True, slots=True)
class Page:
    """A page: where it is, its front matter, its blocks in order, what is odd about its form."""

    file: str
    front_matter: Mapping[str, str]
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...] = ()

    def section(self, title: str) -> tuple[Block, ...]:
        """The blocks below every heading of this title, up to the next heading of its level or above."""
        found: list[Block] = []
        level = 0
        for block in self.blocks:
            if isinstance(block, Heading) and (not level or block.level <= level):
                level = block.level if block.text.lower() == title.lower() else 0
            elif level:
                found.append(block)
        return tuple(found)

    def table(self, title: str) -> Table | None:
        """The rows of the tables directly below headings of this title, as one table, or None."""
        tables: list[Table] = []
        is_direct = True
        for block in self.section(title):
            is_direct = is_direct and not isinstance(block, Heading)
            if isinstance(block, Table) and is_direct:
                tables.append(block)
        if not tables:
            return None
        return Table(tables[0].header, tuple(row for table in tables for row in table.rows), tables[0].line)


_ZERO_WIDTH = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_BLANK = str.maketrans({"\u00a0": " ", "\t": " "})
_FENCE = re.compile(r" *(`{3,}|~{3,}) *([\w+-]*)")
_HEADING = re.compile(r" {0,3}(#{1,6}) *([^#\s].*?) *#* *")
_SEPARATOR = re.compile(r"[\s|:-]*-[\s|:-]*")
_FRONT_MATTER = re.compile(r"([\w.]+) *: *(.*)")
_PIPE = re.compile(r"(?<!\\)\|")
_HTML_ROW = re.compile(r"<tr\b[^>]*>(.*?)(?=</tr>|<tr\b|</table>|$)", re.IGNORECASE | re.DOTALL)
_HTML_CELL = re.compile(r"<t[dh]\b[^>]*>(.*?)(?=</t[dh]>|<t[dh]\b|$)", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]+>")
_HEADER_CELLS = frozenset(
    {"property", "property name", "name", "relationship", "relationship name", "method", "member"}
)


def parse_page(text: str, file: str) -> Page:
    """The page of a text; every text is a page, if one without blocks."""
    lines = [_ZERO_WIDTH.sub("", line).translate(_BLANK) for line in re.split(r"\r\n|\n|\r", text)]
    front_matter, start = _read_front_matter(lines)
    reader = _LineReader(lines, start, file)
    blocks = tuple(reader.read())
    return Page(file, front_matter, blocks, tuple(reader.problems))


def _read_front_matter(lines: list[str]) -> tuple[dict[str, str], int]:
    """The values between the two `---` lines, read line by line, and the index of the line after them."""
    if not lines or lines[0].strip() != "---":
        return {}, 0
    end = next((index for index, line in enumerate(lines[1:], 1) if line.strip() == "---"), 0)
    found = (_FRONT_MATTER.fullmatch(line.strip()) for line in lines[1:end])
    return {match[1]: match[2].strip().strip("\"'").strip() for match in found if match}, end + 1


class _LineReader:
    """A position in the lines of a page, and what was odd on the way."""

    def __init__(self, lines: list[str], start: int, file: str) -> None:
        self.lines = lines
        self.index = start
        self.file = file
        self.problems: list[Problem] = []

    def read(self) -> Iterator[Block]:
        """All blocks from the current line on."""
        while self.index < len(self.lines):
            line = self.lines[self.index]
            if not line.strip():
                self.index += 1
            elif (fence := _FENCE.match(line)) is not None:
                yield self.code(fence[1], fence[2])
            elif line.lstrip().startswith("<!--"):
                yield self.comment()
            elif (heading := _HEADING.fullmatch(line)) is not None:
                self.index += 1
                yield Heading(len(heading[1]), heading[2].strip("* "), self.index)
            elif line.lstrip().lower().startswith("<table"):
                yield self.html_table()
            elif self.is_table_start():
                yield self.table()
            else:
                yield self.paragraph()

    def code(self, fence: str, language: str) -> Code:
        """The fenced block at the current line, up to its closing fence or the end of the page."""
        start = self.index + 1
        self.index = start
        while self.index < len(self.lines) and not self.lines[self.index].strip().startswith(fence):
            self.index += 1
        text = "\n".join(self.lines[start : self.index])
        self.index += 1
        return Code(language.lower(), text, start + 1)

    def taken_until(self, end: str) -> str:
        """The lines from the current one to the one that holds `end`, or to the end of the page."""
        start = self.index
        while self.index < len(self.lines) and end not in self.lines[self.index].lower():
            self.index += 1
        self.index += 1
        return "\n".join(self.lines[start : self.index])

    def comment(self) -> Comment:
        """The HTML comment at the current line."""
        line = self.index + 1
        text = self.taken_until("-->").lstrip().removeprefix("<!--")
        return Comment(text.partition("-->")[0].strip(), line)

    def paragraph(self) -> Paragraph:
        """The lines up to a blank line or the start of a block of another kind."""
        start = self.index
        self.index += 1
        while self.index < len(self.lines) and not self.is_block_start():
            self.index += 1
        return Paragraph(" ".join(line.strip() for line in self.lines[start : self.index]), start + 1)

    def is_block_start(self) -> bool:
        """Whether the current line ends a paragraph."""
        line = self.lines[self.index]
        is_other = not line.strip() or _FENCE.match(line) or _HEADING.fullmatch(line)
        return bool(is_other) or line.lstrip().lower().startswith(("<!--", "<table")) or self.is_table_start()

    def is_table_start(self) -> bool:
        """Whether the current line is a table's header, with or without its outer pipes and its separator line."""
        cells = _cells(self.lines[self.index])
        following = self.lines[self.index + 1] if self.index + 1 < len(self.lines) else ""
        is_header = cells[0].strip("*").strip().lower() in _HEADER_CELLS
        return len(cells) > 1 and (
            is_header or self.lines[self.index].lstrip().startswith("|") or is_separator(following)
        )

    def table(self) -> Table:
        """The table at the current line; a blank line inside it is passed over with a warning."""
        line = self.index + 1
        header = tuple(cell.strip("*").strip() for cell in _cells(self.lines[self.index]))
        self.index += 1
        if self.index < len(self.lines) and is_separator(self.lines[self.index]):
            self.index += 1
        else:
            self.warn(line, "The table has no separator line; its first line is read as the header.")
        rows = []
        while self.is_row(len(header)):
            rows.append(_fitted(_cells(self.lines[self.index]), len(header), self.index + 1))
            self.index += 1
        return Table(header, tuple(rows), line)

    def is_row(self, width: int) -> bool:
        """Whether the current line, or the one after blank lines, goes on with the table; moves to it."""
        index = self.index
        while index < len(self.lines) and not self.lines[index].strip():
            index += 1
        if index >= len(self.lines) or len(_cells(self.lines[index])) < 2 or _HEADING.fullmatch(self.lines[index]):
            return False
        if index == self.index:
            return True
        following = self.lines[index + 1] if index + 1 < len(self.lines) else ""
        cells = _cells(self.lines[index])
        if len(cells) != width or is_separator(following) or cells[0].strip("*").lower() in _HEADER_CELLS:
            return False
        self.warn(self.index + 1, "A blank line inside the table is passed over.")
        self.index = index
        return True

    def html_table(self) -> Table:
        """The HTML table at the current line; its rows have the line where it starts."""
        line = self.index + 1
        text = self.taken_until("</table>")
        self.warn(line, "An HTML table is read as rows; write it with '|' like the other tables.")
        rows = [
            [unescape(_TAG.sub("", cell)).strip() for cell in _HTML_CELL.findall(row)]
            for row in _HTML_ROW.findall(text)
        ]
        header = tuple(rows[0]) if rows else ()
        return Table(header, tuple(_fitted(row, len(header), line) for row in rows[1:]), line)

    def warn(self, line: int, message: str) -> None:
        """Notes an oddity of form."""
        self.problems.append(Problem("warning", message, Origin(self.file, line)))


def is_separator(line: str) -> bool:
    """Whether a line is the one between a table's header and its rows."""
    return "|" in line and _SEPARATOR.fullmatch(line) is not None


def _cells(line: str) -> list[str]:
    """A line's cells: an unescaped pipe parts them, an outer pipe does not count, `\\|` is a pipe."""
    text = line.strip().removeprefix("|")
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    return [cell.replace("\\|", "|").strip() for cell in _PIPE.split(text)]


def _fitted(cells: list[str], width: int, line: int) -> Row:
    """A row of exactly `width` cells: missing ones are empty, further ones belong to the last."""
    fitted = [*cells[: width - 1], "|".join(cells[width - 1 :])] if len(cells) > width else cells
    return Row((*fitted, *("" for _ in range(width - len(fitted)))), line, len(cells))
