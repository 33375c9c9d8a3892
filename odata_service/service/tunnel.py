"""POST in place of another method, where something on the way lets no other through: a header says which is meant."""

from collections.abc import Collection

from odata_service.errors import BadRequest
from odata_service.service.message import Request

TUNNELS = ("x-http-method", "x-http-method-override")
"""The headers, in lower case."""


def meant_method(request: Request, methods: Collection[str]) -> str:
    """The method that a request means: its own, or one of `methods` that its POST stands for; else `BadRequest`."""
    if request.method != "POST":
        return request.method
    header = next((name for name in TUNNELS if name in request.headers), None)
    if header is None:
        return request.method
    method = request.headers[header].strip().upper()
    if method not in methods:
        hint = f"Write one of {', '.join(sorted(methods))}."
        raise BadRequest(f"POST does not stand for '{method[:20]}'.", target=header, hint=hint)
    return method
