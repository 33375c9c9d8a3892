"""Keys whose values are segments of a path, unquoted, in the order of the key's parts (URL Conventions 4.3.6)."""

from collections.abc import Sequence

from odata_service.edm.leaves import Leaf
from odata_service.errors import NotFound
from odata_service.semantics.implied_keys import implied_key
from odata_service.semantics.keys import key_parts
from odata_service.semantics.resolved import Step
from odata_service.semantics.scope import Scope
from odata_service.semantics.tree import KeyValue
from odata_service.url.syntax import FilterSegment, Literal, LiteralKind, Segment


def with_segment(
    segment: Segment | FilterSegment, begun: tuple[KeyValue, ...], steps: Sequence[Step], scope: Scope
) -> tuple[tuple[KeyValue, ...], bool]:
    """The parts of a key that stand in segments up to this one, and whether they are all: then the key is whole.

    What the path before the key says of it is left out in the path, and stands in a whole key.
    """
    implied = implied_key(steps, scope)
    stated = _stated(steps, scope)
    if isinstance(segment, FilterSegment) or segment.arguments is not None or segment.name.startswith("$"):
        found = "$filter" if isinstance(segment, FilterSegment) else segment.name
        raise unfinished_key(f"'{found}' stands", begun, steps, scope)
    name, leaf = stated[len(begun)]
    value = scope.value(Literal(LiteralKind.SEGMENT, segment.name, span=segment.span), leaf.type)
    begun = (*begun, KeyValue(name, leaf, value))
    if len(begun) < len(stated):
        return begun, False
    known = {**implied, **{part.name: part for part in begun}}
    return tuple(known[name] for name, _ in key_parts(scope)), True


def unfinished_key(found: str, begun: Sequence[KeyValue], steps: Sequence[Step], scope: Scope) -> NotFound:
    """What is wrong with a path where something is found, such as `'$count' stands`, and parts of a key are missing."""
    parts = [part for part, _ in _stated(steps, scope)]
    form = f"({', '.join(f'{part}=…' for part in parts)})"
    if not begun and len(parts) == 1:
        message = f"{found} behind a collection of {scope.entity_type}, and is no key."
        return NotFound(message, hint=f"Write the key in parentheses: {form}.")
    return NotFound(
        f"{found} behind {len(begun)} of the {len(parts)} parts of a key of {scope.entity_type}.",
        hint=f"Write a segment for each of {', '.join(parts)}, or {form}.",
    )


def _stated(steps: Sequence[Step], scope: Scope) -> Sequence[tuple[str, Leaf]]:
    """The parts that a path does not say already."""
    parts = key_parts(scope)
    implied = implied_key(steps, scope)
    return [part for part in parts if part[0] not in implied] or parts
