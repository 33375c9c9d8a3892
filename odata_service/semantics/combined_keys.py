"""What tells entities with several key properties apart: one text of all of them, which values of single keys are not.

Each part but the last is written with its length before it, so that no two keys are one text.
"""

from collections.abc import Sequence

from odata_service.edm.types import INT32, INT64, STRING, Kind, kind_of
from odata_service.semantics.tree import Call, Cast, Constant, Convert, Expression


def told_apart(keys: Sequence[Expression]) -> Expression:
    """A value that two entities have in common if, and only if, they have the key; null where there is no entity."""
    *before, last = keys
    if not before:
        return last
    found = _text(last)
    for part in reversed(before):
        text = _text(part)
        length = _joined(Cast(Call("length", (text,), INT32), STRING), Constant(" ", STRING))
        found = _joined(_joined(length, text), found)
    return found


def _joined(left: Expression, right: Expression) -> Expression:
    return Call("concat", (left, right), STRING)


def _text(part: Expression) -> Expression:
    match kind_of(part.type):
        case Kind.STRING:
            return part
        case Kind.ENUMERATION:
            return Cast(Convert(part, INT64), STRING)
        case _:
            return Cast(part, STRING)
