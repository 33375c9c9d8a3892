"""Columns that keep local times without their zone, as a clock shows them; what instants those are is told in SQL.

The list of a clock's changes becomes a tree of CASE in the statement, so that a server needs no time zones of its own,
and agrees with what is read to the second.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from msgspec.structs import replace

from odata_service.database import Form
from odata_service.database.clocks import FIRST_MOVED, LAST_MOVED, Clock
from odata_service.edm.temporal import TICKS_PER_SECOND, instant_of_ticks
from odata_service.edm.types import Kind
from odata_service.sql.families.family import Codec, Family, Wrap

_REMEMBERED = 4_096


def in_zone(family: Family, clock: Clock | None, plain: Callable[[str], Wrap], moved: str) -> Family:
    """A family whose timestamps without a zone are local times of a clock; without one they are UTC.

    `plain` makes the text of an instant out of SQL for one, `{0}` being the column; `moved` is SQL for a time `{0}`
    less `{1}` seconds.
    """
    if clock is None:
        return family
    codec = family.columns[Form.TIMESTAMP, Kind.INSTANT]
    instant = f"CASE WHEN {_stays()} THEN {{0}} ELSE {moved.format('{0}', _seconds_ahead(clock))} END"
    local = _local(codec, clock, plain(instant))
    return replace(family, columns={**family.columns, (Form.TIMESTAMP, Kind.INSTANT): local})


def _local(codec: Codec, clock: Clock, plain: Wrap) -> Codec:
    """Neither equality nor order of local times are those of the instants: an hour is skipped, another comes twice."""
    encode, decode = codec.encode, codec.decode
    assert encode is not None and decode is not None, "servers have forms of their own for timestamps"

    @lru_cache(_REMEMBERED)
    def read(value: Any) -> str:
        return clock.instant(str(decode(value)))

    return replace(codec, encode=lambda value: encode(clock.shown(value)), decode=read, plain=plain, compares=False)


def _stays() -> str:
    return f"{{0}} < '{_shown(FIRST_MOVED)}' OR {{0}} > '{_shown(LAST_MOVED)}.999999'"


def _seconds_ahead(clock: Clock) -> str:
    """SQL for how far the local time `{0}` is ahead of UTC: halves of the list, halved again."""
    starts = [_shown(moment + offset) for moment, offset in clock.changes]
    seconds = [offset // TICKS_PER_SECOND for offset in (clock.first, *(offset for _, offset in clock.changes))]

    def between(low: int, high: int) -> str:
        if low == high:
            return str(seconds[low])
        middle = (low + high + 1) // 2
        return (
            f"CASE WHEN {{0}} < '{starts[middle - 1]}' THEN {between(low, middle - 1)} ELSE {between(middle, high)} END"
        )

    return between(0, len(starts))


def _shown(ticks: int) -> str:
    """A time to the second as SQL has it."""
    return instant_of_ticks(ticks - ticks % TICKS_PER_SECOND).replace("T", " ")
