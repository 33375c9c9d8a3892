"""How often transformations look at the instances: each time is a SELECT of its own, in one statement.

What looks at them again, such as relatives of some, an aggregate of all, a join of what is made of a collection,
repeats all that stands before it; so a few of these behind each other would be a statement without end.
"""

from collections.abc import Sequence

from odata_service.errors import LimitExceeded
from odata_service.semantics.scope import Scope
from odata_service.semantics.transformations import (
    Aggregating,
    Concatenating,
    Gathering,
    Grouping,
    Joining,
    Nesting,
    Relating,
    Transformation,
    Transformations,
)

_NODES_OF_A_SELECT = 4
"""As many operators as a SELECT of its own costs."""


def check_length(sequence: Sequence[object], scope: Scope) -> None:
    """Refuses too many transformations behind each other before they are looked at."""
    _check(len(sequence), scope)


def check_weight(steps: Transformations, scope: Scope) -> None:
    """Refuses a sequence that looks at the instances too often."""
    _check(_weight(steps, 1), scope)


def _check(count: int, scope: Scope) -> None:
    most = scope.request.limits.max_nodes // _NODES_OF_A_SELECT
    if most and count > most:
        raise LimitExceeded(
            f"$apply looks at the instances more than {most} times over (--max-nodes).",
            target=scope.target,
            hint="Use fewer transformations, above all join, ancestors, descendants and $these behind each other.",
        )


def _weight(steps: Transformations, begun: int) -> int:
    """How many SELECTs a sequence is that begins with so many."""
    for step in steps:
        begun = _step(step, begun)
    return begun


def _step(step: Transformation, begun: int) -> int:
    match step:
        case Grouping(steps=inner):
            return begun + 1 if inner is None else _weight(inner, begun)
        case Aggregating(items):
            sources = dict.fromkeys((item.source, item.path) for item in items)
            return begun + sum(_weight(source, begun) for source, _ in sources)
        case Gathering(items):
            return begun + sum(_weight(item.source, begun) for item in items)
        case Joining(steps=inner):
            return 2 * begun + _weight(inner, begun) if inner else begun + 1
        case Relating(start=start):
            return begun + _weight(start, begun)
        case Concatenating(parts):
            return sum(_weight(part.steps, begun) for part in parts)
        case Nesting(items):
            return max(begun, *(_weight(inner, begun) for _, inner in items))
        case _:
            return begun + 1
