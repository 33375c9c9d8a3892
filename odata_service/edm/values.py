"""Primitive values as Python holds them, their literal text, and the one canonical form of each (ABNF 7).

| EDM type | Python value |
|---|---|
| Boolean | `bool` |
| Byte … Int64 | `int` |
| Decimal | `decimal.Decimal` |
| Single, Double | `float`, with inf and nan |
| String | `str` |
| Guid | `str`, 36 characters, lower case |
| Binary | `bytes` |
| Date | `str`, `YYYY-MM-DD` |
| TimeOfDay | `str`, `hh:mm:ss` with a fraction only where it is not zero, no trailing zeros |
| DateTimeOffset | `str`, UTC, `YYYY-MM-DDThh:mm:ss[.f…]`, at most 7 digits, no trailing zeros, NO zone letter |
| Duration | `int`, in units of 100 nanoseconds |

The text forms sort as the values they stand for, so they are stored and compared as they are. Years are 0001 to 9999.
Texts are matched against the ABNF before they are converted: Python's own converters take too much.
"""

import re
from decimal import Decimal

TICKS_PER_SECOND = 10_000_000
TICKS_PER_DAY = 86_400 * TICKS_PER_SECOND

PrimitiveValue = bool | int | Decimal | float | str | bytes

_DATE = r"(?P<year>\d{4})-(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12]\d|3[01])"
_TIME = r"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d)(?::(?P<second>[0-5]\d|60)(?:\.(?P<fraction>\d{1,12}))?)?"
DATE = re.compile(_DATE, re.ASCII)
TIME_OF_DAY = re.compile(_TIME, re.ASCII)
DATE_TIME_OFFSET = re.compile(rf"{_DATE}[Tt]{_TIME}(?P<zone>[Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)", re.ASCII)
