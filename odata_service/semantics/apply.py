"""$apply: syntax nodes become typed transformations, each seeing what the one before it leaves (Data Aggregation 3)."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial
from itertools import product
from math import prod

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.types import DECIMAL, DOUBLE, INT64, kind_of
from odata_service.errors import SemanticError, Span, TypeMismatch
from odata_service.semantics.access import chain_of, name_of
from odata_service.semantics.aggregates import resolve_aggregate
from odata_service.semantics.expression import resolve_expression, resolve_filter
from odata_service.semantics.grouping_keys import grouping_part, keys_of
from odata_service.semantics.hierarchy import node_member, resolve_hierarchy
from odata_service.semantics.joins import resolve_join, with_related
from odata_service.semantics.levels import Level, levels_of
from odata_service.semantics.nesting import resolve_addnested, resolve_nest
from odata_service.semantics.nodes import grouped_node, landed, resolve_rollup, resolve_traversal, traversed
from odata_service.semantics.ordering import order_item, ordered
from odata_service.semantics.promotion import NUMERIC
from odata_service.semantics.resolved import NestedGroup
from odata_service.semantics.scope import Scope
from odata_service.semantics.search import resolve_search
from odata_service.semantics.set_functions import resolve_call
from odata_service.semantics.texts import check_text
from odata_service.semantics.top_levels import derived_properties, is_top_levels, resolve_top_levels
from odata_service.semantics.transformations import (
    ENTITIES,
    Aggregate,
    Aggregating,
    Calling,
    Computing,
    Concatenating,
    Filtering,
    Gathering,
    Grouping,
    Ordering,
    Pipeline,
    Ranking,
    Related,
    Relating,
    Result,
    Slicing,
    Transformation,
    Transformations,
    added_member,
    merged,
)
from odata_service.semantics.tree import Constant, Expression, PropertyAccess
from odata_service.semantics.value_nesting import resolve_added_values
from odata_service.semantics.weights import check_length
from odata_service.url import print_expression, syntax

_NOTHING = syntax.Literal(syntax.LiteralKind.NULL, "null")
_NUMBERS = frozenset({syntax.LiteralKind.INTEGER, syntax.LiteralKind.DECIMAL, syntax.LiteralKind.DOUBLE})
_OF_NODES = (
    *(syntax.Filtering, syntax.Searching, syntax.Ordering, syntax.Slice, syntax.Ranking),
    *(syntax.Relatives, syntax.Traversal, syntax.Computation),
)
"""What leaves each node once at most."""

_MEASURES = {
    f"{end}{measure}": (measure, end == "top") for end in ("top", "bottom") for measure in ("count", "sum", "percent")
}


class _State(Struct, frozen=True):
    """Where a sequence has come to: the kinds of instances, and the properties that groups are made by.

    `before` is what was done before there were groups, `levels` are the groupings around; `steps` is what was done in
    each group of the innermost, or since the beginning.
    """

    kinds: tuple[Result, ...]
    scope: Scope
    keys: tuple[PropertyAccess, ...] = ()
    related: tuple[Related, ...] = ()
    written: syntax.Sequence = ()
    before: Transformations = ()
    levels: tuple[Grouping, ...] = ()
    steps: Transformations = ()
    is_part: bool = False

    @property
    def is_alone(self) -> bool:
        """Whether the instances are made of all that the path of the request leads to, in one sequence."""
        request = self.scope.request
        return not (self.keys or self.is_part or self.scope.is_inside or request.nesting)

    @property
    def is_filtered(self) -> bool:
        """Whether nothing but filters has been there before."""
        return self.is_alone and all(isinstance(node, syntax.Filtering | syntax.Searching) for node in self.written)

    @property
    def group(self) -> NestedGroup:
        """What the instances that there are have been made of."""
        if not self.levels:
            return NestedGroup((*self.before, *self.steps))
        return NestedGroup(self.before, (*self.levels[:-1], replace(self.levels[-1], steps=self.steps)))

    @property
    def here(self) -> Scope:
        """The names that are known to the next transformation."""
        return replace(self.scope, result=merged(self.kinds), kinds=self.kinds)


def resolve_apply(sequence: syntax.Sequence, scope: Scope) -> Pipeline:
    """The typed transformations of $apply on the entities of a scope, or on what a result of it has."""
    return _pipeline(sequence, _State(scope.kinds or (scope.result or ENTITIES,), scope))


def computed_behind(pipeline: Pipeline, items: Sequence[syntax.ComputeItem], scope: Scope) -> Pipeline:
    """A pipeline with what $compute works out of its result; each item may use those before it."""
    for item in items:
        with scope.request.gathering() as gathered:
            step, kinds = _computing([item], _State(pipeline.kinds, scope))
        pipeline = replace(pipeline, steps=(*pipeline.steps, *gathered_before(gathered, step)), kinds=kinds)
    return pipeline


def gathered_before(gathered: Sequence[Aggregate], *steps: Transformation) -> Transformations:
    """Steps with the aggregates before them that their expressions ask for of all instances."""
    return (Gathering(tuple(gathered)), *steps) if gathered else steps


def _pipeline(sequence: syntax.Sequence, state: _State) -> Pipeline:
    steps: list[Transformation] = []
    begun = state.scope
    check_length(sequence, state.here)
    for node in sequence:
        if isinstance(node, syntax.Identity):
            continue
        if isinstance(node, syntax.FunctionCall) and not is_top_levels(node):
            call, kinds, scope = _calling(node, state)
            state, made = replace(state, scope=scope), gathered_before((), call)
        else:
            with state.scope.request.gathering() as gathered:
                step, kinds = _step(node, state)
            made = gathered_before(gathered, step)
        steps += made
        state = replace(state, kinds=kinds, written=(*state.written, node), steps=(*state.steps, *made))
    here = state.scope
    if (here.entity_type, here.entity_set) == (begun.entity_type, begun.entity_set):
        return Pipeline(tuple(steps), state.kinds)
    return Pipeline(tuple(steps), state.kinds, here.entity_type, here.entity_set)


def _calling(node: syntax.FunctionCall, state: _State) -> tuple[Calling, tuple[Result, ...], Scope]:
    """What a function of the service makes of the instances; of what is no entity groups keep their properties."""
    step, result, scope = resolve_call(node, state.here, alone=state.is_alone, first=state.is_filtered)
    if not result.whole:
        members = state.keys
        for member in result.members:
            members = _with(members, member, node.span, scope) if member.owner is None else (*members, member)
        result = replace(result, members=members, related=state.related, added=_added(state))
    return step, (result,), scope


def _step(node: syntax.Transformation, state: _State) -> tuple[Transformation, tuple[Result, ...]]:
    match node:
        case syntax.Aggregation():
            return _aggregating(node, state)
        case syntax.Grouping():
            return _grouping(node, state)
        case syntax.Concatenation(sequences):
            part = replace(state, is_part=True)
            parts = tuple(_pipeline(sequence, part) for sequence in sequences)
            state.scope.request.results(sum(len(part.kinds) for part in parts), state.scope.target)
            return Concatenating(parts), tuple(kind for part in parts for kind in part.kinds)
        case syntax.Computation(items):
            return _computing(items, state)
        case syntax.Join():
            return _joining(node, state)
        case syntax.Nesting():
            return _nesting(node, state)
        case _:
            step = _subset(node, state)
            return step, tuple(traversed(kind, step) for kind in state.kinds)


def _subset(node: syntax.Transformation, state: _State) -> Transformation:
    """A transformation that leaves instances as they are, though not all of them."""
    match node:
        case syntax.Filtering() | syntax.Searching():
            return Filtering(_predicate(node, state.here))
        case syntax.Ordering(items):
            return Ordering(tuple(order_item(item, state.here) for item in items))
        case syntax.Slice(operator, count):
            number = state.here.number(count, INT64)
            assert number is not None, "top and skip have a number"
            return Slicing(operator, number)
        case syntax.Ranking():
            return _ranking(node, state.here)
        case syntax.Relatives():
            return _relating(node, state)
        case syntax.Traversal():
            return resolve_traversal(node, state.here, resolve_apply)
        case syntax.FunctionCall():
            is_of_nodes = state.is_alone and all(isinstance(step, _OF_NODES) for step in state.written)
            return resolve_top_levels(node, state.here, alone=is_of_nodes)
        case _:
            raise AssertionError("each kind of transformation is resolved")


def _predicate(node: syntax.Filtering | syntax.Searching, scope: Scope) -> Expression:
    """What is true of the instances that are left."""
    return (
        resolve_filter(node.predicate, scope)
        if isinstance(node, syntax.Filtering)
        else resolve_search(node.search, scope)
    )


def _relating(node: syntax.Relatives, state: _State) -> Relating:
    here = state.here
    hierarchy = resolve_hierarchy(node.hierarchy, here)
    member = node_member(node.hierarchy, hierarchy, here)
    with here.request.nested(0, here.target):
        start = _pipeline(node.start, state)
    distance = None if node.distance is None else _distance(node.distance, here)
    is_up = node.operator == "ancestors"
    is_node = not is_up and member == hierarchy.node and here.entity_set == hierarchy.nodes
    drill_state = dict(derived_properties(hierarchy, here)).get("DrillState") if is_node else None
    return Relating(hierarchy, member, start.steps, is_up, distance, node.keep_start, drill_state)


def _distance(number: syntax.Number, scope: Scope) -> Constant:
    """The number of levels. It stays in the plan, as none is not allowed."""
    if number.value < 1:
        raise TypeMismatch(
            f"The number of levels is a whole number from 1 on{scope.place(number.span)}.",
            target=scope.target,
            hint="Leave it out for all levels.",
        )
    written = syntax.Literal(syntax.LiteralKind.INTEGER, str(number.value), span=number.span)
    return Constant(scope.convert(written, INT64), INT64)


def _joining(node: syntax.Join, state: _State) -> tuple[Transformation, tuple[Result, ...]]:
    """A kind for each of instances with each of members; of what has no collection `outerjoin` leaves all."""
    with state.scope.request.nested(1, state.scope.target):
        step = resolve_join(node, state.here, resolve_apply)
    kinds = tuple(
        with_related(kind, alias) if kind.whole or step.outer else kind
        for kind in state.kinds
        for alias in step.aliases
    )
    state.scope.request.results(len(kinds), state.scope.target)
    return step, kinds


def _nesting(node: syntax.Nesting, state: _State) -> tuple[Transformation, tuple[Result, ...]]:
    if node.path is not None:
        values = resolve_added_values(node, state.here)
        if values is not None:
            aliases = tuple(alias for alias, _ in values.items)
            return values, tuple(_with_added(kind, aliases) for kind in state.kinds)
        with state.scope.request.nested(len(node.items), state.scope.target):
            step, added = resolve_addnested(node, state.here, resolve_apply)
        kinds = (replace(kind, nested=(*kind.nested, *added)) if kind.whole else kind for kind in state.kinds)
        return step, tuple(kinds)
    inner = replace(state, keys=(), related=(), before=(), levels=(), steps=())
    with state.scope.request.nested(len(node.items), state.scope.target):
        nest, result = resolve_nest(node, state.here, (state.group, state.written), partial(_pipeline, state=inner))
    return nest, (replace(result, members=(*state.keys, *result.members), related=state.related, added=_added(state)),)


def _aggregating(node: syntax.Aggregation, state: _State) -> tuple[Transformation, tuple[Result, ...]]:
    items = tuple(resolve_aggregate(item, state.here) for item in node.items)
    members = state.keys
    for item, written in zip(items, node.items, strict=True):
        members = _with(members, item.alias, written.span, state.scope)
    added = frozenset(item.alias for item in items)
    return Aggregating(items), (Result(members, False, added | _added(state), state.related),)


def _added(state: _State) -> frozenset[PropertyAccess]:
    return merged(state.kinds).added & frozenset(state.keys)


def _with(
    members: tuple[PropertyAccess, ...], alias: PropertyAccess, span: Span, scope: Scope
) -> tuple[PropertyAccess, ...]:
    """The members with a further one, whose name is not taken."""
    name = alias.property.name
    if any(_first(known) == name for known in members):
        raise SemanticError(
            f"'{name}' stands twice in the result{scope.place(span)}.",
            target=scope.target,
            hint="Give the second another name behind 'as'.",
        )
    return (*members, alias)


def _first(access: PropertyAccess) -> str:
    """The name under which an instance has what a property belongs to."""
    return name_of(chain_of(access)[0])


def _grouping(node: syntax.Grouping, state: _State) -> tuple[Transformation, tuple[Result, ...]]:
    """A group for each combination of values; with levels that are rolled up, the results of all groupings."""
    choices = [tuple(levels_of(element, state.here)) for element in node.elements]
    state.scope.request.results(prod(map(len, choices)) * len(state.kinds), state.scope.target)
    parts = [_grouped(tuple(part for level in chosen for part in level), node, state) for chosen in product(*choices)]
    if len(parts) == 1:
        return parts[0]
    pipelines = tuple(Pipeline((step,), kinds) for step, kinds in parts)
    return Concatenating(pipelines), tuple(kind for _, kinds in parts for kind in kinds)


def _grouped(level: Level, node: syntax.Grouping, state: _State) -> tuple[Transformation, tuple[Result, ...]]:
    found = [(grouping_part(part, state.here), part) for part in level if isinstance(part, syntax.Path)]
    spreads = tuple(
        resolve_rollup(part, state.here, resolve_apply) for part in level if isinstance(part, syntax.RecursiveRollup)
    )
    related = tuple(part for part, _ in found if isinstance(part, Related))
    keys = (
        *(key for spread in spreads for key in spread.keys),
        *(key for part, path in found for key in keys_of(part, path, state.here)),
    )
    every = tuple(dict.fromkeys((*state.keys, *keys)))
    entities = tuple(dict.fromkeys((*state.related, *related)))
    step = Grouping(tuple(dict.fromkeys(keys)), None, related, spreads)
    kinds: tuple[Result, ...] = (Result(every, False, frozenset(every) & merged(state.kinds).added, entities),)
    if node.apply:
        rollup = tuple(grouped_node(spread, state.scope) for spread in spreads) or state.scope.rollup
        inner = replace(state, scope=replace(state.scope, rollup=rollup), keys=every, related=entities)
        group = state.group
        inner = replace(inner, before=group.before, levels=(*group.levels, replace(step, steps=())), steps=())
        sequence = _pipeline(node.apply, inner)
        step, kinds = replace(step, steps=sequence.steps), sequence.kinds
    return step, tuple(landed(kind, step, node, state.here) for kind in kinds) if spreads else kinds


def _computing(items: Sequence[syntax.ComputeItem], state: _State) -> tuple[Transformation, tuple[Result, ...]]:
    here, pairs = state.here, []
    members = merged(state.kinds).members
    for item in items:
        value = resolve_expression(item.expression, here)
        if kind_of(value.type) is None:
            raise TypeMismatch(
                f"compute gives values, and {print_expression(item.expression)} is a {value.type}"
                f"{here.place(item.span)}.",
                target=here.target,
                hint="Name one of its properties.",
            )
        if merged(state.kinds).whole and _is_declared(item.name, here):
            raise SemanticError(
                f"'{item.name}' is a property of '{here.entity_type}' already{here.place(item.span)}.",
                target=here.target,
                hint="Give the computed property another name.",
            )
        check_text(value, members, here)
        alias = added_member(item.name, value.type)
        members = _with(members, alias, item.span, here)
        pairs.append((alias, value))
    aliases = tuple(alias for alias, _ in pairs)
    return Computing(tuple(pairs)), tuple(_with_added(kind, aliases) for kind in state.kinds)


def _with_added(kind: Result, aliases: tuple[PropertyAccess, ...]) -> Result:
    """What instances have beside which something of their own is worked out."""
    return replace(kind, members=(*kind.members, *aliases), added=kind.added | frozenset(aliases))


def _is_declared(name: str, scope: Scope) -> bool:
    schema = scope.request.schema
    return name in schema.properties(scope.entity_type) or name in schema.navigation_properties(scope.entity_type)


def _ranking(node: syntax.Ranking, scope: Scope) -> Ranking:
    measure, descending = _MEASURES[node.operator]
    value = ordered(node.value, node.span, scope)
    amount = _amount(node, measure, scope)
    for part, found in ((node.value, value), (node.amount, amount)):
        needed = part is node.amount or measure != "count"
        if needed and kind_of(found.type) not in NUMERIC:
            raise TypeMismatch(
                f"{node.operator} takes numbers, and {print_expression(part)} is a {found.type}"
                f"{scope.place(node.span)}.",
                target=scope.target,
            )
    return Ranking(measure, amount, value, descending)


def _amount(node: syntax.Ranking, measure: str, scope: Scope) -> Expression:
    """How much is asked for. A literal stays one in the plan: which of them are allowed depends on their values."""
    written = node.amount
    if isinstance(written, syntax.Alias) and scope.arguments is None:
        written = scope.aliased(written.name) or _NOTHING
    if measure == "sum" or not isinstance(written, syntax.Literal):
        return resolve_expression(node.amount, scope, INT64 if measure == "count" else None)
    is_whole = written.kind is syntax.LiteralKind.INTEGER
    wanted = INT64 if is_whole else DECIMAL if written.kind is syntax.LiteralKind.DECIMAL else DOUBLE
    if written.kind in _NUMBERS and (is_whole or measure == "percent"):
        amount = scope.convert(written, wanted)
        assert isinstance(amount, int | float | Decimal), "a number is written"
        if amount > 0 and (measure == "count" or amount <= 100):
            return Constant(amount, wanted)
    allowed = "a whole number from 1 on" if measure == "count" else "a number above 0 that is at most 100"
    raise TypeMismatch(
        f"{node.operator} takes {allowed}, and not {print_expression(written)}{scope.place(node.span)}.",
        target=scope.target,
    )
