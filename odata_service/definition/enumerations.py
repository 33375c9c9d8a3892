"""The tables of enumeration members on a page in, each enumeration's name, members and numbers out (CSDL 10)."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from odata_service.definition.descriptions import clean_description
from odata_service.definition.markdown import Block, Heading, Page, Paragraph, Row, Table
from odata_service.errors import Origin

_VALUES_HEADING = re.compile(
    r"[`*]*([A-Za-z][\w.]*)[`*]*(?: property| enum(?:eration)?)?(?: type)?(?: flags?)? (?:enum )?values?", re.IGNORECASE
)
_MEMBER_HEADERS = frozenset(
    {"member", "members", "member name", "value", "values", "name", "enum member", "string value"}
)
_NUMBER_HEADERS = frozenset({"value", "member value", "numeric value", "int value"})
_FLAGS = re.compile(r"\bflags?\b|\bmulti-?valued\b|\bbitmask\b", re.IGNORECASE)
_NUMBER = re.compile(r"-?(?:\d+|0x[0-9a-f]+)", re.IGNORECASE)
_FEWEST_FLAGS = 3
"""How many powers of two make a set of flags."""


class MemberFacts(Struct, frozen=True):
    """A member as its page writes it; `number` is None where the page states none."""

    name: str
    number: int | None
    description: str | None
    line: int


class EnumFacts(Struct, frozen=True):
    """What a page says of one enumeration; `anchor` is the heading that links use, None where the page is its own."""

    name: str
    namespace: str
    members: tuple[MemberFacts, ...]
    is_flags: bool
    stem: str
    anchor: str | None
    description: str | None
    origin: Origin


def read_enumerations(page: Page, stem: str, namespace: str) -> Iterator[EnumFacts]:
    """Every enumeration of a page: that of a page of its own, then those below headings `x values`."""
    own = page.table("Members") if is_enumeration_page(page) else None
    title = next((block for block in page.blocks if isinstance(block, Heading)), None)
    if own is not None and title is not None and title.text:
        name = re.split(r"\s", title.text)[0].strip("`*").rpartition(".")[2]
        description = clean_description(page.front_matter.get("description", ""))
        prose = [block.text for block in page.blocks if isinstance(block, Paragraph)]
        yield _facts(own, name, prose, (stem, None, namespace, description), Origin(page.file, title.line))
    for heading, blocks in _below_headings(page):
        table = next((block for block in blocks if isinstance(block, Table)), None)
        match = _VALUES_HEADING.fullmatch(heading.text)
        if table is None or match is None or not is_member_table(table):
            continue
        name = match[1].rpartition(".")[2]
        prose = [heading.text, *(block.text for block in blocks if isinstance(block, Paragraph))]
        place = (stem, anchor_name(heading.text), namespace, None)
        yield _facts(table, name, prose, place, Origin(page.file, heading.line))


def is_enumeration_page(page: Page) -> bool:
    """Whether a page describes one enumeration: it has members and no properties, whatever its JSON is annotated as."""
    return page.table("Members") is not None and page.table("Properties") is None


def is_member_table(table: Table) -> bool:
    """Whether a table's header is that of enumeration members."""
    header = [cell.strip("`* ").lower() for cell in table.header]
    return bool(header) and header[0] in _MEMBER_HEADERS and "type" not in header


def anchor_name(heading: str) -> str:
    """How links spell a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-")


def _below_headings(page: Page) -> Iterator[tuple[Heading, Sequence[Block]]]:
    """Each heading with the blocks up to the next one."""
    places = [place for place, block in enumerate(page.blocks) if isinstance(block, Heading)]
    for start, end in pairwise([*places, len(page.blocks)]):
        heading = page.blocks[start]
        assert isinstance(heading, Heading), "the place is a heading's"
        yield heading, page.blocks[start + 1 : end]


def _facts(
    table: Table, name: str, prose: Sequence[str], place: tuple[str, str | None, str, str | None], origin: Origin
) -> EnumFacts:
    stem, anchor, namespace, description = place
    header = [cell.strip("`* ").lower() for cell in table.header]
    number = next((index for index, cell in enumerate(header) if index and cell in _NUMBER_HEADERS), None)
    text = next((index for index, cell in enumerate(header) if index and cell != "value"), None)
    by_name: dict[str, MemberFacts] = {}
    for row in table.rows:
        member = _member(row, number, text)
        if member is not None:
            by_name.setdefault(member.name, member)
    members = tuple(by_name.values())
    is_flags = _are_flags(members) or (any(_FLAGS.search(part) for part in prose) and _may_be_flags(members))
    return EnumFacts(name, namespace, members, is_flags, stem, anchor, description, origin)


def _member(row: Row, number: int | None, text: int | None) -> MemberFacts | None:
    name = re.sub(r"[`*\\\"']", "", row.cells[0]).strip()
    if not name or name.lower() in ("null", "n/a"):
        return None
    stated = row.cells[number].strip("` ") if number is not None else ""
    value = int(stated, 0) if _NUMBER.fullmatch(stated) and not re.fullmatch(r"-?0\d+", stated) else None
    return MemberFacts(name, value, clean_description(row.cells[text]) if text is not None else None, row.line)


def _are_flags(members: Sequence[MemberFacts]) -> bool:
    """Whether the numbers themselves say so: three or more, each a power of two, 0 aside."""
    numbers = [member.number for member in members if member.number]
    return len(set(numbers)) == len(numbers) >= _FEWEST_FLAGS and all(_is_power(number) for number in numbers)


def _may_be_flags(members: Sequence[MemberFacts]) -> bool:
    return all(member.number is not None and member.number >= 0 for member in members)


def _is_power(number: int) -> bool:
    return number > 0 and number & (number - 1) == 0
