"""An API page in, its facts out: the HTTP requests and the entity set names and type names that they show."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from odata_service.definition.markdown import Code, Comment, Page
from odata_service.definition.type_cell import page_name
from odata_service.errors import Origin

_REQUEST = re.compile(r"\s*(GET|POST|PATCH|PUT|DELETE)\s*(?:https?://[^/\s]+(?:/(?:v1\.0|beta))?)?(/?[^\s?]+)")
_TYPE = re.compile(r'"@odata\.type"\s*:\s*"#?(?:Collection\()?([A-Za-z_][\w.]*)')
_PLACEHOLDER = re.compile(r"[{<].*[}>]")
_SET_NAME = re.compile(r"[A-Za-z_]\w*")


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """One line below `## HTTP request`."""

    method: str
    segments: tuple[str, ...]

    @property
    def collection(self) -> str | None:
        """The last collection segment: the last one, or the one before a final placeholder."""
        is_by_key = _PLACEHOLDER.fullmatch(self.segments[-1]) is not None
        if is_by_key != (self.method in ("PATCH", "PUT", "DELETE") or (self.method == "GET" and is_by_key)):
            return None
        names = self.segments[:-1] if is_by_key else self.segments
        return names[-1] if names and _SET_NAME.fullmatch(names[-1]) else None


@dataclass(frozen=True, slots=True)
class ApiPage:
    """What one API page says."""

    origin: Origin
    requests: tuple[HttpRequest, ...]
    type_names: tuple[tuple[str, Origin], ...]

    @property
    def stem(self) -> str:
        """The page's own name, as links to it spell it."""
        return page_name(self.origin.file)


def is_api_page(page: Page) -> bool:
    """Whether a page has the section that only API pages have; folders and `doc_type` may be wrong."""
    return bool(page.section("HTTP request"))


def read_api_page(page: Page) -> ApiPage:
    """The facts of an API page."""
    lines = (
        line for block in page.section("HTTP request") if isinstance(block, Code) for line in block.text.split("\n")
    )
    requests = tuple(found for line in lines if (found := _request(line)) is not None)
    return ApiPage(Origin(page.file), requests, tuple(_type_names(page)))


def _request(line: str) -> HttpRequest | None:
    match = _REQUEST.match(line)
    if match is None:
        return None
    segments = tuple(segment for segment in match[2].split("/") if segment)
    return HttpRequest(match[1], segments) if segments else None


def _type_names(page: Page) -> Iterator[tuple[str, Origin]]:
    """Every type that the page's annotations and example bodies name, each with the first line that does."""
    seen = set()
    for block in page.blocks:
        if isinstance(block, Comment | Code):
            for match in _TYPE.finditer(block.text):
                if match[1] not in seen:
                    seen.add(match[1])
                    yield match[1], Origin(page.file, block.line + block.text[: match.start()].count("\n"))
