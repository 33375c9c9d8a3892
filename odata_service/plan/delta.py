"""Delta tokens: up to where a client knows a collection, in a form that only this service writes and reads.

They are signed together with the defining query, as skip tokens are, and hold nothing of a process (Protocol 11.3).
And which reads can be told from changes of their own entities alone.
"""

from collections.abc import Iterator

from msgspec import Struct

from odata_service.errors import BadRequest
from odata_service.plan.model import ApplySource, JoinedSource, ReadPlan, ToMany, ToOneShape
from odata_service.plan.paging import read_signed, write_signed
from odata_service.semantics.resolved import EntitySetStep
from odata_service.semantics.tree import (
    Call,
    Constant,
    NavigationAccess,
    NavigationMembers,
    Parameter,
    RootEntity,
    SetMembers,
)
from odata_service.semantics.walk import parts_of

_OTHERS = (ApplySource, JoinedSource, ToMany, ToOneShape, NavigationAccess, NavigationMembers, RootEntity, SetMembers)
_CHANGING = frozenset({"now"})
_WHOLE = (Constant, Parameter, EntitySetStep)
"""Nodes that hold no others of interest."""


class DeltaToken(Struct, frozen=True):
    """What a client knows of a collection, in places of the log of its changes.

    What changed behind `since` is to be told, from the page that `after`, the key of the last entity, ended; None for
    what is being read for the first time. When all has been told, all up to `until` is known; None before that begins.
    """

    since: str | None
    until: str | None = None
    after: tuple[str, ...] | None = None


def write_delta_token(token: DeltaToken, context: str, secret: bytes) -> str:
    """The token as text, valid for this context: the URL of the defining query."""
    return write_signed([token.since, token.until, token.after], f"delta\0{context}", secret)


def read_delta_token(text: str, context: str, secret: bytes) -> DeltaToken:
    """The token behind a text; `BadRequest` for a text that was not written for this context."""
    members = read_signed(text, f"delta\0{context}", secret)
    if members is None:
        raise BadRequest(
            "This $deltatoken does not belong to this request.",
            target="$deltatoken",
            hint="Follow the @odata.deltaLink as it is, or read the collection anew with Prefer: track-changes.",
        )
    since, until, after = members
    return DeltaToken(since, until, None if after is None else tuple(after))


def is_of_itself(plan: ReadPlan) -> bool:
    """Whether what a read gives changes when its own entities do, and never else: with others, or with time."""
    return not any(
        isinstance(node, _OTHERS) or (isinstance(node, Call) and node.name in _CHANGING) for node in _nodes(plan)
    )


def _nodes(node: object) -> Iterator[object]:
    """A node and all that it is made of."""
    if isinstance(node, Struct):
        if isinstance(node, _WHOLE):
            return
        yield node
        if not type(node).__module__.startswith(("odata_service.plan.", "odata_service.semantics.")):
            return
    for part in parts_of(node):
        yield from _nodes(part)
