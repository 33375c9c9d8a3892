"""Rows as the objects of an answer, with the next links of expanded collections in them (Protocol 11.2.6.7).

Such a link is a request for what is behind the first page. The options of the item of $expand become those of the URL
of the collection. They are taken from the request itself, not from the compiled plan, which many requests share, and
only where a collection is longer than a page.
"""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from odata_service.errors import NotFound
from odata_service.payload import ExpandedPlace
from odata_service.plan.model import Rows
from odata_service.plan.paging import token_after
from odata_service.semantics.resolved import AllQuery, Expansion, Query
from odata_service.service.compile import CompiledPart, CompiledRead, resolve_request
from odata_service.service.message import Request
from odata_service.service.pages import page_of
from odata_service.settings import Limits
from odata_service.storage import Store
from odata_service.url import parse_url, print_url
from odata_service.url.syntax import ODataUrl, Options


class NestedPages:
    """The objects in the answer to one request; `query` is the request's without a skip token."""

    def __init__(self, request: Request, query: str, store: Store, limits: Limits, secret: bytes) -> None:
        self._request = request
        self._query = query
        self._store = store
        self._limits = limits
        self._secret = secret
        self._options: dict[tuple[str, ...], str] = {}
        self._read: tuple[Query, Options] | None = None

    def objects(
        self, read: CompiledRead | CompiledPart, rows: Rows, values: Sequence[Any], home: str = ""
    ) -> list[dict[str, object]]:
        """The entities of rows that were read by these values; `home` is the URL of the collection that holds them."""
        base_url = self._request.base_url
        objects = read.writer.objects(rows, base_url, home, self.link)
        if read.links is not None:
            read.links.show(rows, objects, (values, base_url), self._store)
        return objects

    def link(self, place: ExpandedPlace, url: str, rows: Rows) -> str:
        """The next link of an expanded collection at a URL, of which these rows have been shown.

        Without a URL it is made of what the request's own path leads to.
        """
        query = self._options.get(place.path)
        if query is None:
            query = self._options[place.path] = self._options_of(place.path)
        base = self._request.base_url
        path = url.removeprefix(base) or self._request.path
        collection = replace(self._request, method="GET", path=path, query=query, shape=None)
        page = page_of(collection, self._store.schema.container.entity_sets, self._secret)
        shown = rows.rows[-1][: len(place.plan.columns)]
        return page.next_link(token_after(shown, place.plan, len(rows.rows), rows.count), base)

    def _options_of(self, path: Sequence[str]) -> str:
        """The query of a URL that reads the collection as the item of $expand at this path does."""
        query, given = self._resolved()
        written = _written(query.options.expand, path)
        aliases = {**dict(given.aliases), **dict(written.aliases)}
        options = replace(written, aliases=tuple(aliases.items()), format=given.format, custom=given.custom)
        return print_url(ODataUrl((), options))[1]

    def _resolved(self) -> tuple[Query, Options]:
        if self._read is None:
            request, limits = self._request, self._limits
            resolved = resolve_request(request.path, self._query, (), self._store, limits).query
            if isinstance(resolved, AllQuery):
                resolved = resolved.parts[0]
            if not isinstance(resolved, Query):
                raise NotFound("Documents have nothing to expand.")
            self._read = resolved, parse_url(request.path, self._query, limits).options
        return self._read


def _written(items: Sequence[Expansion], path: Sequence[str]) -> Options:
    """The options of the item at a path of items."""
    found = next(item for item in items if item.path == path[0])
    assert found.written is not None, "what a URL expands has options as the URL has them"
    if len(path) == 1:
        return found.written
    inner = _written(found.options.expand, path[1:])
    return replace(inner, aliases=tuple({**dict(found.written.aliases), **dict(inner.aliases)}.items()))
