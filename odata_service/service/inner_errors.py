"""What an error tells whoever looks into it: the ids of the request, and when it was made."""

import re
from datetime import UTC, datetime

from odata_service.service.message import Request

_ID = re.compile(r"[A-Za-z0-9._:-]{1,100}", re.ASCII)


def inner_error(request: Request) -> dict[str, str]:
    """The members of `innerError` as Microsoft Graph has them; a client that gives no id has that of the service."""
    stated = request.headers.get("client-request-id", "")
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}",
        "request-id": request.request_id,
        "client-request-id": stated if _ID.fullmatch(stated) else request.request_id,
    }
