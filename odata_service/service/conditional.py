"""ETags in requests: `If-Match` and `If-None-Match`, compared weakly (Protocol 8.2.4, 8.2.5, RFC 9110, 8.8.3.2)."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from odata_service.errors import BadRequest

_TAG = re.compile(r'\s*(?:W/)?("[^"]*")\s*(?:,|$)')
_VERSION = re.compile(r'"(\d{1,18})"', re.ASCII)


@dataclass(frozen=True, slots=True)
class Tags:
    """The entity tags of a conditional header: opaque texts in their quotes, or anything (`*`)."""

    any: bool
    opaque: Collection[str] = ()

    def match(self, tag: str) -> bool:
        """Whether an entity with this ETag satisfies the list, by weak comparison."""
        return self.any or tag.removeprefix("W/") in self.opaque

    @property
    def versions(self) -> tuple[int, ...]:
        """The version counters that the tags may stand for; others than this service's own stand for none."""
        found = (_VERSION.fullmatch(tag) for tag in self.opaque)
        return tuple(int(match[1]) for match in found if match)


def read_tags(header: str, text: str | None) -> Tags | None:
    """The tags of a conditional header, or None where it is not sent; `BadRequest` for what is no list of tags."""
    if text is None:
        return None
    if text.strip() == "*":
        return Tags(True)
    opaque = []
    position = 0
    while position < len(text):
        match = _TAG.match(text, position)
        if match is None:
            raise BadRequest(
                f"{header} '{text}' is no list of entity tags.",
                target=header,
                hint='Write the ETag as the service sent it, such as W/"1", or *.',
            )
        opaque.append(match[1])
        position = match.end()
    return Tags(False, tuple(opaque))
