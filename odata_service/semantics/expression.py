"""Expressions: every name resolved, every node typed, every operand promoted (URL Conventions 5.1.1)."""

from typing import assert_never

from msgspec.structs import replace

from odata_service.edm.model import EnumType
from odata_service.edm.types import BOOLEAN, DECIMAL, NULL, Kind, TypeRef, kind_of
from odata_service.errors import ArithmeticFailure, TypeMismatch, UnknownType, did_you_mean
from odata_service.semantics import calls, collections, comparison, members, structures
from odata_service.semantics.bind import literal_type
from odata_service.semantics.dynamic import used_as
from odata_service.semantics.operands import article, converted, known_type
from odata_service.semantics.promotion import NUMERIC, arithmetic, bare, common, is_lossless
from odata_service.semantics.property_path import Place
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Binary, Case, Constant, Expression, Logical, Unary
from odata_service.url import print_expression as print_node
from odata_service.url import syntax
from odata_service.url.syntax import LiteralKind

_CONDITIONS = frozenset({BOOLEAN.name, NULL.name})
_COMPARISONS = frozenset({"eq", "ne", "gt", "ge", "lt", "le"})
_CAST_FROM_TEXT = frozenset(
    {Kind.GUID, Kind.DATE, Kind.TIME_OF_DAY, Kind.INSTANT, Kind.DURATION, Kind.BINARY, Kind.ENUMERATION}
)

_SPACES = frozenset({Kind.GEOGRAPHY, Kind.GEOMETRY})


def resolve_filter(node: syntax.Expression, scope: Scope) -> Expression:
    """A $filter: an expression that is true, false or null."""
    return _boolean(node, scope, f"{scope.target} must be true or false")


def resolve_expression(node: syntax.Expression, scope: Scope, wanted: TypeRef | None = None) -> Expression:
    """The typed tree of an expression; a literal takes the wanted type where it can stand for a value of it."""
    match node:
        case syntax.Literal():
            return _literal(node, scope, wanted)
        case syntax.Path():
            return members.resolve_member(node, scope)
        case syntax.Binary(operator) if operator in _COMPARISONS:
            return comparison.resolve_comparison(node, scope)
        case syntax.Binary():
            return _arithmetic(node, scope)
        case syntax.Logical(operator, operands):
            what = f"'{operator}' joins conditions"
            return Logical(operator, tuple([_boolean(operand, scope, what) for operand in operands]))
        case syntax.FunctionCall():
            return calls.resolve_call(node, scope)
        case syntax.In():
            return comparison.resolve_in(node, scope)
        case syntax.Unary():
            return _unary(node, scope)
        case _:
            return _rarer(node, scope, wanted)


def _rarer(
    node: syntax.Alias | syntax.Case | syntax.JsonArray | syntax.JsonObject, scope: Scope, wanted: TypeRef | None
) -> Expression:
    match node:
        case syntax.Alias():
            return _alias(node, scope, wanted)
        case syntax.Case():
            return _case(node, scope)
        case syntax.JsonArray():
            return collections.resolve_array(node, scope, wanted)
        case syntax.JsonObject():
            reference = structures.reference_of(node, scope)
            if reference is not None:
                return members.resolve_member(reference, replace(scope, option="the id of an entity"))
            raise TypeMismatch(
                f"A structured value stands here where a primitive one is expected{scope.place(node.span)}.",
                target=scope.target,
                hint="Compare it with a complex property by eq or ne.",
            )
        case _:
            assert_never(node)


def _literal(node: syntax.Literal, scope: Scope, wanted: TypeRef | None) -> Expression:
    if node.kind is LiteralKind.ENUM:
        return scope.value(node, _enumeration(node, scope))
    own = literal_type(node.kind, node.text)
    wanted = None if wanted is not None and wanted.collection else wanted
    if node.kind is LiteralKind.NULL:
        return Constant(None, NULL if wanted is None else bare(wanted))
    if wanted is not None and own.name != wanted.name:
        from_text = node.kind is LiteralKind.STRING and kind_of(wanted) in _CAST_FROM_TEXT
        if kind_of(own) in _SPACES and kind_of(own) is kind_of(wanted):
            return scope.value(node, TypeRef(wanted.name, facets=own.facets))
        from_date = node.kind is LiteralKind.DATE and kind_of(wanted) is Kind.INSTANT
        if from_text or from_date or is_lossless(own, wanted):
            return scope.value(node, bare(wanted))
    return scope.value(node, own)


