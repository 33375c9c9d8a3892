"""Values of existing SQLite columns into the canonical stored form and back: a table of the forms that SQLite has.

Each form has a kind of values, a function from a column's value to the canonical form, and its inverse for new values.
Reading takes what is near; writing gives the one that the form describes.
"""

from collections.abc import Callable
from decimal import Decimal
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace

from odata_service.database.clocks import Clock
from odata_service.database.decimals import decode_decimal, encode_decimal
from odata_service.database.forms import Form
from odata_service.edm.temporal import (
    TICKS_PER_DAY,
    TICKS_PER_SECOND,
    instant_of_ticks,
    parse_date,
    parse_instant,
    parse_time_of_day,
    ticks_of_instant,
)
from odata_service.edm.types import Kind
from odata_service.edm.values import print_decimal
from odata_service.errors import UnfitValue

Stored = int | float | str | bytes

EPOCH = ticks_of_instant("1970-01-01T00:00:00")
"""The ticks of the instant that epochs count from."""
UNFIT_ADVICE = "Correct it there, or make the property an Edm.String with the Storage.Format 'anything'."
_MILLISECOND = TICKS_PER_SECOND // 1_000
_JULIAN_EPOCH = Decimal("2440587.5")
_TRUE_WORDS = frozenset({"true", "t", "yes", "y", "1", "on"})
_FALSE_WORDS = frozenset({"false", "f", "no", "n", "0", "off"})


class Conversion(Struct, frozen=True):
    """How a form is read and written; both take no null, and raise `ValueError` for what is none of the kind.

    `compares`: values in this form are equal, and in order, just as what they stand for; so an index on them serves.
    """

    form: Form
    kind: Kind
    read: Callable[[Stored], Stored]
    write: Callable[[Stored], Stored]
    compares: bool = False


def unreadable(conversion: Conversion, error: ValueError) -> UnfitValue:
    """The failure to say what a value in the database is."""
    message = f"A value in the database is no {conversion.kind.value}: {error}"
    return UnfitValue(message, hint=UNFIT_ADVICE)


def read_instant(value: Stored, clock: Clock | None = None) -> str:
    """The canonical instant of a text with or without time, fraction and offset.

    Without an offset it is what the clock showed, or UTC.

    >>> read_instant("2009-01-31 13:30"), read_instant("2009-01-31"), read_instant("2009-01-31T13:30:00.50+01:00")
    ('2009-01-31T13:30:00', '2009-01-31T00:00:00', '2009-01-31T12:30:00.5')
    """
    text = _text(value).strip()
    day, time = text[:10], text[11:].strip()
    if not time:
        return _instant(f"{parse_date(text)}T00:00:00", clock)
    if text[10] not in "Tt ":
        raise ValueError(f"'{text}' is no date with a time.")
    shown, offset = _without_offset(time)
    return parse_instant(f"{day}T{shown}{offset}") if offset else _instant(parse_instant(f"{day}T{shown}Z"), clock)


def _instant(shown: str, clock: Clock | None) -> str:
    return shown if clock is None else clock.instant(shown)


def has_offset(text: str) -> bool:
    """Whether a timestamp in a text has a zone."""
    return bool(_without_offset(text.strip()[11:].strip() or "0")[1])


def _without_offset(time: str) -> tuple[str, str]:
    """A time and its offset as OData spells it, `Z` for that of UTC; an empty text where there is none."""
    if time[-1] in "Zz":
        return time[:-1].rstrip(), "Z"
    place = max(time.rfind("+"), time.rfind("-"))
    if place < 0:
        return time, ""
    digits = time[place + 1 :].replace(":", "")
    return time[:place].rstrip(), f"{time[place]}{digits[:2]}:{digits[2:] or '00'}"


def read_date(value: Stored) -> str:
    """The canonical date of a text that may have a time behind it."""
    return read_instant(value)[:10]


def read_time(value: Stored) -> str:
    """The canonical time of day of a text."""
    return parse_time_of_day(_text(value).strip())


def read_decimal(value: Stored) -> str:
    """The sortable text of a number, or of a number's text."""
    try:
        number = Decimal(_text(value)) if isinstance(value, str | bytes) else Decimal(repr(value))
    except ArithmeticError as error:
        raise ValueError(f"{value!r} is no number.") from error
    if not number.is_finite():
        raise ValueError(f"{value!r} is no finite number.")
    return encode_decimal(number)


def read_guid(value: Stored) -> str:
    """The canonical GUID of 16 bytes, or of 32 hexadecimal digits with or without hyphens and braces."""
    return str(UUID(bytes=value) if isinstance(value, bytes) else UUID(_text(value).strip()))


