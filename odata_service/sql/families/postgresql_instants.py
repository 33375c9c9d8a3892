"""Instants in PostgreSQL, which are text: the ticks behind a text, and the text of ticks; and SQL text for all others.

A tick is 100 ns; ticks are counted since 0001-01-01. What leaves the years 1 to 9999 fails, as a division by zero does.
"""

from odata_service.edm.temporal import LAST_TICK, TICKS_PER_DAY, TICKS_PER_SECOND
from odata_service.sql.families.family import Build
from odata_service.sql.families.written import derived_table
from odata_service.sql.families.written import written as written_with

_SECONDS_PER_DAY = TICKS_PER_DAY // TICKS_PER_SECOND


def written(text: str) -> Build:
    """A builder of SQL text. The subquery that shares a value is not merged into the query around it."""
    return written_with(text, derived_table(" OFFSET 0"))


def _within(last: int, beyond: str = "0") -> str:
    """A divisor that is 1 for what lies between 0 and the last number; 0 beyond, which fails, or NULL."""
    return f"CASE WHEN {{0}} BETWEEN 0 AND {last} THEN 1 ELSE {beyond} END"


def _instant(beyond: str) -> Build:
    return written(
        f"to_char(DATE '0001-01-01' + CAST({{0}} / {TICKS_PER_DAY} / {_within(LAST_TICK, beyond)} AS integer), "
        "'YYYY-MM-DD\"T\"') "
        f"|| to_char({{0}} / {TICKS_PER_SECOND} % {_SECONDS_PER_DAY} * INTERVAL '1 second', 'HH24:MI:SS') "
        f"|| rtrim(rtrim('.' || lpad(CAST({{0}} % {TICKS_PER_SECOND} AS text), 7, '0'), '0'), '.')"
    )


TICKS_OF_INSTANT = written(
    f"(CAST(substr({{0}}, 1, 10) AS date) - DATE '0001-01-01') * {TICKS_PER_DAY} "
    f"+ CAST(extract(epoch FROM CAST(substr({{0}}, 12, 8) AS time)) AS bigint) * {TICKS_PER_SECOND} "
    "+ CAST(rpad(substr({0}, 21), 7, '0') AS bigint)"
)
INSTANT_OF_TICKS = _instant("0")
INSTANT_OR_NULL = _instant("NULL")
DATE_OF_DAYS = written(f"DATE '0001-01-01' + CAST({{0}} / {_within(LAST_TICK // TICKS_PER_DAY)} AS integer)")
