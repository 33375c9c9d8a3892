"""What stands behind a statement's placeholders: values of the request, and what the store fills in when it runs."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, ClassVar

from msgspec import Struct
from peewee import Value

from odata_service.database import Stored
from odata_service.edm.types import TypeRef
from odata_service.structs import PartlyCompared


class Slot(PartlyCompared, frozen=True):
    """A parameter that is filled from a request's value number `index`, encoded where its place asks for it."""

    beside: ClassVar[frozenset[str]] = frozenset({"encode"})

    index: int
    type: TypeRef
    encode: Callable[[Any], Stored | Decimal] | None = None

    def __str__(self) -> str:
        return f"value {self.index + 1} ({self.type.name})"


class Filled(Struct, frozen=True):
    """A parameter that the store fills: `now`, `limit`, `page`, `most`, `parents`, `version` or `versions`."""

    name: str

    def __str__(self) -> str:
        return self.name


def held(content: Slot | Filled | Stored) -> Value:
    """The peewee node of a placeholder."""
    return Value(content, converter=False, unpack=False)


def filled(name: str) -> Value:
    """The peewee node of a value that the store fills in."""
    return held(Filled(name))
