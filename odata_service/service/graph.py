"""An entity with the entities around it, as a body has them, becomes writes (Protocol 11.4.2.2, 11.4.3.1).

What an entity refers to by properties of its own is made before it, all else behind it: so no reference is ever without
what it refers to, and keys that are made on the way flow into those that refer to them. A failure anywhere ends the
transaction around all of it, and names where in the body it was.
"""

from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import EntitySet, NavigationProperty
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import Incomplete, PayloadError, PreconditionFailed
from odata_service.payload import EntityValue, Item, Reference, Related, Removed, etag_of
from odata_service.plan.values import Stated
from odata_service.plan.write import Place, with_key
from odata_service.service.address import Address, Keys, home_of
from odata_service.service.changes import UNCONDITIONAL, EntityUpdate, created, new_place
from odata_service.service.conditional import Conditions, read_tags
from odata_service.service.relations import (
    Node,
    Relation,
    begin,
    end,
    entity_named,
    inside,
    make_room,
    node_at,
    node_with,
    relation_of,
    remove,
    target_of,
)
from odata_service.service.updates import changed
from odata_service.service.workshop import Workshop

Given = Mapping[str, PrimitiveValue | None]


class Graph(Struct, frozen=True):
    """Writes bodies inside the current transaction; `base_url` is the service root as the client sees it.

    `method` is how entities that are there are changed: PATCH or PUT. What `creates` makes every entity that it states
    anew, unless its id is there, while an update takes an entity whose key is there for that one. `computes` tells that
    the service itself writes, which may set what clients may not.
    """

    workshop: Workshop
    base_url: str
    method: str = "PATCH"
    creates: bool = False
    computes: bool = False

    def create(
        self,
        collection: Address,
        body: EntityValue,
        given: Given | None = None,
        back: NavigationProperty | None = None,
    ) -> Node:
        """A new entity in a set or in what contains it, with all that the body says it is related to.

        `given` are the properties by which it refers to the entity that it is created for, `back` is the navigation
        property that leads there.
        """
        source, schema = collection.source, self.workshop.schema
        with inside(body.path):
            if not self.creates:
                _check_tag(None, body)
            place = replace(new_place(source, body.type, schema), computes=self.computes)
        stated = _consistent(body.properties, self._tied(body, None, source), body)
        stated = _consistent(stated, given or {}, body)
        parent = self.workshop.parent(collection)
        with inside(body.path):
            self._check_required(source, body, stated, back)
            address = created(place, stated, collection, parent, self.workshop)
        node = node_at(address, self.workshop.unruled)  # its relations may decide who sees it, and follow
        assert node is not None, "the entity was made in this transaction"
        for related in body.related.values():
            if not _is_tied(related.navigation):
                self._relate(node, related, is_new=True)
        return node

    def create_related(self, relation: Relation, body: EntityValue) -> Node:
        """A new entity that another one is related to from the start."""
        schema, target = self.workshop.schema, relation.target
        self._check(target, body.path, "insertable", "created")
        if target.is_contained:
            return self.create(relation.address(schema), body)
        given = self._given(relation)
        node = self.create(home_of(target), body, given, relation.back(schema))
        if not given:
            begin(relation, node, self.workshop, is_new=True)
        return node

    def update(
        self, node: Node, body: EntityValue, conditions: Conditions = UNCONDITIONAL, given: Given | None = None
    ) -> None:
        """Changes an entity, and what the body says of those around it; `given` as in `create`."""
        self._check(node.source, body.path, "updatable", "changed")
        if body.type != node.type and self.workshop.schema.is_derived(node.type, body.type):
            body = EntityValue(node.type, body.properties, body.etag, body.related, body.id, body.path)
        stated = _consistent(body.properties, self._tied(body, node, node.source), body)
        stated = _consistent(stated, given or {}, body)
        place = Place(node.source, node.type, node.key, computes=self.computes)
        with inside(body.path):
            _check_type(node, body)
            _check_tag(node, body)
            update = EntityUpdate(self.method, place, stated, node.address)
            if not changed(update, conditions, node.parent, self.workshop):
                raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")
        self.relate(node, body.related)

    def relate(self, node: Node, stated: Mapping[str, Related]) -> None:
        """Relates an entity that is there as stated, by relations that do not stand in its own properties."""
        for related in stated.values():
            if not _is_tied(related.navigation):
                self._relate(node, related, is_new=False)

    def put(self, collection: Address, item: Item) -> Node:
        """An entity of a set as a body states it: changed where it is there, else made; one that is named stays."""
        if isinstance(item, Reference):
            return self.named(item, collection.source)
        assert isinstance(item, EntityValue), "what is removed is not put"
        found = self._stated(item, home_of(collection.source))
        if found is None:
            self._check(collection.source, item.path, "insertable", "created")
            return self.create(collection, item)
        self.update(found, item)
        return found

    def put_related(self, relation: Relation, item: Item) -> Node:
        """An entity that belongs to a collection of related ones from now on."""
        return self._add(relation, item, {})

    def replace_all(self, collection: Address, items: Sequence[Item]) -> None:
        """A set has these entities from now on, and no others."""
        kept = {self.put(collection, item).key for item in items}
        for standing in self.workshop.find_all(collection.uncast):
            node = node_with(collection, standing.key, self.workshop) if standing.key not in kept else None
            if node is not None:
                self._check(collection.source, "value", "deletable", "deleted")
                remove(node, self.workshop)

    def remove_from(self, collection: Address, item: Removed) -> None:
        """Ends an entity of a set; one that is not there has ended already."""
        body, source = item.entity, collection.source
        self._check(source, body.path, "deletable", "deleted")
        if body.id is not None:
            node: Node | None = self.named(Reference(body.id, body.path), source)
        else:
            node = node_with(collection, stated_key(body, source, self.workshop), self.workshop)
        if node is not None:
            with inside(body.path):
                _check_tag(node, body)
                remove(node, self.workshop)

    def named(self, reference: Reference, target: EntitySet | None = None) -> Node:
        """The entity that a reference names, of a source where that is known."""
        return entity_named(reference, target, self.base_url, self.workshop)

    def _tied(self, body: EntityValue, node: Node | None, source: EntitySet) -> dict[str, PrimitiveValue | None]:
        """The properties by which an entity refers to others that the body names or states; these are written first."""
        tied: dict[str, PrimitiveValue | None] = {}
        for related in body.related.values():
            navigation = related.navigation
            if not _is_tied(navigation):
                continue
            target = target_of(source, body.type, navigation, related.path, self.workshop.schema)
            item = _single(related)
            if item is None:
                self._check_nullable(body.type, related)
                tied |= {constraint.property: None for constraint in navigation.referential_constraints}
            else:
                found = self._target(item, related, node, target)
                make_room(navigation, source, node, found, self.workshop)
                tied |= self._referred(navigation, found)
        return tied

    def _target(self, item: Item, related: Related, node: Node | None, target: EntitySet) -> Node:
        """The entity that a single-valued navigation property is to lead to: named, changed or made."""
        if isinstance(item, Reference):
            return entity_named(item, target, self.base_url, self.workshop)
        if isinstance(item, Removed):
            raise PayloadError("Nothing is removed here.", target=item.entity.path, hint="Write null.")
        found = self._stated(item, home_of(target)) if item.id is not None or not self.creates else None
        if found is None and node is not None and not has_key(item, target, self.workshop):
            found = node_at(self._relation(node, related).address(self.workshop.schema), self.workshop)
        if found is None:
            self._check(target, item.path, "insertable", "created")
            return self.create(home_of(target), item)
        self.update(found, item)
        return found

    def _relate(self, node: Node, related: Related, *, is_new: bool) -> None:
        """Relates an entity as the body says, by relations that do not stand in its own properties."""
        relation = self._relation(node, related)
        for reference in related.bound or ():
            self._begin(relation, reference)
        if related.bound is None:
            self._end_single(relation, related)
        if related.items is None:
            return
        if related.is_delta and (self.creates or self.method == "PUT"):
            raise PayloadError(
                "What is created has no collection that could be changed, nor has what is replaced.",
                target=related.path,
                hint=f'Write "{related.navigation.simple_name}": [...].',
            )
        if not related.navigation.collection:
            self._relate_one(relation, related)
        elif is_new and not related.is_delta:
            for item in related.items:
                self._add(relation, item, {})
        else:
            self.change_many(relation, related)

    def _relate_one(self, relation: Relation, related: Related) -> None:
        """What a single-valued navigation property leads to from now on."""
        schema = self.workshop.schema
        item = _single(related)
        if item is None:
            self._end_single(relation, related)
            return
        if isinstance(item, Reference):
            self._begin(relation, item)
            return
        if isinstance(item, Removed):
            raise PayloadError("Nothing is removed here.", target=item.entity.path, hint="Write null.")
        current = node_at(relation.address(schema), self.workshop)
        if current is not None and (
            relation.target.is_contained or _is_same(current, item, relation.target, self.workshop)
        ):
            self.update(current, item)
            return
        self._add(relation, item, {})

    def change_many(self, relation: Relation, related: Related) -> None:
        """A collection becomes what the body lists, or is changed by what it lists."""
        address = relation.address(self.workshop.schema)
        current = {standing.key: standing for standing in self.workshop.find_all(address.uncast)}
        kept: set[Keys] = set()
        for item in related.items or ():
            if isinstance(item, Removed):
                if not related.is_delta:
                    raise PayloadError(
                        "A list of all entities removes none: it leaves them out.",
                        target=item.entity.path,
                        hint=f'Write "{related.navigation.simple_name}@delta": [...].',
                    )
                self._remove(relation, item, current)
            else:
                kept.add(self._add(relation, item, current).key)
        if not related.is_delta:
            for key in current.keys() - kept:
                node = self._member(relation, key)
                assert node is not None, "the entity was found in this transaction"
                self._leave(relation, node, "changed", related.path)

    def _add(self, relation: Relation, item: Item, current: Mapping[Keys, object]) -> Node:
        """An entity that belongs to a collection from now on: named, changed, or made."""
        assert not isinstance(item, Removed), "what is removed is not added"
        if isinstance(item, Reference):
            return self._begin(relation, item, current)
        target = relation.target
        where = relation.address(self.workshop.schema) if target.is_contained else home_of(target)
        found = self._stated(item, where) if item.id is not None or not self.creates else None
        if found is None:
            return self.create_related(relation, item)
        given = self._given(relation)
        self.update(found, item, given=given)
        if found.key not in current and not given and not target.is_contained:
            begin(relation, found, self.workshop)
        return found

    def _begin(self, relation: Relation, reference: Reference, current: Mapping[Keys, object] | None = None) -> Node:
        if relation.target.is_contained:
            raise PayloadError(
                f"Entities in '{relation.navigation.name}' are contained, and have no other place.",
                target=reference.path,
                hint="State the entity itself.",
            )
        node = entity_named(reference, relation.target, self.base_url, self.workshop)
        if current is None or node.key not in current:
            begin(relation, node, self.workshop)
        return node

    def _end_single(self, relation: Relation, related: Related) -> None:
        """A single-valued navigation property leads nowhere from now on: what is contained ends."""
        node = node_at(relation.address(self.workshop.schema), self.workshop)
        if node is not None:
            self._leave(relation, node, "changed", related.path)

    def _remove(self, relation: Relation, item: Removed, current: Mapping[Keys, object]) -> None:
        """Takes an entity out of a collection; one that is not in it has left already."""
        body, target = item.entity, relation.target
        if body.id is not None:
            key = entity_named(Reference(body.id, body.path), target, self.base_url, self.workshop).key
        else:
            key = stated_key(body, target, self.workshop)
        node = self._member(relation, key) if key in current else None
        if node is not None:
            with inside(body.path):
                _check_tag(node, body)
            self._leave(relation, node, item.reason, body.path)

    def _leave(self, relation: Relation, node: Node, reason: str, path: str) -> None:
        if relation.target.is_contained or reason == "deleted":
            self._check(relation.target, path, "deletable", "deleted")
            with inside(path):
                remove(node, self.workshop)
        else:
            end(relation, node, path, self.workshop)

    def _member(self, relation: Relation, key: Keys) -> Node | None:
        return node_with(relation.address(self.workshop.schema), key, self.workshop)

    def _stated(self, item: EntityValue, collection: Address) -> Node | None:
        """The entity that is there already with the id or the key that a body states."""
        if item.id is not None:
            return entity_named(Reference(item.id, item.path), collection.source, self.base_url, self.workshop)
        if not has_key(item, collection.source, self.workshop):
            return None
        return node_with(collection, stated_key(item, collection.source, self.workshop), self.workshop)

    def _relation(self, node: Node, related: Related) -> Relation:
        return relation_of(node, related.navigation, related.path, self.workshop)

    def _given(self, relation: Relation) -> Given:
        """The properties by which a related entity refers back; none where the relation stands elsewhere."""
        back = None if relation.target.is_contained else relation.back(self.workshop.schema)
        return self._referred(back, relation.origin) if back is not None and _is_tied(back) else {}

    def _check_nullable(self, holder: str, related: Related) -> None:
        parts = self.workshop.schema.properties(holder)
        held = [parts[part.property] for part in related.navigation.referential_constraints]
        if not related.navigation.nullable or not all(part.type.nullable for part in held):
            raise PayloadError(
                f"'{related.navigation.name}' must lead somewhere.", target=related.path, hint="Name another entity."
            )

    def _check_required(
        self, source: EntitySet, body: EntityValue, stated: Stated, back: NavigationProperty | None
    ) -> None:
        """A new entity leads wherever it must (CSDL 8.2)."""
        for navigation in self.workshop.required(source, body.type):
            related = body.related.get(navigation.name)
            is_stated = related is not None and bool(related.bound or related.items)
            if navigation != back and not is_stated and not _leads_on(navigation, stated):
                name = navigation.name
                raise Incomplete(
                    f"'{name}' must lead somewhere.",
                    target=name,
                    hint=f'Add "{navigation.simple_name}@odata.bind": "Set(…)", or the entity itself.',
                )

    def _referred(self, navigation: NavigationProperty, node: Node) -> dict[str, PrimitiveValue | None]:
        """The values of the properties that refer to an entity."""
        schema = self.workshop.schema
        parts = schema.key_leaves(node.source.entity_type) if not node.source.is_single else ()
        known = dict(zip((leaf.path for _, leaf in parts), node.key, strict=True))
        wanted = [constraint.referenced_property for constraint in navigation.referential_constraints]
        others = [leaf for path, leaf in schema.leaves(node.source.entity_type).items() if path in {*wanted} - {*known}]
        if others:
            found = self.workshop.leaves(node.address, others)
            assert found is not None, "the entity is there"
            known |= found[1]
        return {part.property: known[part.referenced_property] for part in navigation.referential_constraints}

    def _check(self, source: EntitySet, path: str, capability: str, what: str) -> None:
        """What a set does not take by its own URL it does not take inside other entities."""
        if path and not self.computes and not getattr(source.capabilities, capability):
            raise PayloadError(f"Entities of '{source.name}' are not {what}.", target=path, hint="Refer to one by @id.")


