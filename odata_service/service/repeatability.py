"""What requests say of being sent again, and what is said of it in answers (OASIS Repeatable Requests 1.0, 3 and 5)."""

import json
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from urllib.parse import unquote

from odata_service.edm.annotations import REPEATABILITY_SUPPORTED, annotation_value
from odata_service.edm.json_text import write_exact
from odata_service.edm.model import Schema
from odata_service.errors import BadRequest, NotAuthenticated, NotSupported, ODataError
from odata_service.semantics.resolved import ResourcePath
from odata_service.service.identity import owner_of
from odata_service.service.message import Request
from odata_service.service.query_body import is_query
from odata_service.storage import Claim

REQUEST_ID = "Repeatability-Request-ID"
FIRST_SENT = "Repeatability-First-Sent"
CLIENT_ID = "Repeatability-Client-ID"
RESULT = "Repeatability-Result"

_ID, _SENT, _CLIENT = REQUEST_ID.lower(), FIRST_SENT.lower(), CLIENT_ID.lower()
_MOST_CHARACTERS = 256
_COMPARED = (
    "accept",
    "accept-charset",
    "accept-language",
    "content-type",
    "if-match",
    "if-none-match",
    "odata-maxversion",
    "odata-version",
    "prefer",
    _SENT,
    _CLIENT,
)
"""The headers in which a request that is sent again is the same: those that say what is done and answered (5)."""

_UNSAFE = frozenset({"POST", "PATCH", "PUT", "MERGE", "DELETE"})
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", re.ASCII)
_PRINTED = re.compile(r"[ -~]+", re.ASCII)
_FIXDATE = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT", re.ASCII)
_FORGETTING = re.compile(r"\$RepeatableRequests?With(Request|Client)ID/(.+)", re.DOTALL)


def is_repeatable(request: Request) -> bool:
    """Whether a request has one of the headers that repeatable requests have."""
    return _ID in request.headers or _SENT in request.headers


def rejected(error: ODataError) -> ODataError:
    """An error that says that nothing was carried out by this request, though it may have been before."""
    error.headers[RESULT] = "rejected"
    return error


def is_change(request: Request) -> bool:
    """Whether a request is one to be carried out once: it is repeatable, and reads nothing."""
    return is_repeatable(request) and request.method in _UNSAFE and not is_query(request)


def result_of(request: Request) -> dict[str, str]:
    """The header of an answer to a request that was carried out; none where it is read, or is not repeatable."""
    return {RESULT: "accepted"} if is_change(request) else {}


def refused_result(request: Request, error: ODataError) -> dict[str, str]:
    """The header of a refusal: what fails before it is carried out, once for all, tells nothing of what it was before.

    None for whom the service does not know.
    """
    return {RESULT: "rejected"} if is_change(request) and not isinstance(error, NotAuthenticated) else {}


def refuse_repeatable(request: Request, what: str, hint: str) -> None:
    """Rejects what cannot be repeated where it is to be."""
    if is_repeatable(request):
        raise rejected(NotSupported(f"{what} cannot be repeated.", target=REQUEST_ID, hint=hint))


def refuse_repeatable_batch(request: Request) -> None:
    """Rejects a batch that is to be repeated as a whole (8.4)."""
    refuse_repeatable(request, "A batch", "Send the headers with the requests inside.")


def claim_of(requests: Sequence[Request]) -> Claim:
    """The claim of requests that are carried out together, each of which has the same two headers.

    `BadRequest` where one of the headers is missing or wrong, or not that of the first request.
    """
    changes = [request for request in requests if request.method in _UNSAFE]
    first = changes[0]
    name, sent = _identifier(first, REQUEST_ID), _first_sent(first)
    if name is None:
        raise _wrong(REQUEST_ID, f"{FIRST_SENT} goes with {REQUEST_ID}, which is missing.", "Send a new UUID.")
    if any(other.headers.get(header) != first.headers[header] for other in changes for header in (_ID, _SENT)):
        raise _wrong(
            REQUEST_ID,
            "The changes of a group are repeated together.",
            f"Send the same {REQUEST_ID} and {FIRST_SENT} with each of them.",
        )
    client = _identifier(first, CLIENT_ID)
    named_client = None if client is None else name_of(client, first)
    return Claim(name_of(name, first), owner_of(first), _digest(requests), sent, named_client)


