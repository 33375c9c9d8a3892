"""Entities that a change has come to, told by their keys: they are read again inside its transaction, and answered."""

from collections.abc import Sequence

from msgspec.structs import replace

from odata_service.semantics.resolved import Query
from odata_service.service.address import Keys
from odata_service.service.compile import CompiledRead, compile_read
from odata_service.service.message import Response
from odata_service.service.pages import Page
from odata_service.service.read import BoundRead, answer_read
from odata_service.service.workshop import Workshop
from odata_service.service.write import Asked


def answer_given(
    query: Query, keys: Sequence[Keys], asked: Asked, workshop: Workshop, result: object = None
) -> Response:
    """The answer of a query whose path begins with the entities of these keys, all on one page.

    The conditions of the request have been met by what was there before, and speak of nothing that is answered.
    """
    whole = replace(asked.context, page_size=max(asked.context.page_size, workshop.settings.limits.max_page_size))
    compiled = compile_read(replace(query, parameters=()), whole, (), None, workshop.store)
    assert isinstance(compiled, CompiledRead), "entities are read"
    request = replace(asked.request, headers={})
    page = Page(request.path, request.query, None, (), None, workshop.secret)
    return answer_read(compiled, BoundRead(request, (), page, workshop.settings.limits, keys, result), workshop.store)
