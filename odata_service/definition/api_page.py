"""An API page in, its facts out: the HTTP requests with their paths, parameters, what is answered, the types named."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from msgspec import Struct

from odata_service.definition.descriptions import clean_description
from odata_service.definition.lenient_json import read_members
from odata_service.definition.markdown import Code, Comment, Heading, Page, Table
from odata_service.definition.resource_page import MemberRow, has_resource_block, namespace_of, title_of
from odata_service.definition.statements import NOTHING, read_statements
from odata_service.definition.type_cell import TypeCell, page_name, read_type_cell
from odata_service.errors import Origin

_REQUEST = re.compile(
    r"\s*(GET|POST|PATCH|PUT|DELETE)\s*(?:https?://[^/\s]+(?:/(?:v1\.0|beta)\b)?)?(/?[^?]*)", re.IGNORECASE
)
_TYPE = re.compile(r'"@odata\.type"\s*:\s*"#?(?:Collection\()?([A-Za-z_][\w.]*)')
_PLACEHOLDER = re.compile(r"\{[^{}]*\}|<[^<>/]*>|:[A-Za-z][\w-]*")
_SET_NAME = re.compile(r"[A-Za-z_]\w*")
_CALL = re.compile(r"([A-Za-z_][\w.]*)\((.*)\)")
_ARGUMENT = re.compile(r"\s*(@?[A-Za-z_]\w*)")
_BODY_SECTIONS = ("Request body",)
_URL_SECTIONS = ("Function parameters", "Path parameters", "Query parameters", "Parameters", "URI parameters")
_COLLECTION = re.compile(r"(?:#?collection\()(.*?)\)?", re.IGNORECASE)
_MOST_SEGMENTS = 50
"""How long a path may be; published ones have a quarter of this."""

KEY = "{}"
"""The segment that stands for a key."""


class HttpRequest(NamedTuple):
    """One line below `## HTTP request`: its method and path, `{}` for each placeholder of a key."""

    method: str
    segments: tuple[str, ...]
    line: int

    @property
    def collection(self) -> str | None:
        """The last collection segment: the last one, or the one before a final placeholder."""
        is_by_key = self.segments[-1] == KEY
        if is_by_key != (self.method in ("PATCH", "PUT", "DELETE") or (self.method == "GET" and is_by_key)):
            return None
        names = self.segments[:-1] if is_by_key else self.segments
        return names[-1] if names and _SET_NAME.fullmatch(names[-1]) else None


class ApiPage(Struct, frozen=True):
    """What one API page says.

    `body_rows` are the rows of a POST's body table, `body_members` without one the members of the example request,
    `url_rows` the rows on parameters of a function, `returns` the type of the first example's answer.
    """

    origin: Origin
    title: str
    namespace: str | None
    requests: tuple[HttpRequest, ...]
    body_rows: tuple[MemberRow, ...]
    url_rows: tuple[MemberRow, ...]
    body_members: Mapping[str, object]
    returns: TypeCell | None
    answers_content: bool
    type_names: tuple[tuple[str, Origin], ...]
    description: str | None

    @property
    def stem(self) -> str:
        """The page's own name, as links to it spell it."""
        return page_name(self.origin.file)


def is_api_page(page: Page) -> bool:
    """Whether a page has the section that only API pages have; without it, whether it says so.

    What describes a resource is none, whatever it says: `doc_type` may be wrong.
    """
    is_said = page.front_matter.get("doc_type", "").lower().startswith("apipage")
    has_requests = any(title in _REQUEST_SECTIONS for _, _, title in page.headings)
    return (has_requests or is_said) and not has_resource_block(page)


_REQUEST_SECTIONS = frozenset({"http request", "http requests", "http url"})


def read_api_page(page: Page) -> ApiPage:
    """The facts of an API page."""
    title = title_of(page)
    requests = tuple(dict.fromkeys(_requests(page)))
    methods = {request.method for request in requests}
    body_rows = tuple(_rows(page, _BODY_SECTIONS)) if "POST" in methods else ()
    return ApiPage(
        Origin(page.file, title.line if title else 1),
        title.text if title else "",
        namespace_of(page),
        requests,
        body_rows,
        tuple(_rows(page, _URL_SECTIONS)) if any("(" in request.segments[-1] for request in requests) else (),
        _body_members(page) if "POST" in methods and not body_rows else {},
        _returns(page),
        _answers_content(page),
        tuple(_type_names(page)),
        clean_description(page.front_matter.get("description", "")),
    )


def call_of(segment: str) -> tuple[str, tuple[str, ...]] | None:
    """The name of a function's segment and those of its arguments, or None for another segment.

    >>> call_of("getReport(period='{}')")
    ('getReport', ('period',))
    """
    match = _CALL.fullmatch(segment)
    if match is None:
        return None
    found = (_ARGUMENT.match(part) for part in match[2].split(",") if part.strip())
    return match[1], tuple(known[1].lstrip("@") for known in found if known)


