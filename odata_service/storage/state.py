"""What a database says of its tables, and what this package wrote down about them in its table of secrets.

Where a failed change of tables is not undone, what a column will keep is written down before it, as pending: it counts
as soon as the column beside it, from which the values come, is gone.
"""

import json
from collections.abc import Mapping, Sequence

from odata_service.edm.types import TypeRef
from odata_service.sql import Mapping as Tables
from odata_service.sql.migration import (
    SHADOW,
    DatabaseState,
    ExistingTable,
    KeptColumn,
    Record,
    compared_tables,
    describe,
    described,
    tables_of_others,
)
from odata_service.sql.wanted import STATE_TABLE
from odata_service.storage import failures
from odata_service.storage.driver import Connection, Details, Driver

_RECORD = "tables"
_PENDING = "pending-tables"
"""The names under which both stand."""

Kept = dict[str, dict[str, TypeRef]]
"""What the columns of each table keep."""


def read_state(driver: Driver, connection: Connection, tables: Tables, *, whole: bool = True) -> DatabaseState:
    """The tables that matter to a mapping; with their indexes and all that hangs on them where `whole` is asked."""
    record = read_record(driver, connection)
    folded = {driver.family.dialect.folded(name): name for name in (*record, *compared_tables(tables))}
    existing = driver.existing(connection, list(folded.values()))
    details = driver.details(connection, list(existing)) if whole else Details()
    found = {
        name: ExistingTable(
            name,
            tuple(columns),
            tuple(details.indexes.get(name, ())),
            record.get(name, {}),
            details.key_names.get(name, ""),
        )
        for name, columns in existing.items()
    }
    texts = driver.text_indexes(connection)
    return DatabaseState(
        found,
        record,
        tuple(details.objects),
        details.guarded,
        texts.found,
        driver.change_logs(connection),
        _loggable(driver, connection, tables),
        texts.lacking,
    )


def _loggable(driver: Driver, connection: Connection, tables: Tables) -> frozenset[str]:
    """The tables of others that can have a log of changes: views and the like have none."""
    others = tables_of_others(tables)
    if not others:
        return frozenset()
    folded = driver.family.dialect.folded
    found = {folded(str(name)) for (name,) in connection.execute(driver.family.change_log.tables).fetchall()}
    return frozenset(name for name in others if folded(name) in found)


def read_record(driver: Driver, connection: Connection) -> Kept:
    """What the columns of each table keep, as far as it was written down."""
    if not driver.existing(connection, [STATE_TABLE]):
        return {}
    record, pending = _kept(driver, connection, _RECORD), _kept(driver, connection, _PENDING)
    for table, columns in driver.existing(connection, list(pending)).items():
        if not any(column.name.startswith(SHADOW) for column in columns):
            record[table] = {**record.get(table, {}), **pending[table]}
    return record


def write_record(driver: Driver, connection: Connection, record: Record) -> None:
    """Writes down what columns keep, where it is not there already."""
    _write(driver, connection, _RECORD, record)
    _clear(driver, connection)


def write_pending(driver: Driver, connection: Connection, table: str, columns: Sequence[KeptColumn]) -> None:
    """Writes down what columns will keep, under their present names and their new ones."""
    kept = {name: describe(column.after.type) for column in columns for name in (column.before.name, column.after.name)}
    _write(driver, connection, _PENDING, {table: kept})


def settle_pending(driver: Driver, connection: Connection) -> None:
    """Lets what is pending and done be part of the record, and forgets what is not done."""
    if not driver.existing(connection, [STATE_TABLE]):
        return
    record = read_record(driver, connection)
    described_record = {
        table: {name: describe(kept) for name, kept in columns.items()} for table, columns in record.items()
    }
    write_record(driver, connection, described_record)


def _kept(driver: Driver, connection: Connection, name: str) -> Kept:
    text = _read(driver, connection, name)
    if text is None:
        return {}
    try:
        stored: Mapping[str, Mapping[str, Mapping[str, object]]] = json.loads(text)
        return {
            table: {column: described(found) for column, found in columns.items()} for table, columns in stored.items()
        }
    except (ValueError, LookupError, TypeError, AttributeError) as error:
        raise failures.spoilt_record(STATE_TABLE, name) from error


def _write(driver: Driver, connection: Connection, name: str, record: Record) -> None:
    text = json.dumps(record, ensure_ascii=False, sort_keys=True).encode()
    if _read(driver, connection, name) == text:
        return
    dialect = driver.family.dialect
    table, key, value = dialect.quoted(STATE_TABLE), dialect.quoted("name"), dialect.quoted("value")
    place = dialect.placeholder
    insert = dialect.insert_missing.format(f"INTO {table} ({value}, {key}) VALUES ({place}, {place})")
    connection.execute(insert, (text, name))
    connection.execute(f"UPDATE {table} SET {value} = {place} WHERE {key} = {place}", (text, name))


def _clear(driver: Driver, connection: Connection) -> None:
    """Forgets what is pending."""
    if _read(driver, connection, _PENDING) is not None:
        dialect = driver.family.dialect
        table, key = dialect.quoted(STATE_TABLE), dialect.quoted("name")
        connection.execute(f"DELETE FROM {table} WHERE {key} = {dialect.placeholder}", (_PENDING,))


def _read(driver: Driver, connection: Connection, name: str) -> bytes | None:
    dialect = driver.family.dialect
    find = f"SELECT {dialect.quoted('value')} FROM {dialect.quoted(STATE_TABLE)} WHERE {dialect.quoted('name')} = "
    found = connection.execute(find + dialect.placeholder, (name,)).fetchone()
    if found is None:
        return None
    assert isinstance(found[0], bytes), "the record is kept as bytes"
    return found[0]
