"""A store in a SQL database: prepared statements run on the driver's own connection, rows stay tuples."""

import secrets
from collections.abc import Sequence

from msgspec.structs import replace
from peewee import Table

from odata_service.database import Stored, connect
from odata_service.edm.model import EntityContainer, EntitySet, Schema
from odata_service.errors import Conflict, ODataError, StorageMismatch, Unavailable
from odata_service.plan.model import CountPlan, Delete, Insert, ReadPlan, Rows, Write, Written
from odata_service.semantics import number_of
from odata_service.semantics.computed_properties import computed_values
from odata_service.settings import Limits, Settings
from odata_service.sql import (
    BuiltCount,
    BuiltRead,
    Mapping,
    Statement,
    build_count,
    build_read,
    build_row,
    build_write,
    create_statements,
    generated_key,
    mapping_of,
)
from odata_service.sql.migration import (
    Record,
    changes_between,
    differences,
    lacking,
    missing_indexes,
    missing_logs,
    missing_parts,
    record_of,
    too_wide,
    unmoved,
    with_known_logs,
)
from odata_service.sql.wanted import STATE_TABLE
from odata_service.storage.answers import Answers, no_work
from odata_service.storage.changes import ChangeLogs
from odata_service.storage.driver import Driver, Row, Tally, translated
from odata_service.storage.drivers import driver_of
from odata_service.storage.endings import Endings
from odata_service.storage.expanded import Reading
from odata_service.storage.failures import ConnectionLost
from odata_service.storage.filling import beginning_now, filling, numbering, utc_now
from odata_service.storage.jobs import Jobs
from odata_service.storage.prepared import DatabaseCount, DatabaseRead, DatabaseWrite, given_parts, suited
from odata_service.storage.remembered import Remembered
from odata_service.storage.session import Session
from odata_service.storage.stages import Staging, no_transform
from odata_service.storage.state import read_state, write_record
from odata_service.storage.store import (
    Keys,
    PreparedCount,
    PreparedRead,
    PreparedWrite,
    Transform,
    Values,
    WorkOf,
)
from odata_service.storage.values import as_values

_FOREIGN = "what one store prepared is run by that store"
_ADVICE = "Run `odata-service migrate` with this definition and database, first with --dry-run to see what it will do."
_NOTHING = Schema({}, EntityContainer("State.Container", {}))
"""The model of a database that keeps no entities."""


def open_store(url: str, schema: Schema, settings: Settings | None = None) -> "DatabaseStore":
    """The store behind a database URL; `create` makes its tables. Its state is where the settings say.

    `ValueError` for a URL that names no database.
    """
    settings = settings or Settings()
    store = DatabaseStore(driver_of(connect(url, settings), settings), schema, settings)
    if settings.state:
        store.state = open_store(
            settings.state, _NOTHING, Settings(track_changes=False, durability=settings.durability)
        )
    return store


