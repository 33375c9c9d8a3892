"""How a filter uses one property, and which uses a definition allows (Capabilities.FilterExpressionRestrictions)."""

from collections.abc import Iterator, Mapping

from msgspec import Struct

from odata_service.semantics.access import entity_of, path_of
from odata_service.semantics.tree import (
    Binary,
    Call,
    Constant,
    Convert,
    Expression,
    In,
    Logical,
    Parameter,
    PropertyAccess,
)
from odata_service.semantics.walk import parts_of

_MIRRORED = {"eq": "eq", "ne": "ne", "gt": "lt", "ge": "le", "lt": "gt", "le": "ge"}
"""Each comparison, and what it is with its operands the other way round."""
_SEARCHES = frozenset({"startswith", "endswith", "contains"})
_INTERVAL = frozenset({"eq", "gt", "ge", "lt", "le"})
_RANGES = _INTERVAL | {"ne", "in"}
_OTHER = "other"


class Allowed(Struct, frozen=True):
    """What may be written of a property: `operators`, more than once only where it is not `single`; `hint` says so."""

    operators: frozenset[str]
    hint: str
    single: bool = False


ALLOWED: Mapping[str, Allowed] = {
    "SingleValue": Allowed(frozenset({"eq"}), "Compare it with one value, by eq.", single=True),
    "MultiValue": Allowed(frozenset({"eq", "in"}), "Compare it with values by eq and in, joined by or."),
    "SingleRange": Allowed(_INTERVAL, "Compare it with one value or one interval, by eq, gt, ge, lt, le.", single=True),
    "MultiRange": Allowed(_RANGES, "Compare it with values, by eq, ne, gt, ge, lt, le, in."),
    "SearchExpression": Allowed(_SEARCHES, "Use it as the first argument of startswith, endswith or contains."),
    "MultiRangeOrSearchExpression": Allowed(
        _RANGES | _SEARCHES,
        "Compare it with values, or use it as the first argument of startswith, endswith or contains.",
    ),
}
"""By the words of Capabilities.FilterExpressionType."""


def is_allowed(predicate: Expression, path: str, allowed: Allowed) -> bool:
    """Whether all that a filter says of a property of its entities is allowed; other properties may stand beside it."""
    uses = list(_uses(predicate, path, is_one_of=False))
    if any(operator not in allowed.operators for operator, _ in uses):
        return False
    if not allowed.single:
        return True
    operators = [operator[0] for operator, _ in uses]  # e, g or l: a lower and an upper bound make one interval
    return sorted(operators) in ([], ["e"], ["g"], ["l"], ["g", "l"]) and not any(one_of for _, one_of in uses)


def _uses(node: object, path: str, *, is_one_of: bool) -> Iterator[tuple[str, bool]]:
    """Each use of a property: its operator, and whether it stands below more than `and`."""
    use = _use(node, path)
    if use is not None:
        yield use, is_one_of
        return
    is_chain = isinstance(node, tuple) or (isinstance(node, Logical) and node.operator == "and")
    for part in parts_of(node):
        yield from _uses(part, path, is_one_of=is_one_of or not is_chain)


def _use(node: object, path: str) -> str | None:
    """How a node uses the property itself; None where it does not, or something below it does."""
    match node:
        case Binary(operator, left, right) if operator in _MIRRORED and _is_value(right) and _is_it(left, path):
            return operator
        case Binary(operator, left, right) if operator in _MIRRORED and _is_value(left) and _is_it(right, path):
            return _MIRRORED[operator]
        case In(operand, values) if _is_it(operand, path) and all(map(_is_value, values)):
            return "in"
        case Call(name, (first, second)) if name in _SEARCHES and _is_it(first, path) and _is_value(second):
            return name
        case PropertyAccess() if _is_it(node, path):
            return _OTHER
        case _:
            return None


def _is_it(node: Expression, path: str) -> bool:
    """Whether a node is the property of the filtered entities themselves, promotion apart."""
    while isinstance(node, Convert):
        node = node.operand
    return isinstance(node, PropertyAccess) and entity_of(node) is None and path_of(node) == path


def _is_value(node: Expression) -> bool:
    while isinstance(node, Convert):
        node = node.operand
    return isinstance(node, Constant | Parameter)
