"""POST in place of another method, where something on the way lets no other through: a header says which is meant."""

from collections.abc import Collection

from msgspec.structs import replace

from odata_service.errors import BadRequest
from odata_service.payload import BatchRequest, Malformed
from odata_service.service.message import Request

TUNNELS = ("x-http-method", "x-http-method-override")
"""The headers, in lower case."""


def meant_method(request: Request | BatchRequest, methods: Collection[str]) -> str:
    """The method that a request means: its own, or one of `methods` that its POST stands for; else `BadRequest`."""
    stated = [name for name in TUNNELS if name in request.headers] if request.method == "POST" else []
    if not stated:
        return request.method
    method, *others = (request.headers[name].strip().upper() for name in stated)
    if method not in methods:
        hint = f"Write one of {', '.join(sorted(methods))}."
        raise BadRequest(f"POST does not stand for '{method[:20]}'.", target=stated[0], hint=hint)
    if any(other != method for other in others):
        text = f"POST stands for '{method}' and for '{others[0][:20]}'."
        raise BadRequest(text, target=stated[1], hint="Send one of the two headers.")
    return method


def with_meaning(part: BatchRequest | Malformed, methods: Collection[str]) -> BatchRequest | Malformed:
    """A request of a batch with the method that it means, as if it had been sent so."""
    if isinstance(part, Malformed):
        return part
    try:
        return replace(part, method=meant_method(part, methods))
    except BadRequest as error:
        return Malformed(part.id, error)
