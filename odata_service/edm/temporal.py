"""Dates, times, instants and durations: text in one canonical form, and integers where arithmetic needs them.

A tick is 100 nanoseconds. Everything is proleptic Gregorian, years 0001 to 9999 (CSDL 3.3; ABNF 7).

>>> parse_instant("2024-03-01T00:30:00+01:00")
'2024-02-29T23:30:00'
>>> print_duration(parse_duration("P1DT0.5S"))
'P1DT0.5S'
"""

import re
from datetime import date

TICKS_PER_SECOND = 10_000_000
TICKS_PER_MINUTE = 60 * TICKS_PER_SECOND
TICKS_PER_HOUR = 60 * TICKS_PER_MINUTE
TICKS_PER_DAY = 24 * TICKS_PER_HOUR
LAST_TICK = date.max.toordinal() * TICKS_PER_DAY - 1

_DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d)(?:\.\d{1,12})?)?"
_DATE_ALONE = re.compile(_DATE, re.ASCII)
_TIME_ALONE = re.compile(_TIME, re.ASCII)
_INSTANT = re.compile(rf"({_DATE})[Tt]({_TIME})([Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))", re.ASCII)
_DURATION = re.compile(
    r"([+-])?P(?:(\d{1,8})D)?(?:T(?=\d)(?:(\d{1,9})H)?(?:(\d{1,10})M)?(?:(\d{1,11})(?:\.(\d{1,12}))?S)?)?", re.ASCII
)
_DATE_ADVICE = "Write YYYY-MM-DD, with a year from 0001 to 9999."
_TIME_ADVICE = "Write hh:mm:ss, with up to seven digits behind a point."
_INSTANT_ADVICE = "Write YYYY-MM-DDThh:mm:ssZ, or an offset such as +02:00 for the Z."
_DURATION_ADVICE = "Write a form such as P1DT2H30M or PT0.5S."


def parse_date(text: str) -> str:
    """The canonical text of a date; `ValueError` for another form or a day that no calendar has."""
    if not _DATE_ALONE.fullmatch(text):
        raise ValueError(f"'{_shown(text)}' is not an Edm.Date. {_DATE_ADVICE}")
    if text[8:] > "28" or text[:4] == "0000":
        day_number(text)
    return text


def parse_time_of_day(text: str) -> str:
    """The canonical text of a time of day: with seconds, without trailing zeros of the fraction."""
    if not _TIME_ALONE.fullmatch(text):
        raise ValueError(f"'{_shown(text)}' is not an Edm.TimeOfDay. {_TIME_ADVICE}")
    return _canonical_time(text)


