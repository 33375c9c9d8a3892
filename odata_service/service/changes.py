"""One entity created, changed or ended inside the current transaction, with the hooks around it (Protocol 11.4).

Every write of an entity comes through here.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from uuid import uuid4

from msgspec import Struct

from odata_service.edm.discriminators import type_property
from odata_service.edm.made_keys import made_key, named_key
from odata_service.edm.model import EntitySet, Schema
from odata_service.errors import PayloadError
from odata_service.payload import etag_of
from odata_service.plan.model import Insert
from odata_service.plan.values import Stated
from odata_service.plan.write import Change, Place, Values, guarded, is_made_below
from odata_service.service.address import Address
from odata_service.service.conditional import Conditions
from odata_service.service.entities import Entity, address_of
from odata_service.service.hooked import (
    after_create,
    after_update,
    before_create,
    before_update,
    entity_at,
    is_hooked,
)
from odata_service.service.hooked_endings import end_with_hooks, ends_hooked, let_go_of
from odata_service.service.workshop import Workshop
from odata_service.storage import Contention

UNCONDITIONAL = Conditions(None, None)
"""What a write runs under that depends on no version."""


class EntityUpdate(Struct, frozen=True):
    """What a PATCH or PUT states of the entity at an address."""

    method: str
    place: Place
    stated: Stated
    address: Address


def created(place: Place, stated: Stated, collection: Address, parent: str | None, workshop: Workshop) -> Address:
    """Creates an entity at an address; its own address, by the key that was stated or made."""
    hooked = is_hooked("create", place, workshop)
    if hooked:
        place, stated = before_create(place, stated, workshop)
    change = insertion(place, stated, workshop)
    made = workshop.insert(change, parent)
    address = collection
    if not place.source.is_single:
        address = workshop.keyed(collection, key_after(change, made, workshop.schema))
    workshop.owe(address)
    if hooked:
        after_create(address, workshop)
    return address


def ended(place: Place, address: Address, conditions: Conditions, parent: str | None, workshop: Workshop) -> bool:
    """Ends an entity, and what goes with it; whether there was one that the conditions admit."""
    if workshop.hides(address):
        return False
    change = workshop.change("DELETE", place, {})
    if not ends_hooked(place.source, workshop):
        return run(change, conditions, parent, workshop)

    def end(ending: Sequence[Entity]) -> bool:
        with ExitStack() as updates:
            for related in let_go_of(ending, workshop):
                there = address_of(related, workshop)
                known = Place(related.source, related.type, related.key)
                updates.enter_context(_updated(known, there, workshop.parent(there), workshop))
            if run(change, conditions, parent, workshop):
                return True
            updates.pop_all()  # nothing has happened
            return False

    entity = entity_at(address, workshop)
    return entity is not None and end_with_hooks(entity, end, workshop)


@contextmanager
def touched(place: Place, address: Address, parent: str | None, workshop: Workshop) -> Iterator[None]:
    """Runs the hooks around an update of an entity whose own properties stay: its relations change meanwhile.

    What the hooks set is written behind that.
    """
    workshop.owe(address)
    with _updated(place, address, parent, workshop):
        yield


@contextmanager
def _updated(place: Place, address: Address, parent: str | None, workshop: Workshop) -> Iterator[None]:
    if not is_hooked("update", place, workshop):
        yield
        return
    entity = entity_at(address, workshop)
    assert entity is not None, "the entity is there"
    computing, stated = before_update(entity, place, {}, workshop)
    yield
    if stated:
        change_row(EntityUpdate("PATCH", computing, stated, address), UNCONDITIONAL, parent, workshop)
    after_update(address, workshop)


def change_row(update: EntityUpdate, conditions: Conditions, parent: str | None, workshop: Workshop) -> bool:
    """Writes what an update states of an entity itself; whether it met one. `Contention` as in `updates.changed`."""
    place, stated = update.place, update.stated
    outline = workshop.outline(update.method, place, stated)
    if not outline.before:
        return run(outline.change(place, stated, workshop.schema), conditions, parent, workshop)
    found = workshop.leaves(update.address, outline.before)
    if found is None:
        return False
    version, current = found
    if conditions.match is not None and not conditions.match.match(etag_of(version)):
        return False
    change = guarded(outline.change(place, stated, workshop.schema, current))
    if not workshop.run(change, (version,), parent):
        raise Contention("Another change of the entity came between.", hint="Send the request again.")
    return True


def run(change: Change, conditions: Conditions, parent: str | None, workshop: Workshop) -> bool:
    """Runs a change of an entity, where If-Match admits its version; whether it met one."""
    if not conditions.guarded:
        return workshop.run(change, parent=parent)
    return workshop.run(guarded(change), conditions.versions, parent)


def moves_on(place: Place, version: int, parent: str | None, workshop: Workshop) -> bool:
    """Moves an entity on from a version, which nobody else then meets; whether it has still been of that one.

    What a condition allows that is no change of the entity's own row is guarded by this.
    """
    return workshop.run(guarded(workshop.change("PATCH", place, {})), (version,), parent)


def key_after(change: Change, made: Values, schema: Schema) -> Values:
    """The key of a new entity: what was written of it, and what the database made."""
    assert isinstance(change.plan, Insert), "new entities are inserted"
    known = dict(zip((leaf.path for leaf in change.plan.leaves), change.values, strict=True))
    known.update(zip((leaf.path for leaf in change.plan.generated), made, strict=True))
    return tuple(known[leaf.path] for _, leaf in schema.key_leaves(change.plan.entity_set.entity_type))


def new_place(source: EntitySet, entity_type: str, schema: Schema) -> Place:
    """The place of a new entity; `PayloadError` where its type has none of its own."""
    if not schema.entity_type(entity_type).abstract:
        return Place(source, entity_type)
    known = [name for name in schema.derived_from(entity_type) if not schema.entity_type(name).abstract]
    hint = f'Say which it is: "@odata.type": "#{known[0]}".' if known else "No type is derived from it."
    raise PayloadError(f"'{entity_type}' is abstract: no entity is of it alone.", target="@odata.type", hint=hint)


def insertion(place: Place, stated: Stated, workshop: Workshop) -> Change:
    """The creation of an entity from what is stated of it; its key is made where none is stated.

    So is the property that names its type.
    """
    naming = type_property(place.entity_type, workshop.schema)
    if naming is not None and naming not in stated:
        stated = {**stated, naming: place.entity_type.rpartition(".")[2]}
    return workshop.change("POST", place, _with_generated_key(place, stated, workshop.schema))


def _with_generated_key(place: Place, stated: Stated, schema: Schema) -> Stated:
    """A key that a create leaves out is made here where it can be, unless the database makes it.

    What a client states of one that the service alone makes is ignored (Protocol 11.4.2). Numbers are made by the store
    (`plan.write`); any other key must be stated.
    """
    made = None if place.computes else made_key(place.source, schema)
    if made is not None and made.path in stated:
        stated = {name: value for name, value in stated.items() if name != made.path}
    leaf = named_key(place.source, schema)
    if leaf is None or stated.get(leaf.path) is not None:
        return stated
    part = schema.properties(place.source.entity_type).get(leaf.path)
    is_made = part is None or is_made_below(part, place.source)
    return stated if is_made else {**stated, leaf.path: str(uuid4())}
