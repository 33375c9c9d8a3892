"""Calls: canonical functions by their signatures, `cast` and `isof` (URL Conventions 5.1.1.5 to 5.1.1.12)."""

from collections.abc import Sequence

from odata_service.edm.patterns import FOLDED, parse_pattern, size_of
from odata_service.edm.structured import named_type
from odata_service.edm.types import BOOLEAN, NULL, STRING, Kind, TypeRef, kind_of
from odata_service.errors import (
    LimitExceeded,
    Span,
    TypeMismatch,
    UnknownFunction,
    UnknownType,
    did_you_mean,
)
from odata_service.semantics import collections, expression, hierarchy_functions, members, model_functions
from odata_service.semantics.access import Owner, base_of
from odata_service.semantics.coded_casts import cast_by_code
from odata_service.semantics.dynamic import is_dynamic, used_as
from odata_service.semantics.enumerations import cast_members, uncastable
from odata_service.semantics.functions import REPLACE, SIGNATURES, Signature
from odata_service.semantics.operands import followed, type_name, written_text
from odata_service.semantics.promotion import NUMERIC, bare, common
from odata_service.semantics.property_path import Place
from odata_service.semantics.replacement import replacement
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import PART, Result
from odata_service.semantics.tree import (
    Binary,
    Call,
    Cast,
    Constant,
    Convert,
    Defined,
    Expression,
    Itself,
    NavigationAccess,
    NavigationMembers,
    PropertyAccess,
    RootEntity,
    TypeTest,
    Variable,
)
from odata_service.url import syntax
from odata_service.url.syntax import LiteralKind

_INSTANCES = (NavigationAccess, PropertyAccess, Variable, RootEntity)
_PARTS_OF_INSTANTS = {"Edm.Date": "date", "Edm.TimeOfDay": "time"}
"""What an instant is cast to in UTC, by the function that takes the same part of it."""


def resolve_call(node: syntax.FunctionCall, scope: Scope) -> Expression:
    """The typed tree of a call: each argument as the function takes it."""
    name = node.name.lower()
    if name == "cast":
        return _cast(node, scope)
    if name == "isof":
        return _isof(node, scope)
    if name == "isdefined":
        return _isdefined(node, scope)
    overloads = SIGNATURES.get(name)
    if overloads is None:
        return _not_canonical(node, scope)
    for signature in overloads:
        arguments = _arguments(node, signature, scope)
        if arguments is not None:
            if name == "substring":
                _check_length(node.arguments[2:], scope)
            return Call(name, arguments, collections.result_of(signature, arguments))
    found = ", ".join(str(expression.resolve_expression(argument, scope).type) for argument in node.arguments)
    raise TypeMismatch(
        f"'{node.name}' does not take ({found}){scope.place(node.span)}.",
        target=scope.target,
        hint=f"Write {' or '.join(str(signature) for signature in overloads)}.",
    )


def _check_length(written: Sequence[syntax.Expression], scope: Scope) -> None:
    """A part of a text or collection has no length below 0; where it begins may be told from the end."""
    for node in written:
        found = followed(node, scope)
        if isinstance(found, syntax.Literal) and found.text.startswith("-"):
            raise TypeMismatch(
                f"substring takes a length from 0 on, and not {found.text}{scope.place(node.span)}.",
                target=scope.target,
                hint="Leave it out for all to the end.",
            )


def _not_canonical(node: syntax.FunctionCall, scope: Scope) -> Expression:
    """A function of the model, or one of a hierarchy."""
    of_hierarchy = hierarchy_functions.hierarchy_function(node.name)
    if of_hierarchy == "rollupnode" or model_functions.is_function(node.name, scope):
        return members.resolve_member(syntax.Path((node,), span=node.span), scope)
    if of_hierarchy is not None:
        return hierarchy_functions.resolve_hierarchy_function(node, of_hierarchy, scope)
    raise no_function(node.name, scope, node.span)


def _pattern(written: Sequence[syntax.Expression], scope: Scope) -> Constant:
    """A pattern that is written out, and the flag behind it: what it costs is known before it meets a text."""
    texts = [
        written_text(node, scope, "A pattern is a text", "Write matchesPattern(name,'^A.*e$').") for node in written
    ]
    if len(texts) == 2 and texts[1] not in {"", "i"}:
        raise TypeMismatch(
            f"'{texts[1]}' is no flag of a pattern{scope.place(written[1].span)}.",
            target=scope.target,
            hint="Write 'i' for either case.",
        )
    text = f"{FOLDED}{texts[0]}" if texts[1:] == ["i"] else texts[0]
    try:
        states = size_of(parse_pattern(text))
    except ValueError as error:
        raise TypeMismatch(f"{str(error)[:-1]}{scope.place(written[0].span)}.", target=scope.target) from error
    most = scope.request.limits.max_pattern_states
    if most and states > most:
        raise LimitExceeded(
            f"The pattern stands for {states} states, and {most} are allowed (--max-pattern-states)"
            f"{scope.place(written[0].span)}.",
            target=scope.target,
            hint="Repeat less, or compare with startswith, endswith and contains.",
        )
    return Constant(text, STRING)


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
    if signature.takes_collections:
        return collections.collection_arguments(node, signature, scope)
    resolved: list[Expression] = []
    for argument, wanted in zip(node.arguments, signature.parameters, strict=True):
        if signature.name == "matchespattern" and resolved:
            return (*resolved, _pattern(node.arguments[1:], scope))
        if signature.name == REPLACE and resolved:
            return replacement(resolved[0], node.arguments[1:], scope)
        value = expression.resolve_expression(argument, scope, wanted if _may_stand_for(argument, wanted) else None)
        value = used_as(value, wanted)
        if value.type.name == NULL.name:
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
    return wanted.name == STRING.name or not (isinstance(node, syntax.Literal) and node.kind is LiteralKind.STRING)


