"""What the headers of a V2 request ask for: the method, the version, the format of the answer (V2 Operations 2, 3)."""

import re
from collections.abc import Mapping
from functools import lru_cache

from odata_service.errors import BadRequest, MethodNotAllowed, NotAcceptable, UnsupportedMediaType
from odata_service.service.accept import accepted_ranges, stated_ranges
from odata_service.service.message import Request
from odata_service.service.tunnel import TUNNELS, meant_method
from odata_service.v2.options import WireFormat

VERSION, FIRST_VERSION = "2.0", "1.0"
_NUMBER = re.compile(r"(\d{1,3})(?:\.\d{1,3})?\s*(?:;|\Z)", re.ASCII)
"""What stands before the name of the client, `2.0;NetFx`; some leave `.0` out."""
METADATA = frozenset({"$metadata", "%24metadata"})
DOCUMENTS = METADATA | {""}
"""The paths of the metadata document, and those of both documents."""
METHODS = ("GET", "HEAD", "POST", "PUT", "MERGE", "PATCH", "DELETE", "OPTIONS")
TUNNELLED = frozenset({"PUT", "MERGE", "PATCH", "DELETE"})
"""What POST may stand for."""

_JSON = frozenset({"application/json", "text/json", "application/*", "text/*", "*/*"})
_PLAIN_XML = frozenset({"application/xml", "text/xml"})
_ATOM, _ATOM_SERVICE = "application/atom+xml", "application/atomsvc+xml"
_XML = _PLAIN_XML | {_ATOM, _ATOM_SERVICE}
_OF_V4_ALONE = frozenset(
    {"accept", "content-type", "content-length", "dataserviceversion", "maxdataserviceversion", "odata-version"}
    | {"odata-maxversion", "prefer", *TUNNELS}
)
_V4_ACCEPT = "application/json;odata.metadata=minimal;IEEE754Compatible=true"


def method_of(request: Request) -> str:
    """The method that is meant; `MethodNotAllowed` where it is none of V2."""
    if request.method not in METHODS:
        raise MethodNotAllowed(f"'{request.method}' is not a method of OData V2.", allow=METHODS)
    return meant_method(request, TUNNELLED)


def is_of_first_version(headers: Mapping[str, str]) -> bool:
    """Whether a client reads nothing of version 2; `BadRequest` where it reads nothing of version 1 either."""
    stated = headers.get("maxdataserviceversion")
    if stated is None:
        return False
    number = _NUMBER.match(stated.strip())
    if number is None or int(number[1]) < 1:
        hint = f"Write {VERSION}."
        raise BadRequest(f"'{stated[:20]}' is no version.", target="MaxDataServiceVersion", hint=hint)
    return int(number[1]) == 1


def format_of(headers: Mapping[str, str], stated: WireFormat | None, *, of_service: bool = False) -> WireFormat:
    """The format of an answer: that of $format, else the best of Accept, JSON where either will do.

    `of_service`: the answer is the service document, which Atom has a media type of its own for. datajs asks for that
    before JSON, whatever it reads, and means JSON where it reads something else.
    """
    return stated or _accepted(headers.get("accept", ""), _ATOM_SERVICE if of_service else _ATOM)


@lru_cache(maxsize=200)
def _accepted(accept: str, atom: str) -> WireFormat:
    ranges, refused = accepted_ranges(accept), {part.name for part in stated_ranges(accept) if not part.quality}
    by_default: WireFormat = "xml" if "application/json" in refused else "json"
    for media_types in (_PLAIN_XML | {atom}, _XML):
        for part in ranges:
            if part.name in _JSON:
                return by_default if part.name.endswith("/*") else "json"
            if part.name in media_types:
                return "xml"
    if not ranges and not refused:
        return "json"
    raise NotAcceptable(
        f"Answers are JSON or Atom, and '{accept[:80]}' takes neither.",
        target="Accept",
        hint="Write application/json or application/atom+xml.",
    )


def body_format(headers: Mapping[str, str]) -> WireFormat:
    """The format of a body; `UnsupportedMediaType` for what is neither JSON nor XML."""
    name = media_type_of(headers)
    if name in {"", "application/json", "text/json"}:
        return "json"
    if name in _XML:
        return "xml"
    hint = "Send application/json or application/atom+xml."
    raise UnsupportedMediaType(f"A body of '{name[:80]}' is not read here.", target="Content-Type", hint=hint)


def media_type_of(headers: Mapping[str, str]) -> str:
    """The media type of a body without its parameters, in lower case."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def v4_headers(
    headers: Mapping[str, str],
    *,
    content_type: str | None = None,
    prefer: str | None = None,
    if_match: str | None = None,
) -> dict[str, str]:
    """The headers of the V4 request that stands for a V2 one, which states these as well."""
    made = {name: value for name, value in headers.items() if name not in _OF_V4_ALONE}
    made["accept"] = _V4_ACCEPT
    made["odata-maxversion"] = "4.0"
    size = headers.get("prefer", "")
    if "maxpagesize" in size:
        prefer = f"{size}, {prefer}" if prefer else size
    if prefer:
        made["prefer"] = prefer
    if content_type is not None:
        made["content-type"] = content_type
    if if_match is not None:
        made["if-match"] = if_match
    return made
