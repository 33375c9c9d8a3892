"""A statement made ready: SQL text, and a template from which each run's parameters are filled.

peewee lists a statement's parameters in order, its own constants among them. The values that a request brings are
sentinels there, found once when the statement is built.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from peewee import BaseQuery, SqliteDatabase, Value

from odata_service.database import encode_decimal
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue

Stored = int | float | str | bytes | None

DIALECT = SqliteDatabase(None)
"""The family that statements are written for; it is never opened."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A parameter that is filled from a request's value number `index`."""

    index: int
    type: TypeRef

    def __str__(self) -> str:
        return f"value {self.index + 1} ({self.type.name})"


@dataclass(frozen=True, slots=True)
class Filled:
    """A parameter that the store fills when it runs: `now`, `limit`, `parents`, `version` or `versions`."""

    name: str

    def __str__(self) -> str:
        return self.name


NOW = Filled("now")


def stored(value: PrimitiveValue | None) -> Stored:
    """A value as the database keeps it; the sorts of values that are not kept as they are."""
    if isinstance(value, bool):
        return int(value)
    return value if value is None or isinstance(value, int | float | str | bytes) else encode_decimal(value)


def slot(index: int, type_ref: TypeRef) -> Value:
    """The peewee node of a slot."""
    return Value(Slot(index, type_ref), converter=False, unpack=False)


def filled(name: str) -> Value:
    """The peewee node of a value that the store fills in."""
    return Value(Filled(name), converter=False, unpack=False)


def constant(value: PrimitiveValue | None) -> Value:
    """The peewee node of a constant."""
    return Value(stored(value), converter=False, unpack=False)


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL text and its parameters: constants, slots and what the store fills in."""

    text: str
    template: tuple[Stored | Slot | Filled, ...]
    fill: Callable[[Sequence[PrimitiveValue | None], dict[str, Stored]], list[Stored]]
    needs_now: bool = False

    @property
    def parameters(self) -> tuple[str, ...]:
        """What each placeholder holds, for people."""
        return tuple(str(part) if isinstance(part, Slot | Filled) else repr(part) for part in self.template)


def statement_of(query: BaseQuery) -> Statement:
    """A peewee query as a statement."""
    text, parameters = query.bind(DIALECT).sql()
    template = tuple(parameters)
    return Statement(text, template, _filler(template), NOW in template)


def _filler(
    template: tuple[Stored | Slot | Filled, ...],
) -> Callable[[Sequence[PrimitiveValue | None], dict[str, Stored]], list[Stored]]:
    """The function that fills a template; without decimals no value needs a change."""
    encoded = any(isinstance(part, Slot) and kind_of(part.type) is Kind.DECIMAL for part in template)

    def fill(values: Sequence[PrimitiveValue | None], extra: dict[str, Stored]) -> list[Stored]:
        result: list[Stored] = []
        for part in template:
            if isinstance(part, Slot):
                value = values[part.index]
                result.append(stored(value) if encoded or not isinstance(value, str | int) else value)
            elif isinstance(part, Filled):
                result.append(extra[part.name])
            else:
                result.append(part)
        return result

    return fill
