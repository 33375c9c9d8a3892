"""What a store has prepared: plans with their statements, and with those that a request's texts ask for."""

from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

from msgspec import Struct, field

from odata_service.database import Stored
from odata_service.plan.model import CountPlan, ReadPlan, Write
from odata_service.sql import BuiltCount, BuiltRead, Encode, Stage, Statement
from odata_service.sql.expanded import BuiltChild
from odata_service.sql.narrowing import unserved
from odata_service.storage.expanded import parents_text
from odata_service.storage.store import Keys, Values

_MOST_VARIANTS = 16

Built = TypeVar("Built", BuiltRead, BuiltCount)


class DatabaseRead(Struct, frozen=True):
    """A ReadPlan with its statements, and with others for texts that no index finds, by their slots."""

    plan: ReadPlan
    built: BuiltRead
    variants: dict[frozenset[int], BuiltRead] = field(default_factory=dict)

    def statements(self) -> Sequence[Statement]:
        """Every statement that is mostly run, each behind its questions, those of expanded collections last."""
        counts = (self.built.count,) if self.built.count else ()
        known = (
            *_stage_statements(self.built.stages),
            *self.built.ranges,
            *counts,
            *_child_statements(self.built.children),
        )
        return tuple(one for statement in known for one in (*_questions(statement), statement))


class DatabaseCount(Struct, frozen=True):
    """A CountPlan with its statement, and with others as in `DatabaseRead`."""

    plan: CountPlan
    built: BuiltCount
    variants: dict[frozenset[int], BuiltCount] = field(default_factory=dict)


class DatabaseWrite(Struct, frozen=True):
    """A write with its statement; where something goes with an entity that ends, `before` reads its row."""

    plan: Write
    statement: Statement
    before: Statement | None = None


def suited(
    built: Built, variants: dict[frozenset[int], Built], values: Values, build: Callable[[frozenset[int]], Built]
) -> Built:
    """The statements for a request's texts: those that no index finds are looked for without one."""
    slots = unserved(built.tests, values)
    if not slots:
        return built
    if slots not in variants:
        if len(variants) >= _MOST_VARIANTS:
            variants.clear()
        variants[slots] = build(slots)
    return variants[slots]


def _questions(statement: Statement) -> Iterator[Statement]:
    """The statements that ask for what values code is asked."""
    return (ask.question for ask in statement.asks if ask.question is not None)


def _child_statements(children: Sequence[BuiltChild]) -> Iterator[Statement]:
    for child in children:
        yield from _stage_statements(child.stages)
        yield child.whole or child.statement
        yield from _child_statements(child.children)


def _stage_statements(stages: Sequence[Stage]) -> Iterator[Statement]:
    return (stage.statement for stage in stages if stage.statement is not None)


def given_parts(keys: Keys, encoders: Sequence[Encode | None]) -> dict[str, Stored]:
    """What a statement needs of the entities that an operation gave."""
    return {"parents": parents_text([tuple(key) for key in keys], encoders)} if encoders else {}
