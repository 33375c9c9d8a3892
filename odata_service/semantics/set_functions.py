"""Functions of the service as set transformations: what they take, and what they give (Data Aggregation 3.6).

A function that is bound to a collection of entities takes those that are there, or those of each group. It takes what
transformations have made of entities where it is annotated as available on aggregates (5.4). What it gives are entities
of a set, or values of a structured type; both are instances like all others from there on.
"""

from collections.abc import Iterator

from msgspec.structs import replace

from odata_service.edm.annotations import AGGREGATION, Path, Record, annotation_value
from odata_service.edm.model import Schema
from odata_service.edm.operations import Function
from odata_service.edm.types import INT64, Kind, TypeRef, kind_of
from odata_service.errors import NotSupported, SemanticError, did_you_mean
from odata_service.semantics.access import access_of, marker_access
from odata_service.semantics.operations import Called, by_distance, called_bound, names_of
from odata_service.semantics.resolved import EntitySetStep, FilterStep, QueryOptions, ResourcePath
from odata_service.semantics.result_selection import member_path
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import Calling, Filtering, Pipeline, Result, added_member
from odata_service.semantics.tree import PropertyAccess
from odata_service.url import syntax
from odata_service.url.syntax import KeyPredicate, Segment

_WITHOUT_LEAF = frozenset({Kind.STREAM})


def resolve_call(node: syntax.FunctionCall, scope: Scope, *, alone: bool, first: bool) -> tuple[Calling, Result, Scope]:
    """The transformation that a call is, what instances have behind it, and the names that are known there.

    `alone` tells that the instances are made of all that a path leads to, so that the result may live in another
    source; `first` that they are these, but for some that filters have left out.
    """
    called = _called(node, scope)
    result, source = called.result, called.source
    schema, given = scope.request.schema, scope.entity_set
    assert given is not None and isinstance(called.call.operation, Function), "entities live in a source"
    inputs = _inputs(called.call.operation, node, scope)
    if given.is_contained and not first:
        raise NotSupported(
            f"'{node.name}' takes entities that others contain where the path leads to them alone"
            f"{scope.place(node.span)}.",
            target=scope.target,
            hint="Write it before all other transformations, or behind filter.",
        )
    scope.request.expansions += 1
    place = added_member(f"$place{scope.request.expansions}", INT64)
    calling = Calling(replace(called.call, binding=None), place, given, source, inputs=inputs)
    if source is None:
        members = tuple(_members(result.name, None, schema))
        inner = replace(scope, entity_type=result.name, entity_set=None, result=None, kinds=())
        return replace(calling, members=members), Result(members, whole=False), inner
    if source != given and not alone:
        raise NotSupported(
            f"'{node.name}' gives entities of '{source.name}', which do not stand among those of '{given.name}'"
            f"{scope.place(node.span)}.",
            target=scope.target,
            hint="Write it outside of groupby, concat, join and $expand.",
        )
    entity_type = scope.entity_type if source == given else source.entity_type
    return calling, Result(), replace(scope, entity_type=entity_type, entity_set=source, result=None, kinds=())


def at_home(path: ResourcePath, options: QueryOptions, apply: Pipeline) -> tuple[ResourcePath, QueryOptions]:
    """Where the entities live that a query gives: in another source where a function of $apply says so."""
    apply = _bound_to_path(path, apply)
    if apply.source is None:
        return path, replace(options, apply=apply)
    if path.call is not None:
        raise NotSupported(
            f"What '{path.call.operation.name}' gives is not transformed into entities of '{apply.source.name}'.",
            target="$apply",
            hint="Call one of the functions alone.",
        )
    home = replace(path, steps=(EntitySetStep(apply.source),), type=TypeRef(apply.source.entity_type, collection=True))
    return replace(home, entity_set=apply.source), replace(options, apply=replace(apply, begun=path))


