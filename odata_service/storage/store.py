"""What the service asks of any storage: prepare a plan once, run it often, in a transaction where it writes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from peewee import Table

from odata_service.edm.computations import Code
from odata_service.edm.model import EntitySet, Schema
from odata_service.edm.structured import Value
from odata_service.edm.values import PrimitiveValue
from odata_service.plan.delta import ChangesPlan, Places
from odata_service.plan.model import CountPlan, ReadPlan, Rows, Rules, Write, Written
from odata_service.semantics.reach import Chain
from odata_service.semantics.resolved import Query
from odata_service.semantics.transformations import Calling
from odata_service.settings import Limits
from odata_service.storage.driver import Tally
from odata_service.storage.jobs import Jobs
from odata_service.storage.remembered import Remembered

Values = Sequence["PrimitiveValue | None"]
Keys = Sequence[Values]
Key = tuple["PrimitiveValue | None", ...]
Result = TypeVar("Result")
Work = Callable[[Sequence[Values], Callable[[], None]], Iterable[Value]]
"""What code makes of each of several rows of values; before each the second argument is called, which looks at the
clock."""
WorkOf = Callable[[Code], Work]
"""Who carries out code; `NotSupported` where nobody does."""
Transform = Callable[[Calling, Sequence[tuple[object, ...]], int, Values], Sequence[tuple[object, ...]]]
"""Carries out a function among transformations on the rows of groups, whose keys are so many of the first columns.

It is given the values of the request by slot. It gives the keys with the values of each instance, and with its place.
"""


class PreparedRead(Protocol):
    """A ReadPlan made ready: its statements are built."""

    @property
    def plan(self) -> ReadPlan:
        """The plan it was made from."""

    def statements(self) -> "Sequence[StatementText]":
        """The SQL of each statement with its parameters, for `explain`; empty for a store without SQL."""


class PreparedCount(Protocol):
    """A CountPlan made ready."""

    @property
    def plan(self) -> CountPlan:
        """The plan it was made from."""


class PreparedWrite(Protocol):
    """An Insert, Update or Delete made ready."""

    @property
    def plan(self) -> Write:
        """The plan it was made from."""


class StatementText(Protocol):
    """SQL text and a readable form of each parameter."""

    @property
    def text(self) -> str:
        """The text with the driver's placeholders."""

    @property
    def parameters(self) -> Sequence[str]:
        """For each placeholder the constant, or the slot it is filled from."""


class PreparedChanges(Protocol):
    """A ChangesPlan made ready."""

    @property
    def plan(self) -> ChangesPlan:
        """The plan it was made from."""


class PreparedVersion(Protocol):
    """What tells versions of a result apart, made ready."""

    @property
    def text(self) -> str:
        """The text of its statement."""


class Changes(Protocol):
    """What a store has written down of changes."""

    def tracks(self, source: EntitySet) -> bool:
        """Whether changes of a source's entities are written down."""

    def prepare(self, query: Query, rules: Rules = ()) -> PreparedChanges | None:
        """Builds the statement that finds changes of a query's result; None where not all of them are written down.

        Under rules none are found of entities that a caller has seen at no time since.
        """

    def prepare_version(self, query: Query) -> PreparedVersion | None:
        """Builds the statement that tells versions of a query's result apart; None where none costs next to nothing."""

    def version(self, prepared: PreparedVersion) -> str:
        """A text that is another one whenever the result may be."""

    def places(self, prepared: PreparedChanges) -> Places:
        """What will be changed, and what is being changed and not to be seen yet, lies behind these places."""

    def are_known(self, prepared: PreparedChanges, since: Places) -> bool:
        """Whether all that lies behind places is still written down."""

    def changed(
        self, prepared: PreparedChanges, since: Places, values: Values, after: Values | None, most: int
    ) -> Keys:
        """The keys of entities that changed behind places, each once and in order: those after one of them.

        `values` are those of the request. What is single has no key, and is told by an empty one.
        """

    def is_another(self, prepared: PreparedChanges, since: Places, values: Values) -> bool:
        """Whether something has changed behind places that all of the result depends on."""

    def related(
        self, prepared: PreparedChanges, chain: Chain, since: Places, values: Values
    ) -> Iterator[tuple[Key, Key]]:
        """The keys of entities, and of those that they were or are related to, where that may be new behind places.

        They are those that the last navigation property of a chain of the plan leads from, and to.
        """

    def count(self, prepared: PreparedChanges, since: Places, values: Values) -> int:
        """How many entities changed behind places."""


