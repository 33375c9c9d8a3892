"""The clock of a time zone: what it showed at an instant, and which instant it was when it showed a time.

A database's own timestamps without a zone are read by one (`Settings.timezone`). An hour that the clock shows twice
is the second one, and what it skipped is counted by the offset before: so an offset holds from the moment when it is
first shown on, and the later time is never the earlier instant but within an hour that was skipped. Offsets are known
from 1800 to the end of 2099, and the last one holds ever after, so that a server needs no table of zones to agree. The
first and the last day that there are stay as they are.
"""

from bisect import bisect_right
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from msgspec import Struct

from odata_service.edm.temporal import (
    LAST_TICK,
    TICKS_PER_DAY,
    TICKS_PER_SECOND,
    instant_of_ticks,
    ticks_of_instant,
)

FIRST_MOVED, LAST_MOVED = TICKS_PER_DAY, LAST_TICK - TICKS_PER_DAY
"""Between these the offsets count, in ticks of local time."""

_FROM, _TO = datetime(1800, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_STEP = timedelta(days=3)
"""No zone has changed its offset twice within such a time and gone back."""
_YEAR_ONE = datetime(1, 1, 1, tzinfo=UTC)


class UnknownTimezone(ValueError):
    """A name that is that of no time zone; the message says what to write."""


class Clock(Struct, frozen=True):
    """The offsets of a zone in ticks: the first one, and each later one with the instant that it holds from."""

    first: int
    changes: tuple[tuple[int, int], ...]

    def shown(self, instant: str) -> str:
        """The local time at an instant, both in the canonical form.

        >>> clock_of("Europe/Berlin").shown("2024-07-01T10:00:00.5")
        '2024-07-01T12:00:00.5'
        """
        ticks = ticks_of_instant(instant)
        place = bisect_right(self.changes, ticks, key=lambda change: change[0])
        moved = ticks + self._offset(place)
        return instant_of_ticks(moved) if FIRST_MOVED <= moved <= LAST_MOVED else instant

    def instant(self, shown: str) -> str:
        """The instant of a local time.

        >>> clock = clock_of("Europe/Berlin")
        >>> [clock.instant(f"2024-{day}T02:30:00") for day in ("07-01", "10-27", "03-31")]
        ['2024-07-01T00:30:00', '2024-10-27T01:30:00', '2024-03-31T01:30:00']
        """
        ticks = ticks_of_instant(shown)
        if not FIRST_MOVED <= ticks <= LAST_MOVED:
            return shown
        place = bisect_right(self.changes, ticks, key=lambda change: change[0] + change[1])
        return instant_of_ticks(ticks - self._offset(place))

    def _offset(self, place: int) -> int:
        return self.changes[place - 1][1] if place else self.first


@lru_cache
def clock_of(timezone: str) -> Clock | None:
    """The clock of a zone by its IANA name; None for UTC, which moves nothing. `UnknownTimezone` for any other name."""
    if timezone == "UTC":
        return None
    try:
        zone = ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise UnknownTimezone(_unknown(timezone)) from None
    clock = Clock(_offset(_FROM, zone), tuple(_changes(zone)))
    return None if clock == Clock(0, ()) else clock


def _unknown(timezone: str) -> str:
    known = sorted(available_timezones())
    if not known:
        return f"The time zone '{timezone}' is not known here, nor any other. Run: pip install tzdata."
    by_case = {name.lower(): name for name in known}
    near = [by_case[name] for name in get_close_matches(timezone.lower(), by_case, n=1, cutoff=0.6)]
    return f"'{timezone}' is no time zone. " + (
        f"Did you mean '{near[0]}'?" if near else "Write an IANA name such as Europe/Berlin, or UTC."
    )


def _changes(zone: ZoneInfo) -> Iterator[tuple[int, int]]:
    before, known = _FROM, _offset(_FROM, zone)
    while before < _TO:
        after = before + _STEP
        if _offset(after, zone) != known:
            moment = _moment(before, after, zone)
            known = _offset(after, zone)
            yield _ticks(moment - _YEAR_ONE), known
        before = after


def _moment(before: datetime, after: datetime, zone: ZoneInfo) -> datetime:
    """The second at which the offset of `before` holds no longer."""
    low, high, known = 0, int((after - before).total_seconds()), _offset(before, zone)
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(before + timedelta(seconds=middle), zone) == known:
            low = middle
        else:
            high = middle
    return before + timedelta(seconds=high)


def _offset(instant: datetime, zone: ZoneInfo) -> int:
    found = instant.astimezone(zone).utcoffset()
    assert found is not None, "times in a zone have an offset"
    return _ticks(found)


def _ticks(length: timedelta) -> int:
    return (length.days * 86_400 + length.seconds) * TICKS_PER_SECOND
