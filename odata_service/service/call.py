"""What the body of an operation works with: the entities of the service, read and changed in the call's transaction."""

from msgspec import Struct, field
from peewee import Table

from odata_service.edm.operations import Operation
from odata_service.errors import NotFound, did_you_mean
from odata_service.plan.write import Place
from odata_service.semantics.resolved import MEDIA
from odata_service.service.address import Address, step_from
from odata_service.service.changes import UNCONDITIONAL, EntityUpdate, created, ended
from odata_service.service.entities import Entities, Entity, address_of, entities_of
from odata_service.service.graph import Graph
from odata_service.service.media import put_stream
from odata_service.service.message import Principal, Request
from odata_service.service.native_bodies import native_body
from odata_service.service.relations import node_at
from odata_service.service.updates import changed
from odata_service.service.workshop import Workshop


class Call(Struct, frozen=True):
    """One call of an operation's body, or of a hook, which belongs to no operation.

    Hooks and the body of an action run inside a transaction that is committed when they return and undone when they
    raise. Where another transaction comes in between, the whole is run again: they change nothing but entities.
    `made` are the entities that it has created.
    """

    request: Request
    workshop: Workshop
    operation: Operation | None = None
    made: list[Entity] = field(default_factory=list)

    @property
    def principal(self) -> Principal | None:
        """Who has sent the request, where that is known."""
        return self.request.principal

    def entities(self, name: str) -> Entities:
        """The entities of a set, or of a singleton."""
        source = self.workshop.schema.source(name)
        if source is None or source.is_contained:
            known = [child.name for child in self.workshop.schema.container.children()]
            raise ValueError(f"There is no entity set '{name}'. {did_you_mean(name, known) or ''}".strip())
        return entities_of(source, self.workshop)

    def read(self, name: str, options: str = "", /, **values: object) -> list[Entity]:
        """The entities of a set that query options leave; see `Entities.read`."""
        return self.entities(name).read(options, **values)

    def table(self, name: str) -> Table:
        """The table of a set as peewee knows it, for questions that no query option asks.

        Columns and values are as docs/storage.md says. It is asked inside the transaction, if there is one. Changes go
        through `create`, `update` and `delete`, which keep versions and what belongs to an entity.
        """
        return self.workshop.store.table(self.entities(name).address.source)

    def related(self, entity: Entity, name: str) -> Entities:
        """What a navigation property of an entity leads to: contained entities, or others."""
        schema = self.workshop.schema
        navigation = schema.navigation_properties(entity.type).get(name)
        step = None if navigation is None else step_from(entity.source, entity.type, navigation, schema)
        if step is None:
            known = list(schema.navigation_properties(entity.type))
            raise ValueError(f"'{entity.type}' leads nowhere by '{name}'. {did_you_mean(name, known) or ''}".strip())
        return Entities(address_of(entity, self.workshop).towards(step), self.workshop)

    def create(self, place: str | Entities, values: dict[str, object]) -> Entity:
        """A new entity of a set, or among those that one contains; `@odata.type` in the values says its type.

        A navigation property among them leads to entities that are there, or to new ones; see `native_bodies`.
        """
        workshop = self.workshop
        collection = (self.entities(place) if isinstance(place, str) else place).address.uncast
        source = collection.source
        if not (source.is_contained or isinstance(place, str)):
            raise ValueError(f"Create it by the name of its set, '{source.name}': no entity contains it.")
        body = native_body(values, source.entity_type, workshop)
        if body.related:
            made = self._at(self._graph(creates=True).create(collection, body).address)
        else:
            new, parent = Place(source, body.type, computes=True), workshop.parent(collection)
            made = self._at(created(new, body.properties, collection, parent, workshop))
        self.made.append(made)
        return made

    def update(self, entity: Entity, /, **values: object) -> Entity:
        """An entity after a change of these of its properties, and of what its navigation properties lead to."""
        body = native_body(values, entity.type, self.workshop)
        place = Place(entity.source, entity.type, entity.key, computes=True)
        address = address_of(entity, self.workshop)
        if body.related:
            node = node_at(address, self.workshop)
            if node is None:
                raise _ended(place)
            self._graph().update(node, body)
            return self._at(address)
        update = EntityUpdate("PATCH", place, body.properties, address)
        if not changed(update, UNCONDITIONAL, self._parent(address), self.workshop):
            raise _ended(place)
        return self._at(address)

    def delete(self, entity: Entity) -> None:
        """Ends an entity, and what it contains."""
        workshop = self.workshop
        address = address_of(entity, workshop)
        parent = self._parent(address)
        ended(Place(entity.source, entity.type, entity.key), address, UNCONDITIONAL, parent, workshop)

    def put_stream(self, entity: Entity, content: bytes, media_type: str, name: str = MEDIA) -> Entity:
        """An entity after its stream has new content: its own, or that of a stream property."""
        found = self.workshop.look_at_stream(self.workshop.at(entity.source, entity.key), name)
        if found is None:
            raise _ended(Place(entity.source, entity.type, entity.key))
        put_stream(found[0], name, (media_type, content), self.workshop)
        return self.update(entity)

    def _graph(self, *, creates: bool = False) -> Graph:
        return Graph(self.workshop, self.request.base_url, creates=creates, computes=True)

    def _parent(self, address: Address) -> str | None:
        """The name of the entity that contains what is at an address, or None: what has ended with it is not there."""
        container = address.container
        standing = None if container is None else self.workshop.look(container)
        return None if standing is None else standing.name

    def _at(self, address: Address) -> Entity:
        (found,) = Entities(address, self.workshop).read()
        return found


def _ended(place: Place) -> NotFound:
    return NotFound(f"The entity {place.key} of '{place.source.name}' does not exist any longer.")
