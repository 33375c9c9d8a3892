"""The nodes above one in a recursive hierarchy, over pairs of each node with its parent (Data Aggregation 6.2)."""

from collections.abc import Sequence

from odata_service.edm.values import PrimitiveValue

Name = PrimitiveValue | None


def above(node: Name, parents: Sequence[tuple[Name, Name]], distance: int | None, *, itself: bool) -> set[Name]:
    """The names of what is above a node, at most `distance` levels; of what is no node, nothing.

    >>> above("c", [("a", None), ("b", "a"), ("c", "b")], 1, itself=False)
    {'b'}
    """
    current = {name for name, _ in parents if name == node}
    found = set(current) if itself else set[Name]()
    levels = len(parents) if distance is None else min(distance, len(parents))
    for _ in range(levels):
        current = {parent for name, parent in parents if name in current and parent is not None}
        found |= current
    return found
