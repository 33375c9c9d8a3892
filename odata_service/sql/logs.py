"""The logs of changes that a mapping wants, and the statements that read and shorten one.

Each is named after its table and after all that it is made of, as indexes of texts are: one of a wanted name is
as it is wanted.
"""

import zlib
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from odata_service.sql.families.family import LoggedTable
from odata_service.sql.mapping import ColumnMapping, Mapping, TableMapping
from odata_service.sql.wanted import wanted_tables

_ENDING = len("-changes-00000000-truncate")


class LogStatements(Struct, frozen=True):
    """The statements of one log.

    `position`, in one transaction, ends with a place; the statements behind it take its text `repeated` times,
    and it is one while `identity` gives the same number.
    `changed` gives the keys of rows that changed behind a place, each once in their order, at most so many; `following`
    those behind a key too, `count` how many there are; `unknown` is 1 where some of these are no longer there. `old`
    gives the last position of what was written before an instant in seconds: `shorten` lets go of all up to it, and
    `begin` makes it the first; `first` is the one that is.
    """

    position: tuple[str, ...]
    repeated: int
    identity: str
    unknown: str
    changed: str
    following: str
    count: str
    first: str
    old: str
    shorten: str
    begin: str


@lru_cache(maxsize=4)
def logged_tables(mapping: Mapping) -> dict[str, LoggedTable]:
    """The log of each table that has one, by the name of the table."""
    return {table.name: _named(table, mapping) for table in mapping.tables.values() if table.logged}


def _named(table: TableMapping, mapping: Mapping) -> LoggedTable:
    dialect = mapping.family.dialect
    wanted = next(known for known in wanted_tables(mapping) if known.name == table.name)
    key = tuple((dialect.quoted(name), wanted.column(name).sql_type) for name in table.key)
    made = LoggedTable("", dialect.quoted(table.name), key)
    sum_of_all = zlib.crc32("\n".join(mapping.family.change_log.make(made)).encode())
    limit = dialect.name_length
    begins = table.name if limit is None else table.name.encode()[: limit - _ENDING].decode(errors="ignore")
    return LoggedTable(f"{begins}-changes-{sum_of_all:08x}", made.table, made.key)


def log_statements(log: LoggedTable, columns: Sequence[ColumnMapping], mapping: Mapping) -> LogStatements:
    """The statements of a log; keys are told and taken as these columns, in the order of the type's key."""
    dialect = mapping.family.dialect
    place, name = dialect.placeholder, dialect.quoted(log.name)
    position, at = dialect.quoted("odata-position"), dialect.quoted("odata-at")
    keys = [dialect.quoted(column.name) for column in columns]
    listed, places = ", ".join(keys), ", ".join([place] * len(keys))
    family = mapping.family.change_log
    condition, first = family.behind.replace("{}", place), f"SELECT min({position}) FROM {name}"
    behind = f"SELECT DISTINCT {listed} FROM {name} WHERE {condition} AND {keys[0]} IS NOT NULL"
    ordered = f" ORDER BY {listed} LIMIT {place}"
    return LogStatements(
        tuple(family.position(log.name)),
        family.behind.count("{}"),
        family.identity(log.name),
        f"SELECT count(*) FROM {name} WHERE {condition} AND {position} = ({first}) AND {keys[0]} IS NULL",
        f"{behind}{ordered}",
        f"{behind} AND ({listed}) > ({places}){ordered}",
        f"SELECT count(*) FROM ({behind}) AS changed",
        first,
        f"SELECT max({position}) FROM {name} WHERE {at} < {place}",
        f"DELETE FROM {name} WHERE {position} <= {place}",
        f"INSERT INTO {name} ({position}) VALUES ({place})",
    )
