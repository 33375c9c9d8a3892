"""`$batch`: the requests in one body, each answered as it would be alone, groups of them in one transaction.

(Protocol 11.7; JSON Format 19.)
"""

from collections.abc import Iterable, Iterator
from itertools import chain
from uuid import uuid4

from odata_service.errors import (
    BadRequest,
    MethodNotAllowed,
    NotAcceptable,
    OptionNotAllowed,
    UnsupportedMediaType,
)
from odata_service.payload import (
    Replies,
    boundary_of,
    read_json_batch,
    read_multipart,
    write_json_batch,
    write_multipart,
)
from odata_service.service.accept import accepted_ranges
from odata_service.service.batch_run import Answering, BatchRun, Habits
from odata_service.service.body import check_json
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import negotiate_version
from odata_service.service.preferences import continuing
from odata_service.service.repeatability import refuse_repeatable_batch
from odata_service.service.repeatable import Repeatable
from odata_service.service.workshop import Workshop
from odata_service.url.decode import split_query

_SEGMENT = "$batch"
_MULTIPART = "multipart/mixed"
_JSON = "application/json"
_WHOLE_BYTES = 256 * 1024
"""Up to which size an answer is handed over whole, and with its length."""


class Batches:
    """Answers batches."""

    def __init__(self, answering: Answering, workshop: Workshop, repeatable: Repeatable) -> None:
        self._answering = answering
        self._workshop = workshop
        self._repeatable = repeatable

    def answer(self, request: Request) -> Response:
        """The answer to a batch: 200 once its headers and its envelope are in order, whatever becomes of its requests.

        An answer of some size is made while it is sent, each request when the one before it has been answered.
        """
        if request.method != "POST":
            return _other_method(request)
        _check(request)
        settings = self._workshop.settings
        version = negotiate_version(request.headers, settings)
        content_type = request.headers.get("content-type", "")
        is_multipart = content_type.partition(";")[0].strip().lower() == _MULTIPART
        if is_multipart:
            units = read_multipart(request.body, boundary_of(content_type), settings.limits.max_batch)
        else:
            _check_content_type(content_type)
            units = read_json_batch(request.body, settings.limits)
        answers_multipart = _answers_multipart(request.headers.get("accept", ""), is_multipart, version)
        preferred = continuing(request.headers.get("prefer", ""))
        goes_on = preferred[1] if preferred is not None else not is_multipart
        run = BatchRun(request, Habits(is_multipart, goes_on), self._answering, self._workshop, self._repeatable)
        headers = {"Content-Type": _JSON, "OData-Version": version}
        if preferred is not None:
            headers["Preference-Applied"] = preferred[0]
        if answers_multipart:
            boundary = f"batchresponse_{uuid4()}"
            headers["Content-Type"] = f"{_MULTIPART}; boundary={boundary}"
            pieces = write_multipart(run.answers(units), boundary)
        else:
            pieces = self._written_json(run.answers(units))
        return Response(200, headers, _whole_or_piecewise(pieces))

    def _written_json(self, answers: Iterable[Replies]) -> Iterator[bytes]:
        usual = self._workshop.schema.profile.usual_header_names
        return write_json_batch(answers, str if usual else str.lower)


def _other_method(request: Request) -> Response:
    if request.method == "OPTIONS":
        return Response(204, {"Allow": "POST, OPTIONS", "OData-Version": "4.0"})
    raise MethodNotAllowed(f"{_SEGMENT} does not take {request.method}.", allow=("POST",), hint="It takes POST.")


def _check(request: Request) -> None:
    """Refuses what cannot be said of a batch as a whole (Protocol 8.2.4, 8.2.5; Repeatable Requests 8.4)."""
    refuse_repeatable_batch(request)
    for header in ("If-Match", "If-None-Match"):
        if header.lower() in request.headers:
            raise BadRequest(f"A batch takes no {header}.", target=header, hint="Send it with the requests inside.")
    option = next((name for name, _ in split_query(request.query) if name.startswith("$")), None)
    if option is not None:
        raise OptionNotAllowed(f"'{option}' does not go with a batch.", target=option, hint="Send it inside.")


def _check_content_type(content_type: str) -> None:
    try:
        check_json(content_type)
    except UnsupportedMediaType as error:
        hint = f"Send {_MULTIPART} with its boundary, or {_JSON} in UTF-8."
        raise UnsupportedMediaType(error.text, target=error.target, hint=hint) from error


def _answers_multipart(accept: str, is_multipart: bool, version: str) -> bool:
    """Whether a batch is answered as multipart: as it came, unless Accept leaves that out and takes the other.

    JSON batches are of 4.01: a client of 4.0 that says JSON means the answers inside.
    """
    names = [part.name for part in accepted_ranges(accept)]
    takes_any = not names or "*/*" in names
    takes_multipart = takes_any or bool({_MULTIPART, "multipart/*"} & {*names})
    takes_json = takes_any or bool({_JSON, "application/*"} & {*names})
    if not (takes_multipart or takes_json):
        raise NotAcceptable(
            f"A batch is answered as {_MULTIPART} or {_JSON}, and '{accept[:80]}' takes neither.",
            target="Accept",
            hint="Write one of the two.",
        )
    if is_multipart:
        return takes_multipart or version == "4.0"
    return not takes_json


def _whole_or_piecewise(pieces: Iterator[bytes]) -> bytes | Iterable[bytes]:
    """A short body as a whole, of a long one the beginning and then what follows, as it comes."""
    found: list[bytes] = []
    size = 0
    for piece in pieces:
        found.append(piece)
        size += len(piece)
        if size > _WHOLE_BYTES:
            return chain((b"".join(found),), pieces)
    return b"".join(found)
