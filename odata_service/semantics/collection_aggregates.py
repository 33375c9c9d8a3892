"""Aggregates in expressions: of a collection behind a path, and of all instances there are, `$these`.

What is aggregated of `$these` is worked out before the option or the transformation that asks for it, and stands in
each instance as a member that no result shows. (Data Aggregation 3.2.1, 5.1)
"""

from msgspec.structs import replace

from odata_service.edm.types import BOOLEAN, DECIMAL, DOUBLE, INT64, Kind, kind_of
from odata_service.errors import NotSupported, SemanticError
from odata_service.semantics import aggregates, nested_collections
from odata_service.semantics.operands import converted
from odata_service.semantics.resolved import EVERYTHING, Expansion, NavigationStep, QueryOptions
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import ENTITIES, Aggregate, Pipeline
from odata_service.semantics.tree import (
    Aggregated,
    Binary,
    Case,
    Constant,
    Convert,
    Count,
    Expression,
    Members,
    NavigationMembers,
)
from odata_service.url import syntax


def aggregate_of(step: syntax.AggregateStep, members: Members, scope: Scope) -> Expression:
    """What an aggregate is for the members of a collection."""
    inner = replace(scope.among(members), result=None, kinds=())
    made = aggregates.resolve_aggregate(_named(step.aggregate, "aggregate"), inner)
    if made.path or made.source or made.custom is not None:
        return _beside(step, made, members, scope)
    if made.operand is None:
        return Count(members)
    if made.method != "average":
        return Aggregated(members, made.method, made.operand, made.alias.type)
    return _average(members, made.operand)


def _beside(step: syntax.AggregateStep, made: Aggregate, members: Members, scope: Scope) -> Expression:
    """An aggregate that no subquery works out: along further collections, or of aggregates, beside each instance."""
    collection = members.collection
    is_own = isinstance(collection, NavigationMembers) and collection.owner is None and members.where is None
    if not is_own or scope.request.gathered is None or scope.instance is not None or scope.variables:
        raise NotSupported(
            f"An aggregate in this expression is one of the members themselves{scope.place(step.span)}.",
            target=scope.target,
            hint="Leave out 'from', further collections and custom methods, or write aggregate(…) in $apply.",
        )
    assert isinstance(collection, NavigationMembers), "it is one of the instance's own"
    navigation, source_type = collection.navigation, collection.source_type
    target = scope.request.schema.source(members.variable.source or "")
    if made.source:
        options = QueryOptions(EVERYTHING, apply=Pipeline(()))
        nested = Expansion(navigation, source_type, target, options, alias=f"$members{step.span.start}")
        result = scope.result or ENTITIES
        known = replace(scope, result=replace(result, nested=(*result.nested, nested)))
        return nested_collections.asked_of(nested, step, known)
    first = NavigationStep(navigation, source_type, target)
    there = replace(scope, entity_type=members.variable.type.name, entity_set=target, result=None, kinds=())
    made = aggregates.resolve_aggregate(_named(step.aggregate, "aggregate"), there)
    return scope.request.gather(replace(made, path=(first, *made.path), each=True))


def aggregate_of_these(node: syntax.Path, scope: Scope) -> Expression:
    """What an aggregate is for all instances that the current one is among."""
    match node.steps:
        case (syntax.AggregateStep(item),):
            pass
        case (*steps, syntax.CountStep(filter=None, search=None)):
            counted = syntax.Path(tuple(steps), span=node.span) if steps else None
            item = syntax.CountAggregate(counted, (), None, node.span)
        case _:
            raise SemanticError(
                f"$these are all instances, and no value{scope.place(node.span)}.",
                target=scope.target,
                hint="Write $these/$count or $these/aggregate(… with sum).",
            )
    if scope.these is not None:
        return aggregate_of(syntax.AggregateStep(item, node.span), scope.these, scope)
    if scope.instance is not None or scope.arguments is not None:
        raise SemanticError(
            f"There are no $these here, where no instance is one of a collection{scope.place(node.span)}.",
            target=scope.target,
            hint="Name the collection, as in path/aggregate(… with sum).",
        )
    if scope.request.gathered is None:
        raise NotSupported(
            f"$these stands in $filter, $orderby and $compute of entities, and in $apply{scope.place(node.span)}.",
            target=scope.target,
            hint="Name the collection, as in path/aggregate(… with sum).",
        )
    return scope.request.gather(aggregates.resolve_aggregate(_named(item, "$these"), replace(scope, variables=())))


def _named(item: syntax.AggregateItem, name: str) -> syntax.AggregateItem:
    """The aggregate under a name that no property has."""
    return replace(item, alias=name)


def _average(members: Members, operand: Expression) -> Expression:
    """The sum by the number of those that are not null, where there are any."""
    wide = DECIMAL if kind_of(operand.type) is Kind.DECIMAL else DOUBLE
    total_type = INT64 if kind_of(operand.type) is Kind.INTEGER else wide
    total = converted(Aggregated(members, "sum", operand, total_type), wide)
    count = Aggregated(members, "count", operand, INT64)
    some = Binary("gt", count, Constant(0, INT64), BOOLEAN)
    return Case(((some, Binary("div", total, Convert(count, wide), wide)),), wide)