def _bound_to_path(path: ResourcePath, pipeline: Pipeline) -> Pipeline:
    """A pipeline whose first function is bound to what the path leads to, and to what filters leave of it."""
    filters: list[FilterStep] = []
    for place, step in enumerate(pipeline.steps):
        match step:
            case Filtering(predicate):
                filters.append(FilterStep(predicate))
            case Calling(call=call, inputs=None):
                bound = replace(step, call=replace(call, binding=replace(path, steps=(*path.steps, *filters))))
                return replace(pipeline, steps=(*pipeline.steps[:place], bound, *pipeline.steps[place + 1 :]))
            case _:
                break
    return pipeline


def _called(node: syntax.FunctionCall, scope: Scope) -> Called:
    """The overload that is bound to a collection of what is here."""
    source, what = scope.entity_set, TypeRef(scope.entity_type, collection=True)
    if node.arguments:
        raise SemanticError(
            f"Parameters of '{node.name}' are given by name{scope.place(node.span)}.",
            target=scope.target,
            hint="Write (name=value).",
        )
    known = [found for name in names_of(node.name, scope) for found in scope.request.schema.operations[name]]
    if not known:
        bound = [
            name
            for name, overloads in scope.request.schema.operations.items()
            if any(isinstance(found, Function) and found.bound for found in overloads)
        ]
        raise SemanticError(
            f"'{node.name}' is no function of this service{scope.place(node.span)}.",
            target=scope.target,
            hint=did_you_mean(node.name, bound),
        )
    if source is None:
        raise NotSupported(
            f"'{node.name}' takes entities, and what is here lives in no entity set{scope.place(node.span)}.",
            target=scope.target,
        )
    path = ResourcePath((EntitySetStep(source),), what, source)
    segment = Segment(node.name, KeyPredicate(named=node.named), span=node.span)
    is_bound = bool(by_distance([found for found in known if found.bound], what, scope))
    called = called_bound(segment, scope, path) if is_bound else None
    if called is None:
        raise SemanticError(
            f"'{node.name}' is not bound to {what}{scope.place(node.span)}.",
            target=scope.target,
            hint="A transformation is a function that is bound to the collection that is transformed.",
        )
    declared = scope.request.schema.structured_type(called.result.name)
    if not called.result.collection or declared is None:
        raise SemanticError(
            f"'{node.name}' gives {called.result}, and a transformation gives a collection of instances"
            f"{scope.place(node.span)}.",
            target=scope.target,
            hint="Call it in the path.",
        )
    return called


def _inputs(function: Function, node: syntax.FunctionCall, scope: Scope) -> tuple[PropertyAccess, ...] | None:
    """The members of instances that are no entities any more, where the function takes such; None for entities."""
    result = scope.result
    if result is None or result.whole:
        return None
    stated = annotation_value(function.annotations, f"{AGGREGATION}.AvailableOnAggregates")
    required = stated.values.get("RequiredProperties", ()) if isinstance(stated, Record) else None
    if required is None:
        raise SemanticError(
            f"'{node.name}' takes entities, and the transformations before it leave none{scope.place(node.span)}.",
            target=scope.target,
            hint="Write it before groupby and aggregate, or annotate it with AvailableOnAggregates.",
        )
    known = {member_path(member) for member in result.members}
    wanted = [path.path for path in required if isinstance(path, Path)] if isinstance(required, tuple) else []
    missing = next((path for path in wanted if path not in known), None)
    if missing is not None:
        raise SemanticError(
            f"'{node.name}' needs '{missing}', which is no longer there{scope.place(node.span)}.",
            target=scope.target,
            hint=f"Group by {missing}.",
        )
    return result.members


def _members(holder: str, owner: PropertyAccess | None, schema: Schema) -> Iterator[PropertyAccess]:
    """The single values that instances of a type are made of."""
    if owner is not None:
        marker = marker_access(owner, schema)
        if marker is not None:
            yield marker
    for declared in schema.properties(holder).values():
        access = access_of(declared, holder, holder, owner, schema)
        if schema.is_taken_apart(declared.type):
            yield from _members(declared.type.name, access, schema)
        elif kind_of(declared.type) not in _WITHOUT_LEAF:
            yield access
