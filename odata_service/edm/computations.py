"""How a property gets its value where none is kept of it: by an expression, or by code (Core.Computed)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Expressed:
    """What an expression says of the entity, `price mul quantity`: it stands wherever the property does."""

    text: str


@dataclass(frozen=True, slots=True)
class Coded:
    """What code makes of the values of other properties of the entity, the `inputs`; expressions cannot ask for it."""

    work: Callable[[Sequence[object]], object]
    inputs: tuple[str, ...]


Computation = Expressed | Coded
