"""Comparisons: operands in one type, null with everything, `in` lists (URL Conventions 5.1.1.1)."""

from msgspec.structs import replace

from odata_service.edm.leaves import marker_of
from odata_service.edm.types import BOOLEAN, NULL, Kind, kind_of
from odata_service.errors import TypeMismatch
from odata_service.semantics import collections, expression, structures
from odata_service.semantics.access import Owner
from odata_service.semantics.dynamic import used_as, used_together
from odata_service.semantics.enumerations import beside_a_number
from odata_service.semantics.operands import article, converted, hint_of, literal_form
from odata_service.semantics.promotion import UNORDERED, bare, common
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import (
    Binary,
    Constant,
    Expression,
    In,
    Itself,
    NavigationAccess,
    PropertyAccess,
    RootEntity,
    TypeTest,
    Unary,
)
from odata_service.url import syntax

_MAYBE_NOTHING = NavigationAccess | PropertyAccess | RootEntity
"""What may be null beside values."""
_WRITTEN = frozenset({syntax.Alias, syntax.JsonObject})
"""What may be, or stand for, a structured value that is written out."""

_LITERALS = frozenset({syntax.Literal, syntax.JsonArray})
"""What may take the type of what it is compared with. Types are asked for in sets: `isinstance` is slow to say no."""


def resolve_comparison(node: syntax.Binary, scope: Scope) -> Expression:
    """A comparison of two values of one type, or of an entity or a value of any type with null."""
    if type(node.left) in _WRITTEN or type(node.right) in _WRITTEN:
        for written, other in ((node.right, node.left), (node.left, node.right)):
            found = structures.object_of(written, scope)
            if found is not None and structures.reference_of(found, scope) is None:
                return structures.resolve_with_object(node, found, expression.resolve_expression(other, scope), scope)
    left, right = numbers(*operands(node.left, node.right, scope))
    if kind_of(left.type) is None and kind_of(right.type) is None:
        structural = structures.resolve_structural(node, left, right, scope)
        if structural is not None:
            return structural
    if left.type.collection and right.type.collection:
        return collections.resolve_equality(node, left, right, scope)
    type_ref = common(left.type, right.type)
    if type_ref is None or kind_of(type_ref) is None:
        return _null_comparison(node, left, right, scope)
    if _is_nan(left) or _is_nan(right):
        return Constant(node.operator == "ne", BOOLEAN)
    ordering = node.operator not in {"eq", "ne"}
    if ordering and kind_of(type_ref) in UNORDERED:
        raise TypeMismatch(
            f"Values of {type_ref} have no order, so '{node.operator}' cannot compare them{scope.place(node.span)}.",
            target=scope.target,
        )
    return Binary(node.operator, converted(left, type_ref), converted(right, type_ref), BOOLEAN)


def _is_nan(node: Expression) -> bool:
    """Whether an operand is NaN, which equals nothing and has no place in an order (IEEE 754)."""
    return type(node) is Constant and node.value != node.value


def _null_comparison(node: syntax.Binary, left: Expression, right: Expression, scope: Scope) -> Expression:
    """`partner eq null` and `address eq null` ask for what has no primitive type; all else is a mistake."""
    null_side = left == Constant(None, NULL) or right == Constant(None, NULL)
    if left == right == Constant(None, NULL):
        return Constant(node.operator in {"eq", "ge", "le"}, BOOLEAN)
    if null_side and isinstance(left, Itself) | isinstance(right, Itself) and node.operator in {"eq", "ne"}:
        return Constant(node.operator == "ne", BOOLEAN)
    tested = left if isinstance(left, _MAYBE_NOTHING) else right
    if isinstance(tested, _MAYBE_NOTHING) and null_side and node.operator in {"eq", "ne"}:
        return _presence(node.operator, _present(tested, scope))
    raise TypeMismatch(
        f"'{node.operator}' cannot compare {article(left.type)} with {article(right.type)}{scope.place(node.span)}.",
        target=scope.target,
        hint=literal_form(left.type),
    )


def _present(tested: Owner, scope: Scope) -> Owner | TypeTest:
    """What is null just where an entity or a value is: of one that never is null, what it stands in, or None.

    What a derived type declares is there where an entity is of that type.
    """
    if not isinstance(tested, PropertyAccess):
        return tested
    declared, schema = tested.property.type, scope.request.schema
    if not declared.collection and not (schema.is_taken_apart(declared) and marker_of(declared, schema) is None):
        return tested
    if tested.cast is not None and not isinstance(tested.owner, PropertyAccess):
        return TypeTest((tested.cast, *schema.derived_from(tested.cast)), tested.owner)
    return _present(tested.owner, scope)


def _presence(operator: str, present: Owner | TypeTest) -> Expression:
    """A comparison with null of what `_present` found."""
    match present:
        case None:
            return Constant(operator == "ne", BOOLEAN)
        case TypeTest():
            return present if operator == "ne" else Unary("not", present, BOOLEAN)
        case _:
            return Binary(operator, present, Constant(None, NULL), BOOLEAN)


def operands(left: syntax.Expression, right: syntax.Expression, scope: Scope) -> tuple[Expression, Expression]:
    """Both operands; a literal takes the type of the other side where it can."""
    if _is_literal(left, scope) and not _is_literal(right, scope):
        resolved = expression.resolve_expression(right, scope)
        return used_together(expression.resolve_expression(left, scope, hint_of(resolved)), resolved)
    resolved = expression.resolve_expression(left, scope)
    return used_together(resolved, expression.resolve_expression(right, scope, hint_of(resolved)))


def numbers(left: Expression, right: Expression) -> tuple[Expression, Expression]:
    """Both operands; where one is a number and the other of an enumeration, both are numbers."""
    return beside_a_number(left, right), beside_a_number(right, left)


def _is_literal(node: syntax.Expression, scope: Scope) -> bool:
    if type(node) is syntax.Alias:
        found = scope.aliased(node.name)
        return found is None or type(found) in _LITERALS
    return type(node) in _LITERALS


def resolve_in(node: syntax.In, scope: Scope) -> Expression:
    """Whether a value is one of several."""
    operand = expression.resolve_expression(node.operand, scope)
    lone = node.values[0] if len(node.values) == 1 else node.collection
    if lone is not None and (lone is node.collection or not isinstance(lone, syntax.Literal)):
        hint = hint_of(operand)
        collection = expression.resolve_expression(lone, scope, hint and replace(hint, collection=True))
        if collection.type.collection or node.collection is not None:
            return collections.resolve_membership(node, collection, operand, scope)
    values = []
    type_ref = bare(operand.type)
    for member in node.values:
        value = expression.resolve_expression(member, scope, hint_of(operand))
        operand, value = numbers(used_as(operand, value.type), value)
        if kind_of(type_ref) in {Kind.UNTYPED, Kind.ENUMERATION}:
            type_ref = bare(operand.type)
        shared = common(type_ref, value.type)
        if shared is None:
            raise TypeMismatch(
                f"'in' cannot compare {article(operand.type)} with {article(value.type)}{scope.place(member.span)}.",
                target=scope.target,
                hint=literal_form(operand.type),
            )
        type_ref = shared
        if not _is_nan(value):
            values.append(value)
    return In(converted(operand, type_ref), tuple(converted(value, type_ref) for value in values))
