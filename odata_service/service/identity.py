"""Who sends a request: found out once for each, by code that the service has been told (Protocol 12.1)."""

from typing import Protocol

from msgspec import Struct
from msgspec.structs import replace

from odata_service.errors import NotAuthenticated
from odata_service.service.message import Principal, Request


class Authenticator(Protocol):
    """Finds out who sends a request: None, or a `NotAuthenticated` that says more, for whom the service does not know.

    Any other `ODataError` is the answer too.
    """

    def __call__(self, request: Request, /) -> Principal | None:
        """The principal of a request."""


class Identification(Struct, frozen=True):
    """An authenticator, and the challenge for whom it does not know: the value of `WWW-Authenticate`."""

    authenticator: Authenticator
    challenge: str

    def identified(self, request: Request) -> Request:
        """The request with its principal; `NotAuthenticated` with the challenge where there is none."""
        try:
            principal = self.authenticator(request)
        except NotAuthenticated as error:
            error.headers = {"WWW-Authenticate": self.challenge, **error.headers}
            raise
        if principal is None:
            raise NotAuthenticated(
                "Who you are is not known here.",
                target="Authorization",
                hint=f"Send credentials: {self.challenge.partition(' ')[0]}.",
                headers={"WWW-Authenticate": self.challenge},
            )
        return replace(request, principal=principal)
