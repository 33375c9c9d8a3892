"""Arithmetic over Python values, none of them null (URL Conventions 5.1.1.2)."""

import math
from collections.abc import Callable
from decimal import Context, Decimal

from odata_service.edm.temporal import (
    TICKS_PER_DAY,
    date_of_day_number,
    day_number,
    instant_of_ticks,
    ticks_of_instant,
)
from odata_service.edm.types import Kind, kind_of
from odata_service.edm.values import PrimitiveValue
from odata_service.errors import ArithmeticFailure
from odata_service.semantics.tree import Binary

Value = PrimitiveValue | None
_EXACT = Context(prec=60)


def arithmetic(operator: str, left: PrimitiveValue, right: PrimitiveValue, node: Binary) -> Value:
    """What an operator makes of two values; `ArithmeticFailure` where the standard makes the request fail."""
    kinds = (kind_of(node.left.type), kind_of(node.right.type))
    if Kind.DURATION in kinds or kinds[0] in {Kind.INSTANT, Kind.DATE}:
        return _temporal(operator, left, right, kinds)
    match kind_of(node.type):
        case Kind.INTEGER:
            return _whole(operator, int(left), int(right))
        case Kind.DECIMAL:
            return _exact(operator, Decimal(str(left)), Decimal(str(right)))
        case _:
            return _floating(operator, float(left), float(right))


def _whole(operator: str, left: int, right: int) -> int:
    if operator in {"div", "mod"} and right == 0:
        raise ArithmeticFailure("A whole number is divided by zero.")
    quotient = abs(left) // abs(right) * (1 if (left < 0) == (right < 0) else -1) if right else 0
    results = {"add": left + right, "sub": left - right, "mul": left * right, "div": quotient}
    return left - quotient * right if operator == "mod" else results[operator]


def _exact(operator: str, left: Decimal, right: Decimal) -> Decimal:
    operations: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
        "add": _EXACT.add,
        "sub": _EXACT.subtract,
        "mul": _EXACT.multiply,
        "div": _EXACT.divide,
        "divby": _EXACT.divide,
        "mod": _EXACT.remainder,
    }
    try:
        return operations[operator](left, right)
    except ArithmeticError as error:
        raise ArithmeticFailure("A number is divided by zero or out of range.") from error


def _floating(operator: str, left: float, right: float) -> float | None:
    match operator:
        case "add":
            return left + right
        case "sub":
            return left - right
        case "mul":
            return left * right
        case "mod":
            return math.fmod(left, right) if right and math.isfinite(left) else None
        case _ if right:
            return left / right
        case _:
            return None if not left else math.copysign(math.inf, left) * math.copysign(1.0, right)


def _temporal(
    operator: str, left: PrimitiveValue, right: PrimitiveValue, kinds: tuple[Kind | None, Kind | None]
) -> Value:
    try:
        match kinds:
            case (Kind.INSTANT, Kind.DURATION):
                return instant_of_ticks(ticks_of_instant(str(left)) + _signed(operator, right))
            case (Kind.INSTANT, Kind.INSTANT):
                return ticks_of_instant(str(left)) - ticks_of_instant(str(right))
            case (Kind.DATE, Kind.DURATION):
                ticks = day_number(str(left)) * TICKS_PER_DAY + _signed(operator, right)
                return date_of_day_number(ticks // TICKS_PER_DAY)
            case (Kind.DATE, Kind.DATE):
                return (day_number(str(left)) - day_number(str(right))) * TICKS_PER_DAY
            case (Kind.DURATION, Kind.DURATION):
                return int(left) + _signed(operator, right)
            case _:
                return _scaled(operator, left, right, kinds)
    except ValueError as error:
        raise ArithmeticFailure(str(error)) from error


def _signed(operator: str, ticks: PrimitiveValue) -> int:
    return int(ticks) if operator == "add" else -int(ticks)


def _scaled(operator: str, left: PrimitiveValue, right: PrimitiveValue, kinds: tuple[Kind | None, Kind | None]) -> int:
    ticks, factor = (left, right) if kinds[0] is Kind.DURATION else (right, left)
    number = Decimal(str(factor))
    if operator != "mul" and not number:
        raise ArithmeticFailure("A duration is divided by zero.")
    return int(Decimal(str(ticks)) * number if operator == "mul" else Decimal(str(ticks)) / number)
