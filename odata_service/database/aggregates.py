"""Aggregates registered with SQLite where SQL has none: exact sums of decimals, also over a window that moves."""

from decimal import Context, Decimal

from odata_service.database.decimals import decode_decimal, encode_decimal

_EXACT = Context(prec=1_000)


class DecimalSum:
    """The sum of encoded decimals that are not null; null where there are none."""

    def __init__(self) -> None:
        self._sum = Decimal(0)
        self._count = 0

    def step(self, value: str | None) -> None:
        """Takes a value in."""
        if value is not None:
            self._sum = _EXACT.add(self._sum, decode_decimal(value))
            self._count += 1

    def inverse(self, value: str | None) -> None:
        """Lets go of a value that the window has left behind."""
        if value is not None:
            self._sum = _EXACT.subtract(self._sum, decode_decimal(value))
            self._count -= 1

    def value(self) -> str | None:
        """The sum so far."""
        return encode_decimal(self._sum) if self._count else None

    def finalize(self) -> str | None:
        """The sum of all."""
        return self.value()


AGGREGATES: tuple[tuple[str, int, type[DecimalSum]], ...] = (("odata_sum", 1, DecimalSum),)
"""Name, number of arguments, and the aggregate."""
