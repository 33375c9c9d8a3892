"""The requests of one batch, carried out in order, and what each is answered (Protocol 11.7; JSON Format 19.4)."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Protocol

import orjson
from msgspec import Struct
from msgspec.structs import replace

from odata_service.errors import BadRequest, FailedDependency, ODataError, UnsupportedMediaType
from odata_service.payload import BatchRequest, Malformed, Replies, Reply, Unit, with_urls
from odata_service.service.aliases import service_root, without_version
from odata_service.service.batch_outcomes import Outcome, Outcomes
from odata_service.service.batch_targets import is_batch_path, target_of
from odata_service.service.batch_values import BatchValues
from odata_service.service.message import Request, Response
from odata_service.service.repeatability import RESULT, forgetting_of, is_change, is_repeatable, rejected
from odata_service.service.repeatable import Repeatable
from odata_service.service.tunnel import with_meaning
from odata_service.service.workshop import Workshop
from odata_service.settings import Limits

_INHERITED = (
    "odata-version",
    "odata-maxversion",
    "accept-language",
    "accept-charset",
    "isolation",
    "odata-isolation",
)
"""Headers of a batch that hold for each request that has none of its own (Protocol 8.1, 8.2); so does Accept."""

_REFUSED = frozenset({"authorization", "proxy-authorization", "expect", "from", "max-forwards", "range", "te"})
"""Headers that no request of a batch may have (Protocol 11.7.7.1)."""

_CREDENTIALS = frozenset({"authorization", "proxy-authorization"})

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_CONTENT_ID = "@Org.OData.Core.V1.ContentID"

Part = BatchRequest | Malformed


Answer = tuple[Request, Response]


class Guard(Protocol):
    """Runs work for a request; what it raises is an `ODataError`."""

    def __call__(self, request: Request, work: Callable[[], Answer], /) -> Answer:
        """The result of the work."""


def _named(error: dict[str, object], given: str) -> None:
    """Says it in the error and in its details: OpenUI5 shows those that do not say it at the first request."""
    details = error.get("details", [])
    assert isinstance(details, list), "the service has written it"
    for told in (error, *details):
        told[_CONTENT_ID] = given


class Answering(Struct, frozen=True):
    """How single requests are answered: `answer` answers or raises, `fail` makes the answer of what was raised.

    `tunnelled` are the methods that POST may stand for, `resolved` puts URLs in place of the references in a body,
    given its media type, `named` says in an error, as JSON, which request of its change set it is about.
    """

    answer: Callable[[Request], Response]
    fail: Callable[[Request, ODataError], Response]
    guarded: Guard
    tunnelled: Collection[str]
    resolved: Callable[[bytes, str, Callable[[str], str], Limits], bytes] = with_urls
    named: Callable[[dict[str, object], str], None] = _named


class Habits(Struct, frozen=True):
    """How a batch is carried out. `is_multipart`: it has change sets, in which nothing is read.

    `goes_on`: also behind an error.
    """

    is_multipart: bool
    goes_on: bool


class _Progress(Struct):
    """How far a group has come: the place of the request that is carried out."""

    place: int = 0


class BatchRun:
    """One batch; what has become of its requests is known to later ones."""

    def __init__(
        self, batch: Request, habits: Habits, answering: Answering, workshop: Workshop, repeatable: Repeatable
    ) -> None:
        self._batch = batch
        self._habits = habits
        self._answering = answering
        self._workshop = workshop
        self._repeatable = repeatable
        self._outcomes = Outcomes()
        self._values = BatchValues(self._outcomes, workshop)
        self._inherited = _inherited(batch.headers)

    def answers(self, units: Iterable[Unit]) -> Iterator[Replies]:
        """The answers to units, each given when the unit has been carried out; none behind an error that ends it."""
        for unit in map(self._meant, units):
            replies = self._alone(unit.parts[0]) if unit.group is None else self._together(unit, unit.group)
            yield replies
            has_failed = replies.failure is not None or any(reply.status >= 400 for reply in replies.replies)
            if has_failed and not self._habits.goes_on:
                return

    def _meant(self, unit: Unit) -> Unit:
        """A unit of requests with the methods that they mean, by which they are judged, carried out and told apart."""
        return replace(unit, parts=tuple(with_meaning(part, self._answering.tunnelled) for part in unit.parts))

    def _alone(self, part: Part) -> Replies:
        try:
            _, response = self._answer(part)
        except ODataError as error:
            self._outcomes.keep_failure((part.id,))
            response = self._fail(part, error)
        return Replies((_reply(part, response),))

    def _answer(self, part: Part) -> Answer:
        """A request and its answer, which later ones may refer to; `ODataError` where it fails."""

        def work() -> Answer:
            request = self._request(part)
            return request, self._answering.answer(request)

        request, response = self._answering.guarded(self._outline(part), work)
        self._outcomes.keep(part.id, Outcome(request, response))
        return request, response

    def _fail(self, part: Part, error: ODataError) -> Response:
        return self._answering.fail(self._outline(part), error)

    def _together(self, unit: Unit, group: str) -> Replies:
        """All or nothing: the answers, or what made it fail; run again where another transaction stood in the way."""
        names = () if self._habits.is_multipart else (group,)
        progress = _Progress()
        try:
            responses = [response for _, response in self._carried_out(unit, progress)]
        except ODataError as error:
            self._outcomes.keep_failure((*(part.id for part in unit.parts), *names))
            return self._failed(unit, group, progress.place, error)
        self._outcomes.successes.update(dict.fromkeys(names, True))
        parts = zip(unit.parts, responses, strict=True)
        return Replies(tuple(_reply(part, response) for part, response in parts), group)

    def _carried_out(self, unit: Unit, progress: _Progress) -> Sequence[Answer]:
        """The requests of a group and their answers.

        Of one that was carried out before, those that it had, and where they went then (Repeatable Requests 8.4).
        """
        outlines = [self._outline(part, whole=True) for part in unit.parts]
        is_plain = not any(map(is_change, outlines))
        if is_plain or any(isinstance(part, Malformed) for part in unit.parts):
            return self._workshop.store.retried(lambda: self._attempt(unit, progress))
        answered = self._repeatable.once(outlines, lambda: self._attempt(unit, progress))
        if answered.is_repeated:
            for part, (request, response) in zip(unit.parts, answered.answers, strict=True):
                self._outcomes.keep(part.id, Outcome(request, response))
        return answered.answers

    def _attempt(self, unit: Unit, progress: _Progress) -> list[Answer]:
        self._outcomes.forget(part.id for part in unit.parts)
        for progress.place, part in enumerate(unit.parts):
            self._check_member(part)
        answers = []
        reads_alone = all(isinstance(part, BatchRequest) and part.method in _READING for part in unit.parts)
        with nullcontext() if reads_alone else self._workshop.store.transaction():
            for progress.place, part in enumerate(unit.parts):
                answers.append(self._answer(part))
        return answers

    def _check_member(self, part: Part) -> None:
        """Refuses what cannot be in a group before any of it is carried out."""
        if isinstance(part, Malformed):
            raise part.error
        if self._habits.is_multipart and part.method in _READING:
            raise BadRequest(
                f"A change set holds changes alone, and no {part.method}.", hint="Send it before or behind the set."
            )
        if part.method == "DELETE" and "RepeatableRequest" in part.url and self._forgets(part):
            raise BadRequest(
                "What a group does is remembered, not forgotten.", hint="Send it before or behind the group."
            )

    def _forgets(self, part: BatchRequest) -> bool:
        """Whether remembered requests are to be forgotten."""
        return forgetting_of(self._target(part)[0]) is not None

    def _target(self, part: BatchRequest) -> tuple[str, str]:
        """The path of a request below the service root, and its query."""
        schema = self._workshop.schema
        root = service_root(self._batch.base_url, schema)
        path, query = target_of(part.url, part.headers.get("host"), root)
        return without_version(path, schema), query

    def _failed(self, unit: Unit, group: str, place: int, error: ODataError) -> Replies:
        part = unit.parts[place]
        if self._habits.is_multipart:
            set_as_whole = replace(self._outline(part), method="POST")
            failure = self._naming(self._answering.fail(set_as_whole, error), part.id)
        else:
            failure = self._fail(part, error)
        result = {RESULT: error.headers[RESULT]} if RESULT in error.headers else {}
        text = f"Request '{part.id or place + 1}' of the same group has failed: nothing was done."
        others = FailedDependency(text, headers=result)
        replies = tuple(
            _reply(member, failure if member is part else self._fail(member, others)) for member in unit.parts
        )
        return Replies(replies, group, replace(replies[place], id=None))

    def _outline(self, part: Part, *, whole: bool = False) -> Request:
        """As much of a request as its answer needs, were it to fail; `whole`: all that is stated, as it is."""
        batch, stated = self._batch, part.headers if isinstance(part, BatchRequest) else {}
        method = part.method if isinstance(part, BatchRequest) else batch.method
        url, body = (part.url, part.body) if whole and isinstance(part, BatchRequest) else ("", b"")
        outline = Request(
            method,
            url,
            headers={**self._inherited, **stated},
            body=body,
            base_url=batch.base_url,
            request_id=batch.request_id,
            principal=batch.principal,
        )
        return self._sent_by(outline) if is_repeatable(outline) else outline

    def _sent_by(self, request: Request) -> Request:
        """A request with the credentials of its batch, which tell whose it is where nobody asks who that is."""
        stated = self._batch.headers.get("authorization")
        return request if stated is None else replace(request, headers={**request.headers, "authorization": stated})

    def _naming(self, failure: Response, given: str | None) -> Response:
        """An error that tells which request of its change set it is about: clients show it where it belongs."""
        is_json = "json" in failure.headers.get("Content-Type", "")
        if given is None or not isinstance(failure.body, bytes) or not failure.body or not is_json:
            return failure
        document = orjson.loads(failure.body)
        self._answering.named(document["error"], given)
        return replace(failure, body=orjson.dumps(document))

    def _request(self, part: Part) -> Request:
        """The request that a part is, references resolved; `ODataError` where it is none, or not to be carried out.

        What fails for what it depends on is rejected, be it alone or in a group.
        """
        if isinstance(part, Malformed):
            raise part.error
        outline = self._outline(part)
        try:
            return self._referring(part, outline)
        except FailedDependency as error:
            if is_change(outline):
                rejected(error)
            raise

    def _referring(self, part: BatchRequest, outline: Request) -> Request:
        outcomes, base_url = self._outcomes, self._batch.base_url
        self._check_needs(part)
        _check_headers(part.headers, self._batch.headers)
        path, query = self._target(part)
        path = outcomes.path_of(path, base_url)
        query = self._values.in_query(query)
        if is_batch_path(path):
            raise BadRequest("A batch holds no batches.", hint="Send the requests themselves.")
        return replace(
            outline, path=path, query=query, headers=outcomes.headers_of(outline.headers), body=self._body(part)
        )

    def _check_needs(self, part: BatchRequest) -> None:
        if part.condition is None:
            self._outcomes.check(part.needs)
        elif not self._values.holds(part.condition):
            raise FailedDependency(f"The condition '{part.condition[:200]}' does not hold.")

    def _body(self, part: BatchRequest) -> bytes:
        media_type, limits = part.headers.get("content-type", ""), self._workshop.settings.limits
        return self._answering.resolved(part.body, media_type, self._outcomes.url_of, limits)


def _inherited(headers: Mapping[str, str]) -> dict[str, str]:
    kept = {name: headers[name] for name in _INHERITED if name in headers}
    ranges = [part.strip() for part in headers.get("accept", "").split(",")]
    wanted = ", ".join(part for part in ranges if not part.lower().startswith("multipart/"))
    return {**kept, "accept": wanted} if wanted else kept


def _is_repeated(name: str, headers: Mapping[str, str], around: Mapping[str, str]) -> bool:
    """Whether a header tells the credentials of the batch again, as Office365-REST-Python-Client has it."""
    return name in _CREDENTIALS and headers[name] == around.get(name)


def _check_headers(headers: Mapping[str, str], around: Mapping[str, str]) -> None:
    refused = next((name for name in headers if name in _REFUSED and not _is_repeated(name, headers, around)), None)
    if refused is not None:
        raise BadRequest(
            f"A request of a batch has no header '{refused}'.", target=refused, hint="Send it with the batch itself."
        )
    for name in ("content-encoding", "transfer-encoding"):
        if headers.get(name, "identity").lower() != "identity":
            raise UnsupportedMediaType(
                f"{name} '{headers[name][:40]}' is not read in a batch.", target=name, hint="Send bodies as they are."
            )


def _reply(part: Part, response: Response) -> Reply:
    headers = {name: value for name, value in response.headers.items() if name != "Server-Timing"}
    if part.id is not None and isinstance(part, BatchRequest) and "content-id" in part.headers:
        headers["Content-ID"] = part.id  # who says it in the request looks for it in the answer
    body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    return Reply(part.id, response.status, headers, body)
