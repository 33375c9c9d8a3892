"""Paths inside expressions, from a variable or the root to their end: a value, any, all, $count.

(URL Conventions 5.1.1.13 to 5.1.1.15.)
"""

from collections.abc import Sequence

from msgspec.structs import replace

from odata_service.edm.leaves import UNTYPED
from odata_service.edm.sources import is_stream
from odata_service.edm.types import BOOLEAN, NULL, Kind, TypeRef, kind_of
from odata_service.errors import NotSupported, SemanticError, Span, TypeMismatch, did_you_mean
from odata_service.semantics import (
    calls,
    collection_aggregates,
    expression,
    hierarchy_functions,
    keys,
    model_functions,
    nested_collections,
)
from odata_service.semantics.access import access_along, access_of, base_of
from odata_service.semantics.annotations import resolve_annotation
from odata_service.semantics.conditions import all_of, left, of_type
from odata_service.semantics.dynamic import is_dynamic, used_as_list
from odata_service.semantics.operands import type_name
from odata_service.semantics.property_path import (
    Place,
    cast_to,
    check_is_expressed,
    follow,
    instance_of,
    is_filtered,
    place_of,
)
from odata_service.semantics.scope import Scope
from odata_service.semantics.search import resolve_search
from odata_service.semantics.tree import (
    Case,
    Constant,
    Count,
    DynamicProperty,
    Expression,
    Itself,
    Lambda,
    Members,
    NavigationAccess,
    NavigationMembers,
    PropertyAccess,
    RootEntity,
    SetMembers,
    Variable,
)
from odata_service.url import syntax


def resolve_member(node: syntax.Path, scope: Scope) -> Expression:
    """What a path stands for: a value, an entity, a collection of values, a number of members, a condition of them."""
    first = node.steps[0] if node.steps else None
    if node.root is None and len(node.steps) == 1 and isinstance(first, syntax.Name):
        known = _known(first.name, scope)
        if known is not None:
            return known
    found = walk(node, scope)
    if node.root == "$these" and not isinstance(found, Place):
        return found
    value = value_at(found, node.span, scope) if isinstance(found, Place) else found
    return scope.left(value) if _is_of_instance(node, value, scope) else value


def _known(name: str, scope: Scope) -> Expression | None:
    """What a name alone mostly is, without a walk: a value of $compute, or a property of the current instance."""
    if scope.variables and scope.variable(name) is not None:
        return None
    if scope.computed:
        computed = scope.computed_value(name)
        if computed is not None:
            return scope.request.repeat(computed, scope.target)
    if scope.instance is not None:
        return None
    declared = scope.property(name) if scope.result is None and scope.entity_type else None
    if declared is None or is_stream(declared):
        return None
    check_is_expressed(declared, scope)
    base = scope.entity_type if scope.entity_set is None else scope.entity_set.entity_type
    return access_of(declared, scope.entity_type, base, None, scope.request.schema)


def _is_of_instance(node: syntax.Path, value: Expression, scope: Scope) -> bool:
    """Whether a path begins at the current instance of the query, or has come to a property of it."""
    if isinstance(value, PropertyAccess | DynamicProperty):
        return base_of(value) is None
    match node.root, node.steps:
        case None, (syntax.FunctionCall(), *_):
            return False
        case None, (syntax.Name(name), *_) if scope.variable(name) is not None:
            return False
        case ((None | "$this"), _):
            return scope.instance is None
        case "$it", _:
            return (scope.outermost or scope).instance is None
        case _:
            return False


def walk(node: syntax.Path, scope: Scope) -> Place | Expression:
    """Where a path leads, or the value that it ends in: a number of members, a condition, an annotation."""
    if isinstance(node.root, syntax.Alias):
        return _from_alias(node, node.root, scope)
    if node.root == "$these":
        return collection_aggregates.aggregate_of_these(node, scope)
    node = _with_cast_inside(replace(node, steps=_with_calls(node.steps, scope)))
    _check_call(node, scope)
    if not scope.entity_type:
        _check_root(node, scope)
    match node:
        case syntax.Path(steps=(syntax.FunctionCall() as call, *rest), root=None) if not _is_cast(call):
            return _followed(rest, _called(call, scope), scope)
    nested = _asked_nested(node, scope)
    if nested is not None:
        return nested
    place, steps = _start(node, scope)
    return _followed(steps, place, scope)


