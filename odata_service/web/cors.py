"""Requests from pages of other origins, as browsers ask for leave to send them (Fetch, 3.2: CORS).

No origin is let in unless the operator names it. One that is named may send credentials that the browser keeps, where
its page asks for that (`withCredentials`); where all are let in by `*`, a page sends its own `Authorization`.
"""

import re
from collections.abc import Collection, Mapping

from odata_service.service import Response

_METHODS = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, MERGE"
_SENT = (
    "Accept, Accept-Language, Authorization, Content-Encoding, Content-ID, Content-Language, Content-Type, "
    "DataServiceVersion, If-Match, If-None-Match, If-Range, Isolation, MaxDataServiceVersion, MIME-Version, "
    "OData-EntityId, OData-Isolation, OData-MaxVersion, OData-Version, Prefer, Range, Repeatability-Client-ID, "
    "Repeatability-First-Sent, Repeatability-Request-ID, X-CSRF-Token, X-HTTP-Method, X-Request-ID, X-Requested-With, "
    "ConsistencyLevel, SdkVersion, client-request-id, return-client-request-id, traceparent, tracestate"
)
"""The headers that clients of OData send."""
_MOST_ASKED = 4_096
_is_name = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+").fullmatch
_EXPOSED = (
    "Accept-Encoding, Accept-Ranges, Allow, AsyncResult, Content-Disposition, Content-Encoding, Content-Language, "
    "Content-Length, Content-Range, DataServiceVersion, ETag, Location, OData-EntityId, OData-Error, OData-Version, "
    "Preference-Applied, Repeatability-Result, Retry-After, Server-Timing, WWW-Authenticate, X-CSRF-Token, "
    "X-Request-ID"
)
"""The headers of answers that scripts may read."""
_KEPT_SECONDS = "7200"


def preflight(method: str, headers: Mapping[str, str], origins: Collection[str]) -> Response | None:
    """The answer to a browser that asks whether it may send a request; None for what is no such question."""
    if method != "OPTIONS" or "access-control-request-method" not in headers or not is_allowed(headers, origins):
        return None
    told = {
        "Access-Control-Allow-Methods": _METHODS,
        "Access-Control-Allow-Headers": _asked_for(headers) or _SENT,
        "Access-Control-Max-Age": _KEPT_SECONDS,
    }
    return Response(204, told)


def _asked_for(headers: Mapping[str, str]) -> str:
    """The headers that a page of an allowed origin asks to send: OpenUI5, for one, sends some that nobody else has."""
    names = (name.strip() for name in headers.get("access-control-request-headers", "")[:_MOST_ASKED].split(","))
    return ", ".join(filter(_is_name, names))


def tell_origin(response: Response, request_headers: Mapping[str, str], origins: Collection[str]) -> None:
    """Says in an answer which origin may read it, and what of its headers."""
    headers = response.headers
    if "*" not in origins:
        headers["Vary"] = f"{headers['Vary']}, Origin" if "Vary" in headers else "Origin"
    if is_allowed(request_headers, origins):
        headers["Access-Control-Allow-Origin"] = "*" if "*" in origins else request_headers["origin"]
        if "*" not in origins:
            headers["Access-Control-Allow-Credentials"] = "true"
        headers["Access-Control-Expose-Headers"] = _EXPOSED


def is_allowed(headers: Mapping[str, str], origins: Collection[str]) -> bool:
    """Whether a request comes from a page of an allowed origin: one that is named, or any for `*`."""
    origin = headers.get("origin")
    return origin is not None and ("*" in origins or origin.lower() in origins)
