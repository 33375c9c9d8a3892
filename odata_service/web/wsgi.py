"""The service as an application of its own: what the servers run, since Flask's dispatch costs more than a read.

Flask still answers what is not OData: `/-/…` and the explorer page.
"""

from collections.abc import Callable, Iterable
from random import randint
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from odata_service.errors import ODataError, Unavailable
from odata_service.service import Request, Response, Service
from odata_service.web.cors import preflight, tell_origin
from odata_service.web.explorer import wants_page
from odata_service.web.faces import Faces
from odata_service.web.gateway import Bounds, Scope
from odata_service.web.heard import answer_of, headers_heard, outline_heard, request_heard
from odata_service.web.messages import answer, finished, outline_of, request_of
from odata_service.web.meter import Meter, counted
from odata_service.web.refusals import Refusals

URGENT = frozenset({"/-/health", "/-/ready", "/-/metrics"})
"""What tells how the service is, most of all when much waits."""

_STATEMENTS_PATIENCE, _LEAST_PATIENCE_SECONDS = 3.0, 3.0
"""For so many times the longest time of a statement a worker may go on with none; and for so long at least."""
_LATEST_SECONDS = 3
"""The longest that a client is told to wait for, where too many wait."""


class DirectService:
    """Answers OData requests by the service, all others by the Flask application: under granian, and as WSGI."""

    def __init__(self, service: Service, other: WSGIApplication, meter: Meter) -> None:
        self.meter = meter
        self._counted = counted(self._answer, meter)
        self._service = service
        self._faces = Faces(service)
        self._other = other
        self._refusals = Refusals(self._faces)

    @property
    def bounds(self) -> Bounds:
        """What a worker takes in, and how long it may take: a hook may do more than its statements do."""
        limits = self._service.settings.limits
        patience = max(_LEAST_PATIENCE_SECONDS, _STATEMENTS_PATIENCE * limits.statement_seconds)
        return Bounds(
            limits.max_waiting,
            limits.max_body_bytes,
            stall_seconds=limits.stall_seconds,
            spooled_bytes=limits.max_spooled_bytes,
            hang_seconds=patience if limits.statement_seconds else 0.0,
        )

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request of a WSGI server."""
        return self._counted(environ, start_response)

    def _answer(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        if _is_other(environ.get("PATH_INFO", ""), environ.get("HTTP_ACCEPT", ""), environ.get("QUERY_STRING", "")):
            return self._other(environ, start_response)
        settings = self._service.settings
        path = environ.get("PATH_INFO", "")
        response = self._finished(lambda: request_of(environ, settings), lambda: outline_of(environ), path)
        return answer(response, start_response)

    def answer(self, scope: Scope, body: bytes) -> Response:
        """Answers one request of granian's."""
        if _is_other(scope.path, scope.headers.get("accept") or "", scope.query_string):
            return answer_of(self._other, scope, body)
        settings = self._service.settings
        return self._finished(lambda: request_heard(scope, body, settings), lambda: outline_heard(scope), scope.path)

    def refused(self, scope: Scope, error: ODataError) -> Response:
        """Refuses a request that nobody looks into, which must cost next to nothing: the client may come again.

        Clients are told different times, or they would all come again at once.
        """
        response = self._refusals.refused(error, scope.method, scope.path, scope.headers)
        if error.status == Unavailable.status:
            response.headers["Retry-After"] = str(randint(1, _LATEST_SECONDS))
        if self._service.settings.cors_origins:
            tell_origin(response, headers_heard(scope), self._service.settings.cors_origins)
        return response

    def is_urgent(self, scope: Scope) -> bool:
        """Whether a request is answered before all that wait."""
        return scope.path in URGENT

    def _finished(self, made: Callable[[], Request], outline: Callable[[], Request], path: str) -> Response:
        """The answer to a request; what cannot be made into one is refused by its outline, as its path is read."""
        origins = self._service.settings.cors_origins
        try:
            request = made()
        except ODataError as error:
            request = outline()
            response = self._faces.refusal(request, error, is_v2=self._faces.is_v2(path))
        else:
            asked = preflight(request.method, request.headers, origins) if origins else None
            response = asked or self._faces.handle(request)
        return finished(response, request.headers, request.request_id, origins)


def _is_other(path: str, accept: str, query: str) -> bool:
    """Whether Flask answers."""
    return path[:3] == "/-/" or (len(path) <= 1 and wants_page(accept, query))
