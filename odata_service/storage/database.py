"""A store in a SQL database: prepared statements run on the driver's own connection, rows stay tuples."""

import json
import math
import secrets
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from threading import local
from time import monotonic

from peewee import SqliteDatabase

from odata_service.database import connect, decode_decimal
from odata_service.edm.model import Schema
from odata_service.errors import PayloadError, StorageMismatch
from odata_service.plan.model import CountPlan, Delete, Insert, ReadPlan, Rows, Update, Written
from odata_service.semantics import number_of
from odata_service.settings import Settings
from odata_service.sql import (
    BuiltCount,
    BuiltRead,
    Mapping,
    Statement,
    build_count,
    build_read,
    build_write,
    create_statements,
    differences,
    mapping_of,
)
from odata_service.sql.ddl import STATE_TABLE, ExistingColumn, quoted
from odata_service.sql.read import BuiltChild
from odata_service.storage.failures import translated
from odata_service.storage.store import PreparedCount, PreparedRead, PreparedWrite, Values

Row = tuple[object, ...]
Stored = int | float | str | bytes | None

_STEPS_BETWEEN_CHECKS = 200_000
_VERSION_BITS = 40
_FOREIGN = "what one store prepared is run by that store"


def open_store(url: str, schema: Schema, settings: Settings | None = None) -> "DatabaseStore":
    """The store behind a database URL; `create` makes its tables."""
    settings = settings or Settings()
    return DatabaseStore(connect(url, settings), schema, settings)


@dataclass(frozen=True, slots=True)
class DatabaseRead:
    """A ReadPlan with its statements."""

    plan: ReadPlan
    built: BuiltRead

    def statements(self) -> Sequence[Statement]:
        """Every statement, those of expanded collections last."""
        counts = (self.built.count,) if self.built.count else ()
        return (*self.built.ranges, *counts, *_child_statements(self.built.children))


@dataclass(frozen=True, slots=True)
class DatabaseCount:
    """A CountPlan with its statement."""

    plan: CountPlan
    built: BuiltCount


@dataclass(frozen=True, slots=True)
class DatabaseWrite:
    """A write with its statement."""

    plan: Insert | Update | Delete
    statement: Statement


