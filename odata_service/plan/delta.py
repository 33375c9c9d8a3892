"""Delta tokens, and which entities a change of others is a change of.

A token says up to where a client knows a result, in a form that only this service writes and reads. It is signed
together with the defining query, as skip tokens are, and holds nothing of a process (Protocol 11.3).
"""

from msgspec import Struct

from odata_service.edm.model import EntitySet, Schema
from odata_service.errors import BadRequest
from odata_service.plan.paging import read_signed, write_signed
from odata_service.plan.source import source_of
from odata_service.semantics.coded_calls import functions_in
from odata_service.semantics.reach import Chain, Computed, Hop, chains_of
from odata_service.semantics.resolved import EntitySetStep, FilterStep, KeyStep, NavigationStep, Query
from odata_service.semantics.tree import KeyValue

Places = tuple[str, ...]
"""Places in logs of changes: in that of each table of a plan, in its order."""


class DeltaToken(Struct, frozen=True):
    """What a client knows of a result, in places of the logs of its changes.

    What changed behind `since` is to be told, from the page that `after`, the key of the last entity, ended; None for
    what is being read for the first time. When all has been told, all up to `until` is known; None before that begins.
    """

    since: Places | None
    until: Places | None = None
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
    since, until, after = (None if part is None else tuple(part) for part in members)
    return DeltaToken(since, until, after)


class ChangesPlan(Struct, frozen=True):
    """Which entities of a result have changed, or what they are shown or chosen by.

    A path leads to them: from a set by `path`, with the keys of the sources along it, `keys` one more than there are
    hops. `chains` lead on from them to what they depend on, each beside all its beginnings.
    """

    entity_set: EntitySet
    path: Chain
    keys: tuple[tuple[KeyValue, ...], ...]
    chains: tuple[Chain, ...]

    @property
    def target(self) -> EntitySet:
        """The source that the entities live in."""
        return self.path[-1].target if self.path else self.entity_set


def plan_changes(query: Query, schema: Schema, computed: Computed) -> ChangesPlan | None:
    """The plan for the result of a query; None where more than its entities, and what they lead to, can change it."""
    first, *steps = query.path.steps
    chains = chains_of(query, schema, computed)
    if chains is None or not isinstance(first, EntitySetStep) or _is_chosen_on_the_way(query):
        return None
    if next(functions_in((query.options, first, steps)), None) is not None:
        return None
    path: list[Hop] = []
    keys: list[tuple[KeyValue, ...]] = [()]
    for step in steps:
        match step:
            case NavigationStep(navigation, owner, target):
                assert target is not None, "the resolver refuses navigation that leads nowhere"
                path.append(Hop(path[-1].target if path else first.entity_set, owner, navigation, target))
                keys.append(())
            case KeyStep(key, is_alternate) if not is_alternate:
                keys[-1] = key
    return ChangesPlan(first.entity_set, tuple(path), tuple(keys), chains)


def _is_chosen_on_the_way(query: Query) -> bool:
    """Whether a predicate stands before the last navigation property of a path: it would be one of other entities."""
    steps = source_of(query.path).steps
    last = max((place for place, step in enumerate(steps) if isinstance(step, NavigationStep)), default=-1)
    return any(isinstance(step, FilterStep) for step in steps[: last + 1])
