"""How a property gets its value where none is kept of it: by an expression, or by code (Core.Computed)."""

from collections.abc import Callable, Sequence

from msgspec import Struct


class Expressed(Struct, frozen=True):
    """What an expression says of the entity, `price mul quantity`: it stands wherever the property does."""

    text: str


class Coded(Struct, frozen=True):
    """What code makes of the values of other properties of the entity, the `inputs`; expressions cannot ask for it."""

    work: Callable[[Sequence[object]], object]
    inputs: tuple[str, ...]


Computation = Expressed | Coded
