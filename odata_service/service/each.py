"""Actions that are applied to each entity of a collection: `/$each/ns.action`, in one transaction (Protocol 11.5.2)."""

from collections.abc import Mapping
from contextlib import nullcontext

from odata_service.errors import ODataError
from odata_service.payload import entity_url, failed_change, write_collection
from odata_service.service.conditional import check_of_many, conditions_of
from odata_service.service.entities import address_of
from odata_service.service.invoke import Invoker
from odata_service.service.message import Response
from odata_service.service.preferences import continuing
from odata_service.service.read import no_content, success_headers
from odata_service.service.write import Asked
from odata_service.storage import Contention


def act_on_each(asked: Asked, invoker: Invoker) -> Response:
    """Runs an action for each entity: what they give, or why some failed where the others go on."""
    call, request, workshop = asked.query.path.call, asked.request, invoker.workshop
    assert call is not None, "an action is called"
    check_of_many(conditions_of(request.headers))
    arguments = invoker.parameters(call.operation, request)
    preferred = continuing(request.headers.get("prefer", ""))
    continues = preferred is not None and preferred[1]
    results: list[object] = []
    failures: dict[str, ODataError] = {}
    with workshop.transaction():
        arguments = invoker.looked_up(arguments, request)
        for entity in invoker.members(call, request, asked.values):
            address = address_of(entity, workshop)
            try:
                with workshop.alone() if continues else nullcontext():
                    results.append(invoker.run_for(entity, call, arguments, request))
            except Contention:
                raise
            except ODataError as error:
                if not continues:
                    raise
                failures[request.base_url + entity_url(address.path, address.keys)] = error
        if failures:
            answer = _failed(failures, asked)
        elif call.operation.return_type is None:
            answer = no_content(asked.context)
        else:
            answer = invoker.answer(results, asked)
    if preferred is not None:
        applied = (answer.headers.get("Preference-Applied"), preferred[0])
        answer.headers["Preference-Applied"] = ", ".join(name for name in applied if name is not None)
    return answer


def _failed(failures: Mapping[str, ODataError], asked: Asked) -> Response:
    """The entities that an action failed for, each with the reason."""
    binding = None if asked.query.path.call is None else asked.query.path.call.binding
    assert binding is not None and binding.entity_set is not None, "it is bound to entities of a source"
    items = [{"@odata.id": url, **failed_change(error, "invoke")} for url, error in failures.items()]
    url, format = f"{asked.request.base_url}$metadata#Collection({binding.type.name})", asked.context.format
    body = write_collection(items, context=url, count=None, links={}, format=format)
    return Response(200, success_headers(asked.context), body)
