"""Which page of a result a GET asks for: the skip token taken out of its URL, checked, and put back into next links.

Without its token the URL of page 900 has the shape of page 2: their statements are one. (Protocol 11.2.6.7.)
"""

import re
from collections.abc import Collection, Sequence
from urllib.parse import unquote

from msgspec import Struct

from odata_service.edm.values import PrimitiveValue
from odata_service.plan.model import ReadPlan
from odata_service.plan.paging import SkipToken, read_token, seek_values, write_token
from odata_service.semantics import number_of
from odata_service.semantics.resolved import Query
from odata_service.service.message import Request
from odata_service.url import ScannedLiteral, shape_of

_TOKEN = re.compile(r"(?:^|(?<=&))(?:\$|%24)?skiptoken=([^&]*)&?", re.IGNORECASE)


class Page(Struct, frozen=True):
    """A GET's URL without its token: `query` as sent, its shape's text (None: not to be cached), its literals."""

    path: str
    query: str
    shape: str | None
    literals: tuple[ScannedLiteral, ...]
    token: SkipToken | None
    secret: bytes

    @property
    def nulls(self) -> tuple[bool, ...] | None:
        """Which values of the token are null, since the next page's statement depends on it."""
        return self.token.nulls if self.token else None

    @property
    def identity(self) -> str:
        """What the URL says apart from its spelling and its token."""
        return _identity(self.path, self.query, self.shape, self.literals)

    def following_values(
        self, plan: ReadPlan, values: Sequence[PrimitiveValue | None], query: Query
    ) -> list[PrimitiveValue | None]:
        """What the token adds to a request's values: those of the seek, then what is left of `$top`."""
        if self.token is None:
            return []
        seek = seek_values(self.token, plan)
        top = number_of(query.options.top, values)
        return seek if top is None else [*seek, max(top - self.token.served, 0)]

    def next_link(self, following: SkipToken, base_url: str) -> str:
        """The URL of the page that this token begins: the request's own, its token replaced."""
        text = write_token(following, self.identity, self.secret)
        joined = f"{self.query}&$skiptoken={text}" if self.query else f"$skiptoken={text}"
        return f"{base_url}{self.path}?{joined}"


class Tracking(Struct, frozen=True):
    """What a read that begins a delta adds to its links.

    `path` is the URL that is linked to, without options, `inner` that of the collection which is read;
    `mark` goes with next links, so that the last page ends with `delta_link`.
    """

    path: str
    inner: str
    mark: str
    delta_link: str

    def links(self, next_link: str | None) -> dict[str, str]:
        """The next link of a page, or the delta link where there is none."""
        if next_link is None:
            return {"deltaLink": self.delta_link}
        return {"nextLink": f"{self.path}{next_link.removeprefix(self.inner)}&$deltatoken={self.mark}"}


def page_of(request: Request, entity_sets: Collection[str], secret: bytes) -> Page:
    """The page that a GET asks for; `BadRequest` for a token that was not written for this URL."""
    path, query, text = request.path, request.query, None
    if "skiptoken" in query.lower():
        found = _TOKEN.search(query)
        if found is not None:
            text = unquote(found[1])
            query = (query[: found.start()] + query[found.end() :]).rstrip("&")
    shape = request.shape or shape_of(path, query, entity_sets)
    shape_text, literals = (shape.text, shape.literals) if shape else (None, ())
    token = read_token(text, _identity(path, query, shape_text, literals), secret) if text is not None else None
    return Page(path, query, shape_text, literals, token, secret)


def _identity(path: str, query: str, shape: str | None, literals: Sequence[ScannedLiteral]) -> str:
    """What a URL says apart from its spelling: clients may encode the same link differently."""
    if shape is None:
        return unquote(f"{path}?{query}")
    return "\0".join((shape, *(literal.text for literal in literals)))
