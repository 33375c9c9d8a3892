"""Ends what goes with an entity: what it contains, level by level, however deep, its streams, and what refers to it.

All statements of one transaction.
"""

import json
from collections.abc import Callable, Iterator, Sequence

from msgspec import Struct

from odata_service.database import Stored
from odata_service.edm.model import EntitySet
from odata_service.edm.sources import has_streams
from odata_service.errors import Conflict
from odata_service.sql import Mapping
from odata_service.sql.contents import Part, parts_of, streams_of
from odata_service.sql.statement import Statement
from odata_service.sql.ties import Related, Tie, end_of, row_columns, row_values, ties_of
from odata_service.storage.driver import Row

Find = Callable[[Statement, dict[str, Stored]], list[Row]]
End = Callable[[Statement, dict[str, Stored]], object]
Found = tuple[EntitySet, Sequence[Row]]


class Ending(Struct, frozen=True):
    """What goes with the entities of one source; `columns` are those of their rows that say so."""

    source: EntitySet
    columns: tuple[str, ...]
    end: Statement
    parts: tuple[Part, ...]
    ties: tuple[Tie, ...]
    streams: Statement | None

    @property
    def is_alone(self) -> bool:
        """Whether nothing goes with an entity."""
        return not (self.parts or self.ties or self.streams)


class Endings:
    """The endings of all sources, each made when it is first needed."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._known: dict[str, Ending] = {}

    def of(self, source: EntitySet) -> Ending:
        """What goes with the entities of a source."""
        known = self._known.get(source.name)
        if known is None:
            known = self._known[source.name] = self._made(source)
        return known

    def follow(self, source: EntitySet, rows: Sequence[Row], find: Find, end: End) -> None:
        """Ends what goes with entities that have ended, given their rows; `Conflict` where OnDelete forbids it."""
        waiting: list[Found] = [(source, rows)]
        while waiting:
            container, ended = waiting.pop()
            ending = self.of(container)
            waiting += self._contents(ending, ended, find, end)
            for row in ended:
                for tie in ending.ties:
                    waiting += self._let_go(tie, row_values(ending.columns, row), find, end)

    def _contents(self, ending: Ending, ended: Sequence[Row], find: Find, end: End) -> Iterator[Found]:
        """Ends what entities contain, and their streams; the rows of what has something go with it in turn."""
        if not (ending.parts or ending.streams):
            return
        names = [row[0] for row in ended]
        if ending.streams is not None:
            end(ending.streams, {"parents": json.dumps([str(name) for name in names])})
        for part in ending.parts:
            parents: dict[str, Stored] = {"parents": _text(names, part)}
            found = [] if self.of(part.source).is_alone else find(part.find, parents)
            if found or self.of(part.source).is_alone:
                end(part.delete, parents)
            if found:
                yield part.source, found

    def _let_go(self, tie: Tie, values: dict[str, Stored], find: Find, end: End) -> Iterator[Found]:
        """Lets go of a tie; the related entities that end with it."""
        match tie:
            case Statement():
                end(tie, values)
            case Related(navigation, target, statement, refused):
                found = find(statement, values)
                if found and refused:
                    raise _still_related(navigation)
                ending = self.of(target)
                for row in found:
                    end(ending.end, row_values(ending.columns, row))
                if found and not ending.is_alone:
                    yield target, found

    def _made(self, source: EntitySet) -> Ending:
        mapping = self._mapping
        return Ending(
            source,
            row_columns(source, mapping),
            end_of(source, mapping),
            parts_of(source, mapping),
            ties_of(source, mapping),
            streams_of(mapping) if has_streams(source, mapping.schema) else None,
        )


def _still_related(navigation: str) -> Conflict:
    return Conflict(
        f"The entity has related entities in '{navigation}', and does not end before they do.",
        hint="Delete these first, or relate them to another entity.",
    )


def _text(names: Sequence[object], part: Part) -> str:
    encode = part.encode
    return json.dumps([str(name) if encode is None else encode(str(name)) for name in names])
