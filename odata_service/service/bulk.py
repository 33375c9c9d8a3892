"""PATCH and DELETE of every entity at a path: `/$each`, in one transaction (Protocol 11.4.14, 11.4.15)."""

from collections.abc import Sequence
from dataclasses import replace

from odata_service.payload import write_collection
from odata_service.semantics.constants import with_values
from odata_service.semantics.resolved import EntitySetStep, GivenStep, ResourcePath
from odata_service.service.address import Address, key_values, keyed_path
from odata_service.service.conditional import conditions_of
from odata_service.service.given import answer_given
from odata_service.service.graph import Graph
from odata_service.service.message import Response
from odata_service.service.read import VARY, success_headers
from odata_service.service.relations import Node, node_with, remove
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked, check_deep, entity_as_written, read_body


def change_each(asked: Asked, workshop: Workshop) -> Response:
    """Changes or deletes every entity at the path; a failure of one leaves all as they were."""
    conditions_of(asked.request.headers, required=workshop.settings.require_etag)
    path = replace(with_values(asked.query.path, asked.values), is_each=False)
    keyed, keys = keyed_path(path)
    address = Address(keyed, key_values(keys, asked.values))
    if asked.request.method == "PATCH":
        return _patch(address, path, asked, workshop)
    with workshop.store.transaction():
        for node in _nodes(address, workshop):
            remove(node, workshop)
    return Response(204, {"OData-Version": asked.context.version})


def _nodes(address: Address, workshop: Workshop) -> list[Node]:
    """The entities at an address, each where it lives."""
    found = []
    for standing in workshop.find_all(address):
        if address.source.is_contained:
            node = node_with(address, standing.key, workshop)
            assert node is not None, "the entity was found in this transaction"
        else:
            home = workshop.at(address.source, standing.key)
            node = Node(home, standing.entity_type, standing.version, standing.key, standing.name, None)
        found.append(node)
    return found


def _patch(address: Address, path: ResourcePath, asked: Asked, workshop: Workshop) -> Response:
    body = read_body(asked.request, path.type.name, workshop)
    check_deep(body, asked)
    graph = Graph(workshop, asked.request.base_url)
    with workshop.store.transaction():
        nodes = _nodes(address, workshop)
        for node in nodes:
            graph.update(node, body)
        returned = asked.context.preferences.returned
        applied = {} if returned is None else {"Preference-Applied": f"return={returned}"}
        if returned == "minimal":
            return Response(204, {**applied, "OData-Version": asked.context.version, "Vary": VARY})
        answer = _contained(nodes, address, asked, workshop) if address.source.is_contained else None
        if answer is None:
            source = address.source
            query = replace(asked.query, path=ResourcePath((EntitySetStep(source), GivenStep()), path.type, source))
            answer = answer_given(query, [node.key for node in nodes], asked, workshop)
    answer.headers.update(applied)
    return answer


def _contained(nodes: Sequence[Node], address: Address, asked: Asked, workshop: Workshop) -> Response:
    """Entities that no key tells apart but inside what contains them: each is read at its address."""
    context, options = asked.context, asked.request.query
    whole = workshop.read_by_key(asked.query, address, options, context)
    objects = []
    for node in nodes:
        then = workshop.read_by_key(asked.query, node.address, options, context)
        objects.append(entity_as_written(then, node.address, asked.request, workshop))
    url = whole.url.text(asked.request.base_url, address.keys)
    body = write_collection(objects, context=url, count=None, next_link=None, format=context.format)
    return Response(200, success_headers(context), body)
