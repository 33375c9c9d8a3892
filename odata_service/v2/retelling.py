"""Failures as V4 tells them become such of what a V2 client has sent: its options, functions and methods, and places in
its text.
"""

import re
from collections.abc import Callable
from urllib.parse import unquote

from odata_service.errors import ODataError
from odata_service.semantics.functions import REPLACE
from odata_service.v2.options import is_translated

_PLACE = re.compile(r" \(at position \d+ of \$(?:filter|orderby)\)")
"""Where in V4's text of an option something stands."""
_COUNT = re.compile(r"(?<!/)\$count\b")
"""V4's option, and not the segment, which V2 has too."""


def retell(error: ODataError, query: str) -> None:
    """Changes what an error says, given the raw query of the request that it is the answer to."""
    if _PLACE.search(error.text) and is_translated(query):
        error.text = _PLACE.sub("", error.text)
    _reword(error, lambda text: text.replace(REPLACE, "replace"))
    if "$inlinecount" in unquote(query):
        error.target = "$inlinecount" if error.target == "$count" else error.target
        _reword(error, lambda text: _COUNT.sub("$inlinecount", text))
    allowed = error.headers.get("Allow", "").split(", ")
    if "PATCH" in allowed and "MERGE" not in allowed:
        error.headers["Allow"] = ", ".join((*allowed, "MERGE"))


def _reword(error: ODataError, reword: Callable[[str], str]) -> None:
    error.text, error.hint = reword(error.text), reword(error.hint or "") or None
