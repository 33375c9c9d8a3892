"""Refusals of requests that nobody has looked into: as the service would write them, for a fraction of what that costs.

Who is refused in a flood must cost next to nothing. So a refusal is written once for what its shape depends on, and
the ids of each request are put in.
"""

from collections.abc import Mapping
from functools import lru_cache
from time import time

from odata_service.errors import ODataError
from odata_service.service import Request, Response
from odata_service.web.faces import Faces
from odata_service.web.messages import finished, given_id, request_id_of

_SHAPES = ("odata-maxversion", "odata-version", "maxdataserviceversion", "accept")
"""The headers that a refusal's version and format hang on."""
_ID, _CLIENT_ID = "id-of-the-request.0000", "id-of-the-client.00000"
_ID_BYTES, _CLIENT_ID_BYTES = _ID.encode(), _CLIENT_ID.encode()
_MOST_SHAPES = 200


class Refusals:
    """Writes refusals for errors that are known beforehand."""

    def __init__(self, faces: Faces) -> None:
        self._faces = faces
        self._written = lru_cache(_MOST_SHAPES)(self._write)

    def refused(self, error: ODataError, method: str, path: str, headers: Mapping[str, str]) -> Response:
        """The refusal of a request; the path begins with a slash."""
        request_id = request_id_of(headers)
        client_id = given_id(headers.get("client-request-id"))
        stated = tuple([headers.get(name) for name in _SHAPES])
        shape = (method == "HEAD", self._faces.is_v2(path), client_id is not None)
        written = self._written(error, shape, stated, int(time()))
        body = written.body
        assert isinstance(body, bytes), "errors are short"
        if _ID_BYTES in body:
            body = body.replace(_ID_BYTES, request_id.encode())
            body = body.replace(_CLIENT_ID_BYTES, (client_id or request_id).encode())
        told = {"X-Request-ID": request_id, "Content-Length": str(len(body))}
        return Response(written.status, {**written.headers, **told}, body)

    def _write(
        self, error: ODataError, shape: tuple[bool, bool, bool], stated: tuple[str | None, ...], _second: int
    ) -> Response:
        """A refusal of a shape as it is in this second: whether it is of HEAD, of V2, and has an id of the client."""
        is_head, is_v2, has_id = shape
        headers = {name: value for name, value in zip(_SHAPES, stated, strict=True) if value is not None}
        if has_id:
            headers["client-request-id"] = _CLIENT_ID
        request = Request("HEAD" if is_head else "GET", "", headers=headers, request_id=_ID)
        return finished(self._faces.refusal(request, error, is_v2=is_v2), {}, _ID)
