"""One aggregate of $apply: which values it takes, by which method, of what type it is (Data Aggregation 3.2.1).

Null values are left out by every method; of none at all the sum, the average and the extremes are null.
"""

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from odata_service.edm.aggregation import AggregationMethod
from odata_service.edm.model import NavigationProperty
from odata_service.edm.types import DECIMAL, DOUBLE, INT64, NULL, Kind, TypeRef, kind_of
from odata_service.errors import NotSupported, Span, TypeMismatch
from odata_service.semantics import expression, nested_collections
from odata_service.semantics.access import key_of_type
from odata_service.semantics.combined_keys import told_apart
from odata_service.semantics.custom_aggregates import default_method, inside, stated_aggregate
from odata_service.semantics.custom_methods import custom_method, taken
from odata_service.semantics.dynamic import used_as
from odata_service.semantics.grouping_keys import grouping_part, keys_of
from odata_service.semantics.nested import navigation_at
from odata_service.semantics.promotion import NUMERIC, UNORDERED, bare, common
from odata_service.semantics.resolved import NavigationStep
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import Aggregate, Aggregating, Grouping, Related, added_member
from odata_service.semantics.tree import Convert, Expression, NavigationAccess
from odata_service.url import print_expression, syntax
from odata_service.url.syntax import Name

_SUMS: Mapping[Kind, TypeRef] = {Kind.INTEGER: INT64, Kind.DECIMAL: DECIMAL, Kind.FLOAT: DOUBLE}
_AVERAGES: Mapping[Kind, TypeRef] = {Kind.INTEGER: DOUBLE, Kind.DECIMAL: DECIMAL, Kind.FLOAT: DOUBLE}


def resolve_aggregate(item: syntax.AggregateItem, scope: Scope) -> Aggregate:
    """An aggregate over the instances that a scope stands for."""
    nested = nested_collections.nested_collection(item, scope)
    if nested is None:
        return _readable(_from(item, _aggregate(item, scope), scope), scope)
    joining, beside = nested_collections.beside_members(nested, scope)
    return _readable(_from(item, replace(_aggregate(item, beside), source=(joining,)), beside), scope)


def _readable(made: Aggregate, scope: Scope) -> Aggregate:
    """An aggregate as those read it who know its alias as the name of a declared property.

    OpenUI5 names sums so, and takes them for the property's type, whose values are JSON numbers whatever
    `IEEE754Compatible` says where it is an integer below Edm.Int64. Those of Edm.Double are, which 3.2.1.3.1 allows.
    """
    name, operand = made.alias.property.name, made.operand
    if made.method != "sum" or made.alias.type != INT64 or operand is None:
        return made
    declared = scope.request.schema.properties(scope.entity_type).get(name)
    if declared is None or kind_of(declared.type) is not Kind.INTEGER or bare(declared.type) == INT64:
        return made
    return replace(made, alias=added_member(name, DOUBLE), operand=Convert(operand, DOUBLE))


def _aggregate(item: syntax.AggregateItem, scope: Scope) -> Aggregate:
    match item:
        case syntax.CountAggregate(syntax.Path(steps=(Name(name),), root=None), _, alias) if scope.relation(name):
            return Aggregate(added_member(str(alias), INT64), "count")
        case syntax.CountAggregate(path, _, alias):
            steps, inner, rest = _collection(path, scope) if path is not None else ((), scope, None)
            operand = expression.resolve_expression(rest, inner) if rest is not None else None
            return Aggregate(added_member(str(alias), INT64), "count", operand, steps)
        case syntax.MethodAggregate(operand_node, method, _, alias):
            return _by_method(operand_node, method, str(alias), scope)
        case syntax.CustomAggregate(path, _, alias):
            return _custom(path, alias or print_expression(path).rpartition("/")[2], scope)


