"""Entities that are there, and the relations between them: found by path or by id, begun and ended.

Everything happens inside the current transaction.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.links import linked_sets
from odata_service.edm.model import EntitySet, NavigationProperty, Schema, SourceKind
from odata_service.errors import BadRequest, Incomplete, NotFound, ODataError, PayloadError
from odata_service.payload import Reference, ValueReader
from odata_service.plan.model import Link, Unlink
from odata_service.plan.write import Change, Place
from odata_service.semantics.resolved import Query
from odata_service.service.address import Address, Keys, key_values, keyed_path, step_from
from odata_service.service.aliases import below_service
from odata_service.service.changes import UNCONDITIONAL, ended, touched
from odata_service.service.compile import resolve_request
from odata_service.service.workshop import Workshop


class Node(Struct, frozen=True):
    """An entity that is there: its address where it lives, its type, version, key and own name, and its container's."""

    address: Address
    type: str
    version: int
    key: Keys
    name: str | None
    parent: str | None

    @property
    def source(self) -> EntitySet:
        """Where the entity lives."""
        return self.address.source

    @property
    def place(self) -> Place:
        """Where the entity is written."""
        return Place(self.source, self.type, self.key)

    @property
    def identity(self) -> Keys:
        """What others refer to it by: its key where that is enough, else its own name."""
        return self.key if self.source.kind is SourceKind.ENTITY_SET else (self.name,)


class Relation(Struct, frozen=True):
    """A navigation property of an entity that is there, and the source that it leads to."""

    origin: Node
    navigation: NavigationProperty
    target: EntitySet

    def address(self, schema: Schema) -> Address:
        """Where the related entities are."""
        step = step_from(self.origin.source, self.origin.type, self.navigation, schema)
        assert step is not None, "the relation leads to a source"
        return self.origin.address.towards(step)

    def back(self, schema: Schema) -> NavigationProperty | None:
        """The navigation property that leads back from the target to where the relation begins."""
        partner = schema.navigation_properties(self.navigation.target).get(self.navigation.partner or "")
        if partner is None or schema.target(self.target, self.navigation.target, partner) != self.origin.source:
            return None
        return partner


def node_at(address: Address, workshop: Workshop) -> Node | None:
    """The entity at an address, whichever way a path leads there; None where there is none."""
    standing = workshop.find(address.uncast)
    if standing is None:
        return None
    if address.keyed.navigation is not None:
        address = workshop.at(address.source, standing.key)
    elif address.keyed.is_alternate:
        address = workshop.keyed(address.collection, standing.key)
    elif address.path.type.collection or (address.source.is_contained and not address.keyed.own_width):
        address = address if address.source.is_single else workshop.keyed(address, standing.key)
    uncast = address.uncast
    return Node(uncast, standing.entity_type, standing.version, standing.key, standing.name, workshop.parent(uncast))


def node_with(collection: Address, key: Keys, workshop: Workshop) -> Node | None:
    """The entity with a key in a collection, or the single one there; None where there is none."""
    return node_at(collection if collection.source.is_single else workshop.keyed(collection, key), workshop)


def relation_at(address: Address, workshop: Workshop) -> Relation | None:
    """The relation along which a path leads to entities; None where it begins with them.

    `NotFound` where what leads there is not there.
    """
    step, before = address.keyed.last_navigation, address.origin
    if step is None or before is None:
        return None
    origin = node_at(before, workshop)
    if origin is None:
        raise NotFound("The entity before the navigation property does not exist.")
    if not workshop.leads_on(address):
        raise NotFound("The complex value that leads to these entities is null.", hint="Give it a value first.")
    return relation_of(origin, step.navigation, "", workshop)


def relation_of(node: Node, navigation: NavigationProperty, path: str, workshop: Workshop) -> Relation:
    """The relation behind a navigation property; `PayloadError` where it leads to no source. `path` is in the body."""
    return Relation(node, navigation, target_of(node.source, node.type, navigation, path, workshop.schema))


def target_of(source: EntitySet, holder: str, navigation: NavigationProperty, path: str, schema: Schema) -> EntitySet:
    """The source that a navigation property leads to; `PayloadError` where there is none, or none to be written by."""
    target = schema.target(source, holder, navigation)
    if target is None:
        raise PayloadError(
            f"'{navigation.name}' leads to no entity set, so that it relates to nothing.",
            target=path,
            hint="Leave it out; a binding in the definition says where it leads.",
        )
    partner = schema.navigation_properties(navigation.target).get(navigation.partner or "")
    if partner is not None and partner.contains_target:
        raise PayloadError(
            f"'{navigation.name}' is the entity that contains this one, which never changes.",
            target=path,
            hint="Leave it out; the URL says in what an entity is contained.",
        )
    return target


