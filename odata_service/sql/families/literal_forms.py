"""Literal text of primitive values as regular expressions that every server reads (ABNF 7).

They say what `edm.values` reads, and a day that no calendar has is none. A repetition is `{4,4}`, since `{4}` is the
place of an argument in SQL that is `written`; and no expression begins or ends a text by itself, since each server has
signs of its own for that.
"""

_LONG_MONTHS = "(0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])"
_SHORT_MONTHS = "(0[469]|11)-(0[1-9]|[12][0-9]|30)"
_FEBRUARY = "02-(0[1-9]|1[0-9]|2[0-8])"
_LEAP_YEAR = "([0-9]{2,2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)"
_DIGITS = "[0-9]{1,200}[0-9]{0,200}"
"""Up to 400 digits; PostgreSQL counts no repetition beyond 255."""

INTEGER = "[+-]?[0-9]{1,40}"
NUMBER = f"[+-]?{_DIGITS}([.]{_DIGITS})?([eE][+-]?[0-9]{{1,4}})?"
DATE = f"(?!0000)([0-9]{{4,4}}-({_LONG_MONTHS}|{_SHORT_MONTHS}|{_FEBRUARY})|{_LEAP_YEAR}-02-29)"
TIME_OF_DAY = "([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,7}0{0,5})?)?"
INSTANT = f"{DATE}[Tt]{TIME_OF_DAY}([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
DURATION = "[+-]?P(?=.)([0-9]{1,8}D)?(T(?=[0-9])([0-9]{1,9}H)?([0-9]{1,10}M)?([0-9]{1,11}([.][0-9]{1,7}0{0,5})?S)?)?"
GUID = "[0-9A-Fa-f]{8,8}(-[0-9A-Fa-f]{4,4}){3,3}-[0-9A-Fa-f]{12,12}"
BINARY = "([A-Za-z0-9_-]{4,4})*([A-Za-z0-9_-]{2,3})?={0,2}"

LARGEST_SINGLE = "3.4028235677973366e38"
"""From here on a number is out of the range of Edm.Single."""
