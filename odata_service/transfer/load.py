"""Rows of files into entity sets: converted, checked, upserted by key, in transactions of a few thousand."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import chain, groupby, islice
from operator import itemgetter
from time import perf_counter

from odata_service.edm.annotations import COMPUTED, is_tagged
from odata_service.edm.model import EntitySet, Property
from odata_service.edm.types import Facets, Kind, TypeRef, kind_of
from odata_service.edm.values import PrimitiveValue, fit, parser
from odata_service.errors import Conflict, PayloadError, did_you_mean
from odata_service.payload.values import from_json
from odata_service.plan.write import is_made_below
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import upsert_rows
from odata_service.transfer.files import RowFile, UnreadableFile

BATCH = 5_000

_FINEST = 7
"""The digits of a fraction that every temporal value has at most."""

Row = tuple[PrimitiveValue | None, ...]
Converter = Callable[[object], PrimitiveValue | None]


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that was not loaded: its file, its line, and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


@dataclass(slots=True)
class LoadReport:
    """What became of the rows. `rolled_back`: an atomic load met a bad row, and nothing was kept."""

    loaded: int = 0
    seconds: float = 0.0
    rejected: list[Rejected] = field(default_factory=list)
    rolled_back: bool = False

    @property
    def rows_per_second(self) -> float:
        """How fast it went."""
        return self.loaded / self.seconds if self.seconds else 0.0


class _RollBack(Exception):
    """Leaves the transaction of an atomic load that met a bad row."""


def load_files(
    store: DatabaseStore,
    files: Sequence[RowFile],
    *,
    atomic: bool = False,
    on_progress: Callable[[int], object] = lambda _: None,
) -> LoadReport:
    """Loads files; good rows are kept, or none with `atomic`. `on_progress` hears how many rows were read since.

    `UnreadableFile` for a file that names no entity set, or whose columns are no properties.
    """
    report = LoadReport()
    started = perf_counter()
    try:
        with store.transaction() if atomic else nullcontext():
            for file in files:
                _load_file(store, file, report, on_progress, own_transactions=not atomic)
            if atomic and report.rejected:
                raise _RollBack
    except _RollBack:
        report.loaded, report.rolled_back = 0, True
    report.seconds = perf_counter() - started
    return report


def _load_file(
    store: DatabaseStore,
    file: RowFile,
    report: LoadReport,
    on_progress: Callable[[int], object],
    *,
    own_transactions: bool,
) -> None:
    rows = file.rows()
    first = next(rows, None)
    columns = _Columns(store, file, _entity_set(store, file))
    if first is None:
        return
    if file.is_text:
        columns.check_header(tuple(first[1]))
    converted = _converted(chain((first,), rows), columns, report)
    while batch := list(islice(converted, BATCH)):
        with store.transaction() if own_transactions else nullcontext():
            for names, group in groupby(batch, key=itemgetter(1)):
                _load_batch(store, file, names, [(line, row) for line, _, row in group], report)
        on_progress(len(batch))


def _load_batch(
    store: DatabaseStore, file: RowFile, names: Sequence[str], batch: Sequence[tuple[int, Row]], report: LoadReport
) -> None:
    try:
        upsert_rows(store, file.entity_set, names, [row for _, row in batch])
        report.loaded += len(batch)
    except (Conflict, PayloadError):
        _load_singly(store, file, names, batch, report)


def _load_singly(
    store: DatabaseStore, file: RowFile, names: Sequence[str], batch: Sequence[tuple[int, Row]], report: LoadReport
) -> None:
    """A batch with a row that the database refused, row by row, to tell which."""
    for line, row in batch:
        try:
            upsert_rows(store, file.entity_set, names, [row])
            report.loaded += 1
        except (Conflict, PayloadError) as error:
            report.rejected.append(Rejected(str(file.path), line, error.message))


def _converted(
    rows: Iterable[tuple[int, dict[str, object]]], columns: "_Columns", report: LoadReport
) -> Iterator[tuple[int, tuple[str, ...], Row]]:
    """The rows as values, with the names that they state; bad ones go into the report.

    A row of JSON states what it has: what it leaves out is not changed by an upsert.
    """
    for line, row in rows:
        try:
            names, converters = columns.converters(tuple(row))
            yield line, names, tuple(convert(row[name]) for name, convert in converters)
        except ValueError as error:
            report.rejected.append(Rejected(str(columns.file.path), line, str(error)))


@dataclass(slots=True)
class _Columns:
    """The properties that a file's rows may state, and how their values are read."""

    store: DatabaseStore
    file: RowFile
    entity_set: EntitySet
    known: dict[tuple[str, ...], tuple[tuple[str, ...], list[tuple[str, Converter]]]] = field(default_factory=dict)

    def converters(self, stated: tuple[str, ...]) -> tuple[tuple[str, ...], list[tuple[str, Converter]]]:
        """The properties that a row states, and a converter for each; `ValueError` for a name that is none."""
        found = self.known.get(stated)
        if found is None:
            parts = self._properties(stated)
            readers = [(part.name, _converter(part, is_text=self.file.is_text)) for part in parts]
            found = self.known[stated] = (tuple(part.name for part in parts), readers)
        return found

    def check_header(self, header: tuple[str, ...]) -> None:
        """Refuses a file whose header names what is no property, or leaves the key out."""
        try:
            self._properties(header)
        except ValueError as error:
            raise UnreadableFile(f"{self.file.path}:1: {error}") from error

    def _properties(self, stated: tuple[str, ...]) -> list[Property]:
        schema, entity_type = self.store.schema, self.entity_set.entity_type
        declared = schema.properties(entity_type)
        names = [name for name in stated if not name.startswith("@")]
        for name in names:
            if name not in declared:
                hint = did_you_mean(name, list(declared)) or f"It has {', '.join(declared)}."
                raise ValueError(f"'{name}' is no property of '{entity_type}'. {hint}")
        keys = schema.key_properties(entity_type)
        for key in keys:
            if key.name not in names and not is_made_below(key, self.entity_set):
                raise ValueError(f"the key '{key.name}' is missing.")
        return [declared[name] for name in names if declared[name] in keys or not self._is_computed(declared[name])]

    def _is_computed(self, part: Property) -> bool:
        """Whether the database refuses values of others for a property."""
        return is_tagged(part.annotations, COMPUTED) and is_made_below(part, self.entity_set)


