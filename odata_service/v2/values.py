"""Values between the JSON of V4, the verbose JSON of V2, and its XML: a table for each way (V2 JSON Format 4).

V4's JSON is that with IEEE754Compatible=true, in which Edm.Int64 and Edm.Decimal are strings as they are in V2.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from odata_service.edm.temporal import TICKS_PER_MINUTE, TICKS_PER_SECOND, instant_of_ticks, ticks_of_instant
from odata_service.edm.types import Kind, TypeRef, kind_of
from odata_service.errors import BadRequest, PayloadError
from odata_service.v2.literals import iso_instant, iso_time, v2_time

Convert = Callable[[object], object]

_EPOCH = datetime(1970, 1, 1)
_EPOCH_TICKS = ticks_of_instant("1970-01-01T00:00:00")
_MILLISECOND = timedelta(milliseconds=1)
_DATE = re.compile(r"/Date\((-?\d{1,15})([+-]\d{1,4})?\)/", re.ASCII)
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_ISO_TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_FLOAT = re.compile(r"([+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:E[+-]?\d+)?)[DF]?", re.ASCII | re.IGNORECASE)
_BINARY = re.compile(r"[A-Za-z0-9+/_-]*={0,2}")
_XML_BLANKS = " \t\r\n"
_MOST_MINUTES = 14 * 60
"""How far from UTC an offset is at most."""
_TO_STANDARD = str.maketrans("-_", "+/")
_TO_URL = str.maketrans("+/", "-_")
_INTEGERS = frozenset({"Edm.Byte", "Edm.SByte", "Edm.Int16", "Edm.Int32"})
_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_MOST_INSTANTS = 50_000
"""A quarter of a kilobyte each; one that is made anew costs as much as the rest of three properties."""
_MOST_OTHERS = 200_000
_TICKS_PER_MILLISECOND = TICKS_PER_SECOND // 1_000


def json_writer(type_ref: TypeRef) -> Convert | None:
    """What makes a value of V4's JSON one of V2's; None where the two are the same."""
    kind = kind_of(type_ref)
    return _TO_JSON.get(kind) if kind is not None else None


def xml_writer(type_ref: TypeRef) -> Callable[[object], str]:
    """What makes a value of V4's JSON the text of an element."""
    kind = kind_of(type_ref)
    return _TO_XML.get(kind, _xml_text) if kind is not None else _xml_text


def raw_writer(type_ref: TypeRef) -> Callable[[str], str] | None:
    """What makes the raw value of a property, as V4 has it, one of V2; None where the two are the same."""
    kind = kind_of(type_ref)
    return _TO_XML[kind] if kind in _RAW else None


def reader(type_ref: TypeRef) -> Callable[[object, str], object]:
    """What makes a value out of a V2 body, JSON or the text of an element, one of V4's JSON; given its path, too."""
    kind = kind_of(type_ref)
    convert = _FROM.get(kind) if kind is not None else None
    if kind is Kind.INTEGER:
        convert = _integer if type_ref.primitive.name in _INTEGERS else _large
    if convert is None:
        return lambda value, _: value

    def read(value: object, path: str) -> object:
        if value is None:
            return None
        try:
            return convert(value.strip(_XML_BLANKS) if isinstance(value, str) else value)
        except BadRequest as error:
            raise PayloadError(error.text, target=path, hint=error.hint) from error
        except (ValueError, TypeError) as error:
            raise PayloadError(f"'{str(value)[:60]}' is no {type_ref.name}.", target=path) from error

    return read


@lru_cache(maxsize=2_000)
def _date(value: object) -> str:
    return f"/Date({(datetime.fromisoformat(f'{value}T00:00:00') - _EPOCH) // _MILLISECOND})/"


class Instants:
    """What instants in UTC are in JSON, by their text in rows, which has no zone: `kept` are some that were asked for.

    As many as are kept stay, until far more others were asked for: who reads all does not drive out what others read,
    and what is not kept costs less.
    """

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self._others = 0

    def made(self, text: str) -> str:
        """What one is that is not kept."""
        made = f"/Date({(datetime.fromisoformat(text) - _EPOCH) // _MILLISECOND}+0000)/"
        if len(self.kept) < _MOST_INSTANTS:
            self.kept[text] = made
        else:
            self._others += 1
            if self._others > _MOST_OTHERS:
                self.kept.clear()
                self._others = 0
        return made