def name_of(identifier: str, request: Request) -> str:
    """The name of an id among those of a principal; where nobody asks for one, ids are those of all."""
    text = identifier.lower() if _UUID.fullmatch(identifier) else identifier
    holder = "anybody" if request.principal is None else f"principal {request.principal.name}"
    return sha256(json.dumps([holder, text]).encode()).hexdigest()


def forgetting_of(path: str) -> tuple[str, str] | None:
    """What a DELETE of a path has forgotten: `Request` or `Client`, and its id; None for other paths (7)."""
    if not path.startswith(("$Rep", "%24Rep")):
        return None
    match = _FORGETTING.fullmatch(unquote(path))
    return (match[1], match[2]) if match is not None else None


def opts_out(schema: Schema) -> bool:
    """Whether a model says of anything that requests to it cannot be repeated."""
    container = schema.container
    operations = (overload for overloads in schema.operations.values() for overload in overloads)
    parts = (container, *container.children(), *operations)
    return any(annotation_value(part.annotations, REPEATABILITY_SUPPORTED) is False for part in parts)


def check_supported(path: ResourcePath, schema: Schema) -> None:
    """Rejects a request to what a model says that of; what is nearer to it comes before the container (8.2)."""
    container, source = schema.container, path.entity_set
    parts = [container.annotations]
    if path.call is not None:
        name = path.call.operation.name
        imports = [one for one in container.action_imports.values() if one.action == name]
        parts = [path.call.operation.annotations, *(one.annotations for one in imports), *parts]
    elif source is not None:
        parts = [source.annotations, *parts]
    stated = (annotation_value(annotations, REPEATABILITY_SUPPORTED) for annotations in parts)
    if next((value for value in stated if value is not None), True) is False:
        raise rejected(NotSupported("Requests to this resource cannot be repeated.", target=REQUEST_ID, hint=_WITHOUT))


_WITHOUT = f"Send it without {REQUEST_ID} and {FIRST_SENT}, and once."


def _wrong(header: str, text: str, hint: str) -> ODataError:
    return rejected(BadRequest(text, target=header, hint=hint))


def _identifier(request: Request, header: str) -> str | None:
    stated = request.headers.get(header.lower())
    if stated is None:
        return None
    text = stated.strip()
    if len(text) > _MOST_CHARACTERS or not _PRINTED.fullmatch(text):
        found = f"'{text[:60]}' is no {header}: it has 1 to {_MOST_CHARACTERS} characters of ASCII."
        raise _wrong(header, found, "Send a UUID.")
    return text


def _first_sent(request: Request) -> int:
    """The seconds of the instant at which a request was first sent."""
    text = request.headers.get(_SENT, "").strip()
    hint = f"Send the date of the first attempt, as in {FIRST_SENT}: {format_datetime(datetime.now(UTC), usegmt=True)}."
    if not text:
        raise _wrong(FIRST_SENT, f"{REQUEST_ID} goes with {FIRST_SENT}, which is missing.", hint)
    try:
        instant = parsedate_to_datetime(text) if _FIXDATE.fullmatch(text) else None
    except ValueError:
        instant = None
    if instant is None or format_datetime(instant, usegmt=True) != text:
        raise _wrong(FIRST_SENT, f"'{text[:60]}' is no date in the form IMF-fixdate.", hint)
    return int(instant.timestamp())


def _body(request: Request) -> bytes:
    return request.body if request.members is None else write_exact(dict(request.members)).encode()


def _digest(requests: Sequence[Request]) -> str:
    """What tells requests from others of their name: methods, URLs, headers that matter, and bodies."""
    parts = [
        (
            request.method,
            request.path,
            request.query,
            [request.headers.get(header) for header in _COMPARED],
            None if request.presentation is None else request.presentation.media_type,
            sha256(_body(request)).hexdigest(),
        )
        for request in requests
    ]
    return sha256(json.dumps(parts).encode()).hexdigest()