def _asked_nested(node: syntax.Path, scope: Scope) -> Expression | None:
    """What is asked of a collection that transformations have nested, where more than filters have made it."""
    match node.steps:
        case (syntax.Name(), (syntax.Lambda() | syntax.CountStep() | syntax.AggregateStep()) as last):
            nested = nested_collections.nested_collection(replace(node, steps=node.steps[:1]), scope)
            if nested is not None and not is_filtered(nested):
                return nested_collections.asked_of(nested, last, scope)
    return None


def _called(call: syntax.FunctionCall, scope: Scope) -> Place | Expression:
    """Where a call that a path begins with leads."""
    of_hierarchy = hierarchy_functions.hierarchy_function(call.name)
    if of_hierarchy is None or model_functions.is_function(call.name, scope):
        return model_functions.called(call, None, scope)
    if of_hierarchy == "rollupnode":
        return hierarchy_functions.rollup_node(call, scope)
    return hierarchy_functions.resolve_hierarchy_function(call, of_hierarchy, scope)


def _followed(steps: Sequence[syntax.PathStep], place: Place | Expression, scope: Scope) -> Place | Expression:
    for number, step in enumerate(steps):
        if not isinstance(place, Place):
            _check_last(steps[number + 1 :], scope)
            return _of_values(step, place, scope)
        if isinstance(step, syntax.AggregateStep):
            _check_last(steps[number + 1 :], scope)
            return collection_aggregates.aggregate_of(step, _members(place, step.span, scope), scope)
        if isinstance(step, syntax.Lambda | syntax.CountStep):
            _check_last(steps[number + 1 :], scope)
            members = _members(place, step.span, scope)
            return _lambda(step, members, scope) if isinstance(step, syntax.Lambda) else _count(step, members, scope)
        if isinstance(step, syntax.AnnotationName):
            return _said(step, steps[number + 1 :], place, scope)
        place = _step(step, place, scope)
    return place


def _start(node: syntax.Path, scope: Scope) -> tuple[Place, tuple[syntax.PathStep, ...]]:
    match node.root:
        case None:
            first = node.steps[0]
            variable = scope.variable(first.name) if isinstance(first, syntax.Name) else None
            if variable is not None:
                return place_of(variable, scope), node.steps[1:]
            return instance_of(scope), node.steps
        case "$it" if scope.outermost is not None and scope.outermost.is_out_of_reach:
            raise NotSupported(
                f"No navigation property leads back from here to the one entity that $it is{scope.place(node.span)}.",
                target=scope.target,
                hint="Declare it as the Partner in the definition, or write $this for the expanded entity.",
            )
        case "$it":
            return instance_of(scope.outermost or scope), node.steps
        case "$this":
            return instance_of(scope), node.steps
        case _:
            return _root(node, scope), node.steps[1:]


def _with_calls(steps: tuple[syntax.PathStep, ...], scope: Scope) -> tuple[syntax.PathStep, ...]:
    """The steps with calls where a name and a key are those of a function: the grammar cannot tell them apart."""
    found: list[syntax.PathStep] = []

    def is_call(name: str) -> bool:
        known = model_functions.is_function(name, scope) or hierarchy_functions.hierarchy_function(name) is not None
        return scope.navigation(name) is None and known

    for step in steps:
        match found[-1:], step:
            case [syntax.Name(name, span)], syntax.KeyPredicate(named=named) if named and is_call(name):
                found[-1] = syntax.FunctionCall(name, (), named, span)
            case _:
                found.append(step)
    return tuple(found)


def _with_cast_inside(node: syntax.Path) -> syntax.Path:
    """A path whose cast stands behind what it casts: `cast(next,ns.Type)/size` is `next/cast(ns.Type)/size`."""
    match node.root, node.steps:
        case None, (syntax.FunctionCall(name, (syntax.Path() as operand, target), ()) as call, *rest) if rest:
            if name.lower() == "cast":
                cast = replace(call, arguments=(target,))
                return replace(operand, steps=(*operand.steps, cast, *rest), span=node.span)
    return node


def _check_root(node: syntax.Path, scope: Scope) -> None:
    """Refuses names in the expression of a function that is bound to nothing."""
    first = node.steps[0] if node.steps else None
    is_call = isinstance(first, syntax.FunctionCall) and not _is_cast(first)
    is_variable = isinstance(first, syntax.Name) and scope.variable(first.name) is not None
    if node.root in {"$it", "$this"} or (node.root is None and not is_call and not is_variable):
        raise SemanticError(
            f"The function is bound to nothing, so no name belongs to an instance{scope.place(node.span)}.",
            target=scope.target,
            hint="Begin with a parameter, as @name, or with $root.",
        )


