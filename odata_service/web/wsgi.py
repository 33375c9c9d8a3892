"""The service as a WSGI application of its own: what the server runs, since Flask's dispatch costs more than a read.

Flask still answers what is not OData: `/-/…` and the explorer page.
"""

from collections.abc import Iterable
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from odata_service.errors import ODataError
from odata_service.service import Service
from odata_service.web.cors import preflight
from odata_service.web.explorer import wants_page
from odata_service.web.faces import Faces
from odata_service.web.messages import answer, error_response, finished, headers_of, request_id_of, request_of


class DirectService:
    """A WSGI application: OData requests to the service, all others to the Flask application."""

    def __init__(self, service: Service, other: WSGIApplication) -> None:
        self._service = service
        self._faces = Faces(service)
        self._other = other

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answers one request."""
        path = environ.get("PATH_INFO", "")
        if path[:3] == "/-/" or (
            len(path) <= 1 and wants_page(environ.get("HTTP_ACCEPT", ""), environ.get("QUERY_STRING", ""))
        ):
            return self._other(environ, start_response)
        settings = self._service.settings
        origins = settings.cors_origins
        try:
            request = request_of(environ, settings)
        except ODataError as error:
            refused = finished(error_response(error), headers_of(environ), request_id_of(environ), origins)
            return answer(refused, start_response)
        asked = preflight(request.method, request.headers, origins) if origins else None
        response = asked or self._faces.handle(request)
        return answer(finished(response, request.headers, request.request_id, origins), start_response)
