"""Streams inside entities: an expanded stream's bytes as a JSON value (JSON Format 9, 10)."""

from base64 import urlsafe_b64encode

import orjson


def stream_content(content: object, media_type: object) -> object:
    """A stream as JSON has it: JSON as it is, text as a string, all else as base64url; null where there is none.

    What claims to be JSON or text and is not is told as base64url too.

    >>> stream_content(b"%PDF", "application/pdf")
    'JVBERg=='
    """
    if content is None:
        return None
    assert isinstance(content, bytes) and isinstance(media_type, str), "streams are bytes with a media type"
    kind = media_type.partition(";")[0].strip().lower()
    if kind == "application/json" and _is_json(content):
        return orjson.Fragment(content)
    if kind.startswith("text/"):
        text = _text(content, media_type)
        if text is not None:
            return text
    return urlsafe_b64encode(content).decode("ascii")


def _is_json(content: bytes) -> bool:
    try:
        orjson.loads(content)
    except orjson.JSONDecodeError:
        return False
    return True


def _text(content: bytes, media_type: str) -> str | None:
    charset = media_type.lower().partition("charset=")[2].partition(";")[0].strip(' "') or "utf-8"
    try:
        return content.decode(charset)
    except (UnicodeDecodeError, LookupError):
        return None
