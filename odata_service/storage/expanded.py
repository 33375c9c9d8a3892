"""Expanded collections as they are read: one statement a level, its rows dealt out to their parents."""

import json
from collections.abc import Callable, Sequence

from odata_service.database import Stored
from odata_service.errors import LimitExceeded
from odata_service.plan.model import Rows
from odata_service.sql import Encode, Stage
from odata_service.sql.expanded import BuiltChild
from odata_service.sql.nested import list_name
from odata_service.storage.driver import Row
from odata_service.storage.stages import NO_LIMIT, Run
from odata_service.storage.values import as_values

Staged = Callable[[Sequence[Stage], dict[str, Stored]], dict[str, Stored]]
"""What is filled into a statement together with what its stages give."""

_WHOLE = 10_000
"""So many rows are read without a window: it costs what twice as many rows do, and more pages are whole than not."""


class ExpandedRoom:
    """How many rows the expanded collections of a page may still have; of 0 there is no end."""

    def __init__(self, max_rows: int) -> None:
        self._max_rows = max_rows
        self.left = max_rows or NO_LIMIT

    def take(self, rows: int) -> None:
        """Counts rows that are shown; `LimitExceeded` beyond what there may be."""
        self.left -= rows
        if self.left < 0:
            raise self.too_many()

    def too_many(self) -> LimitExceeded:
        """What is said of more rows."""
        return LimitExceeded(
            f"$expand brings more than {self._max_rows} rows (--max-expanded-rows).",
            target="$expand",
            hint="Write $top inside $expand, or read fewer entities by $top or Prefer: maxpagesize.",
        )


class Reading:
    """The expanded collections of one page: how their statements are run, and how many rows they may still have."""

    def __init__(self, run: Run, staged: Staged, page_size: int, max_rows: int) -> None:
        self._run = run
        self._staged = staged
        self._page_size = page_size
        self._room = ExpandedRoom(max_rows)

    def expanded(self, child: BuiltChild, parents: Sequence[Row], around: Sequence[str] = ()) -> dict[Row, Rows]:
        """A page of the collection of each parent, by what its rows call the parent.

        `around` are the lists of parents of the collections that it is inside of, the innermost first.
        """
        keys = list(dict.fromkeys(tuple(row[place] for place in child.plan.parent) for row in parents))
        keys = [key for key in keys if child.plan.is_group or None not in key]
        if not keys:
            return {}
        texts = (parents_text(keys, child.encoders), *around)
        lists: dict[str, Stored] = {list_name(level): text for level, text in enumerate(texts)}
        extra = self._staged(child.stages, lists)
        if child.plan.count_only:
            counted = self._run(child.statement, extra)
            return {keys[_index(parent)]: Rows([], count=_index(count)) for parent, count in counted}
        rows = self._rows(child, extra, len(keys))
        counts: dict[Row, int] = {}
        if child.plan.plan.count:
            rows = _counted(rows, keys, counts)
        rows = as_values(rows, child)
        pages: dict[Row, list[Row]] = {key: [] for key in counts}
        for row in rows:
            pages.setdefault(keys[_index(row[-1])], []).append(row)
        return self._finished(child, pages, counts, texts)

    def _rows(self, child: BuiltChild, extra: dict[str, Stored], parents: int) -> list[Row]:
        """The rows of all pages: all that there are, or, where these are too many, what a window leaves of them."""
        if child.whole is not None:
            rows = self._run(child.whole, {**extra, "most": _WHOLE + 1})
            if len(rows) <= _WHOLE:
                return rows
        most, page = self._room.left + parents, self._page(child) + 1
        return self._run(child.statement, {**extra, "page": page, "most": most + 1})

    def _page(self, child: BuiltChild) -> int:
        """How many rows of each parent are shown."""
        return NO_LIMIT if child.plan.is_group else self._page_size

    def _finished(
        self, child: BuiltChild, pages: dict[Row, list[Row]], counts: dict[Row, int], around: Sequence[str]
    ) -> dict[Row, Rows]:
        """The pages cut to their size, with what is expanded in them."""
        page = self._page(child)
        longer = {key for key, rows in pages.items() if len(rows) > page}
        for key in longer:
            del pages[key][page:]
        self._room.take(sum(map(len, pages.values())))
        shown = [row for rows in pages.values() for row in rows] if child.children else []
        nested = tuple(self.expanded(inner, shown, around) for inner in child.children)
        return {key: Rows(rows, key in longer, counts.get(key), nested) for key, rows in pages.items()}


def _counted(rows: Sequence[Row], keys: Sequence[Row], counts: dict[Row, int]) -> list[Row]:
    """The rows that belong to a page, without what they say of counts, which goes into `counts`."""
    shown = []
    for row in rows:
        counts[keys[_index(row[-3])]] = _index(row[-2])
        if row[-1]:
            shown.append(row[:-2])
    return shown


def parents_text(keys: Sequence[Row], encoders: Sequence[Encode | None]) -> str:
    """The keys of parents as JSON, each as the columns have it that are compared with it."""
    if any(encoders):
        keys = [
            tuple(
                part if encode is None or part is None else encode(part)
                for part, encode in zip(key, encoders, strict=True)
            )
            for key in keys
        ]
    return json.dumps([key[0] if len(key) == 1 else key for key in keys], ensure_ascii=False)


def _index(value: object) -> int:
    assert isinstance(value, int), "numbers of parents and counts are integers"
    return value