def parse_instant(text: str) -> str:
    """The canonical text of an instant: in UTC, without a zone letter."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"'{_shown(text)}' is not an Edm.DateTimeOffset. {_INSTANT_ADVICE}")
    day, time, zone, sign, hours, minutes = match.groups()
    instant = f"{parse_date(day)}T{_canonical_time(time)}"
    if sign is None or zone[1:] == "00:00":
        return instant
    offset = int(hours) * TICKS_PER_HOUR + int(minutes) * TICKS_PER_MINUTE
    return instant_of_ticks(ticks_of_instant(instant) + (offset if sign == "-" else -offset))


def parse_duration(text: str) -> int:
    """The ticks of a duration."""
    match = _DURATION.fullmatch(text)
    if match is None or text.lstrip("+-") in {"P", "PT"} or text.endswith("T"):
        raise ValueError(f"'{_shown(text)}' is not an Edm.Duration. {_DURATION_ADVICE}")
    sign, days, hours, minutes, seconds, fraction = match.groups()
    ticks = (
        int(days or 0) * TICKS_PER_DAY
        + int(hours or 0) * TICKS_PER_HOUR
        + int(minutes or 0) * TICKS_PER_MINUTE
        + int(seconds or 0) * TICKS_PER_SECOND
        + _ticks_of_fraction(fraction or "")
    )
    if ticks >= 2**63:
        raise ValueError(f"'{_shown(text)}' is longer than the 29,000 years that are kept.")
    return -ticks if sign == "-" else ticks


def print_duration(ticks: int) -> str:
    """The canonical text of a duration.

    >>> print_duration(-(36 * TICKS_PER_HOUR))
    '-P1DT12H'
    """
    rest = abs(ticks)
    days, rest = divmod(rest, TICKS_PER_DAY)
    hours, rest = divmod(rest, TICKS_PER_HOUR)
    minutes, rest = divmod(rest, TICKS_PER_MINUTE)
    seconds = _seconds_text(rest)
    time = (
        (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "") + (f"{seconds}S" if seconds != "0" else "")
    )
    text = (f"{days}D" if days else "") + (f"T{time}" if time else "")
    return f"{'-' if ticks < 0 else ''}P{text or 'T0S'}"


def day_number(text: str) -> int:
    """Days since 0001-01-01, which is 0; `ValueError` for a day that no calendar has."""
    try:
        return date(int(text[:4]), int(text[5:7]), int(text[8:10])).toordinal() - 1
    except ValueError as error:
        raise ValueError(f"'{text}' is not an Edm.Date: no calendar has this day. {_DATE_ADVICE}") from error


def date_of_day_number(number: int) -> str:
    """The date so many days after 0001-01-01; `ValueError` outside the years 1 to 9999."""
    if not 0 <= number < date.max.toordinal():
        raise ValueError("The date is outside the years 0001 to 9999.")
    return date.fromordinal(number + 1).isoformat()


def ticks_of_time(text: str) -> int:
    """Ticks since midnight of a canonical time of day."""
    whole, _, fraction = text.partition(".")
    hours, minutes, seconds = whole.split(":")
    clock = int(hours) * TICKS_PER_HOUR + int(minutes) * TICKS_PER_MINUTE + int(seconds) * TICKS_PER_SECOND
    return clock + _ticks_of_fraction(fraction)


def time_of_ticks(ticks: int) -> str:
    """The canonical time of day so many ticks after midnight."""
    hours, rest = divmod(ticks, TICKS_PER_HOUR)
    minutes, rest = divmod(rest, TICKS_PER_MINUTE)
    seconds, fraction = divmod(rest, TICKS_PER_SECOND)
    text = f"{hours:02}:{minutes:02}:{seconds:02}"
    return f"{text}.{fraction:07}".rstrip("0") if fraction else text


def ticks_of_instant(text: str) -> int:
    """Ticks since 0001-01-01T00:00:00 of a canonical instant."""
    return day_number(text[:10]) * TICKS_PER_DAY + ticks_of_time(text[11:])


def instant_of_ticks(ticks: int) -> str:
    """The canonical instant so many ticks after 0001-01-01T00:00:00; `ValueError` outside the years 1 to 9999."""
    if not 0 <= ticks <= LAST_TICK:
        raise ValueError("The instant is outside the years 0001 to 9999.")
    days, rest = divmod(ticks, TICKS_PER_DAY)
    return f"{date_of_day_number(days)}T{time_of_ticks(rest)}"


def _canonical_time(text: str) -> str:
    if len(text) == 8:
        return text
    if len(text) == 5:
        return text + ":00"
    whole, _, fraction = text.partition(".")
    digits = fraction.rstrip("0")
    if len(digits) > 7:
        raise ValueError(f"'{text}' is finer than 100 nanoseconds. {_TIME_ADVICE}")
    return f"{whole}.{digits}" if digits else whole


def _ticks_of_fraction(digits: str) -> int:
    kept = digits.rstrip("0")
    if len(kept) > 7:
        raise ValueError(f"'0.{digits}' is finer than 100 nanoseconds. {_TIME_ADVICE}")
    return int(kept.ljust(7, "0"))


def _seconds_text(ticks: int) -> str:
    seconds, fraction = divmod(ticks, TICKS_PER_SECOND)
    return f"{seconds}.{fraction:07}".rstrip("0") if fraction else str(seconds)


def _shown(text: str) -> str:
    return text if len(text) <= 80 else text[:80] + "…"
