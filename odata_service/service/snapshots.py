"""`Isolation: snapshot`: a read whose statements all see one moment of the database (Protocol 8.2.5).

It holds for each request of a batch that says so. A snapshot ends with the answer: what would go on behind a next link
is refused, as are changes.
"""

import re
from collections.abc import Callable
from typing import NoReturn

from msgspec.structs import replace

from odata_service.errors import PreconditionFailed
from odata_service.service.batch_targets import is_batch_path
from odata_service.service.message import Request, Response
from odata_service.service.query_body import is_query
from odata_service.storage import Store

_HEADERS = ("Isolation", "OData-Isolation")
"""The newer name wins over the older."""
_NEXT_LINK = re.compile(rb'@odata\.nextLink":')
"""A member of this name: inside a text its quotation mark would stand behind a backslash."""


def wants_snapshot(request: Request) -> bool:
    """Whether a request asks for a snapshot; `PreconditionFailed` for another isolation, and where none is offered."""
    headers = request.headers
    if "isolation" not in headers and "odata-isolation" not in headers:
        return False
    name = next(name for name in _HEADERS if name.lower() in headers)
    value = headers[name.lower()]
    if value.strip().lower() != "snapshot":
        _refuse(f"{name} '{value[:60]}' is not offered.", name, "Write snapshot, or leave the header out.")
    if not (request.method in {"GET", "HEAD"} or is_query(request) or is_batch_path(request.path)):
        _refuse(f"{name} 'snapshot' is not offered to changes.", name, "Send it with reads, or batches of these.")
    return True


def in_snapshot(request: Request, read: Callable[[Request], Response], store: Store) -> Response:
    """The answer to a read, all of it from one moment; `PreconditionFailed` where it goes on behind a next link.

    That to a batch is made whole before the moment ends; each of its requests is such a read in turn.
    """
    with store.transaction(snapshot=True):
        answer = read(request)
        body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
        answer = replace(answer, body=body)
    if not is_batch_path(request.path) and _NEXT_LINK.search(body):
        _refuse(
            "The answer has more than one page, and a snapshot is kept for one.",
            "Isolation",
            "Ask for less, for larger pages (Prefer: maxpagesize), or without Isolation.",
        )
    return answer


def _refuse(text: str, name: str, hint: str) -> NoReturn:
    raise PreconditionFailed(text, target=name, hint=hint)
