"""ETags in requests: `If-Match`, `If-None-Match` and those in bodies, compared weakly.

(Protocol 8.2.4, 8.2.5; JSON Format 4.5.10; RFC 9110, 8.8.3.2.)
"""

import re
from collections.abc import Collection, Mapping

from msgspec import Struct

from odata_service.edm.annotations import states_concurrency
from odata_service.edm.model import EntitySet
from odata_service.errors import BadRequest, PreconditionFailed, PreconditionRequired
from odata_service.settings import Settings

_TAG = re.compile(r'\s*(?:W/)?("[^"]*")\s*(?:,|$)')
_VERSION = re.compile(r'"(\d{1,18})"', re.ASCII)


class Tags(Struct, frozen=True):
    """The entity tags of a conditional header: opaque texts in their quotes, or anything (`*`)."""

    any: bool
    opaque: Collection[str] = ()

    def match(self, tag: str) -> bool:
        """Whether an entity with this ETag satisfies the list, by weak comparison."""
        return self.any or tag.removeprefix("W/") in self.opaque

    def both(self, other: "Tags") -> "Tags":
        """What satisfies two lists."""
        if self.any or other.any:
            return other if self.any else self
        return Tags(False, tuple(tag for tag in self.opaque if tag in other.opaque))

    @property
    def versions(self) -> tuple[int, ...]:
        """The version counters that the tags may stand for; others than this service's own stand for none."""
        found = (_VERSION.fullmatch(tag) for tag in self.opaque)
        return tuple(int(match[1]) for match in found if match)


class Conditions(Struct, frozen=True):
    """If-Match and If-None-Match of a write."""

    match: Tags | None
    none_match: Tags | None

    @property
    def guarded(self) -> bool:
        """Whether certain versions alone may be changed."""
        return self.match is not None and not self.match.any

    @property
    def versions(self) -> tuple[int, ...]:
        """Those versions."""
        return self.match.versions if self.match is not None else ()


def at_version(version: int) -> Conditions:
    """The condition that an entity has the version that it was read in."""
    return Conditions(Tags(False, (f'"{version}"',)), None)


def conditions_of(headers: Mapping[str, str], stated: str | None = None, *, required: bool = False) -> Conditions:
    """The conditions of a write; `stated` is the ETag in its body, which holds beside If-Match.

    `PreconditionRequired` where some are required and there are none.
    """
    match = read_tags("If-Match", headers.get("if-match"))
    inside = read_tags("@etag", stated)
    if inside is not None:
        match = inside if match is None else match.both(inside)
    none_match = read_tags("If-None-Match", headers.get("if-none-match"))
    if required and match is None and none_match is None:
        raise PreconditionRequired(
            "Changes to this entity need its ETag.",
            target="If-Match",
            hint="Read the entity, then send its @odata.etag in If-Match.",
        )
    return Conditions(match, none_match)


def check_of_many(conditions: Conditions) -> None:
    """Refuses a change of many entities that depends on one state: together they have no ETag."""
    if conditions.guarded:
        raise PreconditionFailed(
            "Many entities have no ETag together, so that none of these is theirs.",
            target="If-Match",
            hint="Send If-Match: *, or change the entities one by one in a change set.",
        )


def demands_etag(source: EntitySet | None, settings: Settings) -> bool:
    """Whether changes of a source's entities need an ETag: where the service demands it of all, or the model of these.

    (Protocol 11.4.1.1: 428 where none is sent; Core.OptimisticConcurrency.)
    """
    return settings.require_etag or (source is not None and states_concurrency(source.annotations))


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
                f"{header} '{text[:80]}' is no list of entity tags.",
                target=header,
                hint='Write the ETag as the service sent it, such as W/"1", or *.',
            )
        opaque.append(match[1])
        position = match.end()
    return Tags(False, tuple(opaque))
