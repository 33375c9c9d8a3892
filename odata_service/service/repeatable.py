"""Requests that a client may send again without their being carried out again (OASIS Repeatable Requests 1.0).

A change with `Repeatability-Request-ID` and `Repeatability-First-Sent` is remembered in its own transaction, together
with its answer: sent again it gets this answer. A failed one has left nothing, and is tried anew. What cannot be
promised so is rejected, and nothing is changed.
"""

import json
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from threading import local
from time import time

from msgspec import Struct
from msgspec.structs import replace

from odata_service.errors import BadRequest, InsufficientStorage, NotSupported, ODataError, PreconditionFailed
from odata_service.service.batch_targets import is_batch_path
from odata_service.service.identity import owner_of
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import negotiate_version
from odata_service.service.repeatability import (
    FIRST_SENT,
    REQUEST_ID,
    RESULT,
    claim_of,
    forgetting_of,
    name_of,
    refuse_repeatable,
    refuse_repeatable_batch,
    rejected,
    result_of,
)
from odata_service.settings import Settings
from odata_service.storage import Claim, Contention, Known, Remembered, Store

_LOG = logging.getLogger("odata_service")
_AHEAD_SECONDS = 86_400
"""How far a client's clock may be ahead: what is sent still later would be remembered for too long."""


Answer = tuple[Request, Response]


class Answered(Struct, frozen=True):
    """Requests that are carried out once, and their answers; `is_repeated` where that was before."""

    answers: Sequence[Answer]
    is_repeated: bool


