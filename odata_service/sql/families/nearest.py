"""Days and instants that servers know and OData does not: infinity, years before 1 and after 9999, day 0 of month 0.

The nearest that there is stands for each, so that one of them does not make a whole page fail, and the order stays.
"""

import re
from calendar import monthrange
from functools import lru_cache

from odata_service.edm.temporal import parse_date, parse_instant, parse_time_of_day

_FIRST_DAY, _LAST_DAY = "0001-01-01", "9999-12-31"
_FIRST_TIME, _LAST_TIME = "00:00:00", "23:59:59.9999999"
_REMEMBERED = 4_096
"""How many instants of others' tables are remembered as read: they repeat."""
_MICROSECONDS = 6
_PRINTED = re.compile(r"(\d{4,})-(\d\d)-(\d\d)(?: (\d\d:\d\d:\d\d(?:\.\d+)?))?(?:\+00)?", re.ASCII)


def nearest_date(text: str) -> str:
    """The day nearest to what a server prints as one.

    >>> [nearest_date(text) for text in ("infinity", "0044-03-15 BC", "12024-01-01", "0000-00-00", "2023-02-00")]
    ['9999-12-31', '0001-01-01', '9999-12-31', '0001-01-01', '2023-02-01']
    """
    return nearest_instant(text)[:10]


def nearest_instant(text: str) -> str:
    """The instant nearest to what a server prints as one, in the canonical form.

    >>> nearest_instant("-infinity"), nearest_instant("2023-02-31 12:30:00.500")
    ('0001-01-01T00:00:00', '2023-02-28T12:30:00.5')
    """
    match = _PRINTED.fullmatch(text)
    if match is None:
        is_early = text.startswith("-") or text.endswith("BC")
        return f"{_FIRST_DAY}T{_FIRST_TIME}" if is_early else f"{_LAST_DAY}T{_LAST_TIME}"
    year, month, day = (int(part) for part in match.groups()[:3])
    if year > 9999:
        return f"{_LAST_DAY}T{_LAST_TIME}"
    if year == 0:
        return f"{_FIRST_DAY}T{_FIRST_TIME}"
    month = max(month, 1)
    day = min(max(day, 1), monthrange(year, month)[1])
    return f"{year:04}-{month:02}-{day:02}T{parse_time_of_day(match[4] or _FIRST_TIME)}"


def nearest_time(text: str) -> str:
    """A time of day; the end of the day, which belongs to the next one, becomes its last moment.

    >>> nearest_time("24:00:00"), nearest_time("12:30:00")
    ('23:59:59.9999999', '12:30:00')
    """
    return _LAST_TIME if text.startswith("24") else text


@lru_cache(_REMEMBERED)
def read_instant(value: str) -> str:
    """What a server prints as an instant in UTC, `+00` behind it where the type has a time zone."""
    text = value.removesuffix("+00")
    try:
        return parse_instant(f"{text[:10]}T{text[11:]}Z")
    except ValueError:
        return nearest_instant(value)


@lru_cache(_REMEMBERED)
def read_date(value: str) -> str:
    """What a server prints as a day."""
    try:
        return parse_date(value)
    except ValueError:
        return nearest_date(value)


def trimmed(value: str) -> str:
    """A time without the digits behind the microsecond, which servers cut off or round."""
    whole, point, fraction = value.partition(".")
    return f"{whole}{point}{fraction[:_MICROSECONDS]}" if point else whole
