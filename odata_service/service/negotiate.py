"""What the client speaks and wants: protocol version, format, preferences (Protocol 8.1, 8.2, 11.2.12).

Pure functions of header texts; `cache` keeps their results with the plan of a request's shape.
"""

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from odata_service.errors import BadRequest, NotAcceptable, ODataError
from odata_service.payload import Format
from odata_service.service.accept import MediaRange, accepted_ranges, check_charsets, check_media_ranges
from odata_service.service.message import Presentation
from odata_service.service.preferences import Preferences, read_preferences
from odata_service.settings import Limits, Settings

Version = Literal["4.0", "4.01"]
MetadataFormat = Literal["xml", "json"]

NEGOTIATED = ("accept", "accept-charset", "odata-version", "odata-maxversion", "prefer", "maxdataserviceversion")
"""The request headers that take part in negotiation, and so in the shape of a request."""

_MOST_KEPT = 2_000
_UNBOUNDED = 2**31 - 2
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})\s*(?:;.*)?", re.ASCII)
"""The name of the client may follow, `4.0;NetFx`, as it did before V4."""
_LEVELS: dict[str, Literal["none", "minimal", "full"]] = {
    "none": "none",
    "minimal": "minimal",
    "full": "full",
    "nometadata": "none",
    "minimalmetadata": "minimal",
    "fullmetadata": "full",
    "light": "minimal",
    "verbose": "minimal",
}
_SWITCHES = ("ieee754compatible", "exponentialdecimals", "streaming", "odata.streaming")
"""Parameters of the JSON format that are true or false."""
_JSON_PARAMETERS = {"odata.metadata", "metadata", "odata", "charset", *_SWITCHES}
_ANY = {"*/*", "application/*", "*"}
_UTF_8 = {"utf-8", "utf8"}


class Context(Struct, frozen=True):
    """How a request is answered: version, format, preferences, whether a charset was asked for, page size.

    `presentation` is how entities are written where it is not as JSON of this format.
    """

    version: Version
    format: Format
    preferences: Preferences
    charset: bool = False
    page_size: int = 1_000
    presentation: Presentation | None = None


def negotiated(headers: Mapping[str, str]) -> tuple[str | None, ...] | None:
    """What the headers that take part say; None where that is too much to be kept with what is made for it."""
    stated = tuple(map(headers.get, NEGOTIATED))
    return stated if sum(len(text) for text in stated if text) <= _MOST_KEPT else None


def negotiate(headers: Mapping[str, str], format_option: str | None, settings: Settings) -> Context:
    """The context of a request for data; `NotAcceptable` where the client takes nothing that this service has."""
    version = negotiate_version(headers, settings)
    told = check_charset(headers, format_option)
    chosen = _first_json(_wanted(headers, format_option, "application/json"), is_told=told)
    if chosen is None:
        refused = format_option or headers.get("accept", "")
        raise NotAcceptable(
            f"The requested format '{refused[:80]}' is none of this resource, which is answered as JSON.",
            target="$format" if format_option else "Accept",
            hint="Write application/json, with odata.metadata=none, minimal or full where that matters.",
        )
    preferences = read_preferences(headers.get("prefer", ""))
    level, parameters = chosen
    format = Format(
        level,
        version,
        ieee754=_is_stated("ieee754compatible", parameters),
        omits=preferences.omits,
        exponents=_is_stated("exponentialdecimals", parameters),
        streaming=_is_stated("streaming", parameters) or _is_stated("odata.streaming", parameters),
        refers=preferences.refers is not None,
    )
    return Context(
        version, format, preferences, told or "charset" in parameters, _page_size(preferences, settings.limits)
    )


def negotiate_metadata(headers: Mapping[str, str], format_option: str | None, settings: Settings) -> MetadataFormat:
    """The format of `$metadata`: XML unless the client wants JSON and may have it.

    CSDL JSON is a thing of 4.01: a client that limits itself to 4.0, as Power Query does with an Accept that begins
    with JSON, gets XML; so does every list that takes XML too.
    """
    check_charset(headers, format_option)
    ranges = _wanted(headers, format_option, "application/xml")
    takes_xml = any(part.name in {"application/xml", "text/xml", *_ANY} for part in ranges)
    takes_json = any(part.name == "application/json" for part in ranges)
    limited = version_alone(headers.get("odata-maxversion", "")) == "4.0" and format_option is None
    if takes_xml or (takes_json and limited):
        return "xml"
    if takes_json:
        return "json"
    raise NotAcceptable(
        "$metadata is answered as application/xml or application/json.",
        target="$format" if format_option else "Accept",
        hint="Write one of the two, or leave the choice to the service.",
    )


