"""Parts of streams: `Range` and `If-Range` (RFC 9110, 13.1.5 and 14).

One range of bytes is answered by 206; several together, other units and what is no range are answered by the whole, as
the standard lets a server do. A part belongs to one state of a stream: `If-Range` with another ETag, or with a date,
asks for the whole. The ETag of a stream stands for its very bytes: it serves here though it is written as a weak one.
"""

import re
from collections.abc import Mapping

from msgspec.structs import replace

from odata_service.errors import RangeNotSatisfiable
from odata_service.service.message import Request, Response

_RANGE = re.compile(r"\s*bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.ASCII | re.IGNORECASE)


def answer_part(headers: dict[str, str], body: bytes, asked: Mapping[str, str]) -> Response:
    """The stream, or the part of it that is asked for; `RangeNotSatisfiable` for one behind its end."""
    headers = {**headers, "Accept-Ranges": "bytes"}
    match = _RANGE.fullmatch(asked.get("range", ""))
    if match is None or not (match[1] or match[2]) or not _holds(asked.get("if-range"), headers["ETag"]):
        return Response(200, headers, body)
    first, last = _bounds(match[1], match[2], len(body))
    if match[1] and match[2] and int(match[2]) < int(match[1]):
        return Response(200, headers, body)
    if first > last:
        raise RangeNotSatisfiable(
            f"The stream has {len(body)} bytes, and none of them are in '{asked['range'][:60]}'.",
            target="Range",
            headers={"Content-Range": f"bytes */{len(body)}", "Accept-Ranges": "bytes"},
        )
    return Response(206, {**headers, "Content-Range": f"bytes {first}-{last}/{len(body)}"}, body[first : last + 1])


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """The places of the first and the last byte; a range without a beginning counts from the end."""
    if not first:
        return max(0, size - int(last)), size - 1
    return int(first), min(int(last), size - 1) if last else size - 1


def _holds(condition: str | None, tag: str) -> bool:
    return condition is None or condition.strip().removeprefix("W/") == tag.removeprefix("W/")


def whole_get(request: Request) -> Request:
    """The GET whose headers a HEAD asks for: ranges are of GET alone (RFC 9110, 14.2)."""
    headers = {name: value for name, value in request.headers.items() if name != "range"}
    return replace(request, method="GET", headers=headers)
