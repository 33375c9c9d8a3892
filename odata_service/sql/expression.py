"""Typed expressions to peewee expressions, with the standard's null logic (URL Conventions 5.1.1.1).

A comparison is never null: `eq` and `ne` become IS and IS NOT; an ordering comparison with a null operand is false, and
`ge` and `le` of two nulls true. Where a condition stands for itself, null and false come to the same, so that `a > b`
is enough and indexes serve; below `not`, and as a value, it is made exact.
"""

from collections.abc import Callable, Sequence
from typing import assert_never

from peewee import Case as SqlCase
from peewee import EnclosedNodeList, Function, Negated, Node, fn
from peewee import Expression as SqlExpression

from odata_service.edm.types import Kind, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.semantics.tree import (
    Binary,
    Call,
    Case,
    Cast,
    Constant,
    Convert,
    Expression,
    In,
    Logical,
    NavigationAccess,
    Parameter,
    PropertyAccess,
    Unary,
)
from odata_service.sql.functions import BUILDERS
from odata_service.sql.statement import constant, slot

Access = Callable[[PropertyAccess | NavigationAccess], Node]

_ORDER = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
_ARITHMETIC = {"add": "+", "sub": "-", "mul": "*"}
_DECIMAL = {
    "add": "odata_decimal_add",
    "sub": "odata_decimal_sub",
    "mul": "odata_decimal_mul",
    "div": "odata_decimal_div",
    "divby": "odata_decimal_div",
    "mod": "odata_decimal_mod",
}
_DIVISION = {
    (Kind.INTEGER, "div"): "odata_div",
    (Kind.INTEGER, "mod"): "odata_mod",
    (Kind.FLOAT, "div"): "odata_float_div",
    (Kind.FLOAT, "divby"): "odata_float_div",
    (Kind.FLOAT, "mod"): "odata_float_mod",
}
_TEMPORAL = {
    (Kind.INSTANT, "add"): "odata_instant_add",
    (Kind.INSTANT, "sub"): "odata_instant_add",
    (Kind.DATE, "add"): "odata_date_add",
    (Kind.DATE, "sub"): "odata_date_add",
}


def condition(node: Expression, access: Access) -> Node:
    """A condition that stands for itself: null counts as false."""
    match node:
        case Logical(operator, operands):
            return balanced(operator.upper(), [condition(operand, access) for operand in operands])
        case Binary(operator, left, right) if operator in _ORDER:
            return _ordering(operator, left, right, access)
        case In(operand, values):
            return _membership(operand, values, access)
        case _:
            return value(node, access)


def value(node: Expression, access: Access) -> Node:
    """The exact value of an expression, null where the standard says null."""
    match node:
        case Constant(known):
            return constant(_primitive(known))
        case Parameter(index, type_ref):
            return slot(index, type_ref)
        case PropertyAccess() | NavigationAccess():
            return access(node)
        case Call(name, arguments):
            kinds = [_kind(argument) for argument in arguments]
            return BUILDERS[name]([value(argument, access) for argument in arguments], kinds)
        case Case(branches):
            return SqlCase(None, [(condition(test, access), value(result, access)) for test, result in branches], None)
        case Cast() | Convert():
            return _conversion(node, access)
        case _:
            return _operation(node, access)


def _operation(node: Logical | Binary | Unary | In, access: Access) -> Node:
    match node:
        case Logical(operator, operands):
            return balanced(operator.upper(), [value(operand, access) for operand in operands])
        case Binary(operator, left, right):
            return _binary(operator, left, right, node, access)
        case Unary("not", operand):
            return _not(value(operand, access))
        case Unary(_, operand):
            return _negative(operand, access)
        case In(operand, values):
            return fn.coalesce(_membership(operand, values, access), constant(0))
        case _:
            assert_never(node)


def balanced(operator: str, parts: Sequence[Node]) -> Node:
    """A chain as a tree of the least depth, since databases limit the depth of an expression."""
    if len(parts) == 1:
        return parts[0]
    middle = len(parts) // 2
    return SqlExpression(balanced(operator, parts[:middle]), operator, balanced(operator, parts[middle:]))


