"""The headers of repeatable requests, for tests."""

from email.utils import formatdate
from time import time
from uuid import uuid4

RESULT = "Repeatability-Result"


def repeatable(ago_seconds: float = 0, **headers: str) -> dict[str, str]:
    """The headers of a new request, first sent some seconds ago, as `ask` takes them."""
    sent = formatdate(time() - ago_seconds, usegmt=True)
    return {"repeatability_request_id": str(uuid4()), "repeatability_first_sent": sent, **headers}


def as_sent(headers: dict[str, str]) -> dict[str, str]:
    """The same with the names that they have on the wire."""
    return {name.replace("_", "-"): text for name, text in headers.items()}


def in_lines(headers: dict[str, str]) -> str:
    """The same as lines of a part of a multipart batch."""
    return "".join(f"{name}: {text}\r\n" for name, text in as_sent(headers).items())