def _cast(node: syntax.FunctionCall, scope: Scope) -> Expression:
    arguments = _with_instance(node, scope)
    if len(arguments) != 2:
        raise TypeMismatch(
            f"cast takes a value and a type{scope.place(node.span)}.",
            target=scope.target,
            hint="Write cast(x,Edm.String), or cast(ns.Type)/property.",
        )
    wanted = _primitive_type(arguments[1], scope)
    operand = expression.resolve_expression(arguments[0], scope)
    if is_dynamic(operand):
        return used_as(operand, wanted)
    if operand.type == NULL:
        return Constant(None, wanted)
    if Kind.ENUMERATION in {kind_of(operand.type), kind_of(wanted)}:
        return cast_members(node, operand, wanted, scope)
    part = _PARTS_OF_INSTANTS.get(wanted.name) if kind_of(operand.type) is Kind.INSTANT else None
    if part is not None:
        return Call(part, (operand,), wanted)
    if kind_of(operand.type) is Kind.DATE and kind_of(wanted) is Kind.INSTANT:
        begun = Call("concat", (Cast(operand, STRING), Constant("T00:00:00Z", STRING)), STRING)
        return Cast(begun, wanted)
    pair = {kind_of(operand.type), kind_of(wanted)}
    if Kind.STRING in pair and pair & {Kind.GEOGRAPHY, Kind.GEOMETRY}:
        return cast_by_code(operand, wanted)
    castable = pair.isdisjoint({Kind.GEOGRAPHY, Kind.GEOMETRY, Kind.UNTYPED, None})
    if castable and (len(pair) == 1 or Kind.STRING in pair or pair <= NUMERIC):
        return Cast(operand, wanted)
    raise uncastable(node, operand, wanted, scope)


def _with_instance(node: syntax.FunctionCall, scope: Scope) -> tuple[syntax.Expression, ...]:
    """The arguments of cast or isof: a type alone is that of the current instance, where this is a primitive value."""
    is_value = scope.entity_type and scope.request.schema.structured_type(scope.entity_type) is None
    return (
        (syntax.Path((), "$this", node.span), *node.arguments)
        if len(node.arguments) == 1 and is_value
        else node.arguments
    )


def _isof(node: syntax.FunctionCall, scope: Scope) -> Expression:
    """Of entities their own type tells; that of a value is that of its expression, unless it is null."""
    arguments = _with_instance(node, scope)
    if len(arguments) == 1:
        return _type_test(type_name(arguments[0], scope), scope.entity_type, scope.holder, scope)
    if len(arguments) != 2:
        raise TypeMismatch(f"isof takes a value and a type{scope.place(node.span)}.", target=scope.target)
    operand = expression.resolve_expression(arguments[0], scope)
    name = type_name(arguments[1], scope)
    if isinstance(operand, Itself):
        return _type_test(name, operand.type.name, None, scope)
    if isinstance(operand, _INSTANCES) and scope.request.schema.structured_type(operand.type.name) is not None:
        return _type_test(name, operand.type.name, operand, scope)
    wanted = _primitive_type(arguments[1], scope)
    operand = used_as(operand, wanted)
    shared = common(operand.type, wanted)
    fits = shared is not None and shared.name == wanted.name
    return Binary("ne", operand, Constant(None, operand.type), BOOLEAN) if fits else Constant(False, BOOLEAN)


def _isdefined(node: syntax.FunctionCall, scope: Scope) -> Expression:
    """Whether an instance still has what a path leads to: of entities all, behind $apply what has not gone.

    (Data Aggregation 5.2)
    """
    written = node.arguments[0] if len(node.arguments) == 1 else None
    place = members.walk(written, scope) if isinstance(written, syntax.Path) else None
    found = place.owner if isinstance(place, Place) else place
    if isinstance(found, NavigationMembers):
        found = NavigationAccess(found.navigation, found.source_type, found.type, found.owner)
    if not isinstance(found, PropertyAccess | NavigationAccess):
        raise TypeMismatch(
            f"isdefined takes the path of a property{scope.place(node.span)}.",
            target=scope.target,
            hint="Write isdefined(partner/name).",
        )
    kinds = scope.kinds if base_of(found) is None else ()
    having = tuple(number for number, kind in enumerate(kinds) if _has(kind, found))
    if having and len(having) < len(kinds):
        return Defined(found, PART, having)
    return Constant(bool(having) or not kinds, BOOLEAN)


def _has(kind: Result, found: PropertyAccess | NavigationAccess) -> bool:
    return kind.has(found) or any(known.access == found for known in kind.related)


def _type_test(name: str, declared: str, owner: Owner, scope: Scope) -> Expression:
    """Whether an instance is of a type: known beforehand where its declared type says all."""
    schema = scope.request.schema
    if schema.structured_type(name) is None:
        raise UnknownType(f"'{name}' is no type of this service.", hint=did_you_mean(name, list(schema.types)))
    if schema.is_derived(declared, name):
        return Constant(True, BOOLEAN) if owner is None else Binary("ne", owner, Constant(None, NULL), BOOLEAN)
    if not schema.is_derived(name, declared):
        return Constant(False, BOOLEAN)
    return TypeTest((name, *schema.derived_from(name)), owner)


def _primitive_type(node: syntax.Expression, scope: Scope) -> TypeRef:
    name = type_name(node, scope)
    found = named_type(name, scope.request.schema)
    if found is None or kind_of(found) in {None, Kind.STREAM, Kind.UNTYPED}:
        raise TypeMismatch(
            f"'{name}' is not a type that values are cast to{scope.place(node.span)}.", target=scope.target
        )
    return bare(found)