def read_words(value: Stored) -> int:
    """1 for the words that mean true, 0 for those that mean false."""
    word = str(value).strip().lower()
    if word not in _TRUE_WORDS | _FALSE_WORDS:
        raise ValueError(f"'{word}' is neither true nor false.")
    return int(word in _TRUE_WORDS)


def read_anything(value: Stored) -> str:
    """The text of whatever a column holds."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _read_epoch(ticks_per_unit: int) -> Callable[[Stored], str]:
    return lambda value: instant_of_ticks(EPOCH + int(_number(value) * ticks_per_unit))


def _write_epoch(ticks_per_unit: int) -> Callable[[Stored], int | float]:
    def write(value: Stored) -> int | float:
        whole, rest = divmod(ticks_of_instant(_text(value)) - EPOCH, ticks_per_unit)
        return whole + rest / ticks_per_unit if rest else whole

    return write


def _read_julian(value: Stored) -> str:
    seconds = round((_number(value) - _JULIAN_EPOCH) * 86_400, 3)
    return instant_of_ticks(EPOCH + int(seconds * TICKS_PER_SECOND))


def _write_julian(value: Stored) -> float:
    return float(Decimal(ticks_of_instant(_text(value)) - EPOCH) / TICKS_PER_DAY + _JULIAN_EPOCH)


def _number(value: Stored) -> Decimal:
    if isinstance(value, str | bytes):
        raise ValueError(f"{value!r} is no number.")
    return Decimal(repr(value))


def _text(value: Stored) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text.")
    return value


def _words(true: str, false: str) -> Callable[[Stored], str]:
    return lambda value: true if value else false


def _spaced(value: Stored) -> str:
    return _text(value).replace("T", " ")


CONVERSIONS: tuple[Conversion, ...] = (
    Conversion(Form.TIMESTAMP, Kind.INSTANT, read_instant, _spaced),
    Conversion(Form.ISO, Kind.INSTANT, read_instant, _text),
    Conversion(Form.TIMESTAMPTZ, Kind.INSTANT, read_instant, lambda value: _text(value) + "Z"),
    Conversion(Form.EPOCH, Kind.INSTANT, _read_epoch(TICKS_PER_SECOND), _write_epoch(TICKS_PER_SECOND), compares=True),
    Conversion(
        Form.EPOCH_MILLISECONDS, Kind.INSTANT, _read_epoch(_MILLISECOND), _write_epoch(_MILLISECOND), compares=True
    ),
    Conversion(Form.JULIAN_DAY, Kind.INSTANT, _read_julian, _write_julian),
    Conversion(Form.DATE, Kind.DATE, read_date, lambda value: _text(value) + " 00:00:00"),
    Conversion(Form.TIME, Kind.TIME_OF_DAY, read_time, _text),
    Conversion(
        Form.NUMBER,
        Kind.DECIMAL,
        read_decimal,
        lambda value: print_decimal(decode_decimal(_text(value))),  # the column's affinity makes a number of it
        compares=True,
    ),
    Conversion(Form.BYTES, Kind.GUID, read_guid, lambda value: UUID(_text(value)).bytes, compares=True),
    Conversion(Form.UUID, Kind.GUID, read_guid, _text),
    Conversion(Form.UPPER, Kind.GUID, read_guid, lambda value: _text(value).upper()),
    Conversion(Form.HEX, Kind.GUID, read_guid, lambda value: UUID(_text(value)).hex),
    Conversion(Form.WORDS, Kind.BOOLEAN, read_words, _words("true", "false")),
    Conversion(Form.YES_NO, Kind.BOOLEAN, read_words, _words("Y", "N")),
    Conversion(Form.ANYTHING, Kind.STRING, read_anything, _text),
)
"""Every form that SQLite columns have beside the canonical one."""


def conversions_in(clock: Clock | None) -> tuple[Conversion, ...]:
    """The forms where a clock tells which instant a time without a zone is; without one it is UTC.

    Numbers count from an instant, so no zone matters to them.
    """
    return CONVERSIONS if clock is None else tuple(_in_zone(known, clock) for known in CONVERSIONS)


def _in_zone(known: Conversion, clock: Clock) -> Conversion:
    if known.form not in _WITHOUT_ZONE:
        return known
    stated = known.form is Form.TIMESTAMPTZ
    return replace(
        known,
        read=lambda value: read_instant(value, clock),
        write=known.write if stated else lambda value: known.write(clock.shown(_text(value))),
    )


_WITHOUT_ZONE = frozenset({Form.TIMESTAMP, Form.ISO, Form.TIMESTAMPTZ})
"""Forms of texts that may have no zone; one of them is written with one all the same."""
