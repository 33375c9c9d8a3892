"""Collections that `addnested` has made, named by their alias further on (Data Aggregation 3.4.3).

What is asked of one is an aggregate of the instance's own members: these are joined to it, and what is left of them is
counted or aggregated beside it, before the transformation or the option that asks.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from odata_service.edm.types import BOOLEAN, INT64
from odata_service.errors import NotSupported
from odata_service.semantics import aggregates, expression
from odata_service.semantics.joins import joining_of, with_related
from odata_service.semantics.resolved import Expansion, NavigationStep
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import ENTITIES, Aggregate, Filtering, Joining
from odata_service.semantics.tree import Binary, Constant, Expression
from odata_service.url import syntax


def nested_collection(node: object, scope: Scope) -> Expansion | None:
    """The collection that a path in a syntax tree begins with, where `addnested` has put it into the instances."""
    if scope.instance is not None or scope.result is None or not scope.result.nested:
        return None
    found = (scope.nested(name) for name in _first_names(node) if scope.variable(name) is None)
    return next((one for one in found if one is not None and one.group is None and one.navigation.collection), None)


def beside_members(nested: Expansion, scope: Scope) -> tuple[Joining, Scope]:
    """Each instance beside each member of a collection of its own, and the names that are known then."""
    assert nested.entity_set is not None and nested.options.apply is not None, "collections are of entities"
    step = NavigationStep(nested.navigation, nested.source_type, nested.entity_set)
    joining = joining_of(step, nested.name, nested.options.apply, scope, narrowed=nested.narrowed)
    result = scope.result or ENTITIES
    rest = tuple(other for other in result.nested if other != nested)
    return joining, replace(scope, result=with_related(replace(result, nested=rest), joining.alias))


def asked_of(nested: Expansion, step: syntax.PathStep, scope: Scope) -> Expression:
    """What any, all, $count or an aggregate behind a nested collection is for an instance."""
    if scope.request.gathered is None or scope.variables or scope.arguments is not None:
        raise NotSupported(
            f"'{nested.name}' has been made by more than filter: of its members nothing is asked here"
            f"{scope.place(step.span)}.",
            target=scope.target,
            hint="Ask outside of any, all and $expand, or compute the value first: compute(… as Name).",
        )
    with scope.request.without_gathering():
        made, test = _aggregate(nested, step, scope)
    alias = scope.request.gather(replace(made, each=True))
    return alias if test is None else Binary(test, alias, Constant(0, INT64), BOOLEAN)


def _aggregate(nested: Expansion, step: syntax.PathStep, scope: Scope) -> tuple[Aggregate, str | None]:
    """The aggregate, and how its number compares with 0 where it is a condition that is asked for."""
    counted = syntax.CountAggregate(syntax.Path((syntax.Name(nested.name, step.span),)), (), "", step.span)
    match step:
        case syntax.AggregateStep(item):
            named = replace(item, alias="")
            if isinstance(named, syntax.CountAggregate) and named.path is None:
                return _narrowed(counted, nested, None, scope), None
            return aggregates.resolve_aggregate(_about(named, None, nested.name), scope), None
        case syntax.CountStep(predicate, None):
            return _narrowed(counted, nested, predicate and _about(predicate, None, nested.name), scope), None
        case syntax.Lambda("any", variable, predicate):
            return _narrowed(counted, nested, predicate and _about(predicate, variable, nested.name), scope), "gt"
        case syntax.Lambda(_, variable, predicate):
            assert predicate is not None, "all has a predicate"
            others = syntax.Binary("ne", _about(predicate, variable, nested.name), _TRUE, step.span)
            return _narrowed(counted, nested, others, scope), "eq"
        case _:
            raise NotSupported(f"Nested members are not searched{scope.place(step.span)}.", target=scope.target)


_TRUE = syntax.Literal(syntax.LiteralKind.BOOLEAN, "true")


def _narrowed(
    counted: syntax.CountAggregate, nested: Expansion, predicate: syntax.Expression | None, scope: Scope
) -> Aggregate:
    made = aggregates.resolve_aggregate(counted, scope)
    if predicate is None:
        return made
    _, inner = beside_members(nested, scope)
    return replace(made, source=(*made.source, Filtering(expression.resolve_filter(predicate, inner))))


def _first_names(node: object) -> Iterator[str]:
    """The names that the paths in a tree begin with."""
    match node:
        case syntax.Path(steps=(syntax.Name(name), *_), root=None):
            yield name
    for part in _parts(node):
        yield from _first_names(part)


def _about(node: Any, variable: str | None, alias: str) -> Any:
    """A tree that speaks of members as one that speaks of what is under the alias beside the instance.

    Members are what the variable stands for; without one they are what names belong to.
    """
    if type(node) is tuple:
        return tuple(_about(part, variable, alias) for part in node)
    if not _is_syntax(node) or (isinstance(node, syntax.Lambda) and node.variable == variable is not None):
        return node
    parts = {name: getattr(node, name) for name in node.__struct_fields__}
    changed = {name: _about(part, variable, alias) for name, part in parts.items() if _may_hold(part)}
    made = replace(node, **changed) if changed else node
    return _path_about(made, variable, alias) if isinstance(made, syntax.Path) else made


def _path_about(path: syntax.Path, variable: str | None, alias: str) -> syntax.Path:
    first = path.steps[0] if path.steps else None
    name = syntax.Name(alias, path.span)
    if variable is None and (path.root == "$this" or (path.root is None and isinstance(first, syntax.Name))):
        return replace(path, steps=(name, *path.steps), root=None)
    if variable is not None and path.root is None and isinstance(first, syntax.Name) and first.name == variable:
        return replace(path, steps=(name, *path.steps[1:]))
    return path


def _parts(node: object) -> Iterator[object]:
    if type(node) is tuple:
        yield from node
    elif _is_syntax(node):
        assert isinstance(node, Struct), "nodes are structures"
        yield from (getattr(node, name) for name in node.__struct_fields__)


def _may_hold(part: object) -> bool:
    return type(part) is tuple or _is_syntax(part)


def _is_syntax(node: object) -> bool:
    return type(node).__module__.startswith(syntax.__name__) and isinstance(node, Struct)
