"""The `Prefer` header: what the client would like, never an error (Protocol 8.2.8, RFC 7240)."""

import re
from collections.abc import Mapping
from typing import Literal

from msgspec import Struct

from odata_service.edm.chosen import ChosenAnnotations, chosen_annotations
from odata_service.payload import Omitted

_PREFERENCE = re.compile(
    r'([!#$%&\'*+.^_`|~0-9A-Za-z-]+)\s*(?:=\s*("(?:[^"\\]|\\.)*"|[^\s,;"]+))?(?:[^,"]|"[^"]*"|")*(?:,|$)'
)
_URL = re.compile(r';\s*url\s*=\s*"([^"\\]*)"', re.IGNORECASE)
_RETURNED: dict[str, Literal["representation", "minimal"]] = {"representation": "representation", "minimal": "minimal"}
_MOST = 8_192
_OMITTED: dict[str, Omitted] = {"nulls": "nulls", "defaults": "defaults"}
_POSITIVE = re.compile(r"[1-9]\d{0,9}", re.ASCII)


class Preferences(Struct, frozen=True):
    """The preferences that this service knows, each None where it was not stated.

    `max_page_size_name` is the spelling that the client used: the answer echoes it. `tracks` is the name by which the
    client asks for a delta link, `refers` that by which it lets references stand for entities that it has already.
    `annotations` are those that it wants to see, by the name `annotations_name`.
    """

    returned: Literal["representation", "minimal"] | None = None
    max_page_size: int | None = None
    max_page_size_name: str = "odata.maxpagesize"
    omits: Omitted | None = None
    tracks: str | None = None
    refers: str | None = None
    annotations: ChosenAnnotations | None = None
    annotations_name: str = "include-annotations"


def read_preferences(text: str) -> Preferences:
    """The preferences in a `Prefer` header; of two spellings of one the one without prefix wins, else the first.

    What stands behind the first 8,192 characters is not read.
    """
    stated: dict[str, str] = {}
    for match in _PREFERENCE.finditer(text[:_MOST]):
        stated.setdefault(match[1].lower(), (match[2] or "").strip('"'))
    name = "maxpagesize" if "maxpagesize" in stated else "odata.maxpagesize"
    size = stated.get(name, "")
    listed = _spelling("include-annotations", stated)
    return Preferences(
        returned=_RETURNED.get(stated.get("return", "")),
        max_page_size=int(size) if _POSITIVE.fullmatch(size) else None,
        max_page_size_name=name,
        tracks=_spelling("track-changes", stated),
        omits=_OMITTED.get(stated.get("omit-values", "").lower()),
        refers=_spelling("allow-entityreferences", stated),
        annotations=chosen_annotations(stated[listed]) if listed is not None else None,
        annotations_name=listed or "include-annotations",
    )


def _spelling(name: str, stated: Mapping[str, str]) -> str | None:
    """The spelling in which a preference is stated, and not as false; of two the one without prefix."""
    known = (spelling for spelling in (name, f"odata.{name}") if spelling in stated)
    return next((spelling for spelling in known if stated[spelling].lower() != "false"), None)


class Deferral(Struct, frozen=True):
    """The wish to be answered later: unless it takes at most `wait_seconds`; `callback_url` is to hear when it is done.

    `callback_name` is the spelling that the client used.
    """

    wait_seconds: int = 0
    callback_url: str | None = None
    callback_name: str = "callback"


def deferral_of(text: str) -> Deferral | None:
    """What a `Prefer` header says of an answer that may come later; None where it must not (Protocol 8.2.8.8)."""
    stated = _with_parameters(text)
    if "respond-async" not in stated:
        return None
    wait = stated.get("wait", ("", ""))[0]
    name = "odata.callback" if "odata.callback" in stated and "callback" not in stated else "callback"
    url = _URL.search(stated[name][1]) if name in stated else None
    return Deferral(int(wait) if _POSITIVE.fullmatch(wait) else 0, url[1] if url else None, name)


def _with_parameters(text: str) -> dict[str, tuple[str, str]]:
    """Each preference with its value and the text of its parameters."""
    found: dict[str, tuple[str, str]] = {}
    for match in _PREFERENCE.finditer(text[:_MOST]):
        parameters = match[0][match.end(2 if match[2] else 1) - match.start() :]
        found.setdefault(match[1].lower(), ((match[2] or "").strip('"'), parameters))
    return found


def continuing(text: str) -> tuple[str, bool] | None:
    """The preference for what follows an error among several, by the client's spelling; None where it is not stated."""
    for match in _PREFERENCE.finditer(text[:_MOST]):
        value = (match[2] or "").strip('"').lower()
        if match[1].lower() in {"continue-on-error", "odata.continue-on-error"} and value in {"", "true", "false"}:
            return match[1].lower() + (f"={value}" if value else ""), value != "false"
    return None


def applied_to_metadata(preferences: Preferences) -> dict[str, str]:
    """The header that tells which preferences a document of metadata follows."""
    chosen = preferences.annotations
    return {} if chosen is None else {"Preference-Applied": _chosen(preferences.annotations_name, chosen)}


def _chosen(name: str, chosen: ChosenAnnotations) -> str:
    return f'{name}="{chosen.text}"'


def applied_headers(
    preferences: Preferences, *, page_size: int | None = None, returned: str | None = None, tracked: bool = False
) -> dict[str, str]:
    """The header that tells which preferences an answer follows: those for pages and for changes where it is such.

    `tracked`: the entities that it has get a delta link. What is read has no annotations that a client may choose, so
    that it has all of those that it wants, and no others.
    """
    applied = [f"return={returned}"] if returned is not None else []
    if preferences.annotations is not None and returned is None:
        applied.append(_chosen(preferences.annotations_name, preferences.annotations))
    if preferences.max_page_size is not None and page_size is not None:
        applied.append(f"{preferences.max_page_size_name}={page_size}")
    if preferences.omits is not None and returned != "minimal":
        applied.append(f"omit-values={preferences.omits}")
    if preferences.refers is not None and returned != "minimal":
        applied.append(preferences.refers)
    if tracked and preferences.tracks is not None:
        applied.append(preferences.tracks)
    return {"Preference-Applied": ", ".join(applied)} if applied else {}
