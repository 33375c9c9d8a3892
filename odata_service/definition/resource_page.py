"""A resource page in, its facts out: the types it describes, each with its rows, methods and their lines."""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import zip_longest
from typing import NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from odata_service.definition.columns import Columns, columns_of, member_tables
from odata_service.definition.descriptions import clean_description
from odata_service.definition.enumerations import is_enumeration_page, is_member_table
from odata_service.definition.lenient_json import read_members
from odata_service.definition.markdown import Code, Comment, Heading, Page, Paragraph, Row
from odata_service.definition.statements import NOTHING, Statements, read_statements
from odata_service.definition.type_cell import EMPTY, LINK, TypeCell, page_name, read_type_cell
from odata_service.errors import Origin, Problem, Severity

DEFAULT_NAMESPACE = "microsoft.graph"


class MemberRow(NamedTuple):
    """A row of the Properties or Relationships table; a tuple, since a directory's rows pass between processes."""

    name: str
    type: TypeCell
    description: str | None
    file: str
    line: int
    statements: Statements = NOTHING

    @property
    def origin(self) -> Origin:
        """Where the row stands."""
        return Origin(self.file, self.line)


class MethodRow(NamedTuple):
    """A row of the Methods table: the link's text, the page it leads to, and the return type's cell."""

    label: str
    target: str | None
    returns: TypeCell

    @property
    def verb(self) -> str:
        """The first word of the label, or the one that its page is called after: `group-post-members`."""
        word = self.label.partition(" ")[0].lower()
        return word if self.is_told_by_label else _verb_in(self.target or "") or word

    @property
    def returns_nothing(self) -> bool:
        """Whether the return cell says that nothing is returned, or says nothing."""
        name = self.returns.name.lower().rstrip(".")
        return name in _NOTHING and (name != "" or self.returns.target is None)

    @property
    def is_told_by_label(self) -> bool:
        """Whether the label begins with a verb that pages use for what is done with entities."""
        return self.label.partition(" ")[0].lower() in KNOWN_VERBS

    @property
    def what(self) -> str:
        """The rest of the label as one word, without an article."""
        words = self.label.lower().split()[1:]
        return "".join(words[1:] if words[:1] in (["a"], ["an"], ["the"]) else words)


class Example(Struct, frozen=True):
    """The JSON representation: its members in order, and the line of its first."""

    members: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    line: int = 1

    def line_of(self, name: str) -> int:
        """The line where a member stands."""
        return self.line + self.text[: max(0, self.text.find(f'"{name}"'))].count("\n")


class BaseLink(Struct, frozen=True):
    """How a page names its base type: a name, qualified or not, and the page that a link leads to."""

    name: str
    target: str | None = None


class ResourcePage(Struct, frozen=True):
    """What one resource page says of one type."""

    name: str
    origin: Origin
    stated_key: tuple[str, ...] = ()
    base: BaseLink | None = None
    is_open: bool = False
    is_abstract: bool = False
    seems_abstract: bool = False
    is_deprecated: bool = False
    has_stream: bool = False
    description: str | None = None
    properties: tuple[MemberRow, ...] = ()
    relationships: tuple[MemberRow, ...] = ()
    methods: tuple[MethodRow, ...] = ()
    example: Example = field(default_factory=Example)
    problems: tuple[Problem, ...] = ()
    further: tuple["ResourcePage", ...] = ()
    """Other pages that describe parts of the same type, already merged into this one."""

    @property
    def stem(self) -> str:
        """The page's own name, as links to it spell it."""
        return page_name(self.origin.file)

    @property
    def stems(self) -> tuple[str, ...]:
        """The names of all pages of the type."""
        return (self.stem, *(page.stem for page in self.further))

    @property
    def short_name(self) -> str:
        """The type's name without its namespace."""
        return self.name.rpartition(".")[2]

    @property
    def namespace(self) -> str:
        """The type's namespace."""
        return self.name.rpartition(".")[0]

    @property
    def rows(self) -> Iterator[MemberRow]:
        """The rows of both tables."""
        yield from self.properties
        yield from self.relationships

    def returns_itself(self, row: MethodRow) -> bool:
        """Whether a method's row speaks of this page's type: its return cell does, or its label alone.

        A label speaks of what a member leads to where it is called after one (`Delete part`), and of the type itself
        where it is a mere verb (`Create`), whatever it returns that is no member's type.
        """
        returned = row.returns.name.lower().rstrip(".")
        if row.returns.target in self.stems or returned in (self.short_name.lower(), self.name.lower()):
            return True
        is_mere = row.what in ("", self.short_name.lower())
        if not row.is_told_by_label and row.label.isascii():
            return False
        if row.verb in REFERENCE_VERBS:
            return row.what == self.short_name.lower()
        if row.returns_nothing:
            return row.what not in self._member_words
        return is_mere and row.verb in _CHANGING and returned not in self._member_words

    @property
    def _member_words(self) -> set[str]:
        """What labels call the members: their names in singular and plural, and their types."""
        names = {word for row in self.rows for word in (row.name.lower(), row.type.name.lower()) if word}
        return names | {word.removesuffix("s") for word in names} | {f"{word}s" for word in names}


