"""$apply in a plan: the shape of what comes out, and the order that tells its rows apart (Data Aggregation 3.1).

Transformations stay as they are: how they nest is a matter of SQL. What is decided here is which members a row shows,
and that no two rows are equal in the order: entities end with their key, groups with all their members.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Protocol

from odata_service.edm.model import EntitySet
from odata_service.edm.types import DECIMAL, INT64, Kind, TypeRef, kind_of
from odata_service.plan.model import ApplySource, ComplexField, ComplexVariant, EntityShape, Field, PathSource, Source
from odata_service.semantics.access import chain_of, name_of
from odata_service.semantics.resolved import OrderItem, QueryOptions
from odata_service.semantics.result_selection import shown
from odata_service.semantics.transformations import (
    Aggregating,
    Concatenating,
    Grouping,
    Ordering,
    Pipeline,
    Result,
    Transformations,
    added_member,
)
from odata_service.semantics.tree import Expression, NavigationAccess, PropertyAccess

PART = added_member("$part", INT64)
"""Which of several kinds of instances a row is."""

PLACE = added_member("$place", INT64)
"""The place of a row among those of its kind."""

_WITHOUT_ORDER = frozenset({Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED, Kind.BINARY, None})


class Layout(Protocol):
    """Where the columns of a row are collected."""

    def place(self, expression: Expression) -> int:
        """The place of a value in the row."""

    def entity(self, entity_type: str, source: EntitySet, options: QueryOptions) -> EntityShape:
        """The shape of an entity, its columns put into the row."""


def applied(path: PathSource, options: QueryOptions) -> Source:
    """The source of a read with these options."""
    return path if options.apply is None else ApplySource(path, options.apply)


def result_shape(pipeline: Pipeline, path: PathSource, options: QueryOptions, layout: Layout) -> EntityShape:
    """How the rows that come out of a pipeline become instances."""
    shapes = [_kind(kind, path, options, layout) for kind in pipeline.kinds]
    if len(shapes) == 1:
        return shapes[0]
    empty = EntityShape(path.target, path.entity_type, (), (), None)
    return replace(empty, part=layout.place(PART), parts=tuple(shapes))


def result_order(
    pipeline: Pipeline, orderby: tuple[OrderItem, ...], key: Sequence[Expression]
) -> tuple[OrderItem, ...]:
    """The order of a result: $orderby, else that of the transformations; then what tells rows apart."""
    asked = orderby or order_behind(pipeline.steps)
    if len(pipeline.kinds) > 1:
        return (*asked, OrderItem(PART), OrderItem(PLACE))
    return (*asked, *apart(pipeline.result, key, asked))


def apart(result: Result, key: Sequence[Expression], order: Sequence[OrderItem]) -> Iterator[OrderItem]:
    """The items that make an order one in which no two rows are equal."""
    known = {item.expression for item in order}
    rest = key if result.whole else result.members
    return (OrderItem(part) for part in rest if part not in known and kind_of(part.type) not in _WITHOUT_ORDER)


def order_behind(steps: Transformations) -> tuple[OrderItem, ...]:
    """The order that transformations leave: the last that was asked for, those before it breaking its ties."""
    order: tuple[OrderItem, ...] = ()
    for step in steps:
        match step:
            case Ordering(items):
                order = (*items, *order)
            case Aggregating() | Grouping() | Concatenating():
                order = ()
    return order


def _kind(result: Result, path: PathSource, options: QueryOptions, layout: Layout) -> EntityShape:
    members = shown(result, options.selection)
    if result.whole:
        entity = layout.entity(path.entity_type, path.target, options)
        added = tuple(_field(member, result, layout) for member in members)
        return replace(entity, fields=(*entity.fields, *added))
    fields = tuple(_nested(tuple((chain_of(member), member) for member in members), result, layout))
    return EntityShape(path.target, path.entity_type, fields, (), None, transient=True)


_Step = PropertyAccess | NavigationAccess
_Placed = tuple[tuple[_Step, ...], PropertyAccess]


def _nested(members: Sequence[_Placed], result: Result, layout: Layout) -> Iterator[Field | ComplexField]:
    """The fields of an instance: what belongs to one related entity or complex value stands together in it."""
    groups: dict[_Step, list[_Placed]] = {}
    for steps, member in members:
        groups.setdefault(steps[0], []).append((steps[1:], member))
    for first, inner in groups.items():
        if not inner[0][0]:
            yield _field(inner[0][1], result, layout)
            continue
        variant = ComplexVariant(first.type.name, tuple(_nested(inner, result, layout)))
        yield ComplexField(name_of(first), TypeRef(first.type.name), None, (variant,))


def _field(member: PropertyAccess, result: Result, layout: Layout) -> Field:
    told = None
    if member in result.added:
        told = DECIMAL if kind_of(member.type) is Kind.INTEGER else member.type
    return Field(member.property.name, layout.place(member), member.property.type, told=told)