def _check_call(node: syntax.Path, scope: Scope) -> None:
    """A name that is no property, with a value in parentheses behind it, is meant for a function."""
    match node:
        case syntax.Path(steps=(syntax.Name(name), syntax.KeyPredicate()), root=None):
            if scope.property(name) is None and scope.navigation(name) is None and "." not in name:
                raise calls.no_function(name, scope, node.span)


def _from_alias(node: syntax.Path, alias: syntax.Alias, scope: Scope) -> Place | Expression:
    """A path into what an alias stands for: a structured value that is written out, or what a path leads to."""
    argument = scope.argument(alias)
    if isinstance(argument, Place):
        named = replace(argument.scope, option=scope.option, target=scope.target, arguments=scope.arguments)
        return _followed(node.steps, replace(argument, scope=named), scope)
    if isinstance(argument, PropertyAccess):
        inner = replace(scope, entity_type=argument.type.name, entity_set=None)
        return _followed(node.steps, Place(inner, argument, argument.type.name), scope)
    with scope.alias(alias.name) as (value, there):
        steps = node.steps
        while isinstance(value, syntax.JsonObject) and steps and isinstance(steps[0], syntax.Name):
            value, steps = dict(value.members).get(steps[0].name), steps[1:]
        if value is None:
            return Constant(None, NULL)
        if not steps:
            return expression.resolve_expression(value, there)
        if not isinstance(value, syntax.Path):
            raise TypeMismatch(
                f"Nothing can follow '@{alias.name}' here{scope.place(steps[0].span)}.",
                target=scope.target,
                hint="Give it an object, or the path of an entity.",
            )
        place = walk(value, there)
        if isinstance(place, Place):
            place = replace(place, scope=replace(place.scope, option=scope.option, target=scope.target))
        return _followed(steps, place, scope)


def _root(node: syntax.Path, scope: Scope) -> Place:
    """An entity set or a singleton of the service, whatever the current instance is."""
    first = node.steps[0] if node.steps else None
    schema = scope.request.schema
    source = schema.source(first.name) if isinstance(first, syntax.Name) else None
    if source is None or source.is_contained:
        names = [*schema.container.entity_sets, *schema.container.singletons]
        found = first.name if isinstance(first, syntax.Name) else "nothing"
        raise SemanticError(
            f"An entity set or a singleton stands behind $root, and not '{found}'{scope.place(node.span)}.",
            target=scope.target,
            hint=did_you_mean(found, names) or "Write $root/Set('key')/property.",
        )
    inner = replace(scope, entity_type=source.entity_type, entity_set=source, instance=None)
    if source.is_single:
        return Place(inner, RootEntity(source.name, (), TypeRef(source.entity_type)))
    return Place(inner, SetMembers(source.name, TypeRef(source.entity_type, True)))


def _is_cast(call: syntax.FunctionCall) -> bool:
    return call.name.lower() == "cast" and len(call.arguments) == 1


def _step(step: syntax.PathStep, place: Place, scope: Scope) -> Place | Expression:
    match step:
        case syntax.Name(name, span=span):
            return follow(name, span, place)
        case syntax.KeyPredicate():
            return _keyed(step, place, scope)
        case syntax.FilterStep(predicate):
            members = _members(place, step.span, scope)
            return replace(place, owner=_narrowed(members, predicate, scope))
        case syntax.FunctionCall() if _is_cast(step):
            return cast_to(type_name(step.arguments[0], scope), step.span, place)
        case syntax.FunctionCall():
            return model_functions.called(step, place, scope)
        case _:
            raise NotSupported(f"{type(step).__name__} is not evaluated here{scope.place(step.span)}.")


def _keyed(step: syntax.KeyPredicate, place: Place, scope: Scope) -> Place:
    """The one entity of a collection that has a key."""
    if not isinstance(place.owner, NavigationMembers | SetMembers):
        raise TypeMismatch(
            f"A key stands behind a collection of entities alone{scope.place(step.span)}.", target=scope.target
        )
    key = keys.resolve_key(step, replace(place.scope, option=scope.option, target=scope.target))
    single = TypeRef(place.scope.entity_type)
    match place.owner:
        case NavigationMembers(navigation, source_type, _, owner):
            return replace(place, owner=NavigationAccess(navigation, source_type, single, owner, key))
        case SetMembers(source):
            return replace(place, owner=RootEntity(source, key, single))


