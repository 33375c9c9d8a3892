"""Which entities a read has found, at the end of its path and expanded in each other, and where each of them is.

Where a contained one is follows from the path, or from the entity that it is expanded in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from odata_service.edm.model import EntitySet, NavigationProperty
from odata_service.edm.values import PrimitiveValue
from odata_service.plan.model import EntityShape, ReadPlan, Rows, ToManyShape, ToOneShape
from odata_service.semantics.resolved import (
    AllQuery,
    CastStep,
    EntitySetStep,
    FilterStep,
    KeyStep,
    MembersStep,
    NavigationStep,
    OrdinalStep,
    Query,
    ResourcePath,
)
from odata_service.service.address import Address, first_property, home_of, key_values, keyed_path, step_from
from odata_service.service.entities import Entity, entity_of
from odata_service.service.workshop import Workshop

_SELECTING = (FilterStep, MembersStep, OrdinalStep)
"""Steps that leave some entities of a collection, which are where they were."""


def shown_entities(
    query: Query | AllQuery,
    values: Sequence[PrimitiveValue | None],
    plan: ReadPlan,
    rows: Rows,
    workshop: Workshop,
) -> Iterator[Entity]:
    """The entities that a plan for a query has given; aggregates are none."""
    source = plan.shape.entity_set
    home = home_of(source) if not source.is_contained else _home(query, source, values)
    yield from _Found(workshop).among(plan, rows, home)


def _home(query: Query | AllQuery, source: EntitySet, values: Sequence[PrimitiveValue | None]) -> Address | None:
    """Where the contained entities at the end of a path are; None where they are in many others."""
    if isinstance(query, AllQuery) or query.path.entity_set != source:
        return None
    steps = query.path.steps[: first_property(query.path)]
    kept = tuple(step for step in steps if not isinstance(step, _SELECTING))
    if not all(isinstance(step, EntitySetStep | KeyStep | NavigationStep | CastStep) for step in kept):
        return None
    led = [place for place, step in enumerate(kept) if isinstance(step, NavigationStep)]
    if any(_is_many(kept[place - 1]) for place in led):
        return None
    keyed, keys = keyed_path(ResourcePath(kept, query.path.type, source))
    return Address(keyed, key_values(keys, values)).uncast


def _is_many(step: object) -> bool:
    """Whether a step leads to entities of which the next one says no single."""
    if isinstance(step, NavigationStep):
        return step.navigation.collection
    return isinstance(step, EntitySetStep) and not step.entity_set.is_single


class _Found:
    """The entities of one read."""

    def __init__(self, workshop: Workshop) -> None:
        self._workshop = workshop
        self._schema = workshop.schema

    def among(self, plan: ReadPlan, rows: Rows, home: Address | None) -> Iterator[Entity]:
        """The entities of rows, which are in the collection at an address, or at a place of their own."""
        for row in rows.rows:
            yield from self._in_row(plan.shape, row, home, plan, rows)

    def _in_row(
        self, shape: EntityShape, row: Sequence[object], home: Address | None, plan: ReadPlan, rows: Rows
    ) -> Iterator[Entity]:
        place = None
        if shape.version is not None and not shape.transient and row[shape.version] is not None:
            entity = entity_of(row, shape, self._schema)
            place = self._place(home, entity)
            yield replace(entity, address=place) if entity.source.is_contained else entity
        for part in shape.expands:
            if isinstance(part, ToManyShape):
                yield from self._expanded(part, row, place, plan, rows)
            elif row[part.present] is not None:
                inner = self._towards(place, shape, part)
                yield from self._in_row(part.shape, row, inner, plan, rows)

    def _expanded(
        self, part: ToManyShape, row: Sequence[object], place: Address | None, plan: ReadPlan, rows: Rows
    ) -> Iterator[Entity]:
        if part.count_only or part.place >= len(rows.expanded):
            return
        child = plan.expands[part.place]
        found = rows.expanded[part.place].get(tuple(row[number] for number in child.parent))
        if found is not None:
            home = self._led(place, child.parent_set, child.parent_type, child.navigation, child.plan.shape.entity_set)
            yield from self.among(child.plan, found, home)

    def _place(self, home: Address | None, entity: Entity) -> Address | None:
        """The entity's own address, in a collection or at the end of a path to it alone."""
        if home is None or entity.source.is_single:
            return home
        if home.keyed.is_alternate:
            home = home.collection
        return self._workshop.keyed(home, entity.key) if home.path.type.collection else home

    def _towards(self, place: Address | None, shape: EntityShape, part: ToOneShape) -> Address | None:
        """Where the entity is that a single-valued navigation property leads to."""
        target, holder = part.shape.entity_set, part.owner or shape.entity_type
        if not target.is_contained:
            return home_of(target)
        navigation = self._schema.navigation_properties(holder).get(part.name)
        return None if navigation is None else self._led(place, shape.entity_set, holder, navigation, target)

    def _led(
        self, place: Address | None, source: EntitySet, holder: str, navigation: NavigationProperty, target: EntitySet
    ) -> Address | None:
        if not target.is_contained:
            return home_of(target)
        step = None if place is None else step_from(source, holder, navigation, self._schema)
        return None if place is None or step is None else place.towards(step)
