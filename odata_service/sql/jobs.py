"""The tables of asynchronous requests, and the statements over them (Protocol 11.6).

They are made when the first such request comes: a service that answers none has none.
"""

from collections.abc import Sequence

from msgspec import Struct

from odata_service.database.catalogue import ANSWER_TABLE, JOB_TABLE
from odata_service.edm.types import BINARY, Kind
from odata_service.sql.ddl import create_table
from odata_service.sql.families import Family
from odata_service.sql.wanted import WantedColumn, WantedTable, name_column, number_column


class JobStatements(Struct, frozen=True):
    """Their texts; each says in `storage.jobs` what it is given."""

    create: Sequence[str]
    count: str
    add: str
    start: str
    beat: str
    finish: str
    find: str
    remove: str
    add_piece: str
    pieces: str
    remove_pieces: str
    forget: Sequence[str]


def job_statements(family: Family) -> JobStatements:
    """The statements of a family."""
    quoted, place = family.dialect.quoted, family.dialect.placeholder
    jobs, answers = quoted(JOB_TABLE), quoted(ANSWER_TABLE)
    named = f"WHERE {quoted('name')} = {place}"
    columns = [quoted(column.name) for column in _jobs(family).columns]
    piece = [quoted(column.name) for column in _answers(family).columns]
    state, beaten, expires = quoted("state"), quoted("beaten"), quoted("expires")
    return JobStatements(
        create=tuple(create_table(table, family.dialect) for table in (_jobs(family), _answers(family))),
        count=f"SELECT COUNT(*) FROM {jobs}",
        add=f"INSERT INTO {jobs} ({', '.join(columns)}) VALUES ({', '.join([place] * len(columns))})",
        start=f"UPDATE {jobs} SET {state} = {place} {named} AND {state} = {place}",
        beat=f"UPDATE {jobs} SET {beaten} = {beaten} + 1, {expires} = "
        f"CASE WHEN {expires} < {place} THEN {place} ELSE {expires} END {named}",
        finish=f"UPDATE {jobs} SET {state} = {place}, {quoted('answer')} = {place}, {expires} = {place} {named}",
        find=f"SELECT {', '.join(columns[1:])} FROM {jobs} {named}",
        remove=f"DELETE FROM {jobs} {named} AND {state} <> {place}",
        add_piece=f"INSERT INTO {answers} ({', '.join(piece)}) VALUES ({', '.join([place] * len(piece))})",
        pieces=f"SELECT {quoted('bytes')} FROM {answers} {named} ORDER BY {quoted('place')}",
        remove_pieces=f"DELETE FROM {answers} {named}",
        forget=(
            f"DELETE FROM {jobs} WHERE {expires} <= {place}",
            f"DELETE FROM {answers} WHERE {quoted('name')} NOT IN (SELECT {quoted('name')} FROM {jobs})",
        ),
    )


def _jobs(family: Family) -> WantedTable:
    """A request that is answered later: whose it is, how far it has come, and the answer without its body."""
    columns = (
        name_column("name", family),
        name_column("owner", family),
        number_column("state", family),
        name_column("run", family),
        number_column("process", family),
        number_column("beaten", family),
        number_column("expires", family),
        WantedColumn("answer", BINARY, family.values[Kind.BINARY].sql_type, nullable=True),
    )
    return WantedTable(JOB_TABLE, columns, ("name",), (), family.dialect.table_options)


def _answers(family: Family) -> WantedTable:
    """The body of an answer in pieces that every database takes."""
    columns = (
        name_column("name", family),
        number_column("place", family),
        WantedColumn("bytes", BINARY, family.values[Kind.BINARY].sql_type),
    )
    return WantedTable(ANSWER_TABLE, columns, ("name", "place"))
