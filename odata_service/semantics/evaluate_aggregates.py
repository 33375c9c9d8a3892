"""The methods of aggregates over Python values, none of them null (Data Aggregation 3.2.1)."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cmp_to_key

from odata_service.edm.values import PrimitiveValue

Value = PrimitiveValue | None


def compare(left: Value, right: Value) -> int:
    """Null stands below every value."""
    if left is None or right is None:
        return (left is not None) - (right is not None)
    return (left > right) - (left < right)  # type: ignore[operator]  # of one type


def exact(value: Value) -> Decimal:
    """A number without rounding; null counts as nothing."""
    return Decimal(0) if value is None else Decimal(str(value))


def _sum(values: Sequence[Value]) -> Value:
    numbers = [value for value in values if isinstance(value, int | float | Decimal)]
    return sum(numbers[1:], numbers[0]) if numbers else None


METHODS: Mapping[str, Callable[[Sequence[Value]], Value]] = {
    "count": len,
    "countdistinct": lambda values: len(set(values)),
    "sum": _sum,
    "average": lambda values: exact(_sum(values)) / len(values) if values else None,
    "min": lambda values: min(values, key=cmp_to_key(compare), default=None),
    "max": lambda values: max(values, key=cmp_to_key(compare), default=None),
}