def _binary(operator: str, left: Expression, right: Expression, node: Binary, access: Access) -> Node:
    if operator in {"eq", "ne"}:
        comparison = "IS" if operator == "eq" else "IS NOT"
        return SqlExpression(value(left, access), comparison, value(right, access))
    if operator in _ORDER:
        return fn.coalesce(_ordering(operator, left, right, access), constant(0))
    return _arithmetic(operator, left, right, node, access)


def _ordering(operator: str, left: Expression, right: Expression, access: Access) -> Node:
    compared = SqlExpression(value(left, access), _ORDER[operator], value(right, access))
    if operator in {"gt", "lt"} or not (_may_be_null(left) and _may_be_null(right)):
        return compared
    both_null = balanced("AND", [is_null(value(left, access)), is_null(value(right, access))])
    return balanced("OR", [compared, both_null])


def _membership(operand: Expression, values: Sequence[Expression], access: Access) -> Node:
    known = [item for item in values if not _is_null(item)]
    tested = value(operand, access)
    tests: list[Node] = []
    if known:
        members = [value(item, access) for item in known]
        tests.append(SqlExpression(tested, "IN", EnclosedNodeList(members)))
    if len(known) < len(values):
        tests.append(is_null(tested))
    return balanced("OR", tests) if tests else constant(0)


def function(name: str, *arguments: Node) -> Node:
    """A call of a function by its name."""
    return Function(name, arguments)


def is_null(node: Node) -> Node:
    """Whether a value is null."""
    return SqlExpression(node, "IS", constant(None))


def _not(node: Node) -> Node:
    return Negated(node)


def _is_null(node: Expression) -> bool:
    return isinstance(node, Constant) and node.value is None


def _may_be_null(node: Expression) -> bool:
    match node:
        case Constant(known):
            return known is None
        case Parameter():
            return False
        case PropertyAccess(declared, _, owner):
            return owner is not None or declared.type.nullable
        case _:
            return True


def _negative(operand: Expression, access: Access) -> Node:
    inner = value(operand, access)
    if _kind(operand) is Kind.DECIMAL:
        return fn.odata_decimal_sub(constant("o"), inner)
    return SqlExpression(constant(0), "-", inner)


def _arithmetic(operator: str, left: Expression, right: Expression, node: Binary, access: Access) -> Node:
    kind = kind_of(node.type)
    first, second = value(left, access), value(right, access)
    if kind is Kind.DECIMAL:
        return function(_DECIMAL[operator], first, second)
    if kind is Kind.DURATION:
        return _duration(operator, left, right, access)
    if kind is not None and (kind, operator) in _TEMPORAL:
        ticks = second if operator == "add" else SqlExpression(constant(0), "-", second)
        return function(_TEMPORAL[kind, operator], first, ticks)
    if kind is not None and (kind, operator) in _DIVISION:
        return function(_DIVISION[kind, operator], first, second)
    return SqlExpression(first, _ARITHMETIC[operator], second)


def _duration(operator: str, left: Expression, right: Expression, access: Access) -> Node:
    first, second = value(left, access), value(right, access)
    if operator in {"add", "sub"} and _kind(left) is Kind.DURATION:
        return SqlExpression(first, _ARITHMETIC[operator], second)
    if operator == "sub":
        return fn.odata_instant_sub(first, second) if _kind(left) is Kind.INSTANT else fn.odata_date_sub(first, second)
    if _kind(left) is not Kind.DURATION:
        first, second = second, first
    return fn.odata_duration_scale(first, second, constant(int(operator != "mul")))


def _conversion(node: Cast | Convert, access: Access) -> Node:
    inner = value(node.operand, access)
    source, target = _kind(node.operand), kind_of(node.type)
    if isinstance(node, Cast):
        names = (constant(node.operand.type.name), constant(node.type.name))
        return fn.odata_cast(inner, *names) if node.operand.type.name != node.type.name else inner
    if target is Kind.DECIMAL:
        return fn.odata_decimal(inner)
    if target is Kind.FLOAT and source is Kind.DECIMAL:
        return fn.odata_decimal_float(inner)
    return inner


def _kind(node: Expression) -> Kind:
    kind = kind_of(node.type)
    return Kind.STRING if kind is None else kind


def _primitive(known: object) -> PrimitiveValue | None:
    assert known is None or isinstance(known, PrimitiveValue), "constants are primitive values"
    return known
