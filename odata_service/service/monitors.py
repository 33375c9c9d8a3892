"""Requests that are answered later, and the monitors that tell of them (Protocol 8.2.8.8, 11.6).

A client that prefers it gets 202 and the URL of a monitor, which nobody can guess. The request runs in a thread of this
process; its answer is kept in the database, so that any process of the service, also after a restart, can give it. What
was running when its process ended is told to be gone.
"""

import hashlib
import re
from collections.abc import Callable
from secrets import token_urlsafe

from odata_service.errors import Gone, MethodNotAllowed, NotFound
from odata_service.payload import Reply, write_message
from odata_service.service.accept import accepted_ranges
from odata_service.service.callbacks import allowed_callback
from odata_service.service.deferred import Deferred, Keeping, Runners
from odata_service.service.identity import owner_of
from odata_service.service.message import Request, Response
from odata_service.service.negotiate import negotiate_version
from odata_service.service.preferences import Deferral, deferral_of
from odata_service.service.repeatability import is_change, refuse_repeatable, result_of
from odata_service.service.repeatable import Repeatable
from odata_service.settings import Settings
from odata_service.storage import Job, Jobs, KeptAnswer, State, Store

MONITORS = "-/status/"
"""What the path of a monitor begins with."""

_TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_MOST_WAIT_SECONDS = 30
_HTTP = "application/http"
_RETRY_AFTER_SECONDS = "1"
_METHODS = ("GET", "HEAD", "DELETE")


class Monitors:
    """The asynchronous requests of a service. `answer` answers a request, and raises nothing."""

    def __init__(
        self, answer: Callable[[Request], Response], store: Store, settings: Settings, repeatable: Repeatable
    ) -> None:
        self._answer = answer
        self._store = store
        self._settings = settings
        self._repeatable = repeatable
        self._runners = Runners(store, settings.limits)

    def later(self, request: Request) -> Response | None:
        """202 for a request that is answered later, or its answer where that came in the time that the client waits.

        None for one that is to be answered at once: the client does not prefer otherwise, or there is no place for it.
        """
        wish = deferral_of(request.headers.get("prefer", ""))
        jobs = self._store.jobs() if self._settings.async_seconds else None
        if wish is None or jobs is None or request.path.startswith("-/") or not self._runners.has_room(request):
            return None
        if is_change(request):
            self._repeatable.check(request)
        token = token_urlsafe(32)
        deferred = Deferred(request, self._answer, self._keeping(token, wish, request, jobs))
        if wish.wait_seconds:
            self._runners.run(deferred)
            answer = deferred.answer_within(min(wish.wait_seconds, _MOST_WAIT_SECONDS))
            if answer is not None or not deferred.promise():
                return answer or deferred.answer_within(None)
        elif deferred.promise():
            self._runners.run(deferred)
        else:
            return None
        return self._promised(deferred, token, wish)

    def answer(self, request: Request) -> Response:
        """The answer of a monitor; `NotFound` for one that is not there, or that another caller's request has."""
        if request.method == "OPTIONS":
            return Response(204, {"Allow": "GET, HEAD, DELETE, OPTIONS", **self._told(request)})
        if request.method not in {"GET", "HEAD", "DELETE"}:
            raise MethodNotAllowed(f"A monitor does not take {request.method}.", allow=_METHODS)
        if is_change(request):
            refuse_repeatable(request, "The end of a request", "It has no further effect when it is sent again.")
        token = request.path.removeprefix(MONITORS).removesuffix("/")
        name, jobs = _name_of(token), self._store.jobs()
        job = jobs.find(name) if jobs is not None and _TOKEN.fullmatch(token) else None
        if jobs is None or job is None or job.owner != owner_of(request):
            raise NotFound(
                "There is no such request, or its answer is no longer kept.",
                hint=f"Answers are kept for {self._settings.async_seconds} seconds (--async-seconds).",
            )
        if request.method == "DELETE":
            return self._cancelled(request, name, job, jobs)
        if job.answer is not None:
            return self._final(request, job.answer, jobs.body(name))
        if job.is_lost:
            raise Gone(
                "The service ended before the request was answered.", hint="Look what it did, and send it again."
            )
        return Response(202, {**self._told(request), **_waiting(request.base_url, token)})

    def _keeping(self, token: str, wish: Deferral, request: Request, jobs: Jobs) -> Keeping:
        settings = self._settings
        callback = allowed_callback(wish.callback_url, settings.callback_hosts)
        return Keeping(jobs, _name_of(token), owner_of(request), settings.async_seconds, settings.limits, callback)

    def _promised(self, deferred: Deferred, token: str, wish: Deferral) -> Response:
        request = deferred.request
        applied = ["respond-async", *([f"wait={wish.wait_seconds}"] if wish.wait_seconds else [])]
        if deferred.keeping.callback is not None:
            applied.append(f'{wish.callback_name}; url="{deferred.keeping.callback}"')
        headers = {**self._told(request), **_waiting(request.base_url, token), **result_of(request)}
        return Response(202, {**headers, "Preference-Applied": ", ".join(applied)})

    def _cancelled(self, request: Request, name: str, job: Job, jobs: Jobs) -> Response:
        """DELETE: what waits is not begun, what reads is not told of, what was answered is forgotten."""
        is_changing = job.state is State.CHANGING  # it may hold the database's only lock: it is not waited for
        if is_changing or not jobs.remove(name):
            raise MethodNotAllowed(
                "The request is changing entities, and cannot be cancelled any more.",
                allow=("GET", "HEAD"),
                hint="Ask for its answer.",
            )
        return Response(204, self._told(request))

    def _final(self, request: Request, answer: KeptAnswer, body: bytes) -> Response:
        """200 with the answer: as it is, or as a whole HTTP message for who reads such (Protocol 11.6)."""
        told = {**self._told(request), "AsyncResult": str(answer.status)}
        accept = request.headers.get("accept", "").strip()
        takes_message = any(part.name == _HTTP for part in accepted_ranges(accept))
        if takes_message or (not accept and told["OData-Version"] == "4.0"):
            body = write_message(Reply(None, answer.status, answer.headers, body))
            headers = {**told, "Content-Type": _HTTP}
        else:
            headers = {**answer.headers, **told, "OData-Version": answer.headers["OData-Version"]}
        if request.method == "HEAD":
            return Response(200, {**headers, "Content-Length": str(len(body))})
        return Response(200, headers, body)

    def _told(self, request: Request) -> dict[str, str]:
        version = negotiate_version(request.headers, self._settings)
        return {"OData-Version": version, "Cache-Control": "no-store"}


def _name_of(token: str) -> str:
    """The name under which a job is kept: who reads the database cannot tell the URL."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _waiting(base_url: str, token: str) -> dict[str, str]:
    return {"Location": f"{base_url}{MONITORS}{token}", "Retry-After": _RETRY_AFTER_SECONDS}