def _is_tied(navigation: NavigationProperty) -> bool:
    """Whether an entity refers to what a navigation property leads to by properties of its own."""
    constraints = navigation.referential_constraints
    return not navigation.collection and bool(constraints) and all("/" not in part.property for part in constraints)


def _single(related: Related) -> Item | None:
    """The one entity that a body names or states; None for null."""
    items: tuple[Item, ...] = (*(related.bound or ()), *(related.items or ()))
    if len(items) > 1:
        raise PayloadError(
            f"'{related.navigation.name}' is stated, and bound to another entity.",
            target=related.path,
            hint="Leave one of the two out.",
        )
    return items[0] if items else None


def _consistent(stated: Stated, given: Given, body: EntityValue) -> Stated:
    """What is stated of an entity with the properties that its relations give; both may state one if they agree."""
    for name, value in given.items():
        if name in stated and stated[name] != value:
            target = f"{body.path}/{name}" if body.path else name
            raise PayloadError(
                f"'{name}' says that the entity is related to another one than the body or the URL says.",
                target=target,
                hint="Leave it out.",
            )
    return {**stated, **given} if given else stated


def _parts(source: EntitySet, workshop: Workshop) -> Iterator[str]:
    if not source.is_single:
        yield from (leaf.path for _, leaf in workshop.schema.key_leaves(source.entity_type))


