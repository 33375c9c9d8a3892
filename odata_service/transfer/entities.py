"""Entities out of a service: what a GET of an entity set or a singleton answers, page by page as plain objects.

They are those of the payload without what is about the payload: ids, ETags and links are gone, types stay.
"""

from collections.abc import Iterator, Mapping

from odata_service.errors import BadRequest, NotFound, did_you_mean
from odata_service.payload import EntityWriter, Format, compile_writer
from odata_service.payload.entities import Objects
from odata_service.plan.model import EntityShape, ReadPlan
from odata_service.service import Service
from odata_service.service.message import Request

PAGE = 5_000
"""As many entities are in memory at once."""

_FORMAT = Format("minimal", "4.0")
_BASE = "http://localhost/"
_NEXT = "@odata.nextLink"


class Pages:
    """The pages of one result. As a `Presentation` it takes them as the service makes them, before they are bytes.

    `shape` is that of the entities, known with the first page.
    """

    media_type = "application/json"

    def __init__(self, service: Service, name: str, query: str = "") -> None:
        self.schema = service.schema
        self.shape: EntityShape | None = None
        self._service = service
        self._name = name
        self._query = query.removeprefix("?")
        self._taken: tuple[Objects, str | None] | None = None

    def __iter__(self) -> Iterator[Objects]:
        """The pages, all of one moment; `ODataError` for an unknown set and for a query that is wrong."""
        known = [*self.schema.container.entity_sets, *self.schema.container.singletons]
        if self._name not in known:
            raise NotFound(
                f"This service has no entity set '{self._name}'.",
                hint=did_you_mean(self._name, known) or f"It has {', '.join(known[:20])}.",
            )
        with self._service.store.transaction(snapshot=True):
            yield from self._pages(self._name, self._query)

    def compile(self, plan: ReadPlan) -> EntityWriter:
        """The writer for the entities that a plan reads."""
        self.shape = self.shape or plan.shape
        return compile_writer(plan, self.schema, _FORMAT)

    def collection(self, objects: Objects, _: int | None, next_link: str | None) -> bytes:
        """Takes a page."""
        self._taken = objects, next_link
        return b""

    def entity(self, target: dict[str, object]) -> bytes:
        """Takes a singleton."""
        self._taken = [target], None
        return b""

    def _pages(self, path: str, query: str) -> Iterator[Objects]:
        link: str | None = f"{path}?{query}"
        while link is not None:
            path, _, query = link.removeprefix(_BASE).partition("?")
            self._taken = None
            headers = {"prefer": f"maxpagesize={PAGE}"}
            self._service.attempt(Request("GET", path, query, headers, base_url=_BASE, presentation=self))
            if self._taken is None:
                raise BadRequest(
                    "This query answers no entities.", hint="Use $filter, $select, $expand and their like."
                )
            objects, link = self._taken
            yield [self._plain(entity) for entity in objects]

    def _plain(self, members: Mapping[str, object]) -> dict[str, object]:
        """An object without control information but types; an expanded collection has all its pages."""
        found: dict[str, object] = {}
        for name, value in members.items():
            if "@" not in name or name.endswith("@odata.type"):
                found[name] = self._within(value) if isinstance(value, dict | list) else value
            elif name.endswith(_NEXT):
                path, _, query = str(value).partition("?")
                shown = found[name.removesuffix(_NEXT)]
                assert isinstance(shown, list), "collections have next links"
                shown += (one for page in self._pages(path, query) for one in page)
        return found

    def _within(self, value: object) -> object:
        match value:
            case dict():
                return self._plain(value)
            case list():
                return [self._within(member) for member in value]
            case _:
                return value
