"""Rows of files into sets and singletons: converted, checked, upserted by key, in transactions of a few thousand."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import nullcontext
from functools import partial
from itertools import chain, groupby, islice
from operator import itemgetter
from pathlib import Path
from time import perf_counter

from msgspec import Struct, field

from odata_service.edm.model import EntitySet
from odata_service.errors import Conflict, ODataError, PayloadError, did_you_mean
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
    """What became of the rows: `loaded` counts what was committed, all of `last`'s file up to its line.

    `rolled_back`: an atomic load met a bad row, or was stopped, and nothing was kept.
    """

    loaded: int = 0
    seconds: float = 0.0
    rejected: list[Rejected] = field(default_factory=list)
    rolled_back: bool = False
    last: tuple[Path, int] | None = None

    @property
    def rows_per_second(self) -> float:
        """How fast it went."""
        return self.loaded / self.seconds if self.seconds else 0.0


class LoadStopped(Exception):
    """A load that did not come to its end, and why; `report` tells what is kept of it."""

    def __init__(self, reason: str, report: LoadReport) -> None:
        super().__init__(reason)
        self.report = report


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

    `LoadStopped` where a file names no entity set, has columns that are no properties or breaks off, where the database
    fails, and where the process is interrupted.
    """
    report = LoadReport()
    started = perf_counter()
    try:
        with store.transaction() if atomic else nullcontext():
            for file in files:
                _load_file(_Rows(store, file, report, own_transactions=not atomic), on_progress)
            if atomic and report.rejected:
                raise _RollBack
    except _RollBack:
        _forget(report)
    except (UnreadableFile, ODataError, KeyboardInterrupt) as error:
        if atomic:
            _forget(report)
        raise LoadStopped(str(error) or "Interrupted.", report) from error
    report.seconds = perf_counter() - started
    return report


def _forget(report: LoadReport) -> None:
    report.loaded, report.last, report.rolled_back = 0, None, True


class _Outcome(Struct):
    """What became of the rows of a batch."""

    loaded: int = 0
    rejected: list[tuple[int, str]] = field(default_factory=list)


class _Rows(Struct):
    """The rows of a file on their way into a store."""

    store: DatabaseStore
    file: RowFile
    report: LoadReport
    own_transactions: bool

    def commit(self, last: int, load: Callable[[], _Outcome]) -> None:
        """Loads a batch up to this line; the report tells of what is committed alone.

        It is run again where another transaction stood in its way.
        """

        def run() -> _Outcome:
            with self.store.transaction() if self.own_transactions else nullcontext():
                return load()

        outcome = self.store.retried(run)
        self.report.loaded += outcome.loaded
        self.report.last = self.file.path, last
        for line, reason in outcome.rejected:
            self.reject(line, reason)

    def reject(self, line: int, reason: str) -> None:
        """Writes down why a row is not loaded."""
        self.report.rejected.append(Rejected(str(self.file.path), line, reason))


def _load_file(rows: _Rows, on_progress: Callable[[int], object]) -> None:
    store, file = rows.store, rows.file
    read = file.rows()
    first = next(read, None)
    source = _source(store, file)
    forms = RowForms(store.schema, source, file.is_text, source.entity_type)
    if first is None:
        return
    if is_parted(source, store.schema):
        _Whole(rows, source).load(chain((first,), read), on_progress)
        return
    if file.is_text:
        _check_header(tuple(first[1]), file, forms)
    converted = _converted(chain((first,), read), rows, forms)
    while batch := list(islice(converted, BATCH)):
        rows.commit(batch[-1][0], partial(_load_batch, store, file.entity_set, batch))
        on_progress(len(batch))


class _Whole(Struct):
    """A file whose rows may be of several types, contain others and have streams; such a row is loaded by itself."""

    rows: _Rows
    source: EntitySet

    def load(self, read: Iterable[tuple[int, dict[str, object]]], on_progress: Callable[[int], object]) -> None:
        """Loads rows, in transactions of a few thousand."""
        whole = WholeRows(self.rows.store, self.rows.file.is_text)
        read = iter(read)
        while batch := list(islice(read, BATCH)):
            self.rows.commit(batch[-1][0], partial(self._load, whole, list(self._parted(batch))))
            on_progress(len(batch))

    def _load(self, whole: WholeRows, batch: Sequence[tuple[int, PartedRow]]) -> _Outcome:
        try:
            with self.rows.store.savepoint(always=True):
                return _Outcome(whole.load(self.source, [row for _, row in batch]))
        except (ValueError, Conflict, PayloadError):
            return self._load_singly(whole, batch)

    def _load_singly(self, whole: WholeRows, batch: Iterable[tuple[int, PartedRow]]) -> _Outcome:
        """A batch with a row that was refused, row by row, to tell which."""
        outcome = _Outcome()
        for line, row in batch:
            try:
                with self.rows.store.savepoint(always=True):
                    outcome.loaded += whole.load(self.source, [row])
            except (ValueError, Conflict, PayloadError) as error:
                outcome.rejected.append((line, str(error)))
        return outcome

    def _parted(self, batch: Iterable[tuple[int, dict[str, object]]]) -> Iterator[tuple[int, PartedRow]]:
        for line, row in batch:
            try:
                yield line, parted(row, self.source, self.rows.store.schema)
            except ValueError as error:
                self.rows.reject(line, str(error))


def _check_header(header: tuple[str, ...], file: RowFile, forms: RowForms) -> None:
    """Refuses a file whose header names what is no property, or leaves the key out."""
    try:
        forms.form(header)
    except ValueError as error:
        raise UnreadableFile(f"{file.path}:1: {error}") from error


_Batch = Sequence[tuple[int, tuple[str, ...], Row]]
"""Rows with their lines, and with the paths that they state."""


def _load_batch(store: DatabaseStore, entity_set: str, batch: _Batch) -> _Outcome:
    outcome = _Outcome()
    for names, group in groupby(batch, key=itemgetter(1)):
        alike = list(group)
        try:
            outcome.loaded += upsert_rows(store, entity_set, names, [row for _, _, row in alike])
        except (Conflict, PayloadError):
            _load_singly(store, entity_set, alike, outcome)
    return outcome


def _load_singly(store: DatabaseStore, entity_set: str, batch: _Batch, outcome: _Outcome) -> None:
    """Rows of which the database refused one, row by row, to tell which."""
    for line, names, row in batch:
        try:
            outcome.loaded += upsert_rows(store, entity_set, names, [row])
        except (Conflict, PayloadError) as error:
            outcome.rejected.append((line, error.message))


def _converted(
    read: Iterable[tuple[int, dict[str, object]]], rows: _Rows, forms: RowForms
) -> Iterator[tuple[int, tuple[str, ...], Row]]:
    """The rows as leaves, with the paths that they state; bad ones go into the report.

    A row of JSON states what it has: what it leaves out is not changed by an upsert.
    """
    for line, row in read:
        try:
            form = forms.form(tuple(row))
            yield line, form.paths, form.read(row)
        except ValueError as error:
            rows.reject(line, str(error))


def _source(store: DatabaseStore, file: RowFile) -> EntitySet:
    found = store.schema.source(file.entity_set)
    if found is None or found.is_contained:
        names = [*store.schema.container.entity_sets, *store.schema.container.singletons]
        hint = did_you_mean(file.entity_set, names) or f"The entity sets are {', '.join(names)}."
        raise UnreadableFile(f"{file.path}:1: the file's name names no entity set. {hint}")
    return found
