"""`nest` and `addnested`: collections that transformations put inside of instances (Data Aggregation 3.4.3, 3.5.2)."""

from collections.abc import Callable

from msgspec.structs import replace

from odata_service.edm.model import NavigationProperty
from odata_service.errors import SemanticError
from odata_service.semantics.computed import computed_of
from odata_service.semantics.expansion import shown_by_default
from odata_service.semantics.joins import Resolve, check_alias
from odata_service.semantics.nested import navigation_at
from odata_service.semantics.resolved import EVERYTHING, Expansion, NestedGroup, QueryOptions
from odata_service.semantics.scope import Scope
from odata_service.semantics.selection import selection_of
from odata_service.semantics.transformations import THERE, Nesting, Pipeline, Result
from odata_service.url import syntax
from odata_service.url.syntax import Options


def resolve_addnested(node: syntax.Nesting, scope: Scope, resolve: Resolve) -> tuple[Nesting, tuple[Expansion, ...]]:
    """An `addnested`: what is worked out of entities that each entity is related to."""
    navigation, inner = _nested(node, scope)
    pairs = [_item(item, navigation, scope, inner, resolve) for item in node.items]
    step = Nesting(tuple((item.alias, pipeline.steps) for item, (pipeline, _) in zip(node.items, pairs, strict=True)))
    return replace(step, navigation=navigation), tuple(expansion for _, expansion in pairs)


def resolve_nest(
    node: syntax.Nesting,
    scope: Scope,
    made_of: tuple[NestedGroup, syntax.Sequence],
    resolve: Callable[[syntax.Sequence], Pipeline],
) -> tuple[Nesting, Result]:
    """A `nest`: one instance with what sequences make of all, in groups one for each.

    `made_of` is the group that it is made of, and the transformations before it as they are written.
    """
    group, written = made_of
    items, expansions = [], []
    for item in node.items:
        _check_distinct(item, node, scope)
        pipeline = resolve(item.apply)
        items.append((item.alias, pipeline.steps))
        collection = NavigationProperty(item.alias, scope.entity_type, collection=True)
        options = _options(replace(scope, result=pipeline.result, kinds=pipeline.kinds), pipeline)
        expansion = Expansion(collection, scope.entity_type, scope.entity_set, options, alias=item.alias)
        expansions.append(replace(expansion, group=group, written=Options(apply=(*written, *item.apply))))
    return Nesting(tuple(items)), Result((THERE,), whole=False, nested=tuple(expansions))


def _options(inner: Scope, pipeline: Pipeline) -> QueryOptions:
    """What is shown of a collection that transformations have made."""
    shown = (*shown_by_default(inner, EVERYTHING), *pipeline.result.nested)
    return QueryOptions(selection_of(None, inner), apply=pipeline, expand=shown)


def _item(
    item: syntax.NestItem, navigation: NavigationProperty, scope: Scope, inner: Scope, resolve: Resolve
) -> tuple[Pipeline, Expansion]:
    check_alias(item.alias, item.span, scope)
    pipeline = resolve(item.apply, inner)
    options = _options(replace(inner, result=pipeline.result), pipeline)
    if not navigation.collection:
        with scope.request.without_gathering():
            options = QueryOptions(selection_of(None, _computed(item, inner)))
    narrowed = inner.entity_type if inner.entity_type != navigation.target else None
    expansion = Expansion(navigation, scope.entity_type, inner.entity_set, options, narrowed=narrowed)
    alias = "/".join((*navigation.name.split("/")[:-1], item.alias))
    return pipeline, replace(expansion, alias=alias, written=Options(apply=item.apply))


def _computed(item: syntax.NestItem, inner: Scope) -> Scope:
    """The scope of a single entity with what is computed of it: nothing else can be done to one."""
    for node in item.apply:
        match node:
            case syntax.Identity():
                continue
            case syntax.Computation(items):
                inner = replace(inner, computed=computed_of(items, inner))
            case _:
                raise SemanticError(
                    f"A single entity is only computed with{inner.place(item.span)}.",
                    target=inner.target,
                    hint="Use compute, or name a collection.",
                )
    return inner


def _nested(node: syntax.Nesting, scope: Scope) -> tuple[NavigationProperty, Scope]:
    """The navigation property whose entities are transformed, and the scope of these."""
    assert node.path is not None, "addnested has a path"
    first, *rest = (step for step in node.path.steps if isinstance(step, syntax.Name))
    if scope.result is not None and not scope.result.whole:
        raise SemanticError(
            f"'{first.name}' is no longer there behind the transformations before it{scope.place(first.span)}.",
            target=scope.target,
            hint="Write addnested before groupby and aggregate.",
        )
    found = navigation_at(node.path.steps, scope)
    if found is None:
        raise scope.unknown(first.name, first.span)
    navigation, width = found
    rest = rest[width - 1 :]
    target = scope.related(navigation)
    if target is None:
        raise scope.leads_nowhere(navigation, first.span)
    entity_type = navigation.target
    for step in rest:
        entity_type = scope.narrowed_from(entity_type, step.name, step.span)
    return navigation, replace(scope, entity_type=entity_type, entity_set=target, result=None, kinds=(), computed=())


def _check_distinct(item: syntax.NestItem, node: syntax.Nesting, scope: Scope) -> None:
    if sum(other.alias == item.alias for other in node.items) > 1:
        raise SemanticError(
            f"'{item.alias}' stands twice in the result{scope.place(item.span)}.",
            target=scope.target,
            hint="Give the second another name behind 'as'.",
        )
