"""Decimals as text that sorts as the numbers do, exact to any length, for databases without a decimal type.

`n`, `o` or `p` for negative, zero and positive; then the exponent, shifted so that it is never negative; then the
digits. Of a negative number everything behind the sign is turned round, digit by digit.

>>> encode_decimal(Decimal("12.50")), encode_decimal(Decimal("-12.5"))
('p5001125', 'n4998874~')
>>> sorted(["9.5", "-3", "10", "0", "-3.1"], key=lambda text: encode_decimal(Decimal(text)))
['-3.1', '-3', '0', '9.5', '10']
"""

from decimal import Decimal

_SHIFT = 5_000
_TURNED = str.maketrans("0123456789", "9876543210")


def encode_decimal(value: Decimal) -> str:
    """The sortable text of a finite decimal; equal numbers have equal texts, whatever zeros they end with."""
    if not value:
        return "o"
    sign, digits, _ = value.as_tuple()
    text = f"{value.adjusted() + _SHIFT:04}" + "".join(map(str, digits)).strip("0")
    if not sign:
        return "p" + text
    return "n" + text.translate(_TURNED) + "~"


def decode_decimal(text: str) -> Decimal:
    """The decimal behind a sortable text.

    >>> decode_decimal(encode_decimal(Decimal("-0.0120")))
    Decimal('-0.012')
    """
    if text == "o":
        return Decimal(0)
    plain = text[1:] if text[0] == "p" else text[1:-1].translate(_TURNED)
    exponent, digits = int(plain[:4]) - _SHIFT, plain[4:]
    number = (int(text[0] == "n"), tuple(map(int, digits)), exponent - len(digits) + 1)
    value = Decimal(number)
    return value.quantize(Decimal(1)) if number[2] > 0 and exponent < 28 else value