def _converter(part: Property, *, is_text: bool) -> Converter:
    """The function from a cell to a value; it raises `ValueError` naming the property."""
    name, nullable = part.name, part.type.nullable
    read = _text_reader(part.type) if is_text else _json_reader(part.type)

    def convert(value: object) -> PrimitiveValue | None:
        if value is None:
            if nullable:
                return None
            raise ValueError(f"'{name}' must have a value.")
        try:
            return read(value)
        except ValueError as error:
            raise ValueError(f"'{name}': {error}") from error

    return convert


def _text_reader(type_ref: TypeRef) -> Callable[[object], PrimitiveValue]:
    """For cells of CSV; texts without a length to check are taken as they are."""
    if kind_of(type_ref) is Kind.STRING and type_ref.facets.max_length is None:
        return str
    read = parser(type_ref)
    if type_ref.facets in {Facets(), Facets(precision=_FINEST)} and type_ref.name != "Edm.Single":
        return lambda value: read(str(value))
    return lambda value: fit(read(str(value)), type_ref)


def _json_reader(type_ref: TypeRef) -> Callable[[object], PrimitiveValue]:
    """For JSON values and cells of XLSX; floats are taken by the digits they show."""
    return lambda value: from_json(Decimal(repr(value)) if isinstance(value, float) else value, type_ref)


def _entity_set(store: DatabaseStore, file: RowFile) -> EntitySet:
    found = store.schema.entity_set(file.entity_set)
    if found is None:
        names = list(store.schema.container.entity_sets)
        hint = did_you_mean(file.entity_set, names) or f"The entity sets are {', '.join(names)}."
        raise UnreadableFile(f"{file.path}:1: the file's name names no entity set. {hint}")
    return found
