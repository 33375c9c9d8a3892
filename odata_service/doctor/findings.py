"""What an examination finds: who stumbles, over what, why, where, and what would help."""

from collections.abc import Sequence
from enum import Enum
from typing import Generic, NamedTuple, TypeVar

from msgspec import Struct, field

_MOST_OF_A_KIND = 10

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


class Fault(Struct, Generic[Where], frozen=True):
    """What a rule found wrong in a document: at an element of XML, or at a path of JSON."""

    severity: Severity
    clients: tuple[str, ...]
    code: str
    message: str
    why: str
    at: Where
    hint: str = ""


class Finding(Struct, frozen=True):
    """One fault; `code` names its kind."""

    severity: Severity
    clients: Sequence[str]
    code: str
    message: str
    why: str
    place: Place
    hint: str = ""


class Report(Struct):
    """All that was found at a service."""

    url: str
    version: str = ""
    entity_sets: int = 0
    requests: int = 0
    findings: list[Finding] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)

    def add(self, finding: Finding) -> None:
        """Adds a finding; of one kind a few stand for all."""
        alike = sum(known.code == finding.code for known in self.findings)
        if alike >= _MOST_OF_A_KIND:
            self.left_out[finding.code] = self.left_out.get(finding.code, 0) + 1
        elif finding not in self.findings:
            self.findings.append(finding)

    @property
    def fails(self) -> bool:
        """Whether some client would fail."""
        return any(finding.severity is Severity.FAILS for finding in self.findings)
