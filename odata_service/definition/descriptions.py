"""Prose of documentation pages in, plain text for `Core.Description` out."""

import re
from html import unescape

_LINK = re.compile(r"!?\[([^\[\]]*)\](?:\([^)]*\)?|\[[^\[\]]*\])?")
_BREAK = re.compile(r"</?(?:br|p|ul|ol|li|table|tr|td|th|b|i)\b[^>]*>", re.IGNORECASE)


def clean_description(text: str) -> str | None:
    """A description without Markdown's marks; None for an empty one and for a template's placeholder.

    >>> clean_description("The [user](user.md)'s **name**.<br>Read&#45;only.")
    "The user's name. Read-only."
    """
    if "TODO" in text or text.startswith("Not yet documented"):
        return None
    if "[" in text:
        text = _LINK.sub(r"\1", text)
    if "<" in text:
        text = _BREAK.sub(" ", text)
    if "&" in text:
        text = unescape(text)
    return " ".join(text.replace("**", "").replace("\\_", "_").split()) or None
