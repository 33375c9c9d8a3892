"""PATCH and DELETE of every entity at a path: `/$each`, in one transaction (Protocol 11.4.14, 11.4.15)."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext

from msgspec import Struct
from msgspec.structs import replace

from odata_service.errors import ODataError
from odata_service.payload import entity_url, failed_change, write_collection
from odata_service.semantics.constants import with_values
from odata_service.semantics.resolved import EntitySetStep, GivenStep, ResourcePath
from odata_service.service.address import Address, key_values, keyed_path
from odata_service.service.conditional import check_of_many
from odata_service.service.given import answer_given
from odata_service.service.graph import Graph
from odata_service.service.message import Response
from odata_service.service.preferences import continuing
from odata_service.service.read import no_content, success_headers
from odata_service.service.relations import Node, node_with, remove
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked, check_deep, conditions_for, entity_as_written, read_body
from odata_service.storage import Contention


class _Each(Struct, frozen=True):
    """The change of every entity, one after the other: with `continues` one that fails is undone alone."""

    asked: Asked
    workshop: Workshop
    change: Callable[[Node], None]
    operation: str
    continues: bool

    def run(self, nodes: Sequence[Node]) -> dict[str, ODataError]:
        """Changes all; why some failed, by the URL of the entity."""
        failures: dict[str, ODataError] = {}
        for node in nodes:
            try:
                with self.workshop.alone() if self.continues else nullcontext():
                    self.change(node)
            except Contention:
                raise
            except ODataError as error:
                if not self.continues:
                    raise
                failures[_url(node, self.asked)] = error
        return failures


def change_each(asked: Asked, workshop: Workshop) -> Response:
    """Changes or deletes every entity at the path; a failure of one leaves all as they were, unless others go on."""
    check_of_many(conditions_for(asked, workshop))
    path = replace(with_values(asked.query.path, asked.values), is_each=False)
    keyed, keys = keyed_path(path)
    address = Address(keyed, key_values(keys, asked.values))
    preferred = continuing(asked.request.headers.get("prefer", ""))
    continues = preferred is not None and preferred[1]
    if asked.request.method == "PATCH":
        body = read_body(asked.request, path.type.name, workshop)
        check_deep(body.related, asked)
        graph = Graph(workshop, asked.request.base_url)
        each = _Each(asked, workshop, lambda node: graph.update(node, body), "update", continues)
    else:
        each = _Each(asked, workshop, lambda node: remove(node, workshop), "delete", continues)
    with workshop.transaction():
        nodes = _nodes(address, workshop)
        failures = each.run(nodes)
        answer = _answer(nodes, failures, each, address)
    applied = [] if asked.context.preferences.returned is None else [f"return={asked.context.preferences.returned}"]
    applied += [preferred[0]] if preferred is not None else []
    if applied and (asked.request.method == "PATCH" or preferred is not None):
        answer.headers["Preference-Applied"] = ", ".join(applied)
    return answer


def _answer(nodes: Sequence[Node], failures: Mapping[str, ODataError], each: _Each, address: Address) -> Response:
    """The entities as they are now, and why some are not what they were to be; nothing where nothing is to be told."""
    asked, workshop = each.asked, each.workshop
    is_silent = each.operation == "delete" or asked.context.preferences.returned == "minimal"
    if is_silent and not failures:
        return no_content(asked.context)
    source = address.source
    if failures or source.is_contained:
        return _one_by_one(nodes, failures, each, address)
    path = ResourcePath((EntitySetStep(source), GivenStep()), asked.query.path.type, source)
    return answer_given(replace(asked.query, path=path), [node.key for node in nodes], asked, workshop)


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


def _one_by_one(nodes: Sequence[Node], failures: Mapping[str, ODataError], each: _Each, address: Address) -> Response:
    """Entities that no key tells apart outside their container, or some of which failed: each is read at its place."""
    asked, workshop = each.asked, each.workshop
    context, options = asked.context, asked.request.query
    whole = workshop.read_by_key(asked.query, address, options, context)
    objects: list[dict[str, object]] = []
    for node in nodes:
        url = _url(node, asked)
        if url in failures:
            objects.append({"@odata.id": url, **failed_change(failures[url], each.operation)})
        elif each.operation == "update":
            then = workshop.read_by_key(asked.query, node.address, options, context)
            objects.append(entity_as_written(then, node.address, asked.request, workshop))
    url = whole.url.text(asked.request.base_url, address.keys)
    body = write_collection(objects, context=url, count=None, links={}, format=context.format)
    return Response(200, success_headers(context), body)


def _url(node: Node, asked: Asked) -> str:
    return asked.request.base_url + entity_url(node.address.path, node.address.keys)