def entity_named(reference: Reference, target: EntitySet | None, base_url: str, workshop: Workshop) -> Node:
    """The entity that a reference names, which lives in a source; `PayloadError` where it is not there.

    Without a source it may live in any.
    """
    node = entity_there(reference, target, base_url, workshop)
    if node is None:
        raise PayloadError(f"There is no entity '{reference.id}'.", target=reference.path, hint="Create it first.")
    return node


def entity_there(reference: Reference, target: EntitySet | None, base_url: str, workshop: Workshop) -> Node | None:
    """The same, and None where it is not there."""
    hint = f"Write {target.name}(…)." if target is not None else "Write Set(…)."
    path = _path_of(reference, base_url, workshop.schema)
    limits = workshop.settings.limits
    try:
        resolved = resolve_request(path, "", (), workshop.store, limits).query
    except ODataError as error:
        raise PayloadError(
            f"'{reference.id}' names no entity: {error.text}", target=reference.path, hint=hint
        ) from error
    found = resolved.path if isinstance(resolved, Query) and resolved.property is None else None
    is_one = found is not None and not found.type.collection and found.call is None
    if found is None or not is_one or (target is not None and found.entity_set != target):
        where = f" of '{target.name}'" if target is not None else ""
        raise PayloadError(f"'{reference.id}' is no entity{where}.", target=reference.path, hint=hint)
    keyed, keys = keyed_path(found)
    return node_at(Address(keyed, key_values(keys, ())), workshop)


def reader_of(base_url: str, workshop: Workshop, *, of_new: bool = False) -> ValueReader:
    """What reads the bodies of requests below a base URL: it looks up what values that are kept whole are bound to.

    `of_new` is whether the entities that the bodies state are to be created.
    """
    reader = replace(workshop.reader, of_new=True) if of_new else workshop.reader
    if not workshop.values_lead_on:
        return reader

    def named(reference: Reference, navigation: NavigationProperty) -> Keys:
        node = entity_named(reference, None, base_url, workshop)
        sets = [found.name for found in linked_sets(navigation, workshop.schema)]
        if node.source.name not in sets:
            raise PayloadError(
                f"'{reference.id}' is no entity that '{navigation.name}' leads to.",
                target=reference.path,
                hint=f"Write {sets[0]}(…)." if sets else "Bind the navigation property in the definition.",
            )
        return node.key

    return replace(reader, named=named)


def begin(relation: Relation, node: Node, workshop: Workshop, *, is_new: bool = False) -> None:
    """Relates two entities, whether they are related already or not.

    Where a property leads back, this is an update of the other one too, unless that is new.
    """
    navigation = relation.navigation
    back = relation.back(workshop.schema)
    _keep_key(relation.origin, navigation, node, workshop.schema)
    if back is not None:
        _keep_key(node, back, relation.origin, workshop.schema)
    if back is not None and not (navigation.collection or back.collection):
        _release(relation, node, workshop.unruled)
        _release(Relation(node, back, relation.origin.source), relation.origin, workshop.unruled)
    with _changing(node, workshop) if back is not None and not is_new else nullcontext():
        if navigation.collection and (back is None or back.collection):
            workshop.run(_change(Unlink, relation, node))
        workshop.run(_change(Link, relation, node))
    workshop.owe(relation.origin.address)
    workshop.owe(node.address)


def _keep_key(dependent: Node, navigation: NavigationProperty, principal: Node, schema: Schema) -> None:
    """Refuses a relation by which an entity would get another key: a constraint ties a part of it (Protocol 11.4.3)."""
    own = {part.path: value for part, value in zip(schema.key(dependent.type), dependent.key, strict=False)}
    others = {part.path: value for part, value in zip(schema.key(principal.type), principal.key, strict=False)}
    for tie in navigation.referential_constraints:
        wanted = others.get(tie.referenced_property)
        if tie.property in own and wanted is not None and own[tie.property] != wanted:
            raise BadRequest(
                f"'{navigation.name}' says what '{tie.property}' is, a part of the key, which never changes.",
                hint="Create an entity with the other key, and delete this one.",
            )


