"""Every failure this package can name: what a client gets (`ODataError`), what a definition gets (`Problem`).

A stage raises its own classes and catches none; `payload.errors` alone turns one into bytes
(Protocol 9.4, JSON Format 21).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import ClassVar, Literal

from msgspec import Struct


class Span(Struct, frozen=True, order=True, gc=False):
    """The half-open range `start <= i < end` of a text that a node or an error speaks of."""

    start: int
    end: int


class ErrorDetail(Struct, frozen=True):
    """One of several findings of one failure."""

    code: str
    message: str
    target: str | None = None


class ODataError(Exception):
    """A failure with a status and a stable code; the message is for the person at the other end."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "ServiceError"

    def __init__(
        self,
        message: str,
        *,
        target: str | None = None,
        hint: str | None = None,
        details: Sequence[ErrorDetail] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.text = message
        self.target = target
        self.hint = hint
        self.details = tuple(details)
        self.headers = dict(headers or {})

    @property
    def message(self) -> str:
        """The whole sentence for the client: what is wrong, then what to write instead."""
        return f"{self.text} {self.hint}" if self.hint else self.text

    def __str__(self) -> str:
        return self.message


class BadRequest(ODataError):
    """The request is malformed in a place that no narrower class names."""

    status = 400
    code = "BadRequest"


class UrlSyntaxError(ODataError):
    """The URL's text does not follow the OData ABNF."""

    status = 400
    code = "UrlSyntaxError"

    def __init__(
        self, message: str, *, text: str, span: Span, expected: str | None = None, target: str | None = None
    ) -> None:
        where = f" at position {span.start + 1} of '{excerpt(text, span)}'"
        ending = "" if expected and expected.endswith("?") else "."
        super().__init__(f"{message}{where}.", target=target, hint=f"Expected {expected}{ending}" if expected else None)
        self.url_text = text
        self.span = span


class SemanticError(ODataError):
    """The URL parses, but does not fit the model."""

    status = 400
    code = "SemanticError"


class UnknownProperty(SemanticError):
    """A name that the type does not declare."""

    code = "UnknownProperty"


class UnknownType(SemanticError):
    """A qualified name that the schema does not define."""

    code = "UnknownType"


class UnknownFunction(SemanticError):
    """A function name that neither the standard nor the schema knows, or no overload that fits."""

    code = "UnknownFunction"


class TypeMismatch(SemanticError):
    """Operands or arguments whose types do not go together."""

    code = "TypeMismatch"


class OptionNotAllowed(SemanticError):
    """A system query option that this kind of resource does not take, or a doubled one."""

    code = "OptionNotAllowed"


class LimitExceeded(SemanticError):
    """A configured limit on depth, nodes, list length or expand depth is passed."""

    code = "LimitExceeded"


class ArithmeticFailure(SemanticError):
    """An expression whose evaluation the standard makes fail, such as an integer divided by zero."""

    code = "ArithmeticFailure"


class PayloadError(ODataError):
    """A request body that does not fit its type; `target` is the path inside the body."""

    status = 400
    code = "PayloadError"


class Incomplete(PayloadError):
    """A body that states too little for a new entity."""


MOST_DETAILS = 20
"""How many faults of one body are told."""


def are_enough(faults: Sequence[PayloadError]) -> bool:
    """Whether there is no need to look for more: what is beyond a few is not told, and may be very much."""
    return sum(len(fault.details) or 1 for fault in faults) >= MOST_DETAILS


def together(faults: Sequence[PayloadError]) -> PayloadError:
    """One failure for all faults of a body: its message is that of the first, its details have each with its path.

    >>> both = together([PayloadError("A is no number.", target="a"), PayloadError("B is no date.", target="b")])
    >>> both.message, [detail.target for detail in both.details]
    ('A is no number.', ['a', 'b'])
    """
    first, *rest = faults
    if not rest:
        return first
    own = ((ErrorDetail(fault.code, fault.message, fault.target),) for fault in faults)
    details = [detail for fault, itself in zip(faults, own, strict=True) for detail in fault.details or itself]
    kind = Incomplete if all(isinstance(fault, Incomplete) for fault in faults) else PayloadError
    return kind(first.text, target=first.target, hint=first.hint, details=details[:MOST_DETAILS])


class NotAuthenticated(ODataError):
    """No, or no valid, credentials."""

    status = 401
    code = "NotAuthenticated"


class Forbidden(ODataError):
    """The caller may not do this."""

    status = 403
    code = "Forbidden"


class NotFound(ODataError):
    """The resource path leads to nothing."""

    status = 404
    code = "NotFound"


class MethodNotAllowed(ODataError):
    """The resource exists but does not take this method; `allow` goes into the header."""

    status = 405
    code = "MethodNotAllowed"

    def __init__(self, message: str, *, allow: Sequence[str], hint: str | None = None) -> None:
        super().__init__(message, hint=hint, headers={"Allow": ", ".join(allow)})


class NotAcceptable(ODataError):
    """No format that the client accepts."""

    status = 406
    code = "NotAcceptable"


class Conflict(ODataError):
    """The change contradicts what is stored, such as a second entity with one key."""

    status = 409
    code = "Conflict"


class Gone(ODataError):
    """What was here is no longer to be had, such as an expired delta link."""

    status = 410
    code = "Gone"


class PreconditionFailed(ODataError):
    """If-Match or If-None-Match does not hold."""

    status = 412
    code = "PreconditionFailed"


class PayloadTooLarge(ODataError):
    """The body, or the number of requests in a batch, is over its limit."""

    status = 413
    code = "PayloadTooLarge"


class UriTooLong(ODataError):
    """The URL is over its limit."""

    status = 414
    code = "UriTooLong"


class RangeNotSatisfiable(ODataError):
    """A part of a stream that lies behind its end."""

    status = 416
    code = "RangeNotSatisfiable"


class UnsupportedMediaType(ODataError):
    """A body in a format or encoding that is not read."""

    status = 415
    code = "UnsupportedMediaType"


class FailedDependency(ODataError):
    """A request of a batch that this one needs has failed."""

    status = 424
    code = "FailedDependency"


class RequestTimeout(ODataError):
    """The client takes too long to send what it has begun."""

    status = 408
    code = "RequestTimeout"


class PreconditionRequired(ODataError):
    """This entity set is only changed with If-Match."""

    status = 428
    code = "PreconditionRequired"


class TooManyRequests(ODataError):
    """The caller's rate is over its limit."""

    status = 429
    code = "TooManyRequests"


class ServiceError(ODataError):
    """A fault of the service itself; the body holds a reference, the log the rest."""

    status = 500
    code = "ServiceError"


class UnfitValue(ServiceError):
    """A value in the database is none of the type that its property has."""

    code = "UnfitValue"


class NotSupported(ODataError):
    """The standard allows it; this service does not have it."""

    status = 501
    code = "NotSupported"


class Unavailable(ODataError):
    """The database is locked, slow or away; trying again later helps."""

    status = 503
    code = "Unavailable"

    def __init__(self, message: str, *, retry_after_seconds: int = 1, hint: str | None = None) -> None:
        super().__init__(message, hint=hint, headers={"Retry-After": str(retry_after_seconds)})


class InsufficientStorage(ODataError):
    """The database's disk is full."""

    status = 507
    code = "InsufficientStorage"


Severity = Literal["error", "warning", "info"]


class Origin(Struct, frozen=True):
    """Where a definition said something: file and 1-based line."""

    file: str
    line: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


class Problem(Struct, frozen=True):
    """One finding in a definition; printed as `file:line: severity: message`."""

    severity: Severity
    message: str
    origin: Origin

    def __str__(self) -> str:
        return one_line(f"{self.origin}: {self.severity}: {shortened(self.message)}")


class DefinitionError(Exception):
    """A definition that cannot be served, with ALL its problems."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = tuple(problems)


class StorageMismatch(Exception):
    """Tables that do not fit the model; `differences` has a line for each, with what to do."""

    def __init__(self, differences: Iterable[str]) -> None:
        self.differences = tuple(differences)
        super().__init__("\n".join(self.differences))


class MigrationFailed(Exception):
    """A step of a migration that the database refused; the message says which, why, and how things stand now."""


_LONGEST_MESSAGE = 1_000
_UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def shortened(text: str, width: int = _LONGEST_MESSAGE) -> str:
    """A text of at most `width` characters; of a longer one the beginning and the end."""
    return text if len(text) <= width else f"{text[: width * 3 // 4]}…{text[-width // 4 + 1 :]}"


def one_line(text: str) -> str:
    """A text that any terminal shows in one line: control characters and lone surrogates are escaped."""
    return _UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def excerpt(text: str, span: Span, width: int = 60) -> str:
    """The part of a text around a span, at most `width` characters, with … where it is cut."""
    if len(text) <= width:
        return text
    start = max(0, min(span.start - width // 2, len(text) - width))
    end = start + width
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")


_LONGEST_NAME = 200
_MANY = 1_000


def did_you_mean(name: str, candidates: Collection[str]) -> str | None:
    """The sentence "Did you mean 'x'?" with the nearest candidate, or None where none is near.

    A qualified name is compared with those of its own namespace, where that has any, by what differs: the last part.
    Among many candidates those alone are looked at that begin alike.
    """
    if len(name) > _LONGEST_NAME:
        return None
    sought = name.lower()
    prefix = sought.rpartition(".")[0] + "."
    folded = {candidate.lower(): candidate for candidate in candidates}
    same = {found: shown for found, shown in folded.items() if found.startswith(prefix)} if "." in sought else {}
    known = {found.removeprefix(prefix): shown for found, shown in same.items()} or folded
    wanted = sought.removeprefix(prefix) if same else sought
    likely = [found for found in known if found[:1] == wanted[:1]] if len(known) > _MANY else list(known)
    near = get_close_matches(wanted, likely, n=1, cutoff=0.6)
    return f"Did you mean '{known[near[0]]}'?" if near else None


_COST_OF_ONE = 50


class Hints:
    """Nearest names for wrong ones, until that has cost enough: a file full of wrong names has no slips of the pen."""

    def __init__(self, comparisons: int = 50_000) -> None:
        self._left = comparisons

    def nearest(self, name: str, candidates: Iterable[str]) -> str:
        """The sentence that `did_you_mean` has, with a blank before it, or nothing."""
        if self._left <= 0:
            return ""
        known = candidates if isinstance(candidates, Collection) else list(candidates)
        self._left -= len(known) + _COST_OF_ONE
        hint = did_you_mean(name, known)
        return f" {hint}" if hint else ""
