"""PATCH and PUT of a collection: changes to it, or all that it is to have (Protocol 11.4.12, 11.4.13).

One transaction holds all of it. With `continue-on-error` a change that fails is undone alone, and the answer tells why.
"""

from collections.abc import Iterator, Mapping, Sequence

import orjson
from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.json_text import write_exact
from odata_service.errors import ODataError, PayloadError, did_you_mean
from odata_service.payload import (
    EntityReader,
    EntityValue,
    LinkChange,
    Reference,
    Related,
    Removed,
    StatedItem,
    collection_url,
    entity_url,
    item_value,
    read_changes,
    read_collection,
)
from odata_service.service.address import Address
from odata_service.service.body import check_json
from odata_service.service.conditional import check_of_many
from odata_service.service.failed_items import FailedItem, context_kind, is_removal, of_key
from odata_service.service.graph import Graph, has_key, stated_key
from odata_service.service.message import Response
from odata_service.service.preferences import applied_headers, continuing
from odata_service.service.read import VARY, success_headers
from odata_service.service.relations import (
    Node,
    Relation,
    begin,
    changing_relations,
    end,
    node_at,
    reader_of,
    relation_at,
    relation_of,
)
from odata_service.service.shown import expanded_as_all
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked, conditions_for, entity_as_written
from odata_service.storage import Contention


class _Done(Struct, frozen=True):
    """What became of an item: the entity that it is about from now on, or that it failed; neither for what has gone."""

    stated: StatedItem
    node: Node | None = None
    failed: FailedItem | None = None


def change_collection(asked: Asked, workshop: Workshop) -> Response:
    """PATCH: 204, or the changes as they were made; PUT: 204, or all entities."""
    check_json(asked.request.headers.get("content-type", ""))
    check_of_many(conditions_for(asked, workshop))
    if asked.request.method == "PUT":
        return _replace(asked, workshop)
    limits, declared = workshop.settings.limits, asked.address.path.type.name
    items = read_changes(asked.request.body, declared, reader_of(asked.request.base_url, workshop), limits)
    preferred = continuing(asked.request.headers.get("prefer", ""))
    continues = preferred is not None and preferred[1]
    for stated in items:
        if isinstance(stated.item, PayloadError) and not continues:
            raise stated.item
    changes = _Changes(Graph(workshop, asked.request.base_url), asked.address, workshop)
    with workshop.transaction():
        done = [changes.tried(stated) if continues else changes.made(stated) for stated in items]
        if asked.context.preferences.returned != "representation" and not any(part.failed for part in done):
            return Response(204, _headers(asked))
        return _answer(done, asked, workshop)


def _replace(asked: Asked, workshop: Workshop) -> Response:
    declared, address = asked.address.path.type.name, asked.address
    items = read_collection(
        asked.request.body, declared, reader_of(asked.request.base_url, workshop), workshop.settings.limits
    )
    graph = Graph(workshop, asked.request.base_url, "PUT")
    with workshop.transaction():
        relation = relation_at(address, workshop)
        if relation is not None:
            graph.change_many(relation, Related(relation.navigation, "value", items=items))
        else:
            graph.replace_all(address, items)
    return Response(204, _headers(asked))