INSTANTS = Instants()


def _instant(value: object) -> str:
    text = str(value).rstrip("Z")
    return INSTANTS.kept.get(text) or INSTANTS.made(text)


def _base64(value: object) -> str:
    text = str(value).translate(_TO_STANDARD)
    return text + "=" * (-len(text) % 4)


_TO_JSON: Mapping[Kind, Convert] = {
    Kind.DATE: _date,
    Kind.INSTANT: _instant,
    Kind.TIME_OF_DAY: lambda value: v2_time(str(value)),
    Kind.BINARY: _base64,
}


def _xml_text(value: object) -> str:
    return str(value)


_TO_XML: Mapping[Kind, Callable[[object], str]] = {
    Kind.BOOLEAN: lambda value: str(value).lower(),
    Kind.DATE: lambda value: f"{value}T00:00:00",
    Kind.TIME_OF_DAY: lambda value: v2_time(str(value)),
    Kind.BINARY: _base64,
}
_RAW = frozenset({Kind.DATE, Kind.TIME_OF_DAY})


def _read_instant(value: object) -> str:
    """An instant out of `/Date(ms)/`, whose milliseconds are those of the clock at the offset behind them, or ISO."""
    text = _text(value)
    found = _DATE.fullmatch(text)
    if found is None or abs(int(found[2] or 0)) > _MOST_MINUTES:
        try:
            return iso_instant(text)
        except BadRequest as error:
            raise BadRequest(error.text, hint="Write /Date(1709553600000)/, in XML 2024-03-04T12:00:00.") from error
    ticks = _EPOCH_TICKS + int(found[1]) * _TICKS_PER_MILLISECOND - int(found[2] or 0) * TICKS_PER_MINUTE
    return f"{instant_of_ticks(ticks)}Z"


def _read_date(value: object) -> str:
    text = _text(value)
    return text if _ISO_DATE.fullmatch(text) else _read_instant(text)[:10]


def _read_time(value: object) -> str:
    text = _text(value)
    if _ISO_TIME.fullmatch(text):
        return text
    try:
        return iso_time(text)
    except BadRequest as error:
        raise BadRequest(error.text, hint="Write PT12H30M15S.") from error


def _read_binary(value: object) -> str:
    text = "".join(_text(value).split())  # writers of XML break base64 into lines
    if _BINARY.fullmatch(text) is None:
        raise BadRequest(f"'{text[:60]}' is no base64.", hint="Write yv4=.")
    return text.translate(_TO_URL).rstrip("=")


def _text(value: object) -> str:
    """A value that JSON has as a text; `TypeError` for others."""
    if not isinstance(value, str):
        raise TypeError("values of this type are texts")
    return value


def _boolean(value: object) -> object:
    return _BOOLEANS[value] if isinstance(value, str) and value in _BOOLEANS else value


def _integer(value: object) -> object:
    if not isinstance(value, str):
        return value
    if _INTEGER.fullmatch(value) is None:
        raise ValueError("it is no whole number")
    return int(value)


def _large(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else _without_suffix(value)


def _decimal(value: object) -> object:
    is_number = isinstance(value, int | Decimal) and not isinstance(value, bool)
    return f"{value:f}" if is_number else _without_suffix(value)


def _without_suffix(value: object) -> object:
    return value[:-1] if isinstance(value, str) and value.endswith(("L", "l", "M", "m")) else value


def _float(value: object) -> object:
    if not isinstance(value, str) or value in {"INF", "-INF", "NaN"}:
        return value
    found = _FLOAT.fullmatch(value)
    if found is None:
        raise ValueError("it is no number")
    return Decimal(repr(float(found[1])))


_FROM: Mapping[Kind, Convert] = {
    Kind.BOOLEAN: _boolean,
    Kind.DECIMAL: _decimal,
    Kind.FLOAT: _float,
    Kind.DATE: _read_date,
    Kind.INSTANT: _read_instant,
    Kind.TIME_OF_DAY: _read_time,
    Kind.BINARY: _read_binary,
}