def _requests(page: Page) -> Iterator[HttpRequest]:
    """The requests of the section; those of examples on a page that has none there."""
    blocks = [block for title in _REQUEST_SECTIONS for block in page.section(title)]
    found = list(_requests_in(blocks))
    if found:
        yield from found
        return
    for request in _requests_in(page.blocks):
        # Examples have keys where other requests have placeholders.
        segments = tuple(KEY if any(mark.isdigit() for mark in part) else part for part in request.segments)
        yield HttpRequest(request.method, segments, request.line)


def _requests_in(blocks: Sequence[object]) -> Iterator[HttpRequest]:
    for block in blocks:
        if isinstance(block, Code):
            for place, line in enumerate(block.text.split("\n")):
                request = _request(line, block.line + place)
                if request is not None:
                    yield request


def _request(line: str, number: int) -> HttpRequest | None:
    """The request of a line; None for another line, a path with gaps, one through a drive's folders, and one too long.

    One that expands reads what it expands, which its path does not lead to.
    """
    match = _REQUEST.match(line)
    if match is None or "$expand=" in line or any(gap in match[2] for gap in ("...", "…", ":/")):
        return None
    path = _without_blanks(_PLACEHOLDER.sub(KEY, match[2].partition(" HTTP/")[0].partition("#")[0])).strip()
    segments = tuple(part for segment in path.split("/") for part in _parted(segment) if part)
    is_path = 0 < len(segments) <= _MOST_SEGMENTS and segments[0] != KEY
    return HttpRequest(match[1].upper(), segments, number) if is_path else None


def _without_blanks(path: str) -> str:
    """The path up to a blank outside of parentheses, where a remark begins."""
    depth = 0
    for place, mark in enumerate(path):
        depth += (mark == "(") - (mark == ")")
        if mark == " " and not depth and path[:place].strip():
            return path[:place]
    return path


def _parted(segment: str) -> tuple[str, ...]:
    """A segment; a key in parentheses is one of its own: `lists('{}')`, `lists({})`."""
    match = _CALL.fullmatch(segment)
    if match is not None and match[2].strip("'\"") == KEY:
        return match[1], KEY
    return (KEY,) if KEY in segment and match is None else (segment,)


def _rows(page: Page, titles: Sequence[str]) -> Iterator[MemberRow]:
    """The rows of the parameter tables below headings of these titles."""
    for title in titles:
        for block in page.section(title):
            if isinstance(block, Heading):
                break
            if isinstance(block, Table) and len(block.header) > 1 and "type" in block.header[1].lower():
                for row in block.rows:
                    name = re.sub(r"[`*\\]|\(.*\)", "", row.cells[0]).strip()
                    if _SET_NAME.fullmatch(name):
                        text = row.cells[2] if len(row.cells) > 2 else ""
                        cell = read_type_cell(row.cells[1], page.references)
                        stated = read_statements(text) if text else NOTHING
                        yield MemberRow(name, cell, None, page.file, row.line, stated)


def _body_members(page: Page) -> Mapping[str, object]:
    """The members of the first example request's body."""
    for block in page.blocks:
        if isinstance(block, Code) and (match := re.match(r"\s*POST\b[^{]*?\n\s*(?=\{)", block.text)):
            return read_members(block.text[match.end() :])[0]
    return {}


def _returns(page: Page) -> TypeCell | None:
    """The type that the first annotated response says."""
    for block in page.blocks:
        if isinstance(block, Comment) and '"response"' in block.text:
            annotation, _ = read_members(block.text)
            name = annotation.get("@odata.type") or annotation.get("@type")
            if annotation.get("blockType") == "response" and isinstance(name, str):
                match = _COLLECTION.fullmatch(name.strip())
                cell = read_type_cell((match[1] if match else name).strip().lstrip("#"))
                is_collection = match is not None or annotation.get("isCollection") in (True, "true")
                return TypeCell(cell.name, None, is_collection, cell.primitive)
    return None


def _answers_content(page: Page) -> bool:
    """Whether an answer has a body, as far as the section on responses says."""
    texts = [getattr(block, "text", "") for block in page.section("Response")]
    return not any("204" in text or "202" in text for text in texts)


def _type_names(page: Page) -> Iterator[tuple[str, Origin]]:
    """Every type that the page's annotations and example bodies name, each with the first line that does."""
    seen = set()
    for block in page.blocks:
        if isinstance(block, Comment | Code) and "@odata.type" in block.text:
            for match in _TYPE.finditer(block.text):
                if match[1] not in seen:
                    seen.add(match[1])
                    yield match[1], Origin(page.file, block.line + block.text[: match.start()].count("\n"))
