"""`POST …/$query`: a read whose options stand in the body, as in a URL that is too long (URL Conventions 4.17)."""

from urllib.parse import unquote

from msgspec.structs import replace

from odata_service.errors import BadRequest, MethodNotAllowed, PayloadTooLarge, UnsupportedMediaType
from odata_service.service.accept import accepted_ranges
from odata_service.service.message import Request

_SEGMENT = "/$query"
_MEDIA_TYPES = frozenset({"text/plain", "application/x-www-form-urlencoded"})
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii"})
_LONGEST = 1024 * 1024


def is_query(request: Request) -> bool:
    """Whether a request has its options in the body."""
    return request.path.endswith("query") and unquote(request.path).endswith(_SEGMENT)


def read_of(request: Request) -> Request:
    """The GET that a POST to `/$query` stands for: the options of its URL, then those of its body.

    `MethodNotAllowed` for another verb, `UnsupportedMediaType` for a body that is no text, `PayloadTooLarge` for one
    that no option fills.
    """
    if request.method != "POST":
        raise MethodNotAllowed(f"{_SEGMENT} takes its options by POST.", allow=("POST",))
    _check_type(request.headers.get("content-type", ""))
    if len(request.body) > _LONGEST:
        raise PayloadTooLarge(f"The options are longer than {_LONGEST} bytes.", hint="Split the request.")
    try:
        options = request.body.decode("utf-8").strip()
    except UnicodeDecodeError as error:
        raise BadRequest("The options are no UTF-8.", hint="Encode them as in a URL, each byte as %XX.") from error
    query = "&".join(part for part in (request.query, options) if part)
    path = request.path[: request.path.rindex("/")]
    return replace(request, method="GET", path=path, query=query, body=b"")


def _check_type(content_type: str) -> None:
    ranges = accepted_ranges(content_type)
    if len(ranges) != 1 or ranges[0].name not in _MEDIA_TYPES:
        found = f"Content-Type '{content_type}' is not read here" if content_type else "The request has no Content-Type"
        raise UnsupportedMediaType(f"{found}.", target="Content-Type", hint="Send text/plain.")
    charset = ranges[0].parameters.get("charset", "utf-8")
    if charset.lower() not in _CHARSETS:
        raise UnsupportedMediaType(f"Charset '{charset}' is not read.", target="Content-Type", hint="Send UTF-8.")
