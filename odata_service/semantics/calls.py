"""Calls: canonical functions by their signatures, `cast` and `isof` (URL Conventions 5.1.1.5 to 5.1.1.12)."""

from odata_service.edm.types import BOOLEAN, NULL, STRING, Kind, TypeRef, kind_of
from odata_service.errors import NotSupported, Span, TypeMismatch, UnknownFunction, did_you_mean
from odata_service.semantics import collections, expression
from odata_service.semantics.functions import COLLECTION, NOT_YET, SIGNATURES, Signature
from odata_service.semantics.operands import article, type_name
from odata_service.semantics.promotion import NUMERIC, common
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    Binary,
    Call,
    Cast,
    Constant,
    Convert,
    Expression,
    NavigationAccess,
    TypeTest,
)
from odata_service.url import syntax
from odata_service.url.syntax import LiteralKind


def resolve_call(node: syntax.FunctionCall, scope: Scope) -> Expression:
    """The typed tree of a call: each argument as the function takes it."""
    name = node.name.lower()
    if name == "cast":
        return _cast(node, scope)
    if name == "isof":
        return _isof(node, scope)
    if name in NOT_YET:
        raise NotSupported(f"The function '{node.name}' is not supported yet{scope.place(node.span)}.")
    overloads = SIGNATURES.get(name)
    if overloads is None:
        raise no_function(node.name, scope, node.span)
    for signature in overloads:
        arguments = _arguments(node, signature, scope)
        if arguments is not None:
            return Call(name, arguments, collections.result_of(signature, arguments))
    found = ", ".join(str(expression.resolve_expression(argument, scope).type) for argument in node.arguments)
    raise TypeMismatch(
        f"'{node.name}' does not take ({found}){scope.place(node.span)}.",
        target=scope.target,
        hint=f"Write {' or '.join(str(signature) for signature in overloads)}.",
    )


def no_function(name: str, scope: Scope, span: Span) -> UnknownFunction:
    """The error for a name that is no function, with the nearest one that is."""
    return UnknownFunction(
        f"'{name}' is not a function{scope.place(span)}.",
        target=scope.target,
        hint=did_you_mean(name, [*SIGNATURES, "cast", "isof"]),
    )


def _arguments(node: syntax.FunctionCall, signature: Signature, scope: Scope) -> tuple[Expression, ...] | None:
    """The arguments as an overload takes them, or None where it does not."""
    if node.named or len(node.arguments) != len(signature.parameters):
        return None
    if COLLECTION in signature.parameters:
        return collections.collection_arguments(node, signature, scope)
    resolved = []
    for argument, wanted in zip(node.arguments, signature.parameters, strict=True):
        value = expression.resolve_expression(argument, scope, wanted if _may_stand_for(argument, wanted) else None)
        if value.type == NULL:
            value = Constant(None, wanted)
        elif kind_of(value.type) is not kind_of(wanted):
            promoted = common(value.type, wanted)
            if promoted is None or promoted.name != wanted.name:
                return None
            value = Convert(value, wanted)
        resolved.append(value)
    return tuple(resolved)


def _may_stand_for(node: syntax.Expression, wanted: TypeRef) -> bool:
    """A literal takes a parameter's type only where its own kind says so: text is not taken for a date."""
    return not (isinstance(node, syntax.Literal) and node.kind is LiteralKind.STRING) or wanted.name == STRING.name


def _cast(node: syntax.FunctionCall, scope: Scope) -> Expression:
    if len(node.arguments) != 2:
        raise NotSupported(f"cast takes a value and a type{scope.place(node.span)}.", hint="Write cast(x,Edm.String).")
    wanted = _primitive_type(node.arguments[1], scope)
    operand = expression.resolve_expression(node.arguments[0], scope)
    if operand.type == NULL:
        return Constant(None, wanted)
    pair = {kind_of(operand.type), kind_of(wanted)}
    castable = pair.isdisjoint({Kind.ENUMERATION, Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED, None})
    if castable and (len(pair) == 1 or Kind.STRING in pair or pair <= NUMERIC):
        return Cast(operand, wanted)
    raise TypeMismatch(
        f"{article(operand.type).capitalize()} cannot be cast to {wanted}{scope.place(node.span)}.",
        target=scope.target,
    )


def _isof(node: syntax.FunctionCall, scope: Scope) -> Expression:
    """Of entities their own type tells; that of a value is that of its expression, unless it is null."""
    if len(node.arguments) == 1:
        return _entity_test(type_name(node.arguments[0], scope), scope.entity_type, None, scope)
    if len(node.arguments) != 2:
        raise TypeMismatch(f"isof takes a value and a type{scope.place(node.span)}.", target=scope.target)
    operand = expression.resolve_expression(node.arguments[0], scope)
    if isinstance(operand, NavigationAccess):
        return _entity_test(type_name(node.arguments[1], scope), operand.type.name, operand, scope)
    wanted = _primitive_type(node.arguments[1], scope)
    shared = common(operand.type, wanted)
    fits = shared is not None and shared.name == wanted.name
    return Binary("ne", operand, Constant(None, operand.type), BOOLEAN) if fits else Constant(False, BOOLEAN)


def _entity_test(name: str, declared: str, owner: NavigationAccess | None, scope: Scope) -> Expression:
    """Whether an entity is of a type: known beforehand where its declared type says all."""
    schema = scope.request.schema
    schema.entity_type(name)
    if schema.is_derived(declared, name):
        return Constant(True, BOOLEAN) if owner is None else Binary("ne", owner, Constant(None, NULL), BOOLEAN)
    if not schema.is_derived(name, declared):
        return Constant(False, BOOLEAN)
    return TypeTest((name, *schema.derived_from(name)), owner)


def _primitive_type(node: syntax.Expression, scope: Scope) -> TypeRef:
    wanted = TypeRef(type_name(node, scope))
    if kind_of(wanted) in {None, Kind.STREAM, Kind.GEOGRAPHY, Kind.GEOMETRY}:
        raise TypeMismatch(
            f"'{wanted}' is not a type that values are cast to{scope.place(node.span)}.", target=scope.target
        )
    return wanted