class Store(Protocol):
    """A place where the entities of one schema are kept.

    `values` are EDM values (see `edm.values`) by slot for reads, in the plan's stated order for writes; a guarded
    write's `versions` are the acceptable ones. Reads outside a transaction see the last committed state.
    """

    @property
    def schema(self) -> Schema:
        """The model of what is kept."""

    @property
    def limits(self) -> Limits:
        """What one request may cost."""

    @property
    def changes(self) -> Changes:
        """What is written down of changes."""

    def use(self, schema: Schema) -> None:
        """Goes on with a schema of the same sources, in which operations and computed values may be others."""

    def asks(self, work_of: WorkOf, transform: Transform) -> None:
        """Tells who carries out the functions that statements ask for what code makes of values, and of instances."""

    def create(self) -> None:
        """Makes missing tables and indexes; `StorageMismatch` where existing ones do not fit."""

    def prepare_read(self, plan: ReadPlan) -> PreparedRead:
        """Builds the statements of a read."""

    def prepare_count(self, plan: CountPlan) -> PreparedCount:
        """Builds the statement of a count."""

    def prepare_write(self, plan: Write) -> PreparedWrite:
        """Builds the statement of a write."""

    def read(self, prepared: PreparedRead, values: Values, *, page_size: int, given: Keys = ()) -> Rows:
        """At most `page_size` rows, and whether more follow within the plan's limit; the count where the plan asks.

        `given` are the keys of the entities that an operation gave, where the plan's source has a `GivenStep`.
        """

    def count(self, prepared: PreparedCount, values: Values, given: Keys = ()) -> int:
        """The number of entities."""

    def write(
        self, prepared: PreparedWrite, values: Values, versions: Sequence[int] = (), parent: str | None = None
    ) -> Written:
        """Runs a write inside the current transaction; `Conflict` for a key that exists.

        `parent` is the name of the entity that contains the written one. With an entity ends what goes with it: what it
        contains, its streams, what others refer to it by, and what OnDelete says; `Conflict` where that forbids it.
        """

    def table(self, source: EntitySet) -> Table:
        """The table of a source as peewee knows it, asked on this thread's connection and in its transaction."""

    def transaction(self, *, snapshot: bool = False) -> AbstractContextManager[None]:
        """A transaction for writing, committed at the end, rolled back when an exception leaves it.

        Inside another one it is a part of that, which fails whole with it. With `snapshot` it is for reading, and all
        that it reads is of one moment; it is inside no other one but such, and may fail there without the rest.
        """

    def savepoint(self, *, always: bool = False) -> AbstractContextManager[None]:
        """A part of a transaction that may fail without the rest; `always` where it is more than one statement."""

    def retried(self, work: Callable[[], Result]) -> Result:
        """The result of work that holds whole transactions: run again where another transaction stood in the way."""

    def secret(self, name: str) -> bytes:
        """32 random bytes kept under this name: the same for every process and after a restart."""

    def jobs(self) -> Jobs | None:
        """Where asynchronous requests are kept; None where other threads would not see them, or nothing can be kept."""

    def remembered(self) -> Remembered | None:
        """Where requests are remembered that can be repeated: with the entities; None where no table is made there."""

    @property
    def tally(self) -> Tally:
        """What has been counted of reads and failures."""

    def ready(self) -> str | None:
        """None when the store can be read now, else the reason why not."""

    def close(self) -> None:
        """Closes this thread's connections."""
