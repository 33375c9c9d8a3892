"""POST, PUT and DELETE of references: which entities are related, by `/$ref` (Protocol 11.4.6)."""

from collections.abc import Sequence

from msgspec.structs import replace

from odata_service.edm.model import NavigationProperty
from odata_service.errors import NotFound, PreconditionFailed, SemanticError
from odata_service.payload import Reference, etag_of, read_reference, read_references
from odata_service.semantics.resolved import KeyStep, NavigationStep
from odata_service.service.address import Address, Keys, key_values, keyed_path
from odata_service.service.body import check_json
from odata_service.service.changes import moves_on
from odata_service.service.conditional import conditions_of, demands_etag
from odata_service.service.message import Response
from odata_service.service.read import no_content
from odata_service.service.relations import (
    Node,
    Relation,
    begin,
    changing_relations,
    end,
    entity_named,
    entity_there,
    node_at,
    node_with,
    relation_at,
)
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked


def change_reference(asked: Asked, workshop: Workshop) -> Response:
    """Relates the entity before a navigation property to others, or ends relations."""
    with workshop.transaction():
        relation = _relation(asked, workshop)
        _check_conditions(relation.origin, asked, workshop)
        with changing_relations(relation, workshop):
            _change(relation, asked, workshop)
    return no_content(asked.context)


def _change(relation: Relation, asked: Asked, workshop: Workshop) -> None:
    if asked.request.method == "DELETE":
        for node in _ended(relation, asked, workshop):
            end(relation, node, "", workshop)
        return
    wanted = [_named(reference, relation, asked, workshop) for reference in _references(asked, workshop)]
    if asked.request.method == "PUT" and relation.navigation.collection:
        kept = {node.key for node in wanted}
        for node in _related(relation, workshop):
            if node.key not in kept:
                end(relation, node, "", workshop)
    for node in wanted:
        begin(relation, node, workshop)


def _check_conditions(origin: Node, asked: Asked, workshop: Workshop) -> None:
    """If-Match and If-None-Match speak of the entity whose relation is changed: of many that know it one may do so."""
    required = demands_etag(origin.source, workshop.settings)
    conditions, tag = conditions_of(asked.request.headers, required=required), etag_of(origin.version)
    match = conditions.match
    is_met = match is None or match.any
    if match is not None and match.match(tag):
        is_met = is_met or moves_on(origin.place, origin.version, origin.parent, workshop)
    if not is_met:
        raise PreconditionFailed("The entity has changed since this ETag was read.", target="If-Match")
    if conditions.none_match is not None and conditions.none_match.match(tag):
        raise PreconditionFailed("The entity exists in the state that If-None-Match rules out.", target="If-None-Match")


def _relation(asked: Asked, workshop: Workshop) -> Relation:
    """The relation that the path ends in, a key may stand behind it; `NotFound` where it begins nowhere."""
    path = asked.query.path
    place = max(place for place, step in enumerate(path.steps) if isinstance(step, NavigationStep))
    step = path.steps[place]
    assert isinstance(step, NavigationStep), "the place is that of a navigation step"
    keyed, keys = keyed_path(replace(path, steps=path.steps[: place + 1], entity_set=step.target))
    relation = relation_at(Address(keyed, key_values(keys, asked.values)), workshop)
    assert relation is not None, "the path ends in navigation"
    return relation


def _references(asked: Asked, workshop: Workshop) -> Sequence[str]:
    """The ids in the body: one, or those that replace all others."""
    check_json(asked.request.headers.get("content-type", ""))
    body, limits = asked.request.body, workshop.settings.limits
    if asked.request.method == "PUT" and asked.query.path.type.collection:
        return read_references(body, limits)
    return [read_reference(body, limits)]


def _named(identifier: str, relation: Relation, asked: Asked, workshop: Workshop) -> Node:
    return entity_named(Reference(identifier, "@odata.id"), relation.target, asked.request.base_url, workshop)


def _ended(relation: Relation, asked: Asked, workshop: Workshop) -> list[Node]:
    """The entities that a relation is ended with: behind the property, in `$id`, or all that there are."""
    last, navigation = asked.query.path.steps[-1], relation.navigation
    if isinstance(last, KeyStep) and last.is_alternate:
        keyed, keys = keyed_path(asked.query.path)
        named = node_at(Address(keyed, key_values(keys, asked.values)), workshop)
        if named is None:
            raise NotFound("No entity that is related has this alternate key.")
        key = named.key
    elif isinstance(last, KeyStep):
        key = key_values([part.value for part in last.key], asked.values)
    elif asked.query.id is not None:
        reference = Reference(asked.query.id, "$id")
        there = entity_there(reference, relation.target, asked.request.base_url, workshop)
        if there is None:
            raise _not_related(navigation)
        key = there.key
    elif navigation.collection and asked.context.version == "4.0":
        # In 4.0 a DELETE names one reference: a client that has forgotten $id must not lose all (Protocol 11.4.6.2).
        raise SemanticError(
            "Which reference is to be removed is not said.",
            target="$id",
            hint="Add $id=Set('key'), or write nav('key'); in 4.01 (OData-Version: 4.01) this removes all.",
        )
    else:
        found = _related(relation, workshop)
        if not found and not navigation.collection:
            raise NotFound(f"'{navigation.name}' is null already.")
        return found
    node = next((node for node in _related(relation, workshop, key)), None)
    if node is None:
        raise _not_related(navigation)
    return [node]


def _not_related(navigation: NavigationProperty) -> NotFound:
    return NotFound(f"'{navigation.name}' does not lead to this entity.")


def _related(relation: Relation, workshop: Workshop, key: Keys | None = None) -> list[Node]:
    """The entities that the navigation property leads to, or the one of them that has a key."""
    address = relation.address(workshop.schema)
    if not relation.navigation.collection:
        node = node_at(address, workshop)
        return [node] if node is not None and key in (None, node.key) else []
    keys = [standing.key for standing in workshop.find_all(address)] if key is None else [key]
    found = (node_with(address, known, workshop) for known in keys)
    return [node for node in found if node is not None]
