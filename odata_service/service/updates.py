"""One entity changed inside the current transaction, with the hooks around it, and what its complex values led to.

Every update that states properties comes through here (Protocol 11.4.3).
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec.structs import replace

from odata_service.edm.model import NavigationProperty, Schema
from odata_service.edm.nested import value_path
from odata_service.plan.model import DropStream
from odata_service.plan.unheld import is_unheld
from odata_service.plan.write import Change
from odata_service.service.changes import EntityUpdate, change_row
from odata_service.service.conditional import Conditions
from odata_service.service.hooked import after_update, before_update, entity_at, is_hooked
from odata_service.service.relations import Node, Relation, end, node_at, node_with, remove
from odata_service.service.workshop import Workshop

Part = TypeVar("Part")


def changed(update: EntityUpdate, conditions: Conditions, parent: str | None, workshop: Workshop) -> bool:
    """Runs an update; whether it met the entity. Values that it changes in part are read before.

    `Contention` where the entity has changed between the two.
    """
    if workshop.hides(update.address):
        return False
    workshop.owe(update.address)
    if not is_hooked("update", update.place, workshop):
        return _changed(update, conditions, parent, workshop)
    entity = entity_at(update.address, workshop)
    if entity is None:
        return False
    place, stated = before_update(entity, update.place, update.stated, workshop)
    if not _changed(replace(update, place=place, stated=stated), conditions, parent, workshop):
        return False
    after_update(update.address, workshop)
    return True


def _changed(update: EntityUpdate, conditions: Conditions, parent: str | None, workshop: Workshop) -> bool:
    if not change_row(update, conditions, parent, workshop):
        return False
    schema, entity_type = workshop.schema, update.place.entity_type
    relations = tuple(_unheld(schema.navigation_properties(entity_type), update, schema))
    streams = tuple(_unheld(schema.stream_properties(entity_type), update, schema))
    if relations or streams:
        node = node_at(update.address, workshop.unruled)
        assert node is not None, "the entity was changed in this transaction"
        for navigation in relations:
            _end(navigation, node, workshop)
        for stream in streams:
            workshop.run(Change(DropStream(), (node.name, stream.name), DropStream))
    return True


def _unheld(parts: Mapping[str, Part], update: EntityUpdate, schema: Schema) -> Iterator[Part]:
    """What belongs to complex values that are no more."""
    for path, part in parts.items():
        merges = update.method == "PATCH" or (update.method == "SET" and path.partition("/")[0] not in update.stated)
        if value_path(path) and is_unheld(path, update.stated, update.place.entity_type, schema, merges=merges):
            yield part


def _end(navigation: NavigationProperty, node: Node, workshop: Workshop) -> None:
    """Ends the relations of a complex value, and what it contained."""
    target = workshop.schema.target(node.source, node.type, navigation)
    if target is None:
        return
    relation = Relation(node, navigation, target)
    address = relation.address(workshop.schema)
    for standing in workshop.find_all(address.uncast):
        related = node_with(address, standing.key, workshop)
        if related is not None and target.is_contained:
            remove(related, workshop)
        elif related is not None:
            end(relation, related, "", workshop)
