"""How a property gets its value where none is kept of it: by an expression, or by code (Core.Computed).

What code makes of values can be asked for in expressions, as a function of the model that code carries out can be.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar

from msgspec import Struct

from odata_service.edm.operations import Function
from odata_service.edm.types import TypeRef
from odata_service.structs import PartlyCompared


class Expressed(Struct, frozen=True):
    """What an expression says of the entity, `price mul quantity`: it stands wherever the property does."""

    text: str


class Coded(Struct, frozen=True):
    """What code makes of the values of other properties of the entity, the `inputs`."""

    work: Callable[[Sequence[object]], object]
    inputs: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Coded({self.inputs})"  # the same in every process


Computation = Expressed | Coded


class Argument(Struct, frozen=True):
    """What a body is called with: a value, or what the key of an entity of a `source` tells, which has `size` parts.

    That is the entity itself, or the collection that a `navigation` property leads to from it. All entities of a source
    are `whole`, and need no key.
    """

    source: str | None = None
    size: int = 1
    navigation: str | None = None
    whole: bool = False


class Code(PartlyCompared, frozen=True):
    """What code makes of values of these types, by a name that tells it from all other code of a service.

    The `arguments` of a function's body are made of the values in turn; with `needs` the first one is not null, or the
    result is, and the body is not called. Of entities of a `source` that it gives the result is a `part` of their keys.
    """

    beside: ClassVar[frozenset[str]] = frozenset({"carried_by"})

    name: str
    types: tuple[TypeRef, ...]
    type: TypeRef
    carried_by: Coded | Function
    arguments: tuple[Argument, ...] = ()
    needs: bool = False
    source: str | None = None
    part: int = 0