class DatabaseStore(Session):
    """Entities in the tables of a SQL database.

    `state` is another store that keeps secrets and asynchronous requests in place of this one.
    """

    def __init__(self, driver: Driver, schema: Schema, settings: Settings | None = None) -> None:
        super().__init__(driver)
        settings = settings or Settings()
        self.mapping: Mapping = mapping_of(
            schema, driver.family, search_index=settings.search_index, track_changes=settings.track_changes
        )
        self._schema = schema
        self._limits = settings.limits
        self._work_of: WorkOf = no_work
        self._transform: Transform = no_transform
        self._endings = Endings(self.mapping)
        self._keeps_state = True
        self.logs_others = settings.track_existing
        self.state: DatabaseStore | None = None
        self.changes = ChangeLogs(self, lambda: self.mapping, settings)
        self._jobs = Jobs(self)
        self._remembered = Remembered(self)

    @property
    def schema(self) -> Schema:
        """The model of what is kept."""
        return self._schema

    @property
    def limits(self) -> Limits:
        """What one request may cost."""
        return self._limits

    def use(self, schema: Schema) -> None:
        """Goes on with a schema of the same sources, in which operations and computed values may be others."""
        assert schema.types.keys() == self._schema.types.keys(), "tables are made for types"
        self._schema = schema
        self.mapping = replace(self.mapping, schema=schema, computed=computed_values(schema))

    def asks(self, work_of: WorkOf, transform: Transform) -> None:
        """Tells who carries out the functions that statements ask for what code makes of values, and of instances."""
        self._work_of, self._transform = work_of, transform

    def create(self) -> None:
        """Makes missing tables and indexes; `StorageMismatch` where existing ones do not fit.

        A database with none but existing tables keeps its ways: it gets logs of changes only where the settings say
        so, and where it can only be read not even a table for secrets; nor with state elsewhere.
        """
        if self.state is not None:
            self.state.create()
        with translated(self.driver):
            state = read_state(self.driver, self.connection(), self.mapping, whole=False)
        self.mapping = with_known_logs(self.mapping, state, everywhere=self.logs_others)
        changes = changes_between(state, self.mapping)
        found, missing = (
            [*differences(changes), *unmoved(changes, self.mapping)],
            [*missing_parts(self.mapping, state), *lacking(self.mapping, state), *too_wide(self.mapping)],
        )
        if found or missing:
            raise StorageMismatch([*missing, *found, *([_ADVICE] if found else [])])
        logs = missing_logs(self.mapping, state)
        if self.belongs_to_others:
            self._run_whole(logs)
            if self.state is None:
                self._keep_state(record_of(self.mapping, changes))
            return
        with translated(self.driver):
            self.driver.prepare(self.connection(), self.mapping)
        statements = (*create_statements(self.mapping), *missing_indexes(self.mapping, state), *logs)
        try:
            self._run_whole(statements, record_of(self.mapping, changes))
        except Conflict as error:
            raise StorageMismatch([f"What is to be distinct is not: {error.text}", _ADVICE]) from error

    @property
    def belongs_to_others(self) -> bool:
        """Whether the database has none but existing tables."""
        return bool(self.mapping.tables) and all(table.existing for table in self.mapping.tables.values())

    def _keep_state(self, record: Record) -> None:
        """Makes the table for secrets, where something can be made."""
        try:
            self._run_whole(tuple(create_statements(self.mapping)), record)
        except Unavailable:
            self._keeps_state = False

    def _run_whole(self, statements: Sequence[str], record: Record | None = None) -> None:
        """Statements that change tables, and what is written down of them, in one transaction."""
        if not statements and record is None:
            return
        with self.transaction(), translated(self.driver), self.driver.patiently(self.connection()):
            for statement in statements:
                self.connection().execute(statement)
            if record is not None:
                write_record(self.driver, self.connection(), record)

    def prepare_read(self, plan: ReadPlan) -> DatabaseRead:
        """Builds the statements of a read."""
        return DatabaseRead(plan, build_read(plan, self.mapping))

    def prepare_count(self, plan: CountPlan) -> DatabaseCount:
        """Builds the statement of a count."""
        return DatabaseCount(plan, build_count(plan, self.mapping))

    def prepare_write(self, plan: Write) -> DatabaseWrite:
        """Builds the statement of a write."""
        statement = build_write(plan, self.mapping)
        if not isinstance(plan, Delete):
            return DatabaseWrite(plan, statement)
        ending = self._endings.of(plan.entity_set)
        before = None if ending.is_alone else build_row(replace(plan, guarded=False), ending.columns, self.mapping)
        return DatabaseWrite(plan, statement, before)

    def read(self, prepared: PreparedRead, values: Values, *, page_size: int, given: Keys = ()) -> Rows:
        """At most `page_size` rows, whether more follow within the plan's limit, and the count where it is asked."""
        assert isinstance(prepared, DatabaseRead), _FOREIGN
        extra = given_parts(given, prepared.built.given)
        try:
            return self._read(prepared, values, page_size, extra)
        except ConnectionLost:
            self._reconnect()
            return self._read(prepared, values, page_size, extra)

    def count(self, prepared: PreparedCount, values: Values, given: Keys = ()) -> int:
        """The number of entities."""
        assert isinstance(prepared, DatabaseCount), _FOREIGN
        built = prepared.built
        if built.tests:
            built = suited(
                built, prepared.variants, values, lambda slots: build_count(prepared.plan, self.mapping, slots)
            )
        extra = given_parts(given, built.given)
        try:
            return self._count(built, values, extra)
        except ConnectionLost:
            self._reconnect()
            return self._count(built, values, extra)

    def write(
        self, prepared: PreparedWrite, values: Values, versions: Sequence[int] = (), parent: str | None = None
    ) -> Written:
        """Runs a write inside the current transaction."""
        assert isinstance(prepared, DatabaseWrite), _FOREIGN
        statement = prepared.statement
        extra = filling(statement, parent, versions)
        if isinstance(prepared.plan, Insert) and prepared.plan.begun:
            values = beginning_now(prepared.plan, values)
        try:
            with numbering(prepared.plan), translated(self.driver):
                return self._write(prepared, values, extra)
        except ODataError as error:
            self._see_whether_ended(error)
            raise

    def _write(self, prepared: DatabaseWrite, values: Values, extra: dict[str, Stored]) -> Written:
        statement = prepared.statement
        before = self._run(prepared.before, values, extra) if prepared.before is not None else []
        cursor = self.connection().execute(statement.text, statement.fill(values, extra))
        if isinstance(prepared.plan, Insert) and prepared.plan.generated:
            made = cursor.fetchone()
            assert made is not None, "an insert that does not fail gives the key back"
            return Written(1, generated_key(made, prepared.plan, self.mapping))
        count = cursor.rowcount
        if isinstance(prepared.plan, Delete) and before and count:
            self._endings.follow(prepared.plan.entity_set, before, self._found, self._ended)
        return Written(count)

    def _found(self, statement: Statement, extra: dict[str, Stored]) -> list[Row]:
        return self._run(statement, (), extra)

    def _ended(self, statement: Statement, extra: dict[str, Stored]) -> None:
        self.connection().execute(statement.text, statement.fill((), extra))

    def secret(self, name: str) -> bytes:
        """32 random bytes kept under this name; in a database that can only be read they last as long as the caller."""
        if self.state is not None:
            return self.state.secret(name)
        if not self._keeps_state:
            return secrets.token_bytes(32)
        dialect = self.mapping.family.dialect
        table, key, value = dialect.quoted(STATE_TABLE), dialect.quoted("name"), dialect.quoted("value")
        place = dialect.placeholder
        find = f"SELECT {value} FROM {table} WHERE {key} = {place}"
        found = self.rows(find, (name,))
        if not found:
            insert = dialect.insert_missing.format(f"INTO {table} ({key}, {value}) VALUES ({place}, {place})")
            with self.transaction(), translated(self.driver):
                self.connection().execute(insert, (name, secrets.token_bytes(32)))
            found = self.rows(find, (name,))
        [(secret,)] = found
        assert isinstance(secret, bytes), "a secret is there once it is made"
        return secret

    @property
    def tally(self) -> Tally:
        """What has been counted of reads and failures."""
        return self.driver.tally

    def jobs(self) -> Jobs | None:
        """Where asynchronous requests are kept; None where other threads would not see them, or nothing can be kept."""
        if self.state is not None:
            return self.state.jobs()
        return self._jobs if self._keeps_state and self.driver.is_shared else None

    def remembered(self) -> Remembered | None:
        """Where requests are remembered that can be repeated: with the entities; None where no table is made there."""
        takes_none = self.belongs_to_others and self.state is not None
        return None if takes_none or not self._keeps_state else self._remembered

    def ready(self) -> str | None:
        """None when the store can be read and, if it ever could, be written now; else the reason why not."""
        try:
            self.again(self._ping)
            self._check_writable()
        except ODataError as error:
            return error.message
        return None if self.state is None else self.state.ready()

    def settle(self) -> None:
        """Does what is to be done when the last process leaves the database."""
        with translated(self.driver):
            self.driver.settle(self.connection())
        if self.state is not None:
            self.state.settle()
        self.close()

    def close(self) -> None:
        """Closes this thread's connection."""
        self._local.connection = None
        self.driver.disconnect()
        if self.state is not None:
            self.state.close()

    def query_plan(self, statement: Statement, values: Values) -> list[str]:
        """How the database would run a statement, in its own words."""
        known: dict[str, Stored] = {"now": utc_now(), "limit": 1, "page": 1, "most": 1, "version": 1, "values": 1}
        filled = statement.fill(values, {name: known.get(name, "[]") for name in statement.filled})
        with translated(self.driver):
            return self.driver.query_plan(self.connection(), statement.text, filled)

    def table(self, source: EntitySet) -> Table:
        """The table of a source as peewee knows it, asked on this thread's connection and in its transaction."""
        self.connection()
        return Table(self.mapping.tables[source.name].name, _database=self.driver.database)

    def _read(self, prepared: DatabaseRead, values: Values, page_size: int, extra: dict[str, Stored]) -> Rows:
        built = prepared.built
        if built.tests:
            built = suited(
                built, prepared.variants, values, lambda slots: build_read(prepared.plan, self.mapping, slots)
            )
        limit = number_of(prepared.plan.limit, values)
        wanted = page_size + 1 if limit is None else min(page_size + 1, limit)
        self._local.now = None
        with translated(self.driver):
            if built.stages:
                extra = self._staging(values)(built.stages, extra)
            rows = self._ranges(built, values, wanted, extra)
            count = self._scalar(built.count, values, extra) if built.count is not None else None
            more = len(rows) > page_size
            if more:
                del rows[page_size:]
            rows = as_values(rows, built)
            expanded = self._expanded(built, rows, values, page_size) if built.children else ()
        return Rows(rows, more, count, expanded)

    def _count(self, built: BuiltCount, values: Values, extra: dict[str, Stored]) -> int:
        self._local.now = None
        with translated(self.driver):
            if built.stages:
                extra = self._staging(values)(built.stages, extra)
            return self._scalar(built.statement, values, extra)

    def _expanded(
        self, built: BuiltRead, rows: Sequence[Row], values: Values, page_size: int
    ) -> tuple[dict[Row, Rows], ...]:
        """The expanded collections of a page."""
        stage = self._staging(values)
        reading = Reading(stage.run, stage, page_size, self._limits.max_expanded_rows)
        return tuple(reading.expanded(child, rows) for child in built.children)

    def _staging(self, values: Values) -> Staging:
        """What fills in the results of stages."""

        def run(statement: Statement, extra: dict[str, Stored]) -> list[Row]:
            return self._run(statement, values, extra)

        return Staging(run, values, self._transform, self._schema, self._limits.max_expanded_rows)

    def _run(self, statement: Statement, values: Values, extra: dict[str, Stored]) -> list[Row]:
        if "now" in statement.filled:
            extra["now"] = self._now()
        if statement.asks:
            return self._run_asking(statement, values, extra)
        rows = self.connection().execute(statement.text, statement.fill(values, extra)).fetchall()
        self.driver.tally.rows += len(rows)
        return rows

    def _run_asking(self, statement: Statement, values: Values, extra: dict[str, Stored]) -> list[Row]:
        """The rows of a statement that asks code, which may read by itself meanwhile."""

        def run(one: Statement, known: dict[str, Stored]) -> list[Row]:
            found = self.connection().execute(one.text, one.fill(values, {**extra, **known, "now": now})).fetchall()
            self.driver.tally.rows += len(found)
            return found

        now, answers = self._now(), Answers(statement.asks, self._work_of, self._schema, self._limits)
        rows = answers.rows(statement, run, calls=self.driver.family.answers is None)
        self._local.now = now
        return rows

    def _now(self) -> str:
        """The instant that `now()` stands for: the same in all statements of one read."""
        known: str | None = self._local.now
        if known is None:
            known = self._local.now = utc_now()
        return known

    def _ranges(self, built: BuiltRead, values: Values, wanted: int, extra: dict[str, Stored]) -> list[Row]:
        """The rows of the ranges in their order, until the page is full."""
        rows: list[Row] = []
        for statement in built.ranges:
            extra["limit"] = wanted - len(rows)
            rows += self._run(statement, values, extra)
            if len(rows) >= wanted:
                break
        return rows

    def _scalar(self, statement: Statement, values: Values, extra: dict[str, Stored]) -> int:
        value = self._run(statement, values, extra)[0][0]
        assert isinstance(value, int), "counts are integers"
        return value