def _enumeration(node: syntax.Literal, scope: Scope) -> TypeRef:
    found = scope.request.schema.types.get(known_type(node.type_name or "", scope.request.schema))
    if isinstance(found, EnumType):
        return TypeRef(found.name, definition=found)
    names = [name for name, known in scope.request.schema.types.items() if isinstance(known, EnumType)]
    raise UnknownType(
        f"'{node.type_name}' is no enumeration of this service{scope.place(node.span)}.",
        target=scope.target,
        hint=did_you_mean(node.type_name or "", names),
    )


def _alias(node: syntax.Alias, scope: Scope, wanted: TypeRef | None) -> Expression:
    argument = scope.argument(node)
    if isinstance(argument, Place):
        return members.value_at(argument, node.span, scope)
    if argument is not None:
        return scope.request.repeat(argument, scope.target)
    with scope.alias(node.name) as (value, there):
        if value is None:
            return Constant(None, NULL if wanted is None else bare(wanted))
        return resolve_expression(value, there, wanted)


def _boolean(node: syntax.Expression, scope: Scope, what: str) -> Expression:
    resolved = used_as(resolve_expression(node, scope, BOOLEAN), BOOLEAN)
    if resolved.type.name in _CONDITIONS and not resolved.type.collection:
        return resolved
    raise TypeMismatch(
        f"{what}, and {print_node(node)} is {article(resolved.type)}{scope.place(node.span)}.",
        target=scope.target,
        hint="Compare it with a value, as in … eq 'text'.",
    )


def _arithmetic(node: syntax.Binary, scope: Scope) -> Expression:
    if node.operator == "has":
        return _has(node, scope)
    left, right = comparison.numbers(*comparison.operands(node.left, node.right, scope))
    type_ref = arithmetic(node.operator, left.type, right.type)
    if type_ref is None:
        raise TypeMismatch(
            f"'{node.operator}' cannot be used between {article(left.type)} and {article(right.type)}"
            f"{scope.place(node.span)}.",
            target=scope.target,
        )
    if type_ref == NULL:
        return Constant(None, NULL)
    if kind_of(type_ref) in NUMERIC:
        left, right = converted(left, type_ref), converted(right, type_ref)
    whole = kind_of(type_ref) is Kind.INTEGER and node.operator in {"div", "mod"}
    if whole and isinstance(right, Constant) and right.value == 0:
        raise ArithmeticFailure(f"A whole number is divided by zero{scope.place(node.span)}.", target=scope.target)
    return Binary(node.operator, left, right, type_ref)


def _has(node: syntax.Binary, scope: Scope) -> Expression:
    """Whether all members of the right side are set on the left one (URL Conventions 5.1.1.1.9)."""
    left, right = comparison.operands(node.left, node.right, scope)
    type_ref = common(left.type, right.type)
    if type_ref is None or kind_of(type_ref) is not Kind.ENUMERATION:
        raise TypeMismatch(
            f"'has' takes values of one enumeration, and not {article(left.type)} and {article(right.type)}"
            f"{scope.place(node.left.span)}.",
            target=scope.target,
        )
    return Binary("has", converted(left, type_ref), converted(right, type_ref), BOOLEAN)


def _unary(node: syntax.Unary, scope: Scope) -> Expression:
    if node.operator == "not":
        return Unary("not", _boolean(node.operand, scope, "'not' turns a condition round"), BOOLEAN)
    operand = used_as(resolve_expression(node.operand, scope), DECIMAL)
    kind = kind_of(operand.type)
    if kind in NUMERIC or kind is Kind.DURATION:
        return Unary("-", operand, bare(operand.type))
    raise TypeMismatch(
        f"'-' takes a number or a duration, and not {article(operand.type)}{scope.place(node.span)}.",
        target=scope.target,
    )


def _case(node: syntax.Case, scope: Scope) -> Expression:
    branches = []
    type_ref = NULL
    for condition, result in node.branches:
        value = resolve_expression(result, scope, None if type_ref == NULL else type_ref)
        shared = common(type_ref, value.type) if type_ref != value.type else type_ref
        if shared is None:
            raise TypeMismatch(
                f"The results of case are {article(type_ref)} and {article(value.type)}{scope.place(result.span)}.",
                target=scope.target,
            )
        type_ref = shared
        branches.append((_boolean(condition, scope, "case asks for conditions"), value))
    if type_ref == NULL:
        return Constant(None, NULL)
    return Case(tuple((test, converted(value, type_ref)) for test, value in branches), type_ref)
