"""A resource page in, its facts out: name, key, properties, relationships, methods, each with its line."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from itertools import zip_longest

from odata_service.definition.lenient_json import read_members
from odata_service.definition.markdown import Code, Comment, Heading, Page, Paragraph, Row, Table
from odata_service.definition.type_cell import TypeCell, page_name, read_type_cell
from odata_service.edm.capabilities import Capabilities
from odata_service.errors import Origin, Problem

DEFAULT_NAMESPACE = "microsoft.graph"


@dataclass(frozen=True, slots=True)
class MemberRow:
    """A row of the Properties or Relationships table."""

    name: str
    type: TypeCell
    description: str
    origin: Origin


@dataclass(frozen=True, slots=True)
class MethodRow:
    """A row of the Methods table: the link's text, the page it leads to, and the return type's cell."""

    label: str
    target: str | None
    returns: TypeCell

    @property
    def verb(self) -> str:
        """The first word of the label."""
        return self.label.split(" ")[0].lower()


@dataclass(frozen=True, slots=True)
class Example:
    """The JSON representation: its members in order, and the line of its first."""

    members: Mapping[str, object] = field(default_factory=dict)
    text: str = ""
    line: int = 1

    def line_of(self, name: str) -> int:
        """The line where a member stands."""
        return self.line + self.text[: max(0, self.text.find(f'"{name}"'))].count("\n")


@dataclass(frozen=True, slots=True)
class ResourcePage:
    """What one resource page says."""

    name: str
    origin: Origin
    key: tuple[str, ...] = ()
    base: str | None = None
    inherits_entity: bool = False
    is_open: bool = False
    is_abstract: bool = False
    description: str | None = None
    properties: tuple[MemberRow, ...] = ()
    relationships: tuple[MemberRow, ...] = ()
    methods: tuple[MethodRow, ...] = ()
    example: Example = field(default_factory=Example)
    problems: tuple[Problem, ...] = ()

    @property
    def stem(self) -> str:
        """The page's own name, as links to it spell it."""
        return page_name(self.origin.file)

    @property
    def short_name(self) -> str:
        """The type's name without its namespace."""
        return self.name.rpartition(".")[2]

    def returns_itself(self, row: MethodRow) -> bool:
        """Whether a method's row speaks of this page's type: its return cell does, or is `None`."""
        return (
            row.returns.target == self.stem
            or row.returns.name.lower() == self.short_name.lower()
            or row.returns.name.lower().rstrip(".") in ("none", "")
        )

    @property
    def is_entity(self) -> bool:
        """Whether the page describes an entity type: it says a key, methods, relationships, or an identifier."""
        verbs = {row.verb for row in self.methods}
        identifier = self.example.members.get("id")
        has_identifier = isinstance(identifier, str) and "identifier" in identifier.lower()
        return bool(self.key or self.relationships or verbs & _VERBS.keys() or has_identifier or self.inherits_entity)

    @property
    def capabilities(self) -> Capabilities:
        """What the Methods rows allow; everything on a page that has none."""
        if not self.methods:
            return Capabilities()
        allowed = {_VERBS[row.verb] for row in self.methods if row.verb in _VERBS and self.returns_itself(row)}
        return Capabilities(**{name: name in allowed for name in _VERBS.values()})


_VERBS = {
    "list": "readable",
    "get": "readable_by_key",
    "create": "insertable",
    "post": "insertable",
    "update": "updatable",
    "patch": "updatable",
    "delete": "deletable",
}

# Every Graph entity inherits from one of these; their own pages are seldom given.
_ENTITY_BASES = frozenset({"entity", "directoryobject", "outlookitem", "baseitem"})
_PAIR = re.compile(r'"([^"\n]+)"\s*:\s*("[^"\n]*"|true|false)')
_LINK = re.compile(r"\[([^\]]*)\](?:\(([^)]*)\)?)?")
_PLACEHOLDERS = frozenset({"", "none", "none.", "n/a"})
_KEY_SENTENCE = re.compile(r"(?:^|[.;] )(?:Primary )?key(?:\.|$)", re.IGNORECASE)


def read_resource_page(page: Page) -> ResourcePage | None:
    """The facts of a resource page; None for a page that is none (neither a resource block nor a Properties table)."""
    annotation, block = _resource_block(page)
    table = page.table("Properties")
    if block is None and table is None:
        return None
    members, is_json = read_members(block.text) if block else ({}, True)
    example = Example(members, block.text, block.line) if block else Example()
    problems = list(page.problems)
    if block and not is_json:
        message = "The JSON representation is not JSON; its members are read by pattern."
        problems.append(Problem("warning", message, Origin(page.file, block.line)))
    name, line = _qualified_name(page, annotation, example)
    base = annotation.get("baseType", "").lstrip("#") or None
    properties = tuple(_member_rows(page, table, problems))
    found = ResourcePage(
        name=name,
        origin=Origin(page.file, line),
        base=base,
        inherits_entity=(base or "").rpartition(".")[2].lower() in _ENTITY_BASES,
        is_open=annotation.get("openType") == "true",
        is_abstract="true" in (annotation.get("abstract"), annotation.get("isAbstract")),
        description=clean_description(page.front_matter.get("description", "")),
        properties=properties,
        relationships=tuple(_member_rows(page, page.table("Relationships"), problems)),
        methods=tuple(_method_rows(page.table("Methods"))),
        example=example,
        problems=tuple(problems),
    )
    return replace(found, key=_key(annotation, found))


