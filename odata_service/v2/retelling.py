"""Failures as V4 tells them become such of what a V2 client has sent: its options, its methods, places in its text."""

import re
from urllib.parse import unquote

from odata_service.errors import ODataError
from odata_service.v2.options import is_translated

_PLACE = re.compile(r" \(at position \d+ of \$(?:filter|orderby)\)")
"""Where in V4's text of an option something stands."""


def retell(error: ODataError, query: str) -> None:
    """Changes what an error says, given the raw query of the request that it is the answer to."""
    if _PLACE.search(error.text) and is_translated(query):
        error.text = _PLACE.sub("", error.text)
    if "$inlinecount" in unquote(query):
        error.target = "$inlinecount" if error.target == "$count" else error.target
        error.text, error.hint = _counted(error.text), _counted(error.hint or "") or None
    allowed = error.headers.get("Allow", "").split(", ")
    if "PATCH" in allowed and "MERGE" not in allowed:
        error.headers["Allow"] = ", ".join((*allowed, "MERGE"))


def _counted(text: str) -> str:
    return text.replace("$count", "$inlinecount")