class DatabaseStore:
    """Entities in the tables of a SQL database; one connection a thread."""

    def __init__(self, database: SqliteDatabase, schema: Schema, settings: Settings) -> None:
        self.database = database
        self.mapping: Mapping = mapping_of(schema)
        self._schema = schema
        self._settings = settings
        self._local = local()

    @property
    def schema(self) -> Schema:
        """The model of what is kept."""
        return self._schema

    def create(self) -> None:
        """Makes missing tables and indexes; `StorageMismatch` where existing ones do not fit."""
        found = differences(self.mapping, self._existing())
        if found:
            raise StorageMismatch(found)
        with self.transaction():
            for statement in create_statements(self.mapping):
                self.connection().execute(statement)

    def prepare_read(self, plan: ReadPlan) -> DatabaseRead:
        """Builds the statements of a read."""
        return DatabaseRead(plan, build_read(plan, self.mapping))

    def prepare_count(self, plan: CountPlan) -> DatabaseCount:
        """Builds the statement of a count."""
        return DatabaseCount(plan, build_count(plan, self.mapping))

    def prepare_write(self, plan: Insert | Update | Delete) -> DatabaseWrite:
        """Builds the statement of a write."""
        return DatabaseWrite(plan, build_write(plan, self.mapping))

    def read(self, prepared: PreparedRead, values: Values, *, page_size: int) -> Rows:
        """At most `page_size` rows, whether more follow within the plan's limit, and the count where it is asked."""
        assert isinstance(prepared, DatabaseRead), _FOREIGN
        built = prepared.built
        limit = number_of(prepared.plan.limit, values)
        wanted = page_size + 1 if limit is None else min(page_size + 1, limit)
        self._local.now = None
        with translated():
            rows = self._ranges(built, values, wanted)
            count = self._scalar(built.count, values) if built.count is not None else None
            more = len(rows) > page_size
            if more:
                del rows[page_size:]
            if built.decimals:
                rows = _decoded(rows, built.decimals)
            expanded = tuple(self._expand(child, rows, values) for child in built.children)
        return Rows(rows, more, count, expanded)

    def count(self, prepared: PreparedCount, values: Values) -> int:
        """The number of entities."""
        assert isinstance(prepared, DatabaseCount), _FOREIGN
        self._local.now = None
        with translated():
            return self._scalar(prepared.built.statement, values)

    def write(self, prepared: PreparedWrite, values: Values, versions: Sequence[int] = ()) -> Written:
        """Runs a write inside the current transaction."""
        assert isinstance(prepared, DatabaseWrite), _FOREIGN
        check_storable(values)
        extra: dict[str, Stored] = {"version": new_version(), "versions": json.dumps(list(versions))}
        statement = prepared.statement
        with translated():
            cursor = self.connection().execute(statement.text, statement.fill(values, extra))
        return Written(cursor.rowcount)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction for writing: it takes the database's one lock at its beginning."""
        connection = self.connection()
        with translated():
            connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            with translated():
                connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def secret(self, name: str) -> bytes:
        """32 random bytes kept under this name."""
        table = quoted(STATE_TABLE)
        with self.transaction():
            connection = self.connection()
            insert = f"INSERT OR IGNORE INTO {table} (name, value) VALUES (?, ?)"
            connection.execute(insert, (name, secrets.token_bytes(32)))
            found: bytes = connection.execute(f"SELECT value FROM {table} WHERE name = ?", (name,)).fetchone()[0]
        return found

    def ready(self) -> str | None:
        """None when the store can be read now, else the reason why not."""
        try:
            self.connection().execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone()
        except sqlite3.Error as error:
            return str(error)
        return None

    def settle(self) -> None:
        """Writes the log back into the database file and removes it, once no other process has the file open."""
        with translated():
            self.connection().execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self.close()

    def close(self) -> None:
        """Closes this thread's connection."""
        self._local.connection = None
        if not self.database.is_closed():
            self.database.close()

    def query_plan(self, statement: Statement, values: Values) -> list[str]:
        """How the database would run a statement, in its own words."""
        filled = statement.fill(
            values, {"now": _utc_now(), "limit": 1, "parents": "[]", "version": 1, "versions": "[]"}
        )
        rows = self.connection().execute(f"EXPLAIN QUERY PLAN {statement.text}", filled).fetchall()
        return [str(row[3]) for row in rows]

    def connection(self) -> sqlite3.Connection:
        """This thread's connection, for a statement that begins now: its time starts to count."""
        self._local.deadline = monotonic() + self._settings.limits.statement_seconds
        known: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if known is None:
            with translated():
                opened: sqlite3.Connection = self.database.connection()  # type: ignore[no-untyped-call]  # no stub
            if self._settings.limits.statement_seconds:
                opened.set_progress_handler(self._is_late, _STEPS_BETWEEN_CHECKS)
            known = self._local.connection = opened
        return known

    def _is_late(self) -> bool:
        deadline: float = self._local.deadline
        return monotonic() > deadline

    def _run(self, statement: Statement, values: Values, extra: dict[str, Stored]) -> list[Row]:
        if statement.needs_now:
            extra["now"] = self._now()
        rows: list[Row] = self.connection().execute(statement.text, statement.fill(values, extra)).fetchall()
        return rows

    def _now(self) -> str:
        """The instant that `now()` stands for: the same in all statements of one read."""
        known: str | None = self._local.now
        if known is None:
            known = self._local.now = _utc_now()
        return known

    def _ranges(self, built: BuiltRead, values: Values, wanted: int) -> list[Row]:
        """The rows of the ranges in their order, until the page is full."""
        rows: list[Row] = []
        for statement in built.ranges:
            rows += self._run(statement, values, {"limit": wanted - len(rows)})
            if len(rows) >= wanted:
                break
        return rows

    def _scalar(self, statement: Statement, values: Values) -> int:
        value = self._run(statement, values, {})[0][0]
        assert isinstance(value, int), "counts are integers"
        return value

    def _expand(self, child: BuiltChild, parents: Sequence[Row], values: Values) -> dict[Row, Rows]:
        """The rows of an expanded collection, by the key of their parent."""
        keys = list(dict.fromkeys(tuple(row[place] for place in child.plan.parent) for row in parents))
        keys = [key for key in keys if None not in key]
        if not keys:
            return {}
        parents_text = json.dumps([key[0] if len(key) == 1 else key for key in keys], ensure_ascii=False)
        extra: dict[str, Stored] = {"parents": parents_text}
        rows = self._run(child.rows, values, extra)
        if child.decimals:
            rows = _decoded(rows, child.decimals)
        grouped: dict[Row, list[Row]] = {}
        for row in rows:
            grouped.setdefault(keys[_index(row[-1])], []).append(row)
        counts = self._counts(child, keys, values, extra)
        nested = tuple(self._expand(inner, rows, values) for inner in child.children)
        return {
            key: Rows(grouped.get(key, []), count=counts.get(key, 0) if child.counts else None, expanded=nested)
            for key in keys
            if key in grouped or child.counts
        }

    def _counts(
        self, child: BuiltChild, keys: Sequence[Row], values: Values, extra: dict[str, Stored]
    ) -> dict[Row, int]:
        if child.counts is None:
            return {}
        return {keys[_index(row[0])]: _index(row[1]) for row in self._run(child.counts, values, extra)}

    def _existing(self) -> dict[str, list[ExistingColumn]]:
        """The columns of the tables that are there already."""
        names = [table.name for table in self.mapping.tables.values()]
        with translated():
            found = {name: self.connection().execute(f"PRAGMA table_info({quoted(name)})").fetchall() for name in names}
        return {
            name: [ExistingColumn(row[1], row[2], bool(row[3]), row[4], row[5]) for row in rows]
            for name, rows in found.items()
            if rows
        }


def _child_statements(children: Sequence[BuiltChild]) -> Iterator[Statement]:
    for child in children:
        yield child.rows
        if child.counts is not None:
            yield child.counts
        yield from _child_statements(child.children)


def _decoded(rows: Sequence[Row], places: Sequence[int]) -> list[Row]:
    """The rows with their encoded decimals as numbers."""
    result = []
    for row in rows:
        values = list(row)
        for place in places:
            text = values[place]
            if isinstance(text, str):
                values[place] = decode_decimal(text)
        result.append(tuple(values))
    return result


def _index(value: object) -> int:
    assert isinstance(value, int), "numbers of parents and counts are integers"
    return value


def check_storable(values: Values) -> None:
    """Refuses what SQLite would turn into null without a word: NaN."""
    if any(isinstance(value, float) and math.isnan(value) for value in values):
        raise PayloadError("NaN cannot be kept in this database.", hint="Leave the value out or write null.")


def new_version() -> int:
    """The first version of an entity: at random, so that one created again has another ETag than before."""
    return secrets.randbits(_VERSION_BITS) + 1


def _utc_now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".")
