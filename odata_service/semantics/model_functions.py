"""Functions of the model in expressions: a call is what the function's own expression says of its arguments.

A function that is bound speaks of what stands before it, or of the current instance (OData ABNF boundFunctionExpr,
functionExpr; URL Conventions 5.1.1.13). One that Python alone carries out is a call of its code (`coded_calls`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from odata_service.edm.model import EntityType, Schema
from odata_service.edm.operations import Function, Parameter
from odata_service.edm.types import DECIMAL, NULL, Kind, TypeRef, kind_of
from odata_service.edm.values import parse
from odata_service.errors import NotSupported, ODataError, SemanticError, TypeMismatch
from odata_service.semantics import calls, coded_calls, expression, members, structures
from odata_service.semantics.dynamic import used_as
from odata_service.semantics.evaluate import Entity, Evaluation, Value
from odata_service.semantics.operands import article, converted
from odata_service.semantics.operations import by_distance, default_of, names_of, no_overload, parameters_of, takes
from odata_service.semantics.promotion import bare, common
from odata_service.semantics.property_path import Place, instance_of
from odata_service.semantics.scope import Request, Scope
from odata_service.semantics.tree import Constant, DynamicProperty, Expression, SetMembers, Variable
from odata_service.settings import Limits
from odata_service.url import parse_expression, syntax
from odata_service.url.syntax import FunctionCall

Stated = Mapping[str, syntax.Expression]
Arguments = tuple[tuple[str, Expression | Place], ...]


def is_function(name: str, scope: Scope) -> bool:
    """Whether a name may be that of a function of the model."""
    operations = scope.request.schema.operations
    return any(isinstance(known, Function) for full in names_of(name, scope) for known in operations[full])


def called(node: FunctionCall, place: Place | None, scope: Scope) -> Place | Expression:
    """Where a call leads, or the value that it is; with no place before it, it may be bound to the instance or not."""
    at = _instance(scope) if place is None else place
    operation, stated = _overload(node, at, scope, is_first=place is None)
    bound = at if operation.bound and at is not None else None
    arguments = _arguments(operation, stated, scope)
    if operation.expression is None:
        scope.request.check_ends(operation.name, scope.target)
        return coded_calls.call_of(operation, bound, [value for _, value in arguments], scope)
    inner = _inside(operation, bound, arguments, scope)
    with scope.request.function(operation.name, scope.target):
        return _given(_parsed(operation.expression), operation, inner, scope)


def check_expression(operation: Function, schema: Schema) -> None:
    """Raises what is wrong with the expression of a function: syntax, names, or the type of what it gives."""
    assert operation.expression is not None, "it has one"
    scope = Scope(Request(schema, {}, Limits()), "", None, "", f"the expression of '{operation.name}'")
    arguments = tuple((known.name, _any_argument(known.type, scope)) for known in parameters_of(operation))
    bound = _any_instance(operation.parameters[0].type, scope) if operation.bound else None
    inner = _inside(operation, bound, arguments, scope)
    with scope.request.function(operation.name, scope.target):
        _given(_parsed(operation.expression), operation, inner, scope)


def constant_value(operation: Function, arguments: Mapping[str, Any], schema: Schema, now: str) -> Value:
    """What the expression of a function gives that is bound to nothing, at an instant of `edm.values`.

    `NotSupported` where it speaks of entities.
    """
    assert operation.expression is not None, "it has one"
    scope = Scope(Request(schema, {}, Limits()), "", None, "", f"'{operation.name}'")
    known = tuple((part.name, Constant(arguments[part.name], bare(part.type))) for part in parameters_of(operation))
    inner = _inside(operation, None, known, scope)
    with scope.request.function(operation.name, scope.target):
        found = _given(_parsed(operation.expression), operation, inner, scope)
    if isinstance(found, Place):
        raise needs_body(operation)
    return Evaluation((), now, _Nowhere(operation)).value(found, {})


@dataclass(frozen=True, slots=True)
class _Nowhere(Mapping[str, Sequence[Entity]]):
    """The entities of a service for an expression that must not ask for any."""

    operation: Function

    def __getitem__(self, name: str) -> Sequence[Entity]:
        raise needs_body(self.operation)

    def __iter__(self) -> Iterator[str]:
        return iter(())

    def __len__(self) -> int:
        return 0


def needs_body(operation: Function) -> NotSupported:
    """The error for a function with an expression that no request can ask for by itself."""
    return NotSupported(
        f"'{operation.name}' has an expression that speaks of entities, which answers no request by itself.",
        target=operation.name,
        hint="Use it in an option such as $filter, or register a Python body for it too.",
    )


def _instance(scope: Scope) -> Place | None:
    """The place of the current instance; None in the expression of a function that is bound to nothing."""
    return instance_of(scope) if scope.entity_type else None


def _any_argument(type_ref: TypeRef, scope: Scope) -> Expression | Place:
    is_entity = isinstance(scope.request.schema.types.get(type_ref.name), EntityType)
    return _any_instance(type_ref, scope) if is_entity else Variable(0, bare(type_ref))


def _any_instance(binding: TypeRef, scope: Scope) -> Place:
    """A place that stands for whatever a function may be bound to."""
    schema = scope.request.schema
    known = (found for found in schema.sources.by_name.values() if schema.is_derived(binding.name, found.entity_type))
    source = next(known, None) if schema.structured_type(binding.name) is not None else None
    inner = replace(scope, entity_type=binding.name, entity_set=source)
    if source is not None:
        return Place(inner, SetMembers(source.name, binding) if binding.collection else None)
    return Place(inner, Variable(0, binding), "" if kind_of(binding) is not None else binding.name)


def _overload(node: FunctionCall, at: Place | None, scope: Scope, *, is_first: bool) -> tuple[Function, Stated]:
    """The overload that is meant: bound to the nearest type, else one that is not bound, by the names given."""
    operations = scope.request.schema.operations
    known = [found for name in names_of(node.name, scope) for found in operations[name] if isinstance(found, Function)]
    bound = [found for found in known if found.bound]
    levels = [] if at is None else by_distance(bound, _type_at(at), at.scope)
    if not levels and is_first:
        levels = [[found for found in known if not found.bound]]
    candidates = [[found for found in level if isinstance(found, Function)] for level in levels]
    if not any(candidates):
        raise _unbound(node, at, known, scope)
    if node.arguments:
        raise SemanticError(
            f"Parameters of '{node.name}' are given by name{scope.place(node.span)}.",
            target=scope.target,
            hint="Write (name=value).",
        )
    stated = {part.name: part.value for part in node.named}
    fitting = [[found for found in functions if takes(found, stated)] for functions in candidates]
    nearest = next((found for found in fitting if found), None)
    if nearest is None or len(stated) < len(node.named):
        raise no_overload([found for functions in candidates for found in functions], stated, scope.target)
    return max(nearest, key=lambda found: len(found.parameters)), stated


def _type_at(place: Place) -> TypeRef:
    if isinstance(place.owner, DynamicProperty):
        return place.owner.type
    return TypeRef(place.scope.entity_type, place.is_collection)


def _unbound(node: FunctionCall, at: Place | None, known: Sequence[Function], scope: Scope) -> ODataError:
    """The error for a name that is no function here."""
    bound = [str(found.parameters[0].type) for found in known if found.bound]
    if not bound:
        return calls.no_function(node.name, scope, node.span)
    before = "nothing" if at is None else str(_type_at(at))
    return SemanticError(
        f"'{node.name}' is bound to {' or '.join(dict.fromkeys(bound))}, and not to {before}{scope.place(node.span)}.",
        target=scope.target,
    )


def _arguments(function: Function, stated: Stated, scope: Scope) -> Arguments:
    """What each parameter stands for: what is given, the default of an optional one, or null."""
    found: list[tuple[str, Expression | Place]] = []
    for parameter in parameters_of(function):
        wanted, default = bare(parameter.type), default_of(parameter)
        if parameter.name in stated:
            found.append((parameter.name, _argument(stated[parameter.name], parameter, scope)))
        else:
            found.append((parameter.name, Constant(None if default is None else parse(default, wanted), wanted)))
    return tuple(found)


def _argument(node: syntax.Expression, parameter: Parameter, scope: Scope) -> Expression | Place:
    wanted = bare(parameter.type)
    if kind_of(wanted.element) is None:
        place = _place_at(node, scope)
        if isinstance(place, Place) and _is_of(_type_at(place), wanted, scope):
            return place
    exact = _decimal(node, scope) if wanted == DECIMAL else None
    if exact is not None:
        return exact
    value = used_as(expression.resolve_expression(node, scope, wanted), wanted)
    if _is_of(value.type, wanted, scope):
        return converted(value, wanted)
    raise TypeMismatch(
        f"The parameter '{parameter.name}' is {article(wanted)}, and {article(value.type)} is given"
        f"{scope.place(node.span)}.",
        target=scope.target,
    )


def _decimal(node: syntax.Expression, scope: Scope) -> Expression | None:
    """A literal with an exponent, itself or behind an alias: a decimal may have one too (ABNF 7, decimalValue)."""
    match node:
        case syntax.Literal(syntax.LiteralKind.DOUBLE, text) if text[-1:].isdigit():
            return scope.value(node, DECIMAL)
        case syntax.Alias() if scope.argument(node) is None:
            with scope.alias(node.name) as (value, there):
                return None if value is None else _decimal(value, there)
        case _:
            return None


def _place_at(node: syntax.Expression, scope: Scope) -> Place | Expression | None:
    """Where a path leads that is given for a parameter, itself or behind an alias."""
    match node:
        case syntax.Alias():
            argument = scope.argument(node)
            if argument is not None:
                return argument
            with scope.alias(node.name) as (value, there):
                return None if value is None else _place_at(value, there)
        case syntax.Path():
            return members.walk(node, scope)
        case syntax.JsonObject():
            reference = structures.reference_of(node, scope)
            return None if reference is None else members.walk(reference, replace(scope, option="the id of an entity"))
        case _:
            return None


def _is_of(type_ref: TypeRef, wanted: TypeRef, scope: Scope) -> bool:
    """Whether a value of a type may stand where one of another is wanted."""
    schema = scope.request.schema
    if type_ref == NULL:
        return True
    if type_ref.collection != wanted.collection:
        return False
    if schema.structured_type(wanted.name) is not None:
        return schema.is_derived(type_ref.name, wanted.name)
    shared = common(type_ref.element, wanted.element)
    both_whole = kind_of(type_ref.element) is kind_of(wanted.element) is Kind.INTEGER
    return both_whole or (shared is not None and shared.name == wanted.name)


@lru_cache(maxsize=256)
def _parsed(text: str) -> syntax.Expression:
    return parse_expression(text)


def _inside(function: Function, bound: Place | None, arguments: Arguments, scope: Scope) -> Scope:
    """The names that an expression of a function knows: those of what it is bound to, and its parameters."""
    around = replace(scope, entity_type="", entity_set=None) if bound is None else bound.scope
    owner = None if bound is None else bound.owner
    assert not isinstance(owner, DynamicProperty), "no function is bound to what has no type"
    return replace(
        around,
        option=f"the expression of '{function.name}'",
        target=scope.target,
        instance=owner,
        variables=(),
        outermost=None,
        is_out_of_reach=False,
        depth=scope.depth,
        computed=(),
        arguments=arguments,
    )


def _given(body: syntax.Expression, function: Function, inner: Scope, scope: Scope) -> Place | Expression:
    """What the expression gives, as of the type that the function declares."""
    wanted = bare(function.return_type.type)
    found = members.walk(body, inner) if isinstance(body, syntax.Path) else None
    what = f"The expression of '{function.name}'"
    if isinstance(found, Place) and scope.request.schema.structured_type(wanted.name) is not None:
        _check_result(_type_at(found), wanted, what, scope)
        names = replace(found.scope, option=scope.option, variables=scope.variables, arguments=scope.arguments)
        return replace(found, scope=replace(names, outermost=scope.outermost, depth=scope.depth))
    return value_of(body, wanted, what, inner)


def value_of(body: syntax.Expression, wanted: TypeRef, what: str, scope: Scope) -> Expression:
    """The value of an expression as of a type that is declared; `what` begins the message where it is of another."""
    value = used_as(expression.resolve_expression(body, scope, wanted), wanted)
    _check_result(value.type, wanted, what, scope)
    return converted(value, wanted)


def _check_result(given: TypeRef, wanted: TypeRef, what: str, scope: Scope) -> None:
    if not _is_of(given, wanted, scope):
        raise TypeMismatch(
            f"{what} gives {article(given)}, and {article(wanted)} is declared.",
            target=scope.target,
        )
