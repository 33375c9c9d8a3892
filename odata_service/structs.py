"""Structures whose fields do not all count when they are compared, and what any structure is made of."""

from collections.abc import Callable
from functools import cache
from operator import attrgetter
from typing import Any, ClassVar

from msgspec import Struct


class PartlyCompared(Struct, frozen=True):
    """A structure equal to its like whatever its fields named in `beside` hold; those in `unhashed` are compared alone.

    >>> class Word(PartlyCompared, frozen=True):
    ...     text: str
    ...     span: tuple[int, int]
    >>> Word("top", (0, 3)) == Word("top", (7, 10)), Word("top", (0, 3)) == Word("skip", (0, 3))
    (True, False)
    """

    beside: ClassVar[frozenset[str]] = frozenset({"span", "origin"})
    unhashed: ClassVar[frozenset[str]] = frozenset({"annotations", "on_delete_annotations"})

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        compared = _compared(type(self))
        return bool(compared(self) == compared(other))

    def __hash__(self) -> int:
        return hash(_hashed(type(self))(self))


@cache
def _compared(kind: type[PartlyCompared]) -> Callable[[Any], object]:
    return _values(kind, kind.beside)


@cache
def _hashed(kind: type[PartlyCompared]) -> Callable[[Any], object]:
    return _values(kind, kind.beside | kind.unhashed)


def _values(kind: type[PartlyCompared], left_out: frozenset[str]) -> Callable[[Any], object]:
    names = [name for name in kind.__struct_fields__ if name not in left_out]
    return attrgetter(*names) if names else lambda _: kind
