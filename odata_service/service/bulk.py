"""PATCH and DELETE of every entity at a path: `/$each`, in one transaction (Protocol 11.4.12, 11.4.13)."""

from dataclasses import replace

from odata_service.edm.model import EntitySet
from odata_service.errors import NotSupported
from odata_service.payload import read_entity
from odata_service.plan.write import Place
from odata_service.semantics.constants import with_values
from odata_service.semantics.resolved import EntitySetStep, GivenStep, ResourcePath
from odata_service.service.address import Address, key_values, keyed_path
from odata_service.service.body import check_json
from odata_service.service.call import changed, removed
from odata_service.service.conditional import conditions_of
from odata_service.service.entities import Entities
from odata_service.service.given import answer_given
from odata_service.service.message import Response
from odata_service.service.read import VARY
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked


def change_each(asked: Asked, workshop: Workshop) -> Response:
    """Changes or deletes every entity at the path; a failure of one leaves all as they were."""
    conditions_of(asked.request.headers, required=workshop.settings.require_etag)
    path = replace(with_values(asked.query.path, asked.values), is_each=False)
    assert path.entity_set is not None, "entities live in a source"
    _check_source(path.entity_set)
    keyed, keys = keyed_path(path)
    entities = Entities(Address(keyed, key_values(keys, asked.values)), workshop)
    if asked.request.method == "PATCH":
        return _patch(entities, path, asked, workshop)
    with workshop.store.transaction():
        for entity in entities:
            removed(entity, workshop)
    return Response(204, {"OData-Version": asked.context.version})


def _patch(entities: Entities, path: ResourcePath, asked: Asked, workshop: Workshop) -> Response:
    check_json(asked.request.headers.get("content-type", ""))
    body = read_entity(asked.request.body, path.type.name, workshop.reader, workshop.settings.limits)
    source = entities.address.source
    steps = (EntitySetStep(source), GivenStep())
    with workshop.store.transaction():
        found = entities.read()
        for entity in found:
            changed(Place(source, entity.type, entity.key), body.properties, workshop)
        returned = asked.context.preferences.returned
        applied = {} if returned is None else {"Preference-Applied": f"return={returned}"}
        if returned == "minimal":
            return Response(204, {**applied, "OData-Version": asked.context.version, "Vary": VARY})
        query = replace(asked.query, path=ResourcePath(steps, path.type, source))
        answer = answer_given(query, [entity.key for entity in found], asked, workshop)
    answer.headers.update(applied)
    return answer


def _check_source(source: EntitySet) -> None:
    if source.is_contained:
        raise NotSupported("Contained entities are changed one by one.", hint="Send a PATCH or DELETE for each.")
