"""The service as a WSGI application of its own: what the server runs, since Flask's dispatch costs more than a read.

Flask still answers what is not OData: `/-/…` and the explorer page.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from odata_service.errors import ODataError
from odata_service.service import Service
from odata_service.web.explorer import wants_page
from odata_service.web.messages import answer, error_response, finished, request_id_of, request_of


class DirectService:
    """A WSGI application: OData requests to the service, all others to the Flask application."""

    def __init__(self, service: Service, other: WSGIApplication) -> None:
        self._service = service
        self._other = other

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        path = environ.get("PATH_INFO", "")
        if path[:3] == "/-/" or (len(path) <= 1 and wants_page(environ.get("HTTP_ACCEPT", ""))):
            return self._other(environ, start_response)
        try:
            request = request_of(environ, self._service.settings)
        except ODataError as error:
            return answer(finished(error_response(error), {}, request_id_of(environ)), start_response)
        response = finished(self._service.handle(request), request.headers, request.request_id)
        return answer(response, start_response)
