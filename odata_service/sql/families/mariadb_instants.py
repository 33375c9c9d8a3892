"""Instants in MariaDB, which are text: the ticks behind a text, and the text of ticks; and SQL text for all others.

A tick is 100 ns; ticks are counted since 0001-01-01. What leaves the years 1 to 9999 fails, as sums beyond 64 bits do.
"""

from collections.abc import Mapping

from peewee import SQL, Node, NodeList

from odata_service.database.mariadb import COLLATION
from odata_service.edm.temporal import LAST_TICK, TICKS_PER_DAY, TICKS_PER_SECOND
from odata_service.edm.types import Kind
from odata_service.sql.families.family import Build
from odata_service.sql.families.written import written as written_with

DECIMAL = "DECIMAL(65,30)"
TEXT = f"LONGTEXT CHARACTER SET utf8mb4 COLLATE {COLLATION}"

_FIRST_DAY = 366
"""What TO_DAYS says of 0001-01-01."""
_SECONDS_PER_DAY = TICKS_PER_DAY // TICKS_PER_SECOND
_TYPES = {
    **dict.fromkeys((Kind.BOOLEAN, Kind.INTEGER, Kind.DURATION, Kind.ENUMERATION), "BIGINT"),
    Kind.DECIMAL: DECIMAL,
    Kind.FLOAT: "DOUBLE",
    Kind.DATE: "DATE",
}


def _json_table(arguments: Mapping[int, tuple[Node, Kind]]) -> Node:
    """Values by name, out of a JSON array: a subquery of a FROM clause sees nothing of the query around it."""
    values: list[Node] = []
    for number, (node, _) in enumerate(arguments.values()):
        values += [SQL(", " if number else ""), node]
    columns = ", ".join(
        f"a{place} {_TYPES.get(kind, TEXT)} PATH '$[{number}]'"
        for number, (place, (_, kind)) in enumerate(arguments.items())
    )
    return NodeList([SQL("JSON_TABLE(JSON_ARRAY("), *values, SQL(f"), '$' COLUMNS ({columns})) AS s")], glue="")


def written(text: str) -> Build:
    """A builder of SQL text."""
    return written_with(text, _json_table)


def failing(test: str) -> str:
    """A number that fails, as a sum beyond 64 bits, where a test holds."""
    return f"(9223372036854775807 + ({test}))"


def _instant(beyond: str) -> Build:
    return written(
        f"CASE WHEN {{0}} BETWEEN 0 AND {LAST_TICK} THEN "
        f"CONCAT(FROM_DAYS({{0}} DIV {TICKS_PER_DAY} + {_FIRST_DAY}), 'T', "
        f"SEC_TO_TIME({{0}} DIV {TICKS_PER_SECOND} MOD {_SECONDS_PER_DAY}), "
        f"TRIM(TRAILING '.' FROM TRIM(TRAILING '0' FROM CONCAT('.', LPAD({{0}} MOD {TICKS_PER_SECOND}, 7, '0'))))) "
        f"ELSE {beyond} END"
    )


TICKS_OF_INSTANT = written(
    f"(TO_DAYS(SUBSTRING({{0}}, 1, 10)) - {_FIRST_DAY}) * {TICKS_PER_DAY} "
    f"+ CAST(TIME_TO_SEC(SUBSTRING({{0}}, 12, 8)) AS SIGNED) * {TICKS_PER_SECOND} "
    "+ CAST(RPAD(SUBSTRING({0}, 21), 7, '0') AS SIGNED)"
)
INSTANT_OF_TICKS = _instant(f"CONCAT({failing(f'{{0}} NOT BETWEEN 0 AND {LAST_TICK}')}, '')")
INSTANT_OR_NULL = _instant("NULL")
DATE_OF_DAYS = written(
    f"CAST(CASE WHEN {{0}} BETWEEN 0 AND {LAST_TICK // TICKS_PER_DAY} THEN FROM_DAYS({{0}} + {_FIRST_DAY}) "
    f"ELSE CONCAT({failing(f'{{0}} NOT BETWEEN 0 AND {LAST_TICK // TICKS_PER_DAY}')}, '') END AS DATE)"
)
