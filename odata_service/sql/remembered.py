"""The table of remembered requests, and the statements over it (Repeatable Requests 5, 7).

It is made when the first such request comes. A request is one row, and further rows where its answers are long; one row
of another kind, the floor, tells from which instant on all requests are still remembered.
"""

from collections.abc import Sequence

from msgspec import Struct

from odata_service.database.catalogue import REMEMBERED_TABLE
from odata_service.edm.types import BINARY, Kind
from odata_service.sql.ddl import create_index, create_table
from odata_service.sql.families import Family
from odata_service.sql.wanted import WantedColumn, WantedIndex, WantedTable, index_name, name_column, number_column

_FLOOR = "floor"


class RememberedStatements(Struct, frozen=True):
    """Their texts; each says in `storage.remembered` what it is given.

    `add` tells by the number of its rows whether there was none of the name. `turn` has others that forget wait.
    """

    create: Sequence[str]
    add: str
    keep: str
    find: str
    floor: str
    remove: str
    remove_client: str
    turn: str
    count: str
    nth: str
    latest: str
    raise_floor: str
    forget: str


def remembered_statements(family: Family) -> RememberedStatements:
    """The statements of a family."""
    dialect = family.dialect
    quoted, place = dialect.quoted, dialect.placeholder
    wanted = _requests(family)
    table, name, sender, sent = (quoted(text) for text in (REMEMBERED_TABLE, "name", "sender", "sent"))
    columns = ", ".join(quoted(column.name) for column in wanted.columns)
    inserted = f"INTO {table} ({columns}) VALUES ({{}})"
    add = dialect.insert_missing.format(inserted.format(", ".join([place] * len(wanted.columns))))
    floor = dialect.insert_missing.format(inserted.format(f"'{_FLOOR}', 0, 0, NULL, '', '', NULL"))
    apart = f"{name} <> '{_FLOOR}'"
    return RememberedStatements(
        create=(
            create_table(wanted, dialect, with_indexes=dialect.indexes_in_tables),
            *(create_index(wanted.name, index, dialect) for index in wanted.indexes),
            floor,
        ),
        add=add,
        keep=f"UPDATE {table} SET {quoted('bytes')} = {place} WHERE {name} = {place} AND {quoted('place')} = 0",
        find=f"SELECT {sender}, {quoted('digest')}, {quoted('bytes')} FROM {table} WHERE {name} = {place} "
        f"ORDER BY {quoted('place')}",
        floor=f"SELECT {sent} FROM {table} WHERE {name} = '{_FLOOR}'",
        remove=f"DELETE FROM {table} WHERE {name} = {place} AND {sender} = {place}",
        remove_client=f"DELETE FROM {table} WHERE {quoted('client')} = {place} AND {sender} = {place}",
        turn=f"UPDATE {table} SET {sent} = {sent} WHERE {name} = '{_FLOOR}'",
        count=f"SELECT COUNT(*) FROM {table}",
        nth=f"SELECT {sent} FROM {table} ORDER BY {sent} DESC LIMIT 1 OFFSET {place}",
        latest=f"SELECT MAX({sent}) FROM {table} WHERE {sent} < {place} AND {apart}",
        raise_floor=f"UPDATE {table} SET {sent} = {place} WHERE {name} = '{_FLOOR}' AND {sent} < {place}",
        forget=f"DELETE FROM {table} WHERE {sent} < {place} AND {apart}",
    )


def _requests(family: Family) -> WantedTable:
    """A request by its name, whose it is and what it was: its answers in pieces that every database takes.

    `sent` is its Repeatability-First-Sent in seconds.
    """
    columns = (
        name_column("name", family),
        number_column("place", family),
        number_column("sent", family),
        name_column("client", family, nullable=True),
        name_column("sender", family),
        name_column("digest", family),
        WantedColumn("bytes", BINARY, family.values[Kind.BINARY].sql_type, nullable=True),
    )
    indexes = tuple(
        WantedIndex(index_name(REMEMBERED_TABLE, (name,), family.dialect), (name,), (family.dialect.quoted(name),))
        for name in ("sent", "client")
    )
    return WantedTable(REMEMBERED_TABLE, columns, ("name", "place"), indexes, family.dialect.table_options)