def _value_at(body: EntityValue, path: str) -> object:
    return _stated_at(body.properties, path)


def _stated_at(stated: Stated, path: str) -> object:
    """What is stated of the property at a path, which may lead through complex values."""
    first, _, rest = path.partition("/")
    value = stated.get(first)
    return value if not rest else _stated_at(getattr(value, "properties", {}), rest)


def has_key(body: EntityValue, source: EntitySet, workshop: Workshop) -> bool:
    """Whether a body states every part of its entity's key."""
    return all(_value_at(body, path) is not None for path in _parts(source, workshop))


def stated_key(body: EntityValue, source: EntitySet, workshop: Workshop) -> Keys:
    """The key that a body states; `PayloadError` where it does not state all of it."""
    key = []
    for path in _parts(source, workshop):
        value = _value_at(body, path)
        if not isinstance(value, PrimitiveValue):
            raise PayloadError(
                f"Which entity is meant is not said: '{path}' is missing.",
                target=body.path,
                hint=f'State "{path}", or "@id".',
            )
        key.append(value)
    return tuple(key)


def _is_same(node: Node, body: EntityValue, source: EntitySet, workshop: Workshop) -> bool:
    """Whether a body may be about an entity: it states no other key, and names no entity."""
    return body.id is None and (not has_key(body, source, workshop) or stated_key(body, source, workshop) == node.key)