class Repeatable:
    """Carries out the repeatable requests of a service."""

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store = store
        self._settings = settings
        self._local = local()

    @property
    def is_offered(self) -> bool:
        """Whether requests can be repeated."""
        settings = self._settings
        return bool(settings.repeatable_seconds) and not settings.read_only and self._store.remembered() is not None

    def check(self, request: Request) -> None:
        """Rejects a repeatable request that is wrong in itself, or for which nothing can be promised."""
        claim = claim_of((request,))
        if is_batch_path(request.path):
            refuse_repeatable_batch(request)
        self._remembered()
        self._check_time(claim.sent, 0)

    def once(self, requests: Sequence[Request], work: Callable[[], Sequence[Answer]]) -> Answered:
        """The answers to requests that `work` carries out together, now or before, each with the request that it had.

        The same ones at the same time wait for each other. A member of a group is carried out with this, and no more.
        """
        claim = claim_of(requests)
        if claim.name == getattr(self._local, "name", None):
            return Answered(work(), is_repeated=False)
        remembered = self._remembered()
        remembered.prepare()
        answered = self._store.retried(lambda: self._attempt(claim, requests, work, remembered))
        try:
            remembered.tidy(self._oldest(), self._settings.limits.max_remembered)
        except ODataError as error:
            _LOG.warning("old repeatable requests are not forgotten yet: %s", error.message)
        return answered

    def forget(self, request: Request) -> Response:
        """Forgets a request by its id, or all those of a client: 204, be there such or not (7)."""
        refuse_repeatable(
            request, "A deletion of remembered requests", "It has no further effect when it is sent again."
        )
        asked = forgetting_of(request.path)
        assert asked is not None, "the path is one of these"
        remembered = self._remembered()
        remembered.prepare()
        kind, text = asked
        forget = remembered.remove if kind == "Request" else remembered.remove_client
        name, sender = name_of(text, request), owner_of(request)
        self._store.retried(lambda: forget(name, sender))
        return Response(204, {"OData-Version": negotiate_version(request.headers, self._settings)})

    def _remembered(self) -> Remembered:
        """Where requests are remembered; `NotSupported` where they are not."""
        found = self._store.remembered()
        if not self._settings.repeatable_seconds:
            raise _unsupported("Repeatable requests are not taken here (--repeatable-seconds).")
        if self._settings.read_only:
            raise _unsupported("Nothing is changed here (--read-only).")
        if found is None:
            raise _unsupported(
                "No table of requests is made beside the entities: the database takes none, or others own it (--state)."
            )
        return found

    def _attempt(
        self,
        claim: Claim,
        requests: Sequence[Request],
        work: Callable[[], Sequence[Answer]],
        remembered: Remembered,
    ) -> Answered:
        is_new = False
        try:
            with self._store.transaction():
                is_new = remembered.add(claim)
                if is_new:
                    self._check_time(claim.sent, remembered.floor())
                    answers = self._carried_out(claim, requests, work)
                    remembered.keep(claim, self._written(answers))
                    return Answered(answers, is_repeated=False)
                known = remembered.find(claim.name)
        except ODataError as error:
            if is_new:
                error.headers.setdefault(RESULT, "accepted")
            raise
        if known is None:
            raise Contention("The request was forgotten while it was looked for.", hint="Send it again.")
        _check_same(claim, known)
        kept = zip(requests, _read(known.answers), strict=True)
        answers = tuple((replace(request, path=path), answer) for request, (path, answer) in kept)
        return Answered(answers, is_repeated=True)

    def _carried_out(
        self, claim: Claim, requests: Sequence[Request], work: Callable[[], Sequence[Answer]]
    ) -> Sequence[Answer]:
        around, self._local.name = getattr(self._local, "name", None), claim.name
        try:
            answers = work()
        finally:
            self._local.name = around
        return [(done, _whole(response, request)) for (done, response), request in zip(answers, requests, strict=True)]

    def _written(self, answers: Sequence[Answer]) -> bytes:
        """Answers as they are kept, with their paths; `InsufficientStorage` where they are longer than may be."""
        bodies = [_bytes(answer) for _, answer in answers]
        heads = [
            (request.path, answer.status, answer.headers, len(body))
            for (request, answer), body in zip(answers, bodies, strict=True)
        ]
        written = b"".join((json.dumps(heads).encode(), b"\n", *bodies))
        limit = self._settings.limits.max_result_bytes
        if limit and len(written) > limit:
            raise rejected(
                InsufficientStorage(
                    f"The answer has more than {limit} bytes (--max-result-bytes) and is not kept: nothing is changed.",
                    hint="Ask for less, with $select or Prefer: return=minimal.",
                )
            )
        return written

    def _oldest(self) -> int:
        return int(time()) - self._settings.repeatable_seconds

    def _check_time(self, sent: int, floor: int) -> None:
        """Rejects what was sent before all that is remembered, so that it may have been carried out (5)."""
        oldest = max(self._oldest(), floor)
        if sent < oldest:
            since = format_datetime(datetime.fromtimestamp(oldest, UTC), usegmt=True)
            raise rejected(
                PreconditionFailed(
                    f"Requests are remembered since {since}: one that was first sent before may have been carried out.",
                    target=FIRST_SENT,
                    hint=f"Look whether it was; if not, send it with a new {REQUEST_ID} and the date of now.",
                )
            )
        if sent > time() + _AHEAD_SECONDS:
            raise rejected(
                PreconditionFailed(
                    f"{FIRST_SENT} lies more than a day ahead.", target=FIRST_SENT, hint="Send the date of now, in GMT."
                )
            )


def _unsupported(text: str) -> ODataError:
    hint = f"Send the request without {REQUEST_ID} and {FIRST_SENT}, and once."
    return rejected(NotSupported(text, target=REQUEST_ID, hint=hint))


def _check_same(claim: Claim, known: Known) -> None:
    """Rejects a request under the id of another one."""
    if claim.sender != known.sender:
        text = f"A request with this {REQUEST_ID} was sent with other credentials."
    elif claim.digest != known.digest:
        text = f"Another request had this {REQUEST_ID}: its method, URL, headers or body are not those of this one."
    else:
        return
    raise rejected(
        BadRequest(text, target=REQUEST_ID, hint="Send what is sent again as it was, all else with a new id.")
    )


def _whole(response: Response, request: Request) -> Response:
    """An answer in one piece that says how it stands with its being repeated."""
    headers = {name: value for name, value in response.headers.items() if name != "Server-Timing"}
    body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    return Response(response.status, {**headers, **result_of(request)}, body)


def _bytes(answer: Response) -> bytes:
    assert isinstance(answer.body, bytes), "it was made whole"
    return answer.body


def _read(kept: bytes) -> Iterator[tuple[str, Response]]:
    head, _, bodies = kept.partition(b"\n")
    start = 0
    for path, status, headers, size in json.loads(head):
        yield path, Response(status, headers, bodies[start : start + size])
        start += size
