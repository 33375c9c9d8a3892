"""A cross join in a plan: instances that have a member for each set, told in an order that their keys complete."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from odata_service.edm.model import EntitySet, Schema
from odata_service.plan.model import EntityShape, Field, ToOneShape
from odata_service.semantics.access import key_of_type
from odata_service.semantics.resolved import Expansion, Joined, OrderItem, QueryOptions, Selection
from odata_service.semantics.tree import EntityOwner, PropertyAccess


class Layout(Protocol):
    """Where the columns of a row are collected."""

    def reference(self, source: EntitySet, owner: EntityOwner) -> EntityShape:
        """The shape of an entity of which nothing but the key is read."""

    def to_one(self, item: Expansion) -> ToOneShape:
        """The shape of a related entity, its columns put into the row."""

    def computed(self, selection: Selection) -> Iterator[Field]:
        """The members for what $compute has worked out."""


def joined_shape(joined: Sequence[Joined], options: QueryOptions, layout: Layout) -> EntityShape:
    """What an instance shows: the entities that are expanded, and links to the others, or to those that are selected.

    The shape has a source because all have; nothing is asked of it.
    """
    expanded = {item.navigation.name for item in options.expand}
    selection = options.selection
    chosen = {*selection.navigation, *selection.names} if selection.explicit else None
    links = [
        part
        for part in joined
        if part.entity_set.name not in expanded and (chosen is None or part.entity_set.name in chosen)
    ]
    first = joined[0]
    return EntityShape(
        entity_set=first.entity_set,
        entity_type=first.access.source_type,
        fields=tuple(layout.computed(options.selection)),
        key=(),
        version=None,
        expands=tuple(layout.to_one(item) for item in options.expand),
        transient=True,
        joined=tuple(_linked(part, layout) for part in links),
    )


def _linked(part: Joined, layout: Layout) -> ToOneShape:
    shape = layout.reference(part.entity_set, part.access)
    return ToOneShape(part.entity_set.name, shape, shape.key[0].index)


def joined_order(joined: Sequence[Joined], orderby: tuple[OrderItem, ...], schema: Schema) -> tuple[OrderItem, ...]:
    """An order in which no two instances are equal: that which is asked for, then the keys of all sets."""
    ordered = {item.expression for item in orderby}
    return (*orderby, *(OrderItem(access) for access in _keys(joined, schema) if access not in ordered))


def _keys(joined: Sequence[Joined], schema: Schema) -> Iterator[PropertyAccess]:
    for part in joined:
        yield from key_of_type(part.entity_set.entity_type, schema, part.access)
