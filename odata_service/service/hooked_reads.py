"""Hooks around reads: of the sets whose entities a request shows, at the end of its path and by $expand.

They and the read are one transaction, so that a hook may write down who has read what.
"""

from collections.abc import Callable, Iterator, Sequence

from odata_service.edm.model import EntitySet
from odata_service.plan.model import Rows
from odata_service.semantics.resolved import AllQuery, Query, QueryOptions
from odata_service.service.entities import Entity
from odata_service.service.hooks import Hooks
from odata_service.service.message import Response
from odata_service.service.shown_entities import shown_entities
from odata_service.service.workshop import Workshop
from odata_service.storage import PreparedRead, Store, StoreView
from odata_service.storage.store import Values

Read = Callable[[Store], Response]
"""Answers a read out of a store."""


def hooked_read(query: Query | AllQuery, read: Read, workshop: Workshop) -> Response:
    """The answer to a read with the hooks around it, where there are any."""
    hooks = workshop.hooks
    sources = {} if hooks is None else {source.name: source for source in shown_sources(query)}
    if hooks is None or not hooks.reads & sources.keys():
        return read(workshop.store)

    def work() -> Response:
        with workshop.transaction():
            for source in sources.values():
                _run("before_read", source, (), hooks, workshop)

            def after(prepared: PreparedRead, rows: Rows, values: Values) -> None:
                found: dict[str, list[Entity]] = {}
                for entity in shown_entities(query, values, prepared.plan, rows, workshop):
                    found.setdefault(entity.source.name, []).append(entity)
                for entities in found.values():
                    _run("after_read", entities[0].source, (entities,), hooks, workshop)

            return read(StoreView(workshop.store, told=after))

    return workshop.store.retried(work)


def shown_sources(query: Query | AllQuery) -> Iterator[EntitySet]:
    """The sources whose entities a query shows, or counts."""
    if isinstance(query, AllQuery):
        for part in query.parts:
            yield from shown_sources(part)
        return
    if query.path.entity_set is not None:
        yield query.path.entity_set
    yield from (member.entity_set for member in query.path.joined)
    yield from _expanded(query.options)


def _expanded(options: QueryOptions) -> Iterator[EntitySet]:
    """The sources of what is expanded, in entities and in values that are kept whole."""
    for item in (*options.expand, *(linked.item for linked in options.linked)):
        if item.entity_set is not None:
            yield item.entity_set
        yield from _expanded(item.options)


def _run(moment: str, source: EntitySet, known: tuple[Sequence[Entity], ...], hooks: Hooks, workshop: Workshop) -> None:
    for hook in hooks.of(moment, source):
        hook(hooks.call_of(workshop.inside(hook)), *known)
