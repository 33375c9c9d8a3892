"""One service, two protocols: what is below the path of V2 is answered as OData V2, all else as V4."""

from dataclasses import replace

from odata_service.service import Request, Response, Service
from odata_service.v2 import V2Service


class Faces:
    """Answers requests of either protocol."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._v2 = V2Service(service)
        path = service.settings.v2_path.strip("/")
        self._root, self._below = path, f"{path}/" if path else ""

    def handle(self, request: Request) -> Response:
        """The answer to a request, whatever happens."""
        path = request.path
        if self._below and (path.startswith(self._below) or path == self._root):
            below = replace(request, path=path[len(self._below) :], base_url=request.base_url + self._below)
            return self._v2.handle(below)
        return self._service.handle(request)