def _check_type(node: Node, body: EntityValue) -> None:
    if body.type != node.type:
        raise PayloadError(
            f"The entity is a '{node.type}', and its type cannot become '{body.type}'.",
            target="@odata.type",
            hint=f'Write "#{node.type}", or leave it out; delete the entity to create one of another type.',
        )


def _check_tag(node: Node | None, body: EntityValue) -> None:
    """An ETag beside a nested entity is a condition, which one that is not there fails (JSON Format 4.5.10)."""
    tags = read_tags("@etag", body.etag) if body.path else None
    if tags is not None and node is None:
        raise PreconditionFailed("There is no such entity, so that its ETag cannot hold.", target="@etag")
    if tags is not None and node is not None and not tags.match(etag_of(node.version)):
        raise PreconditionFailed("The entity has changed since this ETag was read.", target="@etag")


def upserted(place: Place, body: EntityValue, workshop: Workshop) -> EntityValue:
    """A body with the key that the URL gives."""
    stated = with_key(body.properties, place, workshop.schema)
    return EntityValue(body.type, stated, body.etag, body.related, body.id, body.path)


def stands_alone(body: EntityValue, source: EntitySet, workshop: Workshop) -> bool:
    """Whether a new entity is made of nothing but what its body states of itself."""
    return not body.related and all(
        _leads_on(navigation, body.properties) for navigation in workshop.required(source, body.type)
    )


def _leads_on(navigation: NavigationProperty, stated: Stated) -> bool:
    """Whether an entity refers by properties of its own to what a navigation property leads to."""
    tied = [part.property for part in navigation.referential_constraints]
    return bool(tied) and all(_stated_at(stated, path) is not None for path in tied)