def _custom(path: syntax.Path, alias: str, scope: Scope) -> Aggregate:
    """A custom aggregate of the instances, or of those that navigation properties before its name lead to."""
    steps, scopes, ends = _followed(replace(path, steps=path.steps[:-1]), scope)
    last = path.steps[-1]
    assert isinstance(last, Name), "the grammar has a name there"
    if ends[-1] == len(path.steps) - 1:
        made = _stated(last, alias, scopes[-1])
        if made is not None:
            return replace(made, path=(*steps, *made.path))
        return replace(_by_method(path, default_method(path, last.name, scopes[-1]), alias, scope), named=True)
    match path.steps:
        case (Name(first), _) if (known := scope.relation(first)) is not None and known.whole:
            inner = replace(scope, entity_type=known.access.type.name, entity_set=known.source, instance=known.access)
            made = _stated(last, alias, replace(inner, result=known.result))
            if made is not None and made.path:
                raise NotSupported(
                    f"'{last.name}' is worked out along collections, which are not followed from '{first}'"
                    f"{scope.place(path.span)}.",
                    target=scope.target,
                    hint=f"Aggregate it where the instances are those of '{known.source.name}'.",
                )
            if made is not None:
                return made
    return _by_method(path, default_method(path, print_expression(path), scope), alias, scope)


def _stated(name: Name, alias: str, scope: Scope) -> Aggregate | None:
    """What the service has registered for a custom aggregate; that of a member of this name where it is one by now."""
    stated = stated_aggregate(name.name, scope)
    if stated is None:
        return None
    item = stated.item
    if scope.member(name.name) is not None:
        method = item.method if isinstance(item, syntax.MethodAggregate) and item.method != "countdistinct" else "sum"
        return _by_method(syntax.Path((name,), span=name.span), method, alias, scope)
    with scope.request.function(name.name, scope.target):
        made = _aggregate(replace(item, alias=alias), inside(scope, name.name))
    given = made.alias.type
    if kind_of(given) is not kind_of(stated.type) or common(given, stated.type) is None:
        raise TypeMismatch(
            f"'{name.name}' is {stated.type} in the definition, and its expression gives {given}.",
            target=scope.target,
            hint=f"Write such as cast(…,{stated.type}) before with.",
        )
    type_ref = given if given.name == stated.type.name else stated.type
    return replace(made, alias=added_member(alias, type_ref), named=True)


def _from(item: syntax.AggregateItem, made: Aggregate, scope: Scope) -> Aggregate:
    """An aggregate of aggregates: instances are grouped by all properties behind `from`, then by fewer and fewer."""
    steps: list[Grouping] = []
    current = made
    for place, source in enumerate(item.sources):
        paths = [path for later in item.sources[place:] for path in later.properties]
        left = dict.fromkeys(key for path in paths for key in keys_of(grouping_part(path, scope), path, scope))
        alias = added_member(f"$from{place}", current.alias.type)
        steps.append(Grouping(tuple(left), (Aggregating((replace(current, alias=alias, source=()),)),)))
        method = source.method or made.method
        custom = made.custom if source.method is None else custom_method(method, item.span, scope)
        operand, type_ref = _typed(custom or method, alias, item.span, scope)
        current = Aggregate(added_member(made.alias.property.name, type_ref), method, operand, custom=custom)
    return replace(current, source=(*made.source, *steps))


def _by_method(node: syntax.Expression, method: str, alias: str, scope: Scope) -> Aggregate:
    custom = custom_method(method, node.span, scope)
    steps: tuple[NavigationStep, ...] = ()
    rest: syntax.Expression | None = node
    inner = scope
    if isinstance(node, syntax.Path):
        steps, inner, rest = _collection(node, scope)
    if rest is None:
        return Aggregate(added_member(alias, INT64), method, _entity(method, node, inner), steps)
    operand = expression.resolve_expression(rest, inner)
    if isinstance(operand, NavigationAccess):
        _check_entities(method, node, scope)
        known = _related(operand, scope)
        _check_whole(known, node, scope)
        keys = known[0].key if known else key_of_type(operand.type.name, scope.request.schema, operand)
        return Aggregate(added_member(alias, INT64), method, operand if len(keys) < 2 else told_apart(keys), steps)
    operand, type_ref = _typed(custom or method, operand, node.span, scope)
    return Aggregate(added_member(alias, type_ref), method, operand, steps, custom=custom)


