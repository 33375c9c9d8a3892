"""The logs of changes that a mapping wants, and the statements that ask where one ends and shorten it.

Each is named after its table and after all that it is made of, as indexes of texts are: one of a wanted name is
as it is wanted.
"""

import zlib
from collections.abc import Collection, Sequence
from collections.abc import Mapping as ReadOnly
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

from odata_service.sql.families.family import LoggedTable
from odata_service.sql.mapping import Mapping
from odata_service.sql.wanted import WantedTable, wanted_tables

OF_OTHERS = "-existing"
"""What the name of a table that belongs to others ends with in that of its log: whoever owns it may have one, too."""
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
    wanted = {table.name: table for table in wanted_tables(mapping)}
    return {name: _named(name, wanted.get(name), logged, mapping) for name, logged in _logged(mapping).items()}


def _logged(mapping: Mapping) -> dict[str, list[str]]:
    """What is written down by table; of one that stands for several sources, or for pairs too, all of it."""
    links = (*mapping.links(), *(link for link in mapping.all_links() if link.existing))
    kept = [(table.name, table.logged) for table in mapping.tables.values()]
    found: dict[str, dict[str, None]] = {}
    for name, logged in (*kept, *((link.name, link.logged) for link in links)):
        if logged:
            found.setdefault(name, {}).update(dict.fromkeys(logged))
    return {name: list(columns) for name, columns in found.items()}


def logged_alone(mapping: Mapping, names: Collection[str]) -> Mapping:
    """The mapping without logs of tables of others but those of these names."""
    tables = {
        source: replace(table, logged=()) if table.existing and table.name not in names else table
        for source, table in mapping.tables.items()
    }
    joins = {
        place: replace(join, link=replace(join.link, logged=()))
        if join.link is not None and join.link.existing and join.link.name not in names
        else join
        for place, join in mapping.joins.items()
    }
    return replace(mapping, tables=tables, joins=joins)


def logs_of_others(known: ReadOnly[str, str]) -> dict[str, str]:
    """Of logs, each with the name of its table, those that this package made beside tables of others."""
    return {name: table for name, table in known.items() if f"{OF_OTHERS}-changes-" in name}


def _named(table: str, wanted: WantedTable | None, logged: Sequence[str], mapping: Mapping) -> LoggedTable:
    dialect = mapping.family.dialect
    columns = tuple((dialect.quoted(name), "" if wanted is None else wanted.column(name).sql_type) for name in logged)
    made = LoggedTable("", dialect.quoted(table), columns, wanted is None)
    sum_of_all = zlib.crc32("\n".join(mapping.family.change_log.make(made)).encode())
    limit, ending = dialect.name_length, OF_OTHERS if wanted is None else ""
    room = None if limit is None else limit - _ENDING - len(ending)
    begins = table.encode()[:room].decode(errors="ignore") + ending
    return replace(made, name=f"{begins}-changes-{sum_of_all:08x}")


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
