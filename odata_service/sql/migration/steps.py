"""The steps of a migration as statements, each with a sentence for people; and the order of renames."""

from collections.abc import Iterable, Iterator

from msgspec import Struct
from msgspec.structs import replace

from odata_service.sql.families import Dialect
from odata_service.sql.migration.changes import KeptColumn, TableChange
from odata_service.sql.wanted import WantedColumn


class Filling(Struct, frozen=True):
    """The rows for a statement that is run once for each: the key of a table's row, and a value of it, converted."""

    change: TableChange
    column: KeptColumn


class Step(Struct, frozen=True):
    """A statement and what it does. With `filling` it is run for each row of that.

    `settles` tells that behind it a column keeps other values in the same type, which is written down before it.
    """

    comment: str
    statement: str
    filling: Filling | None = None
    settles: tuple[str, tuple[KeptColumn, ...]] | None = None


def in_order(renames: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Renames one after the other, so that each new name is free when its turn comes; a circle takes a detour.

    >>> list(in_order([("a", "b"), ("b", "c")]))
    [('b', 'c'), ('a', 'b')]
    >>> list(in_order([("a", "b"), ("b", "a")]))
    [('a', 'odata-renamed-1'), ('b', 'a'), ('odata-renamed-1', 'b')]
    """
    waiting = dict(renames)
    detours = 0
    while waiting:
        taken = {name.lower() for name in waiting}
        ready = [(old, new) for old, new in waiting.items() if new.lower() not in taken - {old.lower()}]
        if ready:
            for old, new in ready:
                del waiting[old]
                yield old, new
            continue
        detours += 1
        old = next(iter(waiting))
        parked = f"odata-renamed-{detours}"
        waiting[parked] = waiting.pop(old)
        yield old, parked


def provisional(change: TableChange) -> dict[str, WantedColumn]:
    """The added columns by their names, under names that are free while the others have their present ones."""
    taken = {column.name.lower() for column in change.before.columns}
    return {
        column.name: replace(column, name=f"odata-added-{place}") if column.name.lower() in taken else column
        for place, column in enumerate(change.added)
    }


def renames_of(change: TableChange) -> Iterator[tuple[str, str]]:
    """The renames of a table's columns, those of provisional names among them, in order."""
    added = ((column.name, name) for name, column in provisional(change).items() if column.name != name)
    return in_order((*change.renames, *added))


def key_now(change: TableChange) -> tuple[str, ...]:
    """The columns of the key to be, under their present or provisional names."""
    added = provisional(change)
    return tuple(added[name].name if name in added else change.now_called(name) for name in change.after.key)


def listed(names: Iterable[str], dialect: Dialect) -> str:
    """Names in a row, quoted."""
    return ", ".join(map(dialect.quoted, names))
