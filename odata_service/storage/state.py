"""What a database says of its tables, and what this package wrote down about them in its table of secrets."""

import json
from collections.abc import Mapping

from odata_service.edm.types import TypeRef
from odata_service.sql import Mapping as Tables
from odata_service.sql.migration import DatabaseState, ExistingTable, Record, compared_tables, described
from odata_service.sql.wanted import STATE_TABLE
from odata_service.storage.driver import Connection, Details, Driver

_RECORD = "tables"
"""The name under which the record stands."""


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
    return DatabaseState(found, frozenset(record), tuple(details.objects), details.guarded)


def read_record(driver: Driver, connection: Connection) -> dict[str, dict[str, TypeRef]]:
    """What the columns of each table keep, as far as it was written down."""
    if not driver.existing(connection, [STATE_TABLE]):
        return {}
    text = _read(driver, connection)
    stored: Mapping[str, Mapping[str, Mapping[str, object]]] = json.loads(text) if text is not None else {}
    return {table: {column: described(found) for column, found in columns.items()} for table, columns in stored.items()}


def write_record(driver: Driver, connection: Connection, record: Record) -> None:
    """Writes down what columns keep, where it is not there already; inside a transaction of the caller's."""
    text = json.dumps(record, ensure_ascii=False, sort_keys=True).encode()
    if _read(driver, connection) == text:
        return
    dialect = driver.family.dialect
    table, key, value = dialect.quoted(STATE_TABLE), dialect.quoted("name"), dialect.quoted("value")
    place = dialect.placeholder
    insert = dialect.insert_missing.format(f"INTO {table} ({value}, {key}) VALUES ({place}, {place})")
    connection.execute(insert, (text, _RECORD))
    connection.execute(f"UPDATE {table} SET {value} = {place} WHERE {key} = {place}", (text, _RECORD))


def _read(driver: Driver, connection: Connection) -> bytes | None:
    dialect = driver.family.dialect
    find = f"SELECT {dialect.quoted('value')} FROM {dialect.quoted(STATE_TABLE)} WHERE {dialect.quoted('name')} = "
    found = connection.execute(find + dialect.placeholder, (_RECORD,)).fetchone()
    if found is None:
        return None
    assert isinstance(found[0], bytes), "the record is kept as bytes"
    return found[0]
