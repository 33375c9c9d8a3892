"""Quality lists: `Accept` and its kin, read whole, with quoted parameters (RFC 9110, 12.4 and 12.5)."""

import re
from collections.abc import Mapping

from msgspec import Struct, field

from odata_service.errors import BadRequest

_PART = re.compile(r'((?:[^,;"]|"(?:[^"\\]|\\.)*")*)([,;]|$)')
_MOST = 8_192
_QUALITY = re.compile(r"0?\.\d{1,3}|0\.?|1(\.0{0,3})?", re.ASCII)
"""Java's HttpURLConnection writes `q=.2` unless it is told what to accept."""
_TOKEN = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)


class MediaRange(Struct, frozen=True):
    """One alternative: its name and parameters in lower case, without `q`."""

    name: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    quality: float = 1.0


def accepted_ranges(text: str) -> tuple[MediaRange, ...]:
    """The alternatives of a quality list, best first, equals as they appear; quality 0 is left out."""
    wanted = [part for part in stated_ranges(text) if part.quality > 0]
    return tuple(sorted(wanted, key=lambda part: -part.quality))


def stated_ranges(text: str) -> tuple[MediaRange, ...]:
    """All that a quality list states, as it stands there, also what is not wanted at all (quality 0).

    What stands behind the first 8,192 characters is not read: no client has so much to say.
    """
    return tuple(_range_of(part) for part in _split(text[:_MOST]) if part and part[0])


def check_media_ranges(text: str, source: str) -> None:
    """Refuses a list of media ranges, of the header or option `source`, that is written wrongly.

    A single `*` stands for all: Java's HttpURLConnection writes that. What is too long to be read whole is not judged.
    """
    for name, parameters in _stated(text):
        main, slash, sub = name.partition("/")
        if name != "*" and not (slash and _TOKEN.fullmatch(main) and _TOKEN.fullmatch(sub)):
            raise BadRequest(f"'{name[:80]}' is no media type.", target=source, hint="Write application/json.")
        charset = parameters.get("charset", "utf-8")
        if not _TOKEN.fullmatch(charset):
            raise BadRequest(f"'{charset[:80]}' is no character set.", target=source, hint="Write charset=utf-8.")
        _check_quality(parameters, source)


def check_charsets(text: str) -> None:
    """Refuses a list of character sets, as `Accept-Charset` has it, that is written wrongly (RFC 9110, 12.5.2)."""
    for name, parameters in _stated(text):
        if not _TOKEN.fullmatch(name):
            raise BadRequest(f"'{name[:80]}' is no character set.", target="Accept-Charset", hint="Write utf-8.")
        unknown = next((part for part in parameters if part != "q"), None)
        if unknown is not None:
            raise BadRequest(f"A character set has no '{unknown[:80]}'.", target="Accept-Charset", hint="Leave it out.")
        _check_quality(parameters, "Accept-Charset")


def _check_quality(parameters: Mapping[str, str], source: str) -> None:
    quality = parameters.get("q", "1")
    if not _QUALITY.fullmatch(quality):
        raise BadRequest(f"'{quality[:80]}' is no quality.", target=source, hint="Write q=0.8, a number from 0 to 1.")


def _stated(text: str) -> list[tuple[str, dict[str, str]]]:
    pieces = _split(text) if len(text) <= _MOST else []
    return [(part[0].lower(), _parameters(part)) for part in pieces if part and part[0]]


def _split(text: str) -> list[list[str]]:
    """The pieces between commas, each split at its semicolons."""
    result: list[list[str]] = [[]]
    position = 0
    while match := _PART.match(text, position):  # from place to place: a search for the next would take n * n steps
        result[-1].append(match[1].strip())
        if match[2] == ",":
            result.append([])
        if not match[2]:
            break
        position = match.end()
    return result


def _parameters(pieces: list[str]) -> dict[str, str]:
    pairs = (piece.partition("=") for piece in pieces[1:])
    return {name.strip().lower(): value.strip().strip('"').lower() for name, _, value in pairs if name.strip()}


def _range_of(pieces: list[str]) -> MediaRange:
    parameters = _parameters(pieces)
    stated = parameters.pop("q", "1")
    return MediaRange(pieces[0].lower(), parameters, float(stated) if _QUALITY.fullmatch(stated) else 0.0)
