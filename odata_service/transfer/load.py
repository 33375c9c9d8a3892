"""Rows of files into sets and singletons: converted, checked, upserted by key, in transactions of a few thousand."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import chain, groupby, islice
from operator import itemgetter
from time import perf_counter

from msgspec import Struct, field

from odata_service.edm.model import EntitySet
from odata_service.errors import Conflict, PayloadError, did_you_mean
from odata_service.storage import DatabaseStore
from odata_service.storage.bulk import upsert_rows
from odata_service.transfer.files import RowFile, UnreadableFile
from odata_service.transfer.parts import PartedRow, is_parted, parted
from odata_service.transfer.rows import Row, RowForms
from odata_service.transfer.whole import WholeRows

BATCH = 5_000


class Rejected(Struct, frozen=True):
    """A row that was not loaded: its file, its line, and why."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class LoadReport(Struct):
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
    source = _source(store, file)
    forms = RowForms(store.schema, source, file.is_text, source.entity_type)
    if first is None:
        return
    if is_parted(source, store.schema):
        whole = _Whole(store, file, source, report)
        whole.load(chain((first,), rows), on_progress, own_transactions=own_transactions)
        return
    if file.is_text:
        _check_header(tuple(first[1]), file, forms)
    converted = _converted(chain((first,), rows), file, forms, report)
    while batch := list(islice(converted, BATCH)):
        with store.transaction() if own_transactions else nullcontext():
            for names, group in groupby(batch, key=itemgetter(1)):
                _load_batch(store, file, names, [(line, row) for line, _, row in group], report)
        on_progress(len(batch))


class _Whole(Struct):
    """A file whose rows may be of several types, contain others and have streams; such a row is loaded by itself."""

    store: DatabaseStore
    file: RowFile
    source: EntitySet
    report: LoadReport

    def load(
        self,
        rows: Iterable[tuple[int, dict[str, object]]],
        on_progress: Callable[[int], object],
        *,
        own_transactions: bool,
    ) -> None:
        """Loads rows, in transactions of a few thousand."""
        whole = WholeRows(self.store, self.file.is_text)
        while batch := list(islice(rows, BATCH)):
            taken_apart = list(self._parted(batch))
            with self.store.transaction() if own_transactions else nullcontext():
                try:
                    with self.store.savepoint(always=True):
                        self.report.loaded += whole.load(self.source, [row for _, row in taken_apart])
                except (ValueError, Conflict, PayloadError):
                    self._load_singly(whole, taken_apart)
            on_progress(len(batch))

    def _parted(self, batch: Iterable[tuple[int, dict[str, object]]]) -> Iterator[tuple[int, PartedRow]]:
        for line, row in batch:
            try:
                yield line, parted(row, self.source, self.store.schema)
            except ValueError as error:
                self._reject(line, str(error))

    def _load_singly(self, whole: WholeRows, rows: Iterable[tuple[int, PartedRow]]) -> None:
        """A batch with a row that was refused, row by row, to tell which."""
        for line, row in rows:
            try:
                with self.store.savepoint(always=True):
                    self.report.loaded += whole.load(self.source, [row])
            except ValueError as error:
                self._reject(line, str(error))
            except (Conflict, PayloadError) as error:
                self._reject(line, error.message)

    def _reject(self, line: int, reason: str) -> None:
        self.report.rejected.append(Rejected(str(self.file.path), line, reason))


def _check_header(header: tuple[str, ...], file: RowFile, forms: RowForms) -> None:
    """Refuses a file whose header names what is no property, or leaves the key out."""
    try:
        forms.form(header)
    except ValueError as error:
        raise UnreadableFile(f"{file.path}:1: {error}") from error


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
    rows: Iterable[tuple[int, dict[str, object]]], file: RowFile, forms: RowForms, report: LoadReport
) -> Iterator[tuple[int, tuple[str, ...], Row]]:
    """The rows as leaves, with the paths that they state; bad ones go into the report.

    A row of JSON states what it has: what it leaves out is not changed by an upsert.
    """
    for line, row in rows:
        try:
            form = forms.form(tuple(row))
            yield line, form.paths, form.read(row)
        except ValueError as error:
            report.rejected.append(Rejected(str(file.path), line, str(error)))


def _source(store: DatabaseStore, file: RowFile) -> EntitySet:
    found = store.schema.source(file.entity_set)
    if found is None or found.is_contained:
        names = [*store.schema.container.entity_sets, *store.schema.container.singletons]
        hint = did_you_mean(file.entity_set, names) or f"The entity sets are {', '.join(names)}."
        raise UnreadableFile(f"{file.path}:1: the file's name names no entity set. {hint}")
    return found
