"""The text of a documentation page in, its front matter and blocks out, each with its line.

Only the forms that such pages use are known. A line reader, since real pages leave out separator lines, pipes and the
blanks of front matter, which a strict reader of Markdown or YAML would turn into nothing or into an error.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import ClassVar, NamedTuple

from msgspec import Struct, field

from odata_service.errors import Origin, Problem, Severity
from odata_service.structs import PartlyCompared


class Heading(NamedTuple):
    """A heading, its marks taken off."""

    level: int
    text: str
    line: int


class Row(NamedTuple):
    """A table's row, filled up or joined to the number of header cells; `written` is how many cells it really has."""

    cells: tuple[str, ...]
    line: int
    written: int


class Table(Struct, frozen=True):
    """A table: its header cells and rows."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]
    line: int


class Code(NamedTuple):
    """A fenced block; `line` is that of its first line of text."""

    language: str
    text: str
    line: int


class Comment(NamedTuple):
    """An HTML comment."""

    text: str
    line: int


class Paragraph(NamedTuple):
    """Any other lines up to a blank one."""

    text: str
    line: int


Block = Heading | Table | Code | Comment | Paragraph


class Page(PartlyCompared, frozen=True):
    """A page: where it is, its front matter, its blocks in order, what is odd about its form."""

    beside: ClassVar[frozenset[str]] = frozenset({"headings"})

    file: str
    front_matter: Mapping[str, str]
    blocks: tuple[Block, ...]
    problems: tuple[Problem, ...] = ()
    references: Mapping[str, str] = field(default_factory=dict)
    """Link targets by the names that `[name][]` and `[name]` use, in lower case."""
    headings: tuple[tuple[int, int, str], ...] = ()
    """Where each heading stands among the blocks, its level, and what it is called in lower case."""

    def section(self, title: str) -> tuple[Block, ...]:
        """The blocks below every heading of this title, up to the next heading of its level or above."""
        wanted = title.lower()
        if all(name != wanted for _, _, name in self.headings):
            return ()
        found: list[Block] = []
        for number, (start, level, name) in enumerate(self.headings):
            if name == wanted:
                found.extend(self.blocks[start + 1 : self._end(number + 1, level)])
        return tuple(found)

    def _end(self, number: int, level: int) -> int:
        """Where the next heading of a level or above stands, looked for from one heading on."""
        later = (self.headings[place] for place in range(number, len(self.headings)))
        return next((place for place, other, _ in later if other <= level), len(self.blocks))

    def table(self, title: str) -> Table | None:
        """The rows of the tables directly below headings of this title, as one table, or None.

        A table whose first columns are others than those of the first table is about something else.
        """
        tables: list[Table] = []
        is_direct = True
        for block in self.section(title):
            is_direct = is_direct and not isinstance(block, Heading)
            if isinstance(block, Table) and is_direct:
                tables.append(block)
        if not tables:
            return None
        header = [cell.lower() for cell in tables[0].header[:2]]
        tables = [table for table in tables if [cell.lower() for cell in table.header[:2]] == header]
        return Table(
            tables[0].header, tuple(_refitted(row, tables[0]) for table in tables for row in table.rows), tables[0].line
        )


_ODD = re.compile("[\t\u00a0\u200b\u200c\u200d\u2060\ufeff]")
_WITHOUT_WIDTH = re.compile("[\u200b\u200c\u200d\u2060\ufeff]")
_ODD_MEANS = {**dict.fromkeys("\t\u00a0", " "), **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff", "")}
_FENCE = re.compile(r" *(`{3,}|~{3,}) *([\w+-]*)")
_HEADING = re.compile(r" {0,3}(?:(#) +|(#{2,6}) *)([^#\s].*)")
_SEPARATOR = re.compile(r"[\s|:-]*")
_FRONT_MATTER = re.compile(r"([\w.]+) *: *(.*)")
_IN_ONE_LINE = re.compile(r"---(?=[a-z])(.*?)---\s*(#.*)?")
"""Front matter whose line ends have been lost, as in versions of 2018, and the title behind it."""
_QUOTED = re.compile(r'([a-z][\w.]*): *"([^"]*)"')
_REFERENCE = re.compile(r" *\[([^\]]+)\]: *(\S+).*")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->")
_TRANSLATED = re.compile(
    r'<span data-ttu-id="[^"\n]*">(?:(?!</?span)[^\n])*</span>'
    r'<span class="sxs-lookup"><span data-stu-id="[^"\n]*">((?:(?!</?span)[^\n])*)</span></span>'
)
_ANCHOR = re.compile(r"""<a (?:name|id)=["']([\w-]+)["'] ?(?:/>|> ?</a>)\s*""", re.IGNORECASE)
_PIPE = re.compile(r"(?<!\\)\|")
_HTML_ROW = re.compile(r"<tr\b[^<>]*+>(.*?)(?=</tr>|<tr\b|</table>|$)", re.IGNORECASE | re.DOTALL)
_HTML_CELL = re.compile(r"<t[dh]\b[^<>]*+>(.*?)(?=</t[dh]>|<t[dh]\b|$)", re.IGNORECASE | re.DOTALL)
_HTML_LINK = re.compile(r"""<a\b[^<>]*?\bhref=["']([^"'<>]*)["'][^<>]*>([^<>]*)</a>""", re.IGNORECASE)
_HTML_CODE = re.compile(r"</?code>", re.IGNORECASE)
_HTML_BREAK = re.compile(r"</?(?:br|p|li)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]+>")
LONGEST_LINE = 20_000
"""Where a line is cut; the longest published ones have half of this."""

LONGEST_CELL = 2_000
"""Where a table's cell is cut: phrases are looked for in it, and published ones have less than half of this."""

MOST_CELLS = 50
"""How many columns a table may have."""

_SECTIONS = frozenset(
    {
        *("methods", "properties", "relationships", "json-representation", "members", "http-request", "request-body"),
        *("function-parameters", "path-parameters", "query-parameters", "response"),
    }
)
"""What the anchors of sections are called whose rows are read."""

_SAME = {
    "property": "properties",
    **dict.fromkeys(("relationship", "navigation properties", "navigation property"), "relationships"),
    **dict.fromkeys(("method", "tasks"), "methods"),
}
"""What some pages call sections."""

_HEADER_CELLS = frozenset(
    {
        *("property", "property name", "name", "relationship", "relationship name", "method", "member", "parameter"),
        *("parameter name", "value"),
    }
)
_SECOND_HEADER_CELLS = frozenset({"type", "description", "return type", "value"})


def parse_page(text: str, file: str) -> Page:
    """The page of a text; every text is a page, if one without blocks."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "sxs-lookup" in text:
        # A translated page that shows each phrase beside the English one, which counts.
        text = _TRANSLATED.sub(r"\1", text)
    is_odd = "\t" in text or not text.isascii()
    lines = (_ODD.sub(lambda match: _ODD_MEANS[match[0]], text) if is_odd else text).split("\n")
    front_matter, start = _read_front_matter(lines)
    reader = _LineReader(lines, start, file)
    reader.cut()
    without_width = _WITHOUT_WIDTH.search(text) if is_odd else None
    if without_width is not None:
        line = text.count("\n", 0, without_width.start()) + 1
        reader.note("info", line, "Characters without width are dropped.")
    blocks = tuple(reader.read())
    headings = tuple(
        (place, block.level, _SAME.get(block.text.lower(), block.text.lower()))
        for place, block in enumerate(blocks)
        if isinstance(block, Heading)
    )
    return Page(file, front_matter, blocks, tuple(reader.problems), reader.references, headings)


def _read_front_matter(lines: list[str]) -> tuple[dict[str, str], int]:
    """The values between the two `---` lines, read line by line, and the index of the line after them."""
    if lines and (match := _IN_ONE_LINE.fullmatch(lines[0])) is not None:
        lines[0] = match[2] or ""
        return {key: value.strip() for key, value in _QUOTED.findall(match[1])}, 0
    if not lines or lines[0].strip() != "---":
        return {}, 0
    end = next((index for index, line in enumerate(lines) if index and line.strip() == "---"), 0)
    found = (_FRONT_MATTER.fullmatch(line.strip()) for line in lines[1:end])
    return {match[1]: match[2].strip().strip("\"'").strip() for match in found if match}, end + 1


class _LineReader:
    """A position in the lines of a page, and what was odd on the way."""

    def __init__(self, lines: list[str], start: int, file: str) -> None:
        self.lines = lines
        self.index = start
        self.file = file
        self.problems: list[Problem] = []
        self.references: dict[str, str] = {}
        self.last_comment_end = next((place for place in reversed(range(len(lines))) if "-->" in lines[place]), -1)

    def cut(self) -> None:
        """Cuts lines that are too long to be looked through for what they say."""
        if max(map(len, self.lines)) <= LONGEST_LINE:
            return
        for place, line in enumerate(self.lines):
            if len(line) > LONGEST_LINE:
                self.lines[place] = line[:LONGEST_LINE]
                self.note("warning", place + 1, f"Of this line the first {LONGEST_LINE:,} characters are read.")

    def read(self) -> Iterator[Block]:
        """All blocks from the current line on."""
        while self.index < len(self.lines):
            line = self.lines[self.index]
            text = line.lstrip()
            if text:
                yield self.block(line, text) or self.paragraph()
            else:
                self.index += 1

    def block(self, line: str, text: str) -> Block | None:
        """The block that starts at the current line, `text` without its indent; None where that is a line of text."""
        match text[0]:
            case "`" | "~" if (fence := _FENCE.match(line)) is not None:
                return self.code(fence[1], fence[2])
            case "#" if (heading := _HEADING.fullmatch(line)) is not None:
                self.index += 1
                title = _title(heading[3].rstrip().rstrip("#").strip("* "))
                return Heading(len(heading[1] or heading[2]), title, self.index)
            case "<" if self.is_closed_comment(text):
                return self.comment()
            case "<" if text[:6].lower() == "<table":
                return self.html_table()
            case _ if "|" in line and self.is_table_start():
                return self.table()
            case _:
                return None

    def is_closed_comment(self, text: str) -> bool:
        """Whether a comment starts here that ends somewhere; one that never does is text."""
        return text.startswith("<!--") and self.index <= self.last_comment_end

    def code(self, fence: str, language: str) -> Code:
        """The fenced block at the current line, up to its closing fence or the end of the page."""
        start = self.index + 1
        end = start
        while end < len(self.lines) and not (fence in self.lines[end] and self.lines[end].lstrip().startswith(fence)):
            end += 1
        self.index = end + 1
        return Code(language.lower(), "\n".join(self.lines[start:end]), start + 1)

    def taken_until(self, end: str) -> str:
        """The lines from the current one to the one that holds `end`, or to the end of the page."""
        start = self.index
        last = start
        while last < len(self.lines) and end not in self.lines[last].lower():
            last += 1
        self.index = last + 1
        return "\n".join(self.lines[start : self.index])

    def comment(self) -> Comment:
        """The HTML comment at the current line."""
        line = self.index + 1
        text = self.taken_until("-->").lstrip().removeprefix("<!--")
        return Comment(text.partition("-->")[0].strip(), line)

    def paragraph(self) -> Paragraph:
        """The lines up to a blank line or the start of a block of another kind; link definitions are noted."""
        start = self.index
        while self.index < len(self.lines) and (self.index == start or not self.is_block_start()):
            if "]:" in self.lines[self.index] and (reference := _REFERENCE.fullmatch(self.lines[self.index])):
                self.references.setdefault(reference[1].lower(), reference[2])
            self.index += 1
        return Paragraph(" ".join(line.strip() for line in self.lines[start : self.index]), start + 1)

    def is_block_start(self) -> bool:
        """Whether the current line ends a paragraph."""
        line = self.lines[self.index]
        text = line.lstrip()
        match text[:1]:
            case "":
                return True
            case "`" | "~":
                return _FENCE.match(line) is not None
            case "#":
                return _is_heading(line)
            case "<":
                return text[:6].lower() == "<table" or self.is_closed_comment(text)
            case _:
                return "|" in line and self.is_table_start()

    def is_table_start(self) -> bool:
        """Whether the current line is a table's header, with or without its outer pipes and its separator line."""
        line = self.lines[self.index]
        following = self.lines[self.index + 1] if self.index + 1 < len(self.lines) else ""
        return line.lstrip().startswith("|") or is_separator(following) or _is_header(_cells(line))

    def table(self) -> Table:
        """The table at the current line; a blank line inside it is passed over with a warning."""
        line = self.index + 1
        header = self.header(_cells(self.lines[self.index]), line)
        self.index += 1
        if self.index < len(self.lines) and is_separator(self.lines[self.index]):
            if len(_cells(self.lines[self.index])) != len(header):
                self.note("info", line, "The separator line has another number of cells than the header, which counts.")
            self.index += 1
        elif _is_header(header):
            self.note("warning", line, "The table has no separator line; its first line is read as the header.")
        rows = []
        self.pass_comments()
        while self.is_row(len(header)):
            rows.append(self.row(_cells(self.lines[self.index]), len(header), self.index + 1))
            self.index += 1
            self.pass_comments()
        return Table(header, tuple(rows), line)

    def pass_comments(self) -> None:
        """Moves over comments that stand between two rows of a table; one that nothing follows ends the table."""
        start = self.index
        while self.index < len(self.lines) and self.is_closed_comment(self.lines[self.index].lstrip()):
            self.taken_until("-->")
        following = self.lines[self.index].lstrip() if self.index < len(self.lines) else ""
        if not following.startswith("|"):
            self.index = start

    def is_row(self, width: int) -> bool:
        """Whether the current line, or the one after blank lines, goes on with the table; moves to it."""
        index = self.index
        if index < len(self.lines) and "|" in self.lines[index]:
            return not _is_heading(self.lines[index]) and not self.is_closed_comment(self.lines[index].lstrip())
        while index < len(self.lines) and not self.lines[index].strip():
            index += 1
        if index >= len(self.lines) or "|" not in self.lines[index] or _is_heading(self.lines[index]):
            return False
        following = self.lines[index + 1] if index + 1 < len(self.lines) else ""
        cells = _cells(self.lines[index])
        if len(cells) != width or is_separator(following) or _is_header(cells):
            return False
        self.note("warning", self.index + 1, "A blank line inside the table is passed over.")
        self.index = index
        return True

    def html_table(self) -> Table:
        """The HTML table at the current line; its rows have the line where it starts."""
        line = self.index + 1
        text = self.taken_until("</table>")
        self.note("warning", line, "An HTML table is read as rows; write it with '|' like the other tables.")
        rows = [
            [unescape(_TAG.sub("", _marked(cell))).strip() for cell in _HTML_CELL.findall(row)]
            for row in _HTML_ROW.findall(text)
        ]
        header = self.header(rows[0], line) if rows else ()
        return Table(header, tuple(self.row(row, len(header), line) for row in rows[1:]), line)

    def header(self, cells: list[str], line: int) -> tuple[str, ...]:
        """The header of a table, as wide as a table may be."""
        if len(cells) > MOST_CELLS:
            self.note("warning", line, f"Of the table's columns the first {MOST_CELLS} are read.")
        return tuple(
            cell.strip("*").strip() for cell in self.row(cells[:MOST_CELLS], min(len(cells), MOST_CELLS), line).cells
        )

    def row(self, cells: list[str], width: int, line: int) -> Row:
        """A row of exactly `width` cells, each as long as one may be."""
        fitted = _fitted(cells, width, line)
        if not cells or max(map(len, fitted.cells)) <= LONGEST_CELL:
            return fitted
        self.note("warning", line, f"Of a cell in this row the first {LONGEST_CELL:,} characters are read.")
        return Row(tuple(cell[:LONGEST_CELL] for cell in fitted.cells), line, fitted.written)

    def note(self, severity: Severity, line: int, message: str) -> None:
        """Notes an oddity of form."""
        self.problems.append(Problem(severity, message, Origin(self.file, line)))


def _marked(html: str) -> str:
    """A cell of an HTML table with Markdown's marks for its links, code and line ends."""
    return _HTML_BREAK.sub(" ", _HTML_CODE.sub("`", _HTML_LINK.sub(r"[\2](\1)", html)))


def _title(text: str) -> str:
    """A heading's text without its anchor; translated pages keep the text in English there."""
    anchor = _ANCHOR.search(text) if "<" in text else None
    if anchor is None:
        return text
    if anchor[1].lower() in _SECTIONS or not text.isascii():
        return anchor[1].replace("-", " ")
    return _ANCHOR.sub("", text).strip("* ")


def _is_heading(line: str) -> bool:
    return "#" in line[:4] and _HEADING.fullmatch(line) is not None


def _is_header(cells: Sequence[str]) -> bool:
    """Whether a line's cells are those of a header that such pages use."""
    names = [cell.strip("* ").lower() for cell in cells[:2]]
    return len(names) == 2 and names[0] in _HEADER_CELLS and names[1] in _SECOND_HEADER_CELLS


def is_separator(line: str) -> bool:
    """Whether a line is the one between a table's header and its rows."""
    return "|" in line and "-" in line and _SEPARATOR.fullmatch(line) is not None


def _cells(line: str) -> list[str]:
    """A line's cells: an unescaped pipe parts them, an outer pipe does not count, `\\|` is a pipe."""
    text = (_COMMENT.sub("", line) if "<!--" in line else line).strip().removeprefix("|")
    if "\\|" not in text:
        return [cell.strip() for cell in text.removesuffix("|").split("|")]
    if text.endswith("|") and not text.endswith("\\|"):
        text = text[:-1]
    return [cell.replace("\\|", "|").strip() for cell in _PIPE.split(text)]


def _refitted(row: Row, table: Table) -> Row:
    """The row of another table, as one of this table."""
    if len(row.cells) == len(table.header):
        return row
    return _fitted(list(row.cells), len(table.header), row.line)


def _fitted(cells: list[str], width: int, line: int) -> Row:
    """A row of exactly `width` cells: missing ones are empty, further ones belong to the last."""
    if len(cells) == width:
        return Row(tuple(cells), line, width)
    fitted = [*cells[: width - 1], "|".join(cells[width - 1 :])] if len(cells) > width else cells
    return Row((*fitted, *("" for _ in range(width - len(fitted)))), line, len(cells))
