"""Enumerations as the numbers of their members, and casts to and from them (URL Conventions 5.1.1.10.1)."""

from collections.abc import Collection

from odata_service.edm.types import BOOLEAN, INT64, STRING, Kind, TypeRef, kind_of
from odata_service.edm.values import print_members
from odata_service.errors import TypeMismatch
from odata_service.semantics.coded_casts import cast_by_code
from odata_service.semantics.operands import article
from odata_service.semantics.promotion import NUMERIC
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import Binary, Case, Cast, Constant, Convert, Expression
from odata_service.url import syntax

_MOST_VALUES = 256
"""As many values of flags are named in one expression."""


def cast_members(node: syntax.FunctionCall, operand: Expression, wanted: TypeRef, scope: Scope) -> Expression:
    """A value of an enumeration as a number or a text, or such a one as a value of an enumeration."""
    source, target = kind_of(operand.type), kind_of(wanted)
    if operand.type.name == wanted.name:
        return operand
    if {source, target} == {Kind.ENUMERATION, Kind.INTEGER}:
        return _number_of(operand, wanted) if source is Kind.ENUMERATION else _member_of(operand, wanted)
    if {source, target} != {Kind.ENUMERATION, Kind.STRING}:
        raise uncastable(node, operand, wanted, scope)
    enumeration = operand.type if source is Kind.ENUMERATION else wanted
    definition = enumeration.definition
    assert definition is not None and definition.values is not None, "enumerations have members"
    numbers = _combined(definition.values.values()) if definition.is_flags else definition.values.values()
    if len(numbers) > _MOST_VALUES:
        return cast_by_code(operand, wanted)
    names = [(one, print_members(one, enumeration)) for one in numbers]
    if source is Kind.STRING:
        names += [(one, str(one)) for one in numbers]  # a literal may have the number of a member, too (ABNF 7)
    pairs = [(Constant(one, enumeration), Constant(name, STRING)) for one, name in names]
    ordered = pairs if source is Kind.ENUMERATION else [(name, number) for number, name in pairs]
    return Case(tuple((Binary("eq", operand, key, BOOLEAN), value) for key, value in ordered), wanted)


def _combined(numbers: Collection[int]) -> Collection[int]:
    """The values that members of flags make together: those of one member first; more than can be used are not made."""
    found = dict.fromkeys(numbers)
    for number in numbers:
        found |= dict.fromkeys([known | number for known in found])
        if len(found) > _MOST_VALUES:
            break
    return found


def beside_a_number(operand: Expression, other: Expression) -> Expression:
    """The operand; a value of an enumeration that stands beside a number is the number of its member."""
    is_member = kind_of(operand.type) is Kind.ENUMERATION and not operand.type.collection
    return _number_of(operand, INT64) if is_member and kind_of(other.type) in NUMERIC else operand


def _number_of(operand: Expression, wanted: TypeRef) -> Expression:
    """The number of a member; null where the type of integers does not have it."""
    return Convert(operand, wanted) if wanted.name == INT64.name else Cast(Convert(operand, INT64), wanted)


def _member_of(operand: Expression, wanted: TypeRef) -> Expression:
    """The member that has a number, null where none has; numbers of flags need no names."""
    definition = wanted.definition
    assert definition is not None and definition.values is not None, "enumerations have members"
    if definition.is_flags:
        return Convert(operand, wanted)
    known = [(Constant(number, operand.type), Constant(number, wanted)) for number in definition.values.values()]
    return Case(tuple((Binary("eq", operand, number, BOOLEAN), member) for number, member in known), wanted)


def uncastable(node: syntax.FunctionCall, operand: Expression, wanted: TypeRef, scope: Scope) -> TypeMismatch:
    """The error for a cast that is none."""
    return TypeMismatch(
        f"{article(operand.type).capitalize()} cannot be cast to {wanted}{scope.place(node.span)}.",
        target=scope.target,
    )