_NOTHING = frozenset({"", "none", "void", "nothing", "no content", "204 no content", "n/a", "-"})
"""What return cells say of methods that return nothing."""

REFERENCE_VERBS = frozenset({"add", "remove"})
"""Verbs that mostly speak of members of collections, which come and go without a change of their own."""

KNOWN_VERBS = frozenset(
    {
        *("list", "get", "create", "post", "update", "patch", "delete", "read", "retrieve", "replace", "put", "edit"),
        *("modify", *REFERENCE_VERBS),
    }
)
"""What labels of methods that every entity may have begin with."""

_CHANGING = frozenset({"create", "post", "update", "patch", "put", "replace", "delete"})
_TRUTHS: Mapping[str, bool] = {"true": True, "false": False}
_TYPE_BLANKS = 3
"""How many blanks make the second cell of a short row a sentence."""
_IS_RESOURCE = re.compile(r'"?blockType"?\s*:\s*"resource"', re.IGNORECASE)
_TITLE_END = re.compile(r"\s+(?:resource(?: type)?|complex type|entity(?: type)?|type|facet|object)\b.*", re.IGNORECASE)
_NAME_MARKS = re.compile(r"[*`\\]")
_NAME_REMARK = re.compile(r"(?<!\s)\s*+(?:\(.*\)|\bpreview\b|\bdeprecated\b)\s*$", re.IGNORECASE)
_WORDS = re.compile(r"[A-Za-z]\w*(?: \w+){1,3}")
_PLACEHOLDERS = frozenset({"", "none", "n/a", "not applicable", "-"})
_NAMESPACE = re.compile(r"Namespace:\s*([\w.]+)", re.IGNORECASE)
_BASE = re.compile(
    r"\b(?:inherits? from|derived from|derives from|is a sub-?type of|extends)\s+"
    r"(?:the |its |base |abstract |class |type )*"
    r"(?:[*`]*\[([^\]]+)\](?:\(([^)]*)\)|\[[^\]]*\])?|[*`]+([A-Za-z][\w.]*)[*`]+|(microsoft\.graph\.[\w.]*\w))",
    re.IGNORECASE,
)
_ABSTRACT = re.compile(r"\babstract (?:base )?(?:type|class|entity|complex type|resource)\b", re.IGNORECASE)
_OPEN = re.compile(r"\bopen type that allows\b", re.IGNORECASE)


def read_resource_page(page: Page) -> tuple[ResourcePage, ...]:
    """The facts of a resource page, a type for each resource block; empty for a page that describes none.

    The tables belong to the first type.
    """
    blocks = list(_resource_blocks(page))
    if is_enumeration_page(page):
        return ()
    tables = [table for title in ("Properties", "Relationships") for table in member_tables(page, title, ())]
    if not blocks and all(is_member_table(table) for table in tables):
        return ()
    reader = _Reader(page)
    first, *others = blocks or [(None, None)]
    found = [reader.type_of(*first, with_tables=True)]
    for comment, code in others:
        line = comment.line if comment else 1
        reader.note("warning", line, "The page has another resource block; its tables belong to the first.")
        found.append(reader.type_of(comment, code, with_tables=False))
    return (replace(found[0], problems=(*page.problems, *reader.problems)), *found[1:])


def namespace_of(page: Page) -> str | None:
    """What the line `Namespace: …` says, or None."""
    for block in page.blocks:
        if isinstance(block, Paragraph) and (match := _NAMESPACE.match(block.text)):
            return match[1].rstrip(".")
    return None


def title_of(page: Page) -> Heading | None:
    """The page's title: its first heading of the first level, language tabs below it do not count.

    Without one, the first of a lower level that is called as titles are.
    """
    headings = [block for block in page.blocks if isinstance(block, Heading)]
    first = next((block for block in headings if block.level == 1), None)
    return first or next((block for block in headings if _TITLE_END.search(block.text)), None)


def has_resource_block(page: Page) -> bool:
    """Whether the page annotates the JSON of a resource."""
    return any(isinstance(block, Comment) and _IS_RESOURCE.search(block.text) for block in page.blocks)


