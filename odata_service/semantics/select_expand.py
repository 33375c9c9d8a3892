"""The options of a collection or an entity, at the top and nested (URL Conventions 5.1)."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from odata_service.edm.types import INT64, kind_of
from odata_service.errors import SemanticError
from odata_service.semantics.apply import computed_behind, gathered_before, resolve_apply
from odata_service.semantics.apply_restrictions import check_apply
from odata_service.semantics.computed import computed_of
from odata_service.semantics.dynamic import ORDERS, is_dynamic, used_as
from odata_service.semantics.expansion import Expanded, expansions_of, selected_expansions, shown_by_default
from odata_service.semantics.expression import resolve_expression, resolve_filter
from odata_service.semantics.ordering import WITHOUT_ORDER
from odata_service.semantics.resolved import Expansion, OrderItem, QueryOptions, Selection
from odata_service.semantics.result_selection import as_expansions, with_expanded
from odata_service.semantics.scope import Scope
from odata_service.semantics.search import resolve_search
from odata_service.semantics.selection import selection_of
from odata_service.semantics.transformations import ENTITIES, Aggregate, Filtering, Pipeline
from odata_service.semantics.tree import Expression
from odata_service.semantics.weights import check_weight
from odata_service.url.syntax import Options
from odata_service.url.syntax import OrderItem as OrderItemSyntax


def resolve_options(options: Options, scope: Scope, depth: int = 0) -> QueryOptions:
    """The options of a collection or entity; `scope.option` is that of the whole URL when `depth` is 0.

    Nested options stand in the text of `$expand` or `$select`, so their literals' places count there.
    """
    nested = depth > 0

    def at(option: str) -> Scope:
        return scope.at(scope.option, f"{scope.target}/${option}") if nested else scope.at(option)

    if scope.computed:
        scope = replace(scope, computed=())
    if nested and options.aliases:
        scope = replace(scope, aliases=(*options.aliases, *scope.aliases))
    apply = None
    if options.apply is not None or (scope.result is not None and options.compute is not None):
        apply = resolve_apply(options.apply or (), replace(at("apply"), is_inside=nested))
        check_apply(options.apply or (), apply, at("apply"))
        if apply.entity_type is not None:
            scope = replace(scope, entity_type=apply.entity_type, entity_set=apply.source)
        apply = computed_behind(apply, options.compute or (), at("compute"))
        check_weight(apply.steps, at("apply"))
    scope = scope if apply is None else replace(scope, result=apply.result, kinds=apply.kinds)
    with scope.request.gathering() as of_all:
        if options.compute is not None and apply is None:
            computed = computed_of(options.compute, at("compute"))
            scope = replace(scope, computed=computed, computed_for=scope.instance)
    expanded = expansions_of(options.expand, at("expand") if options.expand else scope, depth, resolve_options)
    selection, shown = _shown(options, scope if options.select is None else at("select"), expanded, depth)
    with scope.request.gathering() as of_searched:
        where = resolve_filter(options.filter, at("filter")) if options.filter is not None else None
    with scope.request.gathering() as of_left:
        orderby = tuple(found for item in options.orderby or () for found in _order_items(item, at("orderby")))
    found = QueryOptions(
        selection=selection,
        filter=where,
        search=resolve_search(options.search, at("search")) if options.search is not None else None,
        orderby=orderby,
        expand=(*expanded.entities, *shown),
        streams=expanded.streams,
        linked=expanded.linked,
        skip=None if options.skip is None else at("skip").number(options.skip, INT64),
        top=None if options.top is None else at("top").number(options.top, INT64),
        count=bool(options.count),
        skiptoken=options.skiptoken,
        apply=apply,
    )
    if not (of_all or of_searched or of_left):
        return found
    begun = Pipeline((), scope.kinds or (scope.result or ENTITIES,))
    gathered = _gathered(replace(found, apply=apply or begun), of_all, of_searched, of_left)
    assert gathered.apply is not None, "aggregates are transformations"
    check_weight(gathered.apply.steps, scope)
    return gathered


def _gathered(
    options: QueryOptions, of_all: Sequence[Aggregate], of_searched: Sequence[Aggregate], of_left: Sequence[Aggregate]
) -> QueryOptions:
    """Options that ask for aggregates of all instances: between those, $search and $filter become transformations.

    `of_all` are of the instances before $search, `of_searched` before $filter, `of_left` behind it (Protocol 11.2.1).
    """
    before = options.apply
    assert before is not None, "there is a beginning at least"
    searched = () if options.search is None else (Filtering(options.search),)
    filtered = () if options.filter is None else (Filtering(options.filter),)
    steps = (*gathered_before(of_all, *searched), *gathered_before(of_searched, *filtered), *gathered_before(of_left))
    return replace(options, apply=replace(before, steps=(*before.steps, *steps)), search=None, filter=None)


def _shown(options: Options, scope: Scope, expanded: Expanded, depth: int) -> tuple[Selection, tuple[Expansion, ...]]:
    """What is selected, and what is shown beside what $expand names: what $apply has nested or expands by default."""
    selected, inside = as_expansions(options.select, scope)
    chosen = selected_expansions(inside, scope, depth, resolve_options)
    selection = selection_of(selected, scope, depth, resolve_options)
    if selection.explicit and expanded.made:
        selection = replace(selection, names=tuple(dict.fromkeys((*selection.names, *expanded.made))))
    shown = chosen.entities
    if options.expand is not None:
        selection = with_expanded(selection, dict(expanded.parts), scope)
    else:
        named = {item.name for item in chosen.entities}
        shown += tuple(item for item in shown_by_default(scope, selection) if item.name not in named)
    if scope.result is None:
        return selection, shown
    asked = {part.name: part for part in (*expanded.nested, *chosen.nested)}
    made = (*expanded.made, *chosen.made)
    parts = (part for part in scope.result.nested if _is_shown(part, options, selection, made))
    return selection, (*shown, *(asked.get(part.name, part) for part in parts))


def _is_shown(part: Expansion, options: Options, selection: Selection, made: Sequence[str]) -> bool:
    """What is nested is shown where $expand or $select names it, or where neither says anything."""
    if part.name in made or options.expand is not None:
        return part.name in made
    return not selection.explicit or part.name in selection.names or "*" in selection.names


def _order_items(item: OrderItemSyntax, scope: Scope) -> Iterator[OrderItem]:
    """An item; a dynamic property is ordered as what its values may be, one after the other."""
    value: Expression = resolve_expression(item.expression, scope)
    if is_dynamic(value):
        yield from (OrderItem(used_as(value, type_ref), item.descending) for type_ref in ORDERS)
        return
    if kind_of(value.type) in WITHOUT_ORDER:
        raise SemanticError(
            f"$orderby takes values, and this is of type {value.type}{scope.place(item.span)}.",
            target=scope.target,
            hint="Order by one of its properties.",
        )
    yield OrderItem(value, item.descending)
