"""What an examination finds: who stumbles, over what, why, where, and what would help."""

import re
from collections.abc import Sequence
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct, field

_MOST_OF_A_KIND = 10
_INDEX = re.compile(r"/\d+(?=/|$)")

Where = TypeVar("Where")


class Severity(Enum):
    """How bad it is for the clients that are named."""

    FAILS = "fails"
    HINDERS = "hinders"
    NOTE = "note"


class Said(NamedTuple):
    """What is wrong, why it matters, and what to do instead where that is known."""

    message: str
    why: str
    hint: str = ""


class Place(Struct, frozen=True):
    """Where something is at fault: the URL that was asked, the line of its answer, that line, or the JSON path."""

    url: str
    line: int | None = None
    text: str = ""
    path: str = ""


class Finding(Struct, Generic[Where], frozen=True):
    """One fault; `code` names its kind. It stands at an element of XML or a JSON path, in a report at a `Place`."""

    severity: Severity
    clients: Sequence[str]
    code: str
    message: str
    why: str
    place: Where
    hint: str = ""


class Report(Struct):
    """All that was found at a service."""

    url: str
    version: str = ""
    entity_sets: int = 0
    requests: int = 0
    findings: list[Finding[Place]] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def takes(self, clients: Sequence[str], code: str, message: str, place: Place) -> bool:
        """Whether a finding is new; one that is like those that are told already is counted, and not told again.

        Alike are those of one message to the same clients, those at one place of all entities of an answer, and many
        of one kind.
        """
        told = [finding for finding in self.findings if finding.code == code]
        same = [finding for finding in told if tuple(finding.clients) == tuple(clients)]
        alike = any(finding.message == message or _same_place(finding.place, place) for finding in same)
        if alike or len(told) >= _MOST_OF_A_KIND:
            self.left_out[code] = self.left_out.get(code, 0) + 1
            return False
        return True

    @property
    def fails(self) -> bool:
        """Whether some client would fail."""
        return any(finding.severity is Severity.FAILS for finding in self.findings)


def _same_place(one: Place, other: Place) -> bool:
    return one.url == other.url and bool(one.path) and _INDEX.sub("/*", one.path) == _INDEX.sub("/*", other.path)