def _resource_blocks(page: Page) -> Iterator[tuple[Comment | None, Code | None]]:
    """The annotations of resource blocks, each with the block itself; without one, the JSON representation alone."""
    is_found = False
    for block, following in zip_longest(page.blocks, page.blocks[1:]):
        if isinstance(block, Comment) and _IS_RESOURCE.search(block.text):
            is_found = True
            yield block, following if isinstance(following, Code) else None
    if not is_found:
        code = next((block for block in page.section("JSON representation") if isinstance(block, Code)), None)
        if code is not None:
            yield None, code


class _Reader:
    """Takes the facts out of a page's blocks, and notes what is odd about them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.problems: list[Problem] = []

    def note(self, severity: Severity, line: int, message: str) -> None:
        """Notes something at a line of the page."""
        self.problems.append(Problem(severity, message, Origin(self.page.file, line)))

    def type_of(self, comment: Comment | None, code: Code | None, *, with_tables: bool) -> ResourcePage:
        """The type of a resource block; the page's tables are its own or another's."""
        annotation = self.annotation(comment)
        example = self.example(code)
        title = title_of(self.page)
        line = title.line if title and with_tables else comment.line if comment else 1
        intro = " ".join(self.intro()) if with_tables else ""
        return ResourcePage(
            name=self.qualified_name(annotation, example, line),
            origin=Origin(self.page.file, line),
            stated_key=_parts(annotation.get("keyProperty")),
            base=_base(annotation, intro),
            is_open=annotation.get("openType") is True or _OPEN.search(intro) is not None,
            is_abstract=True in (annotation.get("abstract"), annotation.get("isAbstract")),
            seems_abstract=_ABSTRACT.search(intro) is not None,
            is_deprecated=title is not None and "(deprecated)" in title.text.lower(),
            has_stream=annotation.get("isMediaEntity") is True,
            description=clean_description(self.page.front_matter.get("description", "")) if with_tables else None,
            properties=tuple(self.member_rows("Properties", example)) if with_tables else (),
            relationships=tuple(self.member_rows("Relationships", example)) if with_tables else (),
            methods=tuple(_method_rows(self.page)) if with_tables else (),
            example=example,
        )

    def annotation(self, comment: Comment | None) -> dict[str, object]:
        """The annotation's keys and values; texts that mean a truth value are one."""
        if comment is None:
            return {}
        found, form = read_members(comment.text)
        if form != "json":
            self.note("warning", comment.line, "The annotation is not JSON; what can be made out of it is read.")
        return {
            key: _TRUTHS.get(value.lower(), value) if isinstance(value, str) else value for key, value in found.items()
        }

    def example(self, code: Code | None) -> Example:
        """The JSON representation."""
        if code is None:
            return Example()
        members, form = read_members(code.text)
        if form == "repaired":
            self.note("info", code.line, "Commas that JSON does not allow are passed over.")
        elif form == "pattern":
            self.note("warning", code.line, "The JSON representation is not JSON; its members are read by pattern.")
        return Example(members, code.text, code.line)

    def intro(self) -> Iterator[str]:
        """The prose before the first heading of the second level that is not the title."""
        title = title_of(self.page)
        for block in self.page.blocks:
            if isinstance(block, Heading) and block.level > 1 and block is not title:
                return
            if isinstance(block, Paragraph):
                yield block.text

    def qualified_name(self, annotation: Mapping[str, object], example: Example, line: int) -> str:
        """The type's qualified name: the annotation's, else the JSON's, else the title's in the stated namespace."""
        annotated = _text(annotation.get("@odata.type")) or _text(annotation.get("@type"))
        shown = _text(example.members.get("@odata.type"))
        stated = (annotated or shown).lstrip("#").strip()
        namespace = namespace_of(self.page)
        if not stated:
            stated = self.title_name(line)
        elif annotated and shown and shown.lstrip("#").lower() != stated.lower():
            self.note(
                "warning",
                example.line_of("@odata.type"),
                f"The JSON shows '{shown}'; the annotation says '{stated}', which counts.",
            )
        if "." in stated:
            own = stated.rpartition(".")[0]
            if namespace is not None and namespace != own:
                self.note("info", line, f"The page says namespace '{namespace}', the annotation '{own}', which counts.")
            return stated
        if namespace is None:
            self.note("info", line, f"No namespace is stated; '{DEFAULT_NAMESPACE}' is taken.")
        return f"{namespace or DEFAULT_NAMESPACE}.{stated}"

    def title_name(self, line: int) -> str:
        """The type's name out of the title; words of prose become one name."""
        title = title_of(self.page)
        text = title.text if title else self.page.file.rpartition("/")[2].removesuffix(".md")
        words = re.findall(r"\w+", _TITLE_END.sub("", text)) or ["type"]
        name = words[0] + "".join(word.capitalize() for word in words[1:])
        self.note("warning", line, f"No annotation names the type; '{name}' is taken from the title.")
        return name if not name[0].isdigit() else f"_{name}"

    def member_rows(self, title: str, example: Example) -> Iterator[MemberRow]:
        """The rows of a section's tables; the first of two with one name counts."""
        places = [place for place, _, name in self.page.headings if name == title.lower()]
        if len(places) > 1:
            line = self.page.blocks[places[1]].line
            self.note("warning", line, f"The section '{title}' stands twice; both are read.")
        seen: dict[str, TypeCell] = {}
        tables = [table for table in member_tables(self.page, title, example.members) if not is_member_table(table)]
        for row, columns in ((row, columns_of(table.header)) for table in tables for row in table.rows):
            if _is_group(row):
                continue
            member = self.member_row(row, columns)
            if (
                member.name.lower().rstrip(".") in _PLACEHOLDERS
                or "odata." in member.name
                or member.name.startswith("@")
            ):
                continue
            if _WORDS.fullmatch(member.name) and (member.type.name or member.type.primitive):
                joined = _joined(member.name, example.members)
                self.note("info", row.line, f"'{member.name}' is no name; it is read as '{joined}'.")
                member = member._replace(name=joined)
            first = seen.setdefault(member.name, member.type)
            if first is member.type:
                yield member
            elif first != member.type:
                self.note("warning", row.line, f"'{member.name}' has a second row of another type; the first counts.")

    def member_row(self, row: Row, columns: Columns) -> MemberRow:
        """A row's facts; a row without a type cell has its text there."""
        name, cell, description = (
            row.cells[place] if place < len(row.cells) else ""
            for place in (columns.name, columns.type, columns.description)
        )
        is_shifted = columns.is_usual and row.written == 2 and len(row.cells) > 2 and cell.count(" ") > _TYPE_BLANKS
        if is_shifted:
            cell, description = "", cell
            self.note("warning", row.line, "The row has no type; the JSON representation's is taken.")
        elif row.written > len(row.cells):
            self.note("info", row.line, "The row has too many cells; write a '|' inside a cell as '\\|'.")
        further = columns.statements(row.cells)
        statements = read_statements(f"{description.rstrip()} {further}".strip() if further else description)
        if "(deprecated)" in name.lower():
            statements = statements._replace(deprecated=True)
        if not name.isidentifier():
            name = _NAME_REMARK.sub("", _NAME_MARKS.sub("", LINK.sub(r"\1", name))).strip()
        return MemberRow(
            name,
            read_type_cell(cell, self.page.references),
            clean_description(description),
            self.page.file,
            row.line,
            statements,
        )


