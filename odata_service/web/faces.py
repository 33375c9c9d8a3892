"""One service, two protocols: what is below the path of V2 is answered as OData V2, all else as V4."""

from functools import cached_property

from odata_service import v2
from odata_service.errors import ODataError
from odata_service.service import Request, Response, Service


class Faces:
    """Answers requests of either protocol."""

    def __init__(self, service: Service) -> None:
        self._service = service
        path = service.settings.v2_path.strip("/")
        self._root, self._below = path, f"{path}/" if path else ""

    @cached_property
    def _v2(self) -> "v2.V2Service":
        """The face of V2, which is loaded for the first request to it: most services never have one."""
        return v2.V2Service(self._service)

    def handle(self, request: Request) -> Response:
        """The answer to a request, whatever happens."""
        path = request.path
        if self._is_v2(path):
            rest, root = path[len(self._below) :], request.base_url + self._below
            sent = (request.query, request.headers, request.body)
            return self._v2.handle(Request(request.method, rest, *sent, root, request.request_id, request.principal))
        return self._service.handle(request)

    def is_v2(self, path: str) -> bool:
        """Whether a path is below that of V2; it begins with a slash."""
        return self._is_v2(path[1:])

    def _is_v2(self, path: str) -> bool:
        return bool(self._below) and (path.startswith(self._below) or path == self._root)

    def refusal(self, request: Request, error: ODataError, *, is_v2: bool) -> Response:
        """The answer to a request that fails so, be it that nothing but its method and its headers could be read."""
        return self._v2.refusal(request, error) if is_v2 else self._service.refusal(request, error)