def _members(place: Place, span: Span, scope: Scope) -> Members:
    """The collection at a place, its members of the type that the place says."""
    owner = place.owner
    if isinstance(owner, Members):
        members = owner
    elif isinstance(owner, PropertyAccess) and place.is_collection:
        members = Members(owner, Variable(scope.depth + 1, owner.type.element))
    elif isinstance(owner, DynamicProperty | PropertyAccess | Variable) and is_dynamic(owner):
        return Members(used_as_list(owner), Variable(scope.depth + 1, UNTYPED))
    elif isinstance(owner, NavigationMembers | SetMembers):
        source = place.scope.entity_set
        assert source is not None, "entities live in a source"
        members = Members(owner, Variable(scope.depth + 1, owner.type.element, source.name))
    else:
        raise TypeMismatch(
            f"any, all, aggregate, $count and $filter stand behind a collection{scope.place(span)}.",
            target=scope.target,
        )
    schema, name = place.scope.request.schema, place.scope.entity_type
    return members if schema.structured_type(name) is None else of_type(members, name, schema)


def _narrowed(members: Members, predicate: syntax.Expression, scope: Scope) -> Members:
    """The members for which a predicate is true that speaks of them as of the instance."""
    found = expression.resolve_filter(predicate, scope.among(members))
    return left(members, found)


def _said(step: syntax.AnnotationName, rest: Sequence[syntax.PathStep], place: Place, scope: Scope) -> Expression:
    """The value of an annotation, or what is asked of the collection that it is."""
    last = rest[-1] if rest else None
    if not isinstance(last, syntax.Lambda):
        return resolve_annotation(step, place, scope, rest)
    found = resolve_annotation(step, place, scope, rest[:-1])
    if found == Constant(None, NULL):
        return Constant(last.operator == "all", BOOLEAN)
    return _of_values(last, found, scope)


def _of_values(step: syntax.PathStep, found: Expression, scope: Scope) -> Expression:
    """What is asked of a collection of values that no property holds."""
    if not found.type.collection or not isinstance(step, syntax.Lambda | syntax.CountStep):
        raise TypeMismatch(f"Nothing can follow a value{scope.place(step.span)}.", target=scope.target)
    members = Members(found, Variable(scope.depth + 1, found.type.element))
    return _lambda(step, members, scope) if isinstance(step, syntax.Lambda) else _count(step, members, scope)


def _lambda(step: syntax.Lambda, members: Members, scope: Scope) -> Lambda:
    if step.predicate is None or step.variable is None:
        return Lambda(step.operator, members)
    inner = scope.inside(members.variable, step.variable)
    return Lambda(step.operator, members, expression.resolve_filter(step.predicate, inner))


def _count(step: syntax.CountStep, members: Members, scope: Scope) -> Count:
    if step.search is not None:
        found = resolve_search(step.search, scope.inside(members.variable))
        members = left(members, found)
    return Count(members if step.filter is None else _narrowed(members, step.filter, scope))


def _check_last(rest: Sequence[syntax.PathStep], scope: Scope) -> None:
    if rest:
        raise TypeMismatch(
            f"Nothing can follow any, all, aggregate and $count{scope.place(rest[0].span)}.", target=scope.target
        )


def value_at(place: Place, span: Span, scope: Scope) -> Expression:
    """The value that a path has come to: of an entity, itself."""
    match place.owner:
        case None:
            return _itself(place, span, scope)
        case NavigationMembers() | SetMembers() | Members():
            raise TypeMismatch(
                f"A collection is not a value here{scope.place(span)}.",
                target=scope.target,
                hint="Write any(x:…), all(x:…) or $count behind it.",
            )
        case PropertyAccess(type=type_ref) as access if place.tests and kind_of(type_ref) not in {None, Kind.UNTYPED}:
            return Case(((all_of(place.tests), access),), type_ref)
        case PropertyAccess(declared) if is_stream(declared):
            raise TypeMismatch(
                f"'{declared.name}' is a stream, which has no value in expressions{scope.place(span)}.",
                target=scope.target,
                hint="Read it by its own URL.",
            )
        case owner:
            return owner


def _itself(place: Place, span: Span, scope: Scope) -> Expression:
    """The current instance as a value, where it is an entity."""
    source, result = place.scope.entity_set, place.scope.result
    if source is None or (result is not None and not result.whole):
        raise TypeMismatch(
            f"The instance itself is no entity, and no value here{scope.place(span)}.",
            target=scope.target,
            hint="Write one of its properties.",
        )
    schema = scope.request.schema
    parts = schema.key_leaves(source.entity_type)
    key = access_along(parts[0][1].path, source.entity_type, schema) if parts else None
    return Itself(TypeRef(place.scope.entity_type), source.name, key)