class _Changes(Struct, frozen=True):
    """The items of a body, each made at a collection."""

    graph: Graph
    address: Address
    workshop: Workshop

    def tried(self, stated: StatedItem) -> _Done:
        """An item made, or why not: whatever it has done until then is undone."""
        try:
            with self.workshop.alone():
                return self.made(stated)
        except Contention:
            raise
        except ODataError as error:
            return _Done(stated, failed=self._failed(stated, error))

    def made(self, stated: StatedItem) -> _Done:
        """An item made, and the entity that it is about."""
        item, graph = stated.item, self.graph
        if isinstance(item, PayloadError):
            raise item
        if isinstance(item, LinkChange):
            self._link(item)
            return _Done(stated)
        relation = relation_at(self.address, self.workshop)
        if relation is not None:
            if not isinstance(item, Removed):
                return _Done(stated, graph.put_related(relation, item))
            graph.change_many(relation, Related(relation.navigation, "value", items=(item,), is_delta=True))
            return _Done(stated)
        if isinstance(item, Removed):
            graph.remove_from(self.address, item)
            return _Done(stated)
        return _Done(stated, graph.put(self.address, item))

    def _failed(self, stated: StatedItem, error: ODataError) -> FailedItem:
        members, source = stated.members, self.address.source
        relation = relation_at(self.address, self.workshop)
        kind = context_kind(members)
        if kind in {"$link", "$deletedLink"}:
            return FailedItem(members, error, "link" if kind == "$link" else "unlink", is_link=True)
        if isinstance(stated.item, Reference):
            return FailedItem(members, error, "link" if relation is not None else "update")
        if is_removal(members):
            item = stated.item
            ends = relation is None or source.is_contained or not isinstance(item, Removed) or item.reason == "deleted"
            return FailedItem(members, error, "delete" if ends else "unlink")
        id = self._unmade(stated)
        return FailedItem(members, error, "update" if id is None else "insert", id or None)

    def _unmade(self, stated: StatedItem) -> str | None:
        """The URL of the entity that an item was to make, empty where its key is not known; None where it is there."""
        source, workshop = self.address.source, self.workshop
        reader = EntityReader(reader_of(self.graph.base_url, workshop), 1)
        try:
            item = item_value(
                of_key(stated.members, source.entity_type, workshop.schema), source.entity_type, "", reader
            )
        except PayloadError:
            return ""
        if not isinstance(item, EntityValue) or item.id is not None:
            return None
        if not has_key(item, source, workshop):
            return ""
        key = stated_key(item, source, workshop)
        address = workshop.keyed(self.address, key) if source.is_contained else workshop.at(source, key)
        return None if workshop.look(address) is not None else entity_url(address.path, address.keys)

    def _link(self, change: LinkChange) -> None:
        workshop, graph = self.workshop, self.graph
        source = graph.named(change.source)
        navigation = workshop.schema.navigation_properties(source.type).get(change.relationship)
        if navigation is None:
            known = list(workshop.schema.navigation_properties(source.type))
            raise PayloadError(
                f"'{change.relationship}' is no navigation property of '{source.type}'.",
                target=f"{change.path}/relationship",
                hint=did_you_mean(change.relationship, known),
            )
        relation = relation_of(source, navigation, f"{change.path}/relationship", workshop)
        if relation.target.is_contained:
            raise PayloadError("Contained entities have no other place.", target=change.path, hint="State the entity.")
        target = self._target(change, relation)
        if target is None:
            return
        with changing_relations(relation, workshop):
            if change.ends:
                end(relation, target, change.path, workshop)
            else:
                begin(relation, target, workshop)

    def _target(self, change: LinkChange, relation: Relation) -> Node | None:
        if change.target is not None:
            return self.graph.named(change.target, relation.target)
        if relation.navigation.collection:
            raise PayloadError("Which link has ended is not said.", target=f"{change.path}/target", hint="Add target.")
        return node_at(relation.address(self.workshop.schema), self.workshop)


def _headers(asked: Asked) -> dict[str, str]:
    returned = asked.context.preferences.returned
    applied = _applied(asked, "minimal" if returned == "minimal" else None)
    return {**applied, "OData-Version": asked.context.version, "Vary": VARY}


def _applied(asked: Asked, returned: str | None) -> dict[str, str]:
    """Which preferences the answer follows, each by the name that the client has for it."""
    applied = applied_headers(asked.context.preferences, returned=returned)
    continues = continuing(asked.request.headers.get("prefer", ""))
    named = (applied.get("Preference-Applied"), continues[0] if continues is not None else None)
    listed = ", ".join(name for name in named if name is not None)
    return {"Preference-Applied": listed} if listed else {}


def _answer(done: Sequence[_Done], asked: Asked, workshop: Workshop) -> Response:
    """The changes as they were made, in the order of the request."""
    bodies = [part.stated.item for part in done if isinstance(part.stated.item, EntityValue)]
    declared = asked.address.path.type.name
    text = expanded_as_all(bodies, declared, workshop.schema)
    if text and not asked.query.options.expand:
        options = replace(asked.query.options, expand=workshop.options_of(text, declared, asked.address.source).expand)
        query = "&".join(part for part in (asked.request.query, text) if part)
        asked = replace(asked, request=replace(asked.request, query=query), query=replace(asked.query, options=options))
    items = list(_items(done, asked, workshop))
    context = asked.context
    returned = "representation" if context.preferences.returned == "representation" else None
    headers = {**success_headers(context), **_applied(asked, returned)}
    home = workshop.read_by_key(asked.query, asked.address, asked.request.query, context)
    url = f"{home.url.text(asked.request.base_url, asked.address.keys)}/$delta"
    document: dict[str, object] = {} if context.format.metadata_level == "none" else {"@odata.context": url}
    return Response(200, headers, orjson.dumps({**document, "value": items}))


def _items(done: Sequence[_Done], asked: Asked, workshop: Workshop) -> Iterator[object]:
    source, address = asked.address.source, asked.address
    root = collection_url(address.path, address.keys) if source.is_contained else source.name
    home = f"{asked.request.base_url}$metadata#{root}"
    for part in done:
        if part.failed is not None:
            yield _written(part.failed.told(home, asked.context.version))
        elif part.node is None:
            yield _written(part.stated.members)
        else:
            then = workshop.read_by_key(asked.query, part.node.address, asked.request.query, asked.context)
            shown = entity_as_written(then, part.node.address, asked.request, workshop)
            yield {
                "@odata.id": asked.request.base_url + entity_url(part.node.address.path, part.node.address.keys),
                **shown,
            }


def _written(members: Mapping[str, object]) -> dict[str, object]:
    """Members with their numbers as they were stated."""
    return {name: orjson.Fragment(write_exact(value).encode()) for name, value in members.items()}