def _collection(path: syntax.Path, scope: Scope) -> tuple[tuple[NavigationStep, ...], Scope, syntax.Path | None]:
    """The steps to the last collection on a path, the scope there, and what is left of the path.

    What instances no longer have leads nowhere; the resolver of expressions says so.
    """
    steps, scopes, ends = _followed(path, scope)
    taken = max((place for place, step in enumerate(steps, 1) if step.navigation.collection), default=0)
    rest = path.steps[ends[taken] :]
    is_value = path.root is not None and scope.request.schema.structured_type(scope.entity_type) is None
    return tuple(steps[:taken]), scopes[taken], replace(path, steps=rest) if rest or is_value else None


def _followed(path: syntax.Path, scope: Scope) -> tuple[list[NavigationStep], list[Scope], list[int]]:
    """The navigation properties that a path begins with, and the scopes before and behind each, with their places."""
    steps: list[NavigationStep] = []
    scopes, ends = [scope], [0]
    while path.root is None:
        here = scopes[-1]
        found = _navigation(path.steps[ends[-1] :], here)
        if found is None:
            break
        navigation, width = found
        target = here.related(navigation)
        if target is None:
            raise here.leads_nowhere(navigation, path.steps[ends[-1]].span)
        steps.append(NavigationStep(navigation, here.entity_type, target))
        scopes.append(replace(here, entity_type=navigation.target, entity_set=target, result=None, kinds=()))
        ends.append(ends[-1] + width)
    return steps, scopes, ends


def _navigation(steps: Sequence[syntax.PathStep], scope: Scope) -> tuple[NavigationProperty, int] | None:
    """The navigation property that steps begin with, where the instances still have any, and how many name it."""
    first, result = next(iter(steps), None), scope.result
    if not isinstance(first, Name) or (result is not None and (not result.whole or result.member(first.name))):
        return None
    return navigation_at(steps, scope)


def _entity(method: str, node: syntax.Expression, scope: Scope) -> Expression:
    """What tells the entities at the end of a path of collections apart: their key."""
    _check_entities(method, node, scope)
    return told_apart(key_of_type(scope.entity_type, scope.request.schema))


def _related(operand: NavigationAccess, scope: Scope) -> list[Related]:
    """What transformations have made of the entities that a path leads to."""
    related = scope.result.related if scope.result is not None else ()
    return [found for found in related if found.access == operand]


def _check_whole(known: Sequence[Related], node: syntax.Expression, scope: Scope) -> None:
    """Refuses to tell apart what transformations have made, which has no key."""
    if known and not any(found.whole for found in known):
        raise NotSupported(
            f"'{print_expression(node)}' is no entity any more, and nothing else tells it from others"
            f"{scope.place(node.span)}.",
            target=scope.target,
            hint="Name one of its properties.",
        )


def _check_entities(method: str, node: syntax.Expression, scope: Scope) -> None:
    if method != "countdistinct":
        raise TypeMismatch(
            f"'{print_expression(node)}' are entities, which have no {method}{scope.place(node.span)}.",
            target=scope.target,
            hint="Name one of their properties, or write with countdistinct.",
        )


def _typed(
    method: str | AggregationMethod, operand: Expression, span: Span, scope: Scope
) -> tuple[Expression, TypeRef]:
    """The operand as a method takes it, and the type of the aggregate."""
    operand = operand if method == "countdistinct" else used_as(operand, DECIMAL)
    if isinstance(method, AggregationMethod):
        return taken(method, operand, span, scope)
    kind = kind_of(operand.type)
    if method == "countdistinct" and kind is not None and kind not in {Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY}:
        return operand, INT64
    if method in {"min", "max"} and kind is not None and operand.type != NULL and kind not in UNORDERED:
        return operand, bare(operand.type)
    if method in {"sum", "average"} and kind is not None and kind in NUMERIC:
        wide = _SUMS[kind]
        widened = operand if kind_of(wide) is kind else Convert(operand, wide)
        return widened, (_SUMS if method == "sum" else _AVERAGES)[kind]
    raise TypeMismatch(
        f"'{method}' does not take {operand.type}{scope.place(span)}.",
        target=scope.target,
        hint="sum and average take numbers, min and max what has an order, countdistinct everything.",
    )