def _resource_block(page: Page) -> tuple[dict[str, str], Code | None]:
    """The annotation of the first resource block as texts, and the block itself."""
    for block, following in zip_longest(page.blocks, page.blocks[1:]):
        if isinstance(block, Comment):
            pairs = {key: value.strip('"') for key, value in _PAIR.findall(block.text)}
            if pairs.get("blockType") == "resource":
                return pairs, following if isinstance(following, Code) else None
    first = next((block for block in page.section("JSON representation") if isinstance(block, Code)), None)
    return {}, first


def _qualified_name(page: Page, annotation: Mapping[str, str], example: Example) -> tuple[str, int]:
    """The type's qualified name, and the line of the page's title."""
    title = next((block for block in page.blocks if isinstance(block, Heading) and block.level == 1), None)
    line = title.line if title else 1
    shown = example.members.get("@odata.type")
    stated = annotation.get("@odata.type") or annotation.get("@type") or (shown if isinstance(shown, str) else "")
    name = stated.lstrip("#").strip()
    if not name:
        name = title.text.split(" ")[0] if title else page.file.rpartition("/")[2].removesuffix(".md")
    return name if "." in name else f"{_namespace(page)}.{name}", line


def _namespace(page: Page) -> str:
    texts = (block.text for block in page.blocks if isinstance(block, Paragraph))
    found = (re.match(r"Namespace:\s*([\w.]+)", text, re.IGNORECASE) for text in texts)
    return next((match[1] for match in found if match), DEFAULT_NAMESPACE)


def _member_rows(page: Page, table: Table | None, problems: list[Problem]) -> Iterator[MemberRow]:
    """The table's rows; the first of two with one name counts."""
    seen: dict[str, TypeCell] = {}
    for row in table.rows if table else ():
        member = _member_row(page, row)
        if member.name.lower() in _PLACEHOLDERS or "odata.type" in member.name:
            continue
        first = seen.setdefault(member.name, member.type)
        if first is member.type:
            yield member
        else:
            message = f"'{member.name}' has a second row, which is passed over."
            problems.append(Problem("warning", message, member.origin))


def _member_row(page: Page, row: Row) -> MemberRow:
    name, cell, description, *_ = (*row.cells, "", "")
    is_sentence = row.written == 2 and len(row.cells) > 2 and len(cell.split()) > 4
    if is_sentence:
        cell, description = "", cell
    name = re.sub(r"\s*\(.*\)$", "", re.sub(r"[*`\\]", "", _LINK.sub(r"\1", name))).strip()
    return MemberRow(name, read_type_cell(cell), description, Origin(page.file, row.line))


def _method_rows(table: Table | None) -> Iterator[MethodRow]:
    """The rows that link to a method's page; bold group headers do not."""
    for row in table.rows if table else ():
        link = _LINK.search(row.cells[0])
        if link is not None:
            returns = read_type_cell(row.cells[1]) if len(row.cells) > 1 else TypeCell("")
            yield MethodRow(link[1].strip(), page_name(link[2]) if link[2] else None, returns)


def _key(annotation: Mapping[str, str], page: ResourcePage) -> tuple[str, ...]:
    """The key: `keyProperty` (a comma parts several), else the rows that say Key, else `id` on an entity's page."""
    spelling = {row.name.lower(): row.name for row in page.properties}
    stated = [part.strip() for part in annotation.get("keyProperty", "").split(",") if part.strip()]
    if not stated:
        stated = [row.name for row in page.properties if _KEY_SENTENCE.search(row.description)]
    if not stated and page.is_entity and (page.inherits_entity or "id" in {*spelling, *page.example.members}):
        stated = ["id"]
    return tuple(spelling.get(part.lower(), part) for part in stated)


def clean_description(text: str) -> str | None:
    """A description without Markdown's marks; None for an empty one and for a template's `TODO` placeholder."""
    if "TODO" in text:
        return None
    plain = _LINK.sub(r"\1", re.sub(r"<br\s*/?>", " ", text, flags=re.IGNORECASE)).replace("**", "")
    return re.sub(r"\s+", " ", unescape(plain)).strip() or None


def rows_by_name(rows: Sequence[MemberRow]) -> dict[str, MemberRow]:
    """The rows by their names."""
    return {row.name: row for row in rows}
