"""What batches are made of, whatever their format: requests in units that are carried out whole, and their answers.

(Protocol 11.7; JSON Format 19.)
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct, field

from odata_service.errors import BadRequest, ODataError, PayloadTooLarge

MAX_HEADER_BYTES = 64 * 1024
"""How much the headers of one request may be."""

_LONGEST_ID = 200
_PLAIN_ID = re.compile(r"[^\x00-\x20\x7f-\x9f\u2028\u2029\ud800-\udfff]+")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


class BatchRequest(Struct, frozen=True):
    """One request of a batch: `url` as it stands there, header names in lower case.

    `needs` are the ids of requests and groups that it depends on, `condition` the text of its `if`.
    """

    id: str | None
    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    needs: tuple[str, ...] = ()
    condition: str | None = None


class Malformed(Struct, frozen=True):
    """A part of a batch that is no request, and why."""

    id: str | None
    error: ODataError


Part = BatchRequest | Malformed


class Unit(Struct, frozen=True):
    """What is carried out whole or not at all: one request, or all of a change set or atomicity group, by its name."""

    parts: tuple[Part, ...]
    group: str | None = None


class Reply(Struct, frozen=True):
    """The answer to one request of a batch; header names in their usual spelling."""

    id: str | None
    status: int
    headers: Mapping[str, str]
    body: bytes


class Replies(Struct, frozen=True):
    """The answers to a unit, one for each of its requests; `failure` is that which made a group fail."""

    replies: Sequence[Reply]
    group: str | None = None
    failure: Reply | None = None


class Counter:
    """Counts the requests of a batch while it is read; `PayloadTooLarge` beyond the limit, 0 is none."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0

    def add(self) -> None:
        """One more request."""
        self._count += 1
        if self._limit and self._count > self._limit:
            raise PayloadTooLarge(
                f"The batch has more than {self._limit} requests (--max-batch).", hint="Split it into several batches."
            )


def checked_id(text: str, name: str) -> str:
    """An id that may stand in a URL and a header; `BadRequest` for others."""
    if len(text) <= _LONGEST_ID and _PLAIN_ID.fullmatch(text):
        return text
    raise BadRequest(
        f"'{text[:40]}' is no {name}.", target=name, hint="Use letters, digits, '-', '.', '_' and '~', at most 200."
    )


def checked_header(name: str, value: str) -> tuple[str, str]:
    """A header with its name in lower case and its value without blanks around; `BadRequest` for what is none."""
    if not _HEADER_NAME.fullmatch(name):
        raise BadRequest(f"'{name[:40]}' is no name of a header.", hint="Write each header as 'Name: value'.")
    if _CONTROL.search(value):
        raise BadRequest(f"Header '{name[:40]}' holds a control character.", target=name[:40], hint="Leave it out.")
    return name.lower(), value.strip(" \t")
