"""Entities loaded whole: a row with what it contains, at any depth, and its streams."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from msgspec import Struct, field

from odata_service.edm.model import EntitySet
from odata_service.edm.values import PrimitiveValue
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import RowTarget, name_of, put_stream, upsert_rows
from odata_service.transfer.parts import PartedRow, parted
from odata_service.transfer.rows import RowForm, RowForms


class WholeRows(Struct):
    """Loads rows of any source, each with its parts; `is_text` where cells are texts."""

    store: DatabaseStore
    is_text: bool
    _forms: dict[tuple[str, str], RowForms] = field(default_factory=dict)

    def form(self, source: EntitySet, row: PartedRow) -> RowForm:
        """The form of a row that lives in a source; `ValueError` for a name that is no property."""
        place = (source.name, row.holder)
        if place not in self._forms:
            self._forms[place] = RowForms(self.store.schema, source, self.is_text, row.holder)
        return self._forms[place].form(tuple(row.cells))

    def load(self, source: EntitySet, rows: Sequence[PartedRow], parent: str | None = None) -> int:
        """Creates or changes entities and all their parts; the number of entities that it were.

        Rows that have no parts and state the same go together.
        """
        loaded = 0
        for (holder, has_parts, _), group in groupby(rows, key=_likeness):
            alike, target = list(group), RowTarget(source.name, holder, parent)
            if has_parts:
                loaded += sum(self._load_whole(source, row, target) for row in alike)
            else:
                form = self.form(source, alike[0])
                loaded += upsert_rows(self.store, target, form.paths, [form.read(row.cells) for row in alike])
        return loaded

    def _load_whole(self, source: EntitySet, row: PartedRow, target: RowTarget) -> int:
        form = self.form(source, row)
        values = form.read(row.cells)
        upsert_rows(self.store, target, form.paths, [values])
        name = name_of(self.store, target, self._key(source, dict(zip(form.paths, values, strict=True))))
        for stream in row.streams:
            put_stream(self.store, name, stream.name, (stream.media_type, stream.value))
        inner = (
            (nested.source, [parted(cells, nested.source, self.store.schema) for cells in nested.rows])
            for nested in row.nested
        )
        return 1 + sum(self.load(within, rows, name) for within, rows in inner)

    def _key(self, source: EntitySet, values: Mapping[str, PrimitiveValue | None]) -> tuple[PrimitiveValue | None, ...]:
        if source.is_single:
            return ()
        return tuple(values[leaf.path] for _, leaf in self.store.schema.key_leaves(source.entity_type))


def _likeness(row: PartedRow) -> tuple[str, bool, tuple[str, ...]]:
    return row.holder, row.has_parts, tuple(row.cells)
