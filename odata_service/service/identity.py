"""Who sends a request: found out once for each, by code that the service has been told (Protocol 12.1)."""

import hashlib
from typing import Protocol
from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from odata_service.errors import NotAuthenticated
from odata_service.service.message import Principal, Request


class Authenticator(Protocol):
    """Finds out who sends a request: None, or a `NotAuthenticated` that says more, for whom the service does not know.

    A `ValueError`, as decoders raise for what they cannot read, is None too; any other `ODataError` is the answer.
    """

    def __call__(self, request: Request, /) -> Principal | None:
        """The principal of a request."""


class Identification(Struct, frozen=True):
    """An authenticator, and the challenge for whom it does not know: the value of `WWW-Authenticate`.

    `key_option` is the query option in which clients send a key, where the challenge asks for one there.
    """

    authenticator: Authenticator
    challenge: str
    key_option: str | None = None

    def identified(self, request: Request) -> Request:
        """The request with its principal and without its key; `NotAuthenticated` with the challenge without one."""
        try:
            principal = self.authenticator(request)
        except NotAuthenticated as error:
            error.headers = {"WWW-Authenticate": self.challenge, **error.headers}
            raise
        except ValueError as error:
            raise NotAuthenticated(
                "The credentials cannot be read.",
                target="Authorization",
                hint="Send them as the challenge asks for them.",
                headers={"WWW-Authenticate": self.challenge},
            ) from error
        if principal is None:
            raise NotAuthenticated(
                "Who you are is not known here.",
                target="Authorization",
                hint=f"Send credentials: {self.challenge.partition(' ')[0]}.",
                headers={"WWW-Authenticate": self.challenge},
            )
        return self.without_key(replace(request, principal=principal))

    def without_key(self, request: Request) -> Request:
        """The request without the key in its query, so that no link and no log has it."""
        if self.key_option is None or self.key_option not in unquote(request.query):
            return request
        parts = request.query.split("&")
        kept = (part for part in parts if unquote(part.partition("=")[0]) != self.key_option)
        return replace(request, query="&".join(kept))


def owner_of(request: Request) -> str:
    """Whose a request is: a digest of its principal's name, or where nobody asks for one, of the credentials sent."""
    sent = request.headers.get("authorization", "")
    owner = f"sent {sent}" if request.principal is None else f"principal {request.principal.name}"
    return hashlib.sha256(owner.encode("utf-8", "replace")).hexdigest()
