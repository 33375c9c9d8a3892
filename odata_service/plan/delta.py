"""Delta tokens, and which entities a change of others is a change of.

A token says up to where a client knows a result, in a form that only this service writes and reads. It is signed
together with the defining query, as skip tokens are, and holds nothing of a process (Protocol 11.3).

Under row rules a client is told of entities alone that it may see, or could see at some time since its link was given:
the log of changes has what the rule speaks of, as it was before and after each change.
"""

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.model import EntitySet, Schema, SourceKind
from odata_service.errors import BadRequest
from odata_service.plan.counts import plan_count
from odata_service.plan.model import CountPlan, Rules
from odata_service.plan.paging import read_signed, write_signed
from odata_service.plan.source import source_of
from odata_service.semantics.coded_calls import functions_in
from odata_service.semantics.reach import Chain, Computed, Hop, is_of_its_own, reach_of
from odata_service.semantics.resolved import EntitySetStep, FilterStep, KeyStep, NavigationStep, Query
from odata_service.semantics.tree import Expression, KeyValue

Places = tuple[str, ...]
"""Places in logs of changes: in that of each table of a plan, in its order."""


class DeltaToken(Struct, frozen=True):
    """What a client knows of a result, in places of the logs of its changes.

    What changed behind `since` is to be told, from the page that `after`, the key of the last entity, ended; None for
    what is being read for the first time. When all has been told, all up to `until` is known; None before that begins.
    `rules` tells under which row rules it is known, empty where there are none.
    """

    since: Places | None
    until: Places | None = None
    after: tuple[str, ...] | None = None
    rules: str = ""


def write_delta_token(token: DeltaToken, context: str, secret: bytes) -> str:
    """The token as text, valid for this context: the URL of the defining query."""
    rules = [[token.rules]] if token.rules else []
    return write_signed([token.since, token.until, token.after, *rules], f"delta\0{context}", secret)


def read_delta_token(text: str, context: str, secret: bytes) -> DeltaToken:
    """The token behind a text; `BadRequest` for a text that was not written for this context."""
    members = read_signed(text, f"delta\0{context}", secret)
    if members is None:
        raise BadRequest(
            "This $deltatoken does not belong to this request.",
            target="$deltatoken",
            hint="Follow the @odata.deltaLink as it is, or read the collection anew with Prefer: track-changes.",
        )
    since, until, after, *rules = (None if part is None else tuple(part) for part in members)
    return DeltaToken(since, until, after, "".join(part for known in rules for part in known or ()))


class ChangesPlan(Struct, frozen=True):
    """Which entities of a result have changed, or what they are shown or chosen by.

    A path leads to them: from a set by `path`, with the keys of the sources along it, `keys` one more than there are
    hops. `chains` lead on from them to what they depend on, each beside all its beginnings. Any change of `roots`
    changes the whole result. `timed` are those that there are at some time, where time itself changes that.
    """

    entity_set: EntitySet
    path: Chain
    keys: tuple[tuple[KeyValue, ...], ...]
    chains: tuple[Chain, ...]
    roots: "tuple[ChangesPlan, ...]" = ()
    timed: CountPlan | None = None
    rules: Rules = ()

    @property
    def target(self) -> EntitySet:
        """The source that the entities live in."""
        return self.path[-1].target if self.path else self.entity_set

    @property
    def rule(self) -> Expression | None:
        """The rule of the entities themselves."""
        return dict(self.rules).get(self.target.name)

    @property
    def sources(self) -> frozenset[str]:
        """The names of all sources that it reads."""
        own = [self.entity_set, *(hop.target for chain in (self.path, *self.chains) for hop in chain)]
        return frozenset(source.name for source in own).union(*(root.sources for root in self.roots))


def plan_changes(query: Query, schema: Schema, computed: Computed, rules: Rules = ()) -> ChangesPlan | None:
    """The plan for the result of a query under rules; None where more can change it than is written down.

    A rule of what it reads speaks of nothing but its own entities, and is not one of those on the way of a path, nor of
    those that all of the result depends on.
    """
    first, *steps = query.path.steps
    reach = reach_of(query, schema, computed)
    if reach is None or not isinstance(first, EntitySetStep) or _is_chosen_on_the_way(query):
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
    roots = tuple(ChangesPlan(root.source, (), (root.key,), chains) for root, chains in reach.roots)
    timed = plan_count(query) if reach.is_timed else None
    plan = ChangesPlan(first.entity_set, tuple(path), tuple(keys), reach.chains, roots, timed)
    met = tuple((name, rule) for name, rule in rules if name in plan.sources)
    plan = replace(plan, rules=met)
    return plan if _is_followed(plan, schema, computed) else None


def _is_followed(plan: ChangesPlan, schema: Schema, computed: Computed) -> bool:
    """Whether what rules hide, and where, is told by changes of the entities themselves."""
    way = {plan.entity_set.name, *(hop.target.name for hop in plan.path)} - {plan.target.name}
    ruled = {name for name, _ in plan.rules}
    if not all(root.sources.isdisjoint(ruled) for root in plan.roots):
        return False  # that a change ends the link would tell of entities that the caller does not see
    if not way.isdisjoint(ruled) or (plan.rule is not None and plan.target.kind is not SourceKind.ENTITY_SET):
        return False
    known = ((schema.source(name), rule) for name, rule in plan.rules)
    return all(source is not None and is_of_its_own(rule, source, schema, computed) for source, rule in known)


def _is_chosen_on_the_way(query: Query) -> bool:
    """Whether a predicate stands before the last navigation property of a path: it would be one of other entities."""
    steps = source_of(query.path).steps
    last = max((place for place, step in enumerate(steps) if isinstance(step, NavigationStep)), default=-1)
    return any(isinstance(step, FilterStep) for step in steps[: last + 1])
