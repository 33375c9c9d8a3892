"""A store as one request sees it."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from peewee import Table

from odata_service.edm.model import EntitySet, Schema
from odata_service.plan.model import CountPlan, ReadPlan, Rows, Rules, Write, Written
from odata_service.plan.rules import ruled
from odata_service.settings import Limits
from odata_service.storage.driver import Tally
from odata_service.storage.jobs import Jobs
from odata_service.storage.remembered import Remembered
from odata_service.storage.ruled_changes import RuledChanges
from odata_service.storage.store import (
    Changes,
    Keys,
    PreparedCount,
    PreparedRead,
    PreparedWrite,
    Result,
    Store,
    Transform,
    Values,
    WorkOf,
)

Told = Callable[[PreparedRead, Rows, Values], None]
"""Is called with what has been read, before anything else is done with it."""


class StoreView:
    """A store in which some entities are not there, or that tells what it reads.

    `values` are those that the rules compare with.
    """

    def __init__(self, store: Store, rules: Rules = (), values: Values = (), *, told: Told | None = None) -> None:
        self._store = store
        self._rules = rules
        self._values = values
        self._told = told

    @property
    def schema(self) -> Schema:
        """The model of what is kept."""
        return self._store.schema

    @property
    def limits(self) -> Limits:
        """What one request may cost."""
        return self._store.limits

    @property
    def changes(self) -> Changes:
        """What is written down of changes."""
        changes = self._store.changes
        return RuledChanges(changes, self._rules, self._values) if self._rules else changes

    def use(self, schema: Schema) -> None:
        """Goes on with a schema of the same sources, in which operations and computed values may be others."""
        self._store.use(schema)

    def asks(self, work_of: WorkOf, transform: Transform) -> None:
        """Tells who carries out the functions that statements ask."""
        self._store.asks(work_of, transform)

    def create(self) -> None:
        """Makes missing tables and indexes."""
        self._store.create()

    def prepare_read(self, plan: ReadPlan) -> PreparedRead:
        """Builds the statements of a read."""
        return self._store.prepare_read(ruled(plan, self._rules) if self._rules else plan)

    def prepare_count(self, plan: CountPlan) -> PreparedCount:
        """Builds the statement of a count."""
        return self._store.prepare_count(ruled(plan, self._rules) if self._rules else plan)

    def prepare_write(self, plan: Write) -> PreparedWrite:
        """Builds the statement of a write."""
        return self._store.prepare_write(plan)

    def read(self, prepared: PreparedRead, values: Values, *, page_size: int, given: Keys = ()) -> Rows:
        """At most `page_size` rows, and whether more follow."""
        rows = self._store.read(prepared, self._all(values), page_size=page_size, given=given)
        if self._told is not None:
            self._told(prepared, rows, values)
        return rows

    def count(self, prepared: PreparedCount, values: Values, given: Keys = ()) -> int:
        """The number of entities."""
        return self._store.count(prepared, self._all(values), given)

    def write(
        self, prepared: PreparedWrite, values: Values, versions: Sequence[int] = (), parent: str | None = None
    ) -> Written:
        """Runs a write inside the current transaction."""
        return self._store.write(prepared, values, versions, parent)

    def table(self, source: EntitySet) -> Table:
        """The table of a source as peewee knows it."""
        return self._store.table(source)

    def transaction(self, *, snapshot: bool = False) -> AbstractContextManager[None]:
        """A transaction for writing, or of one moment."""
        return self._store.transaction(snapshot=snapshot)

    def savepoint(self, *, always: bool = False) -> AbstractContextManager[None]:
        """A part of a transaction that may fail without the rest."""
        return self._store.savepoint(always=always)

    def retried(self, work: Callable[[], Result]) -> Result:
        """The result of work that holds whole transactions, run again where another one stood in the way."""
        return self._store.retried(work)

    def secret(self, name: str) -> bytes:
        """32 random bytes kept under this name."""
        return self._store.secret(name)

    def jobs(self) -> Jobs | None:
        """Where asynchronous requests are kept."""
        return self._store.jobs()

    def remembered(self) -> Remembered | None:
        """Where requests are remembered that can be repeated."""
        return self._store.remembered()

    @property
    def tally(self) -> Tally:
        """What has been counted of reads and failures."""
        return self._store.tally

    def ready(self) -> str | None:
        """None when the store can be read now, else the reason why not."""
        return self._store.ready()

    def close(self) -> None:
        """Closes this thread's connections."""
        self._store.close()

    def _all(self, values: Values) -> Values:
        return (*values, *self._values) if self._values else values
