"""Runs a migration: asks the rows first, then does the steps, all of them or none where the database can."""

from collections.abc import Callable, Sequence

from msgspec import Struct

from odata_service.errors import MigrationFailed, PayloadError, StorageMismatch
from odata_service.sql.migration import (
    CONVERTED,
    Check,
    Distinct,
    Filling,
    Fit,
    Migration,
    Rows,
    Step,
    changed_values,
    column_of,
    key_of,
    plan_migration,
    selection,
    shown_key,
    with_known_logs,
)
from odata_service.storage.database import DatabaseStore
from odata_service.storage.driver import translated
from odata_service.storage.state import read_state, settle_pending, write_pending, write_record

Say = Callable[[str], None]

_ROWS_AT_ONCE = 500
"""So many rows go with one statement: PostgreSQL takes 65,535 parameters."""


class Planned(Struct, frozen=True):
    """A migration whose rows have been asked: its steps, what is lost by it, what is left over."""

    migration: Migration
    lost: tuple[str, ...]


def planned(store: DatabaseStore, *, allow_drop: bool = False) -> Planned:
    """What is to be done; `StorageMismatch` says all that stands against it. Changes nothing."""
    with translated(store.driver):
        state = read_state(store.driver, store.connection(), store.mapping)
        mapping = with_known_logs(store.mapping, state, everywhere=store.logs_others, renews=True)
        migration = plan_migration(state, mapping, allow_drop=allow_drop)
        found = [*migration.refusals]
        for check in migration.checks:
            said = _asked(store, check)
            if said is not None:
                found.append(said)
        if found:
            raise StorageMismatch(dict.fromkeys(found))
        lost = tuple(said for loss in migration.losses if (said := _asked(store, loss)) is not None)
    return Planned(migration, lost)


def migrate(store: DatabaseStore, say: Say, *, allow_drop: bool = False) -> Planned:
    """Brings the tables to the mapping, and says of each step that it is done; locks nothing where there is none.

    `StorageMismatch` where something stands against it, `MigrationFailed` where the database fails.
    """
    known = planned(store, allow_drop=allow_drop)
    if not known.migration.steps:
        return known
    connection = store.connection()
    done: list[str] = []
    try:
        with store.driver.migrating(connection):
            plan = planned(store, allow_drop=allow_drop)
            conversions = [changed_values(column, store.mapping) for column in plan.migration.conversions]
            store.driver.register(connection, CONVERTED, lambda number, value: conversions[number](value))
            if not store.driver.alters_whole:
                settle_pending(store.driver, connection)
            for step in plan.migration.steps:
                _run(store, step, done)
                done.append(step.comment)
                say(step.comment)
            if not store.belongs_to_others:
                write_record(store.driver, connection, plan.migration.record)
    except store.driver.errors as error:
        raise MigrationFailed(f"The database failed: {_reason(error)}. {_outcome(store, done)}") from error
    return plan


def _run(store: DatabaseStore, step: Step, done: Sequence[str]) -> None:
    connection = store.connection()
    try:
        if step.settles is not None:
            table, columns = step.settles
            write_pending(store.driver, connection, table, columns)
        if step.filling is not None:
            _fill(store, step.statement, step.filling)
        elif step.statement:
            connection.execute(step.statement)
    except store.driver.errors as error:
        failed = f"The step “{step.comment}” failed: {_reason(error)}."
        raise MigrationFailed(f"{failed} {_outcome(store, done)}") from error


def _fill(store: DatabaseStore, statement: str, filling: Filling) -> None:
    """Runs a statement for each row of a table that has a value to convert: with its key and the new value."""
    change = changed_values(filling.column, store.mapping)
    column, key = column_of(filling.column), key_of(filling.change)
    quoted = store.mapping.family.dialect.quoted
    wanted = selection(filling.change.before.name, (*key, column), store.mapping, f"{quoted(column.name)} IS NOT NULL")
    rows = store.connection().execute(wanted.text, wanted.parameters).fetchall()
    start, group = statement.split("VALUES ")
    for first in range(0, len(rows), _ROWS_AT_ONCE):
        chunk = rows[first : first + _ROWS_AT_ONCE]
        groups = ", ".join([group] * len(chunk))
        values = [part for row in chunk for part in (*row[:-1], change(row[-1]))]
        store.connection().execute(f"{start}VALUES {groups}", values)  # type: ignore[arg-type]  # keys go back as they came


def _reason(error: Exception) -> str:
    """The database's own words, on one line."""
    return " ".join(str(error).split()).rstrip(".")


def _outcome(store: DatabaseStore, done: Sequence[str]) -> str:
    """How things stand behind a failure."""
    if store.driver.alters_whole or not done:
        return "Nothing was changed."
    return f"Done before it: {'; '.join(done)}. Run the migration again when the cause is gone: it goes on from there."


def _asked(store: DatabaseStore, check: Check) -> str | None:
    """What is to be said of the rows, or None."""
    match check:
        case Rows():
            return _rows(store, check)
        case Fit():
            return _unfit(store, check)
        case Distinct():
            return _doubles(store, check)


def _rows(store: DatabaseStore, check: Rows) -> str | None:
    where = f" WHERE {check.where}" if check.where else ""
    table = store.mapping.family.dialect.quoted(check.table)
    found = store.connection().execute(f"SELECT count(*) FROM {table}{where}").fetchone()
    assert found is not None and isinstance(found[0], int), "counts are integers"
    if not found[0]:
        return None
    if not check.key:
        return check.say(found[0], "")
    first = selection(check.table, check.key, store.mapping, check.where, limit=1)
    row = store.connection().execute(first.text, first.parameters).fetchone()
    assert row is not None, "there is a first where there are any"
    return check.say(found[0], shown_key(check.key, first.values(row)))


def _unfit(store: DatabaseStore, check: Fit) -> str | None:
    """What is said of values that do not fit."""
    change = changed_values(check.column, store.mapping)
    wanted = selection(check.table, (*check.key, column_of(check.column)), store.mapping)
    cursor = store.connection().execute(wanted.text, wanted.parameters)
    count, first = 0, ""
    while (row := cursor.fetchone()) is not None:
        try:
            change(row[-1])
        except (ValueError, PayloadError) as error:
            count += 1
            first = first or f"{shown_key(check.key, wanted.values(row)[:-1])}: {error}"
    return check.say(count, first) if count else None


def _doubles(store: DatabaseStore, check: Distinct) -> str | None:
    """What is said of rows whose key another one has."""
    columns = [column_of(column) for column in check.columns]
    changes = [changed_values(column, store.mapping) if column.rewritten else None for column in check.columns]
    wanted = selection(check.table, columns, store.mapping)
    cursor = store.connection().execute(wanted.text, wanted.parameters)
    known: set[tuple[object, ...]] = set()
    count, first = 0, ""
    while (row := cursor.fetchone()) is not None:
        key = tuple(value if change is None else change(value) for change, value in zip(changes, row, strict=True))
        if check.nullable and None in key:
            continue
        if key in known:
            count += 1
            first = first or shown_key(columns, wanted.values(row))
        known.add(key)
    return check.say(count, first) if count else None
