"""Hooks around reads: of the sets whose entities a request shows, at the end of its path and by $expand.

They and the read are one transaction, so that a hook may write down who has read what.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from odata_service.edm.model import EntitySet, Schema
from odata_service.plan.model import EntityShape, Rows, ToOneShape
from odata_service.semantics.resolved import AllQuery, Expansion, Query
from odata_service.service.entities import Entity, entity_of
from odata_service.service.hooks import Hooks
from odata_service.service.message import Response
from odata_service.service.workshop import Workshop
from odata_service.storage import PreparedRead, Store, StoreView

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
            return read(StoreView(workshop.store, told=partial(_after, hooks, workshop)))

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
    yield from _expanded(query.options.expand)


def _expanded(items: Sequence[Expansion]) -> Iterator[EntitySet]:
    for item in items:
        if item.entity_set is not None:
            yield item.entity_set
        yield from _expanded(item.options.expand)


def _after(hooks: Hooks, workshop: Workshop, prepared: PreparedRead, rows: Rows) -> None:
    """Runs what follows a read with the entities of each source that have been read."""
    found: dict[str, tuple[EntitySet, list[Entity]]] = {}
    for source, entity in _entities(prepared.plan.shape, rows, workshop.schema):
        found.setdefault(source.name, (source, []))[1].append(entity)
    for source, entities in found.values():
        _run("after_read", source, (entities,), hooks, workshop)


def _run(moment: str, source: EntitySet, known: tuple[Sequence[Entity], ...], hooks: Hooks, workshop: Workshop) -> None:
    for hook in hooks.of(moment, source):
        hook(hooks.call_of(workshop.inside(hook)), *known)


def _entities(shape: EntityShape, rows: Rows, schema: Schema) -> Iterator[tuple[EntitySet, Entity]]:
    """The entities of a result, each behind it those that are expanded in it; aggregates are none."""
    for row in rows.rows:
        yield from _in_row(shape, row, schema)
    for part in _to_many(shape):
        for expanded in rows.expanded[part[0]].values() if part[0] < len(rows.expanded) else ():
            yield from _entities(part[1], expanded, schema)


def _in_row(shape: EntityShape, row: Sequence[object], schema: Schema) -> Iterator[tuple[EntitySet, Entity]]:
    if shape.version is not None and not shape.transient and row[shape.version] is not None:
        yield shape.entity_set, entity_of(row, shape, schema)
    for part in shape.expands:
        if isinstance(part, ToOneShape) and row[part.present] is not None:
            yield from _in_row(part.shape, row, schema)


def _to_many(shape: EntityShape) -> Iterator[tuple[int, EntityShape]]:
    """The places of the expanded collections of a row, also of those in entities that stand in it."""
    for part in shape.expands:
        if isinstance(part, ToOneShape):
            yield from _to_many(part.shape)
        elif not part.count_only:
            yield part.place, part.shape