def make_room(
    navigation: NavigationProperty, source: EntitySet, node: Node | None, related: Node, workshop: Workshop
) -> None:
    """Ends what leads back from an entity that another one, which may be new, is to lead to, where one alone can."""
    partner = workshop.schema.navigation_properties(navigation.target).get(navigation.partner or "")
    if partner is None or partner.collection:
        return
    if workshop.schema.target(related.source, related.type, partner) == source:
        _release(Relation(related, partner, source), node, workshop.unruled)


def _release(relation: Relation, node: Node | None, workshop: Workshop) -> None:
    """Ends the relation of an entity to another one than this, where each has but one; refused where it needs one."""
    other = node_at(relation.address(workshop.schema), workshop)
    if other is None or (node is not None and other.identity == node.identity):
        return
    if is_needed(relation.navigation, relation.origin.type, workshop.schema):
        raise BadRequest(
            f"'{relation.navigation.name}' leads to another entity, which cannot be without it.",
            hint="Relate that one to another entity first, or delete it.",
        )
    with _changing(other, workshop):
        workshop.run(_change(Unlink, relation, other))


def end(relation: Relation, node: Node, path: str, workshop: Workshop) -> None:
    """Ends the relation of two entities; refused where one cannot be without the other.

    `path` is the place in the body that asks for it, empty where the URL does.
    """
    navigation, schema = relation.navigation, workshop.schema
    refusal = PayloadError if path else BadRequest
    if not navigation.collection and not navigation.nullable:
        raise refusal(f"'{navigation.name}' must lead somewhere.", target=path or None, hint="Name another.")
    if is_needed(navigation, relation.origin.type, schema):
        raise refusal(
            f"The entity cannot be without what '{navigation.name}' comes from.",
            target=path or None,
            hint="Delete the entity itself.",
        )
    with _changing(node, workshop) if relation.back(schema) is not None else nullcontext():
        workshop.run(_change(Unlink, relation, node))
    workshop.owe(relation.origin.address)
    workshop.owe(node.address)


def changing_relations(relation: Relation, workshop: Workshop) -> AbstractContextManager[None]:
    """What happens to the relations of an entity inside is an update of it, where no body states that one."""
    return _changing(relation.origin, workshop)


def _changing(node: Node, workshop: Workshop) -> AbstractContextManager[None]:
    return touched(node.place, node.address, node.parent, workshop)


def is_needed(navigation: NavigationProperty, holder: str, schema: Schema) -> bool:
    """Whether the property that leads back, or one that a constraint of either ties, must have a value."""
    back = schema.navigation_properties(navigation.target).get(navigation.partner or "")
    tied = [(holder, navigation)] + ([(navigation.target, back)] if back is not None else [])
    held = [
        schema.properties(owner)[constraint.property]
        for owner, known in tied
        for constraint in known.referential_constraints
        if constraint.property in schema.properties(owner)
    ]
    is_one_back = back is not None and not back.collection and not back.nullable
    return is_one_back or any(not part.type.nullable for part in held)


def remove(node: Node, workshop: Workshop) -> None:
    """Ends an entity, and what goes with it."""
    ended(node.place, node.address, UNCONDITIONAL, node.parent, workshop)


@contextmanager
def inside(path: str) -> Iterator[None]:
    """Tells where in the body an entity stands when something about it fails.

    That one inside of another states too little is a fault of the body, whether the other one is new or not.
    """
    try:
        yield
    except ODataError as error:
        if path:
            error.target = _below(path, error.target)
            error.details = tuple(replace(part, target=_below(path, part.target)) for part in error.details)
        if path and isinstance(error, Incomplete):
            raise PayloadError(error.text, target=error.target, hint=error.hint, details=error.details) from error
        raise


def _below(path: str, target: str | None) -> str:
    return f"{path}/{target}" if target else path


def _change(plan: type[Link] | type[Unlink], relation: Relation, node: Node) -> Change:
    origin, navigation = relation.origin, relation.navigation
    shape = plan, origin.source.name, origin.type, navigation.name
    return Change(plan(origin.source, origin.type, navigation), (*origin.identity, *node.identity), shape)


def _path_of(reference: Reference, base_url: str, schema: Schema) -> str:
    """The path of an id below the service root."""
    below = below_service(reference.id, base_url, schema)
    if below is None:
        raise PayloadError(
            f"'{reference.id}' is no entity of this service.",
            target=reference.path,
            hint=f"Its entities are below {base_url}.",
        )
    return below
