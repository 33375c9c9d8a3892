"""Answers for clients that read nothing of version 2: collections are arrays, and nothing is told beside them.

What version 2 has added, counts, chosen properties and pages, is refused, as version 2 has it (V2 Overview, Protocol
Versioning). Pages are as long as they may be, since none leads to the next.
"""

from collections.abc import Mapping

import orjson
from msgspec.structs import replace

from odata_service.errors import BadRequest, ODataError
from odata_service.service import Request, Response
from odata_service.url.decode import decode_option, split_query
from odata_service.v2.negotiation import METADATA, VERSION
from odata_service.v2.tools import body_of

_ADDED = frozenset({"$select", "$skiptoken"})
_COLLECTION = frozenset({"results", "__next"})
_UNBOUNDED = 2**31 - 1
_FOLLOWED = b' rel="next"'


def for_first_version(request: Request, most: int) -> Request:
    """The request of a client of version 1; `BadRequest` where version 2 alone can answer it."""
    path = request.path.strip("/")
    if _is_at(path, "$count") or path in METADATA:
        raise _of_second(f"'{path[-40:]}'")
    for name, raw in split_query(request.query):
        if name in _ADDED or (name == "$inlinecount" and decode_option(raw, name) != "none"):
            raise _of_second(f"'{name}'")
    return replace(request, headers={**request.headers, "prefer": f"odata.maxpagesize={most or _UNBOUNDED}"})


def in_first_version(response: Response, request: Request) -> Response:
    """The answer as version 1 has it; `BadRequest` where there is more than one page, unless something has changed."""
    media_type, changes = response.headers.get("Content-Type", "").partition(";")[0], request.method != "GET"
    if _is_at(request.path, "$value") or media_type not in {"application/json", "application/atom+xml"}:
        return response
    body = body_of(response)
    if media_type == "application/json" and body:
        document = _as_arrays(orjson.loads(body), is_cut=changes)
        return Response(response.status, response.headers, orjson.dumps(document))
    if _FOLLOWED in body and not changes:
        raise _too_many()
    return Response(response.status, response.headers, body)


def _is_at(path: str, segment: str) -> bool:
    """Whether a path ends with a segment."""
    return path.rstrip("/").endswith((segment, segment.replace("$", "%24")))


def _as_arrays(value: object, *, is_cut: bool) -> object:
    if isinstance(value, list):
        return [_as_arrays(member, is_cut=is_cut) for member in value]
    if not isinstance(value, Mapping):
        return value
    if "results" in value and value.keys() <= _COLLECTION and isinstance(value["results"], list):
        if "__next" in value and not is_cut:
            raise _too_many()
        return _as_arrays(value["results"], is_cut=is_cut)
    return {name: _as_arrays(member, is_cut=is_cut) for name, member in value.items()}


def _of_second(what: str) -> ODataError:
    return BadRequest(
        f"{what} is of version {VERSION}, and 1.0 is the greatest that the client reads.",
        target="MaxDataServiceVersion",
        hint=f"Write MaxDataServiceVersion: {VERSION}.",
    )


def _too_many() -> ODataError:
    return BadRequest(
        "There are more entities than one answer has, and version 1.0 has no pages.",
        target="MaxDataServiceVersion",
        hint=f"Write $top, or MaxDataServiceVersion: {VERSION}.",
    )
