"""Ends what entities contain, level by level, however deep: all statements of one transaction."""

import json
from collections.abc import Callable, Sequence

from odata_service.database import Stored
from odata_service.edm.model import EntitySet
from odata_service.edm.sources import has_streams
from odata_service.sql import Mapping
from odata_service.sql.contents import Part, parts_of, streams_of
from odata_service.sql.statement import Statement
from odata_service.storage.driver import Row

Find = Callable[[Statement, dict[str, Stored]], list[Row]]
End = Callable[[Statement, dict[str, Stored]], object]


class Contents:
    """The statements that end what entities of each source contain, made when they are first needed."""

    def __init__(self, mapping: Mapping) -> None:
        self._mapping = mapping
        self._parts: dict[str, tuple[Part, ...]] = {}

    def clear(self, source: EntitySet, names: Sequence[str], find: Find, end: End) -> None:
        """Ends what the entities of these names contain, and the streams of all."""
        waiting: list[tuple[EntitySet, Sequence[object]]] = [(source, names)]
        while waiting:
            container, inside = waiting.pop()
            if has_streams(container, self._mapping.schema):
                end(streams_of(self._mapping), {"parents": json.dumps([str(name) for name in inside])})
            for part in self._parts_of(container):
                parents: dict[str, Stored] = {"parents": _text(inside, part)}
                found = [row[0] for row in find(part.find, parents)]
                if found:
                    end(part.delete, parents)
                    waiting.append((part.source, found))

    def _parts_of(self, source: EntitySet) -> tuple[Part, ...]:
        known = self._parts.get(source.name)
        if known is None:
            known = self._parts[source.name] = parts_of(source, self._mapping)
        return known


def _text(names: Sequence[object], part: Part) -> str:
    encode = part.encode
    return json.dumps([str(name) if encode is None else encode(str(name)) for name in names])
