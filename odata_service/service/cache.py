"""One compiled form for all requests of a shape: the URL with its literals taken out, and the headers that matter.

Bounded: beyond `size` entries the oldest goes. Requests that differ only in literals share an entry; where a literal
turns out to be no parameter of the plan, its text becomes part of the key.
"""

from collections.abc import Hashable, MutableMapping, Sequence
from threading import Lock
from typing import Generic, TypeVar

from odata_service.url import ScannedLiteral

Compiled = TypeVar("Compiled")
Kept = TypeVar("Kept")


class ShapeCache(Generic[Compiled]):
    """Compiled requests by shape, for any number of threads."""

    def __init__(self, size: int = 1_000) -> None:
        self._size = size
        self._fixed: dict[Hashable, tuple[int, ...]] = {}
        self._compiled: dict[Hashable, Compiled] = {}
        self._lock = Lock()

    def find(self, shape: Hashable, literals: Sequence[ScannedLiteral]) -> Compiled | None:
        """The compiled form of a request, or None when none of its shape has been kept."""
        fixed = self._fixed.get(shape)
        if fixed is None:
            return None
        return self._compiled.get(_key(shape, literals, fixed))

    def keep(
        self, shape: Hashable, literals: Sequence[ScannedLiteral], fixed: tuple[int, ...], compiled: Compiled
    ) -> None:
        """Keeps a compiled form; `fixed` are the places of the literals that are part of its meaning."""
        with self._lock:
            _make_room(self._fixed, self._size)
            _make_room(self._compiled, self._size)
            self._fixed[shape] = fixed
            self._compiled[_key(shape, literals, fixed)] = compiled

    def __len__(self) -> int:
        return len(self._compiled)


def _key(shape: Hashable, literals: Sequence[ScannedLiteral], fixed: tuple[int, ...]) -> Hashable:
    return (shape, *(literals[place].text for place in fixed)) if fixed else shape


def _make_room(entries: MutableMapping[Hashable, Kept], size: int) -> None:
    while len(entries) >= size:
        del entries[next(iter(entries))]