def negotiate_text(headers: Mapping[str, str], format_option: str | None, media_type: str) -> None:
    """Checks that a raw value may be sent: clients that ask for JSON take it too, since they always do."""
    main = media_type.partition(";")[0]
    kinds = {main, main.partition("/")[0] + "/*", "application/json", "text/plain", *_ANY}
    if not any(part.name in kinds for part in _wanted(headers, format_option, main)):
        raise NotAcceptable(f"This value is answered as {main}.", target="Accept", hint=f"Write {main} or */*.")


def negotiate_version(headers: Mapping[str, str], settings: Settings) -> Version:
    """The highest version that both sides speak (Protocol 8.2.8.2); without any word of it, the default."""
    body_version = headers.get("odata-version")
    if body_version is not None and _number(body_version, "OData-Version") not in {(4, 0), (4, 1)}:
        raise BadRequest(
            f"OData-Version '{body_version}' is not spoken here.", target="OData-Version", hint="Write 4.0 or 4.01."
        )
    maximum = headers.get("odata-maxversion")
    if maximum is not None:
        return _at_most(maximum, "OData-MaxVersion")
    if body_version is None and "maxdataserviceversion" in headers:
        return _at_most(version_alone(headers["maxdataserviceversion"]), "MaxDataServiceVersion")
    return settings.default_version if body_version is None else _at_most(body_version, "OData-Version")


def version_alone(text: str) -> str:
    """A version without the name of the client behind it."""
    return text.partition(";")[0].strip()


def check_charset(headers: Mapping[str, str], format_option: str | None = None) -> bool:
    """Refuses an Accept-Charset that leaves UTF-8 out; whether it names UTF-8.

    It goes before a charset in Accept, and behind one in $format.
    """
    wanted = headers.get("accept-charset")
    if not wanted or any("charset" in part.parameters for part in accepted_ranges(format_option or "")):
        return False
    check_charsets(wanted)
    names = {part.name for part in accepted_ranges(wanted)}
    if not names & {*_UTF_8, "*"}:
        raise NotAcceptable(
            f"Accept-Charset '{wanted[:80]}' leaves UTF-8 out.", target="Accept-Charset", hint="Add utf-8."
        )
    return bool(names & _UTF_8)


def _page_size(preferences: Preferences, limits: Limits) -> int:
    most = limits.max_page_size or _UNBOUNDED
    return min(preferences.max_page_size or limits.page_size or _UNBOUNDED, most)


def _at_most(text: str, header: str) -> Version:
    number = _number(text, header)
    if number < (4, 0):
        raise _refusal(header)(
            f"This service speaks OData 4.0 and 4.01, and the request takes at most {text}.",
            target=header,
            hint="Send OData-MaxVersion: 4.0 or higher.",
        )
    return "4.0" if number == (4, 0) else "4.01"


def _refusal(header: str) -> type[ODataError]:
    return NotAcceptable if header == "OData-MaxVersion" else BadRequest


def _number(text: str, header: str) -> tuple[int, int]:
    """Major and minor: 4.01 is the decimal number that it looks like, so 4.1 would be above it."""
    match = _VERSION.fullmatch(text.strip())
    if match is None:
        raise _refusal(header)(f"{header} '{text}' is no version number.", target=header, hint="Write 4.0 or 4.01.")
    return int(match[1]), int(match[2])


def _wanted(headers: Mapping[str, str], format_option: str | None, default: str) -> tuple[MediaRange, ...]:
    if format_option is not None:
        short = {"json": "application/json", "xml": "application/xml", "atom": "application/atom+xml"}
        stated = short.get(format_option.lower(), format_option)
        if "/" in stated:
            check_media_ranges(stated, "$format")
        return accepted_ranges(stated)
    accept = headers.get("accept", "").strip()
    check_media_ranges(accept, "Accept")
    return accepted_ranges(accept) if accept else (MediaRange(default),)


def _first_json(
    ranges: tuple[MediaRange, ...], *, is_told: bool = False
) -> tuple[Literal["none", "minimal", "full"], Mapping[str, str]] | None:
    """The first range that JSON is of, with the level of metadata that it asks for and its parameters.

    Where another header has told the character set, a range cannot.
    """
    for part in ranges:
        if part.name in _ANY or part.name == "application/json":
            parameters = part.parameters
            stated = parameters.get("metadata", parameters.get("odata.metadata", parameters.get("odata", "minimal")))
            level = _LEVELS.get(stated)
            switches = {parameters.get(name, "false") for name in _SWITCHES}
            is_known = parameters.keys() <= _JSON_PARAMETERS and switches <= {"true", "false"}
            if level and is_known and (is_told or parameters.get("charset", "utf-8") in _UTF_8):
                return level, parameters
    return None


def _is_stated(switch: str, parameters: Mapping[str, str]) -> bool:
    return parameters.get(switch) == "true"