def _joined(words: str, shown: Iterable[str]) -> str:
    """Words as a name, `Legal holds` as `legalHolds`; spelled as the JSON representation does if it shows it."""
    first, *others = words.removeprefix("List ").split()
    name = first[0].lower() + first[1:] + "".join(word[0].upper() + word[1:] for word in others)
    return next((known for known in shown if known.lower() == name.lower()), name)


def _verb_in(target: str) -> str | None:
    """The verb in the name of an API page, between or behind dashes."""
    match = re.search(r"[-_](list|get|create|post|update|patch|put|delete)(?=[-_]|$)", target)
    return match[1] if match else None


def _is_group(row: Row) -> bool:
    """Whether a row is a heading inside of the table: bold words and nothing else."""
    words, *others = [cell for cell in row.cells if cell] or [""]
    return not others and words.startswith("**") and words.endswith("**")


def _base(annotation: Mapping[str, object], intro: str) -> BaseLink | None:
    stated = _text(annotation.get("baseType")).lstrip("#").strip()
    if stated:
        return BaseLink(stated)
    match = _BASE.search(intro)
    if match is None:
        return None
    name = (match[1] or match[3] or match[4]).strip("*` ")
    return BaseLink(name, page_name(match[2]) if match[2] else None)


def _parts(value: object) -> tuple[str, ...]:
    """The parts of a key: a comma parts several."""
    return tuple(part.strip() for part in _text(value).split(",") if part.strip())


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _method_rows(page: Page) -> Iterator[MethodRow]:
    """The rows that link to a method's page; bold group headers do not."""
    table = page.table("Methods")
    for row in table.rows if table else ():
        link = LINK.search(row.cells[0])
        if link is not None:
            target = link[2] or page.references.get((link[3] or link[1]).strip().lower())
            returns = read_type_cell(row.cells[1], page.references) if len(row.cells) > 1 else EMPTY
            yield MethodRow(link[1].strip("`* "), page_name(target) if target else None, returns)
