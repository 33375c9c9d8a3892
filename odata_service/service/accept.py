"""Quality lists: `Accept` and its kin, read whole, with quoted parameters (RFC 9110, 12.4 and 12.5)."""

import re
from collections.abc import Mapping

from msgspec import Struct, field

_PART = re.compile(r'((?:[^,;"]|"(?:[^"\\]|\\.)*")*)([,;]|$)')
_MOST = 8_192
_QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)


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


def _range_of(pieces: list[str]) -> MediaRange:
    parameters: dict[str, str] = {}
    quality = 1.0
    for piece in pieces[1:]:
        name, _, value = (part.strip() for part in piece.partition("="))
        value = value.strip('"').lower()
        if name.lower() == "q":
            quality = float(value) if _QUALITY.fullmatch(value) else 0.0
        elif name:
            parameters[name.lower()] = value
    return MediaRange(pieces[0].lower(), parameters, quality)
