"""One entity changed inside the current transaction, with the hooks around it, and what its complex values led to.

Every update that states properties comes through here (Protocol 11.4.3).
"""

from collections.abc import Iterator

from msgspec.structs import replace

from odata_service.edm.model import NavigationProperty
from odata_service.edm.nested import value_path
from odata_service.plan.unheld import is_unheld
from odata_service.service.changes import EntityUpdate, change_row
from odata_service.service.conditional import Conditions
from odata_service.service.hooked import after_update, before_update, entity_at, is_hooked
from odata_service.service.relations import Node, Relation, end, node_at, node_with, remove
from odata_service.service.workshop import Workshop


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
    unheld = tuple(_unheld(update, workshop))
    if unheld:
        node = node_at(update.address, workshop.unruled)
        assert node is not None, "the entity was changed in this transaction"
        for navigation in unheld:
            _end(navigation, node, workshop)
    return True


def _unheld(update: EntityUpdate, workshop: Workshop) -> Iterator[NavigationProperty]:
    """The navigation properties of complex values that are no more."""
    schema, entity_type = workshop.schema, update.place.entity_type
    for name, navigation in schema.navigation_properties(entity_type).items():
        merges = update.method == "PATCH" or (update.method == "SET" and name.partition("/")[0] not in update.stated)
        if value_path(name) and is_unheld(name, update.stated, entity_type, schema, merges=merges):
            yield navigation


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
