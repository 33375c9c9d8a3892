"""The logs of changes that a mapping wants, and the statements that ask where one ends and shorten it.

Each is named after its table and after all that it is made of, as indexes of texts are: one of a wanted name is
as it is wanted.
"""

import zlib
from collections.abc import Sequence
from functools import lru_cache

from msgspec import Struct

from odata_service.sql.families.family import LoggedTable
from odata_service.sql.mapping import Mapping
from odata_service.sql.wanted import WantedTable, wanted_tables

_ENDING = len("-changes-00000000-truncate")


class LogStatements(Struct, frozen=True):
    """The statements of the log of this name.

    `position`, in one transaction, ends with a place; `unknown` takes its text `repeated` times, and is 1 where some of
    what lies behind it is no longer there; it is a place while `identity` gives the same number. `old`
    gives the last position of what was written before an instant in seconds: `shorten` lets go of all up to it, and
    `begin` makes it the first; `first` is the one that is.
    """

    name: str
    position: tuple[str, ...]
    repeated: int
    identity: str
    unknown: str
    first: str
    old: str
    shorten: str
    begin: str


@lru_cache(maxsize=4)
def logged_tables(mapping: Mapping) -> dict[str, LoggedTable]:
    """The log of each table that has one, by the name of the table."""
    kept = [(table.name, table.logged) for table in mapping.tables.values() if table.logged]
    kept += [(link.name, link.logged) for link in mapping.links() if link.logged]
    wanted = {table.name: table for table in wanted_tables(mapping)}
    return {name: _named(wanted[name], logged, mapping) for name, logged in kept}


def _named(wanted: WantedTable, logged: Sequence[str], mapping: Mapping) -> LoggedTable:
    dialect, table = mapping.family.dialect, wanted.name
    columns = tuple((dialect.quoted(name), wanted.column(name).sql_type) for name in logged)
    made = LoggedTable("", dialect.quoted(table), columns)
    sum_of_all = zlib.crc32("\n".join(mapping.family.change_log.make(made)).encode())
    limit = dialect.name_length
    begins = table if limit is None else table.encode()[: limit - _ENDING].decode(errors="ignore")
    return LoggedTable(f"{begins}-changes-{sum_of_all:08x}", made.table, made.columns)


def log_statements(log: LoggedTable, mapping: Mapping) -> LogStatements:
    """The statements of a log."""
    dialect = mapping.family.dialect
    place, name = dialect.placeholder, dialect.quoted(log.name)
    position, at = dialect.quoted("odata-position"), dialect.quoted("odata-at")
    family, key = mapping.family.change_log, log.columns[0][0]
    condition, first = family.behind.replace("{}", place), f"SELECT min({position}) FROM {name}"
    return LogStatements(
        log.name,
        tuple(family.position(log.name)),
        family.behind.count("{}"),
        family.identity(log.name),
        f"SELECT count(*) FROM {name} WHERE {condition} AND {position} = ({first}) AND {key} IS NULL",
        first,
        f"SELECT max({position}) FROM {name} WHERE {at} < {place}",
        f"DELETE FROM {name} WHERE {position} <= {place}",
        f"INSERT INTO {name} ({position}) VALUES ({place})",
    )
