"""Laws of values: what is written is read again, and texts sort as what they stand for."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from odata_service.database import decode_decimal, encode_decimal
from odata_service.edm.temporal import LAST_TICK, instant_of_ticks, ticks_of_instant
from odata_service.edm.types import TypeRef
from odata_service.edm.values import parse, print_value

TICKS = st.integers(0, LAST_TICK)
DECIMALS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20)


@given(TICKS)
def test_an_instant_survives_its_text(ticks: int) -> None:
    text = instant_of_ticks(ticks)
    assert ticks_of_instant(text) == ticks
    assert parse(print_value(text, TypeRef("Edm.DateTimeOffset")), TypeRef("Edm.DateTimeOffset")) == text


@given(TICKS, TICKS)
def test_instants_sort_as_their_texts(one: int, other: int) -> None:
    assert (one < other) == (instant_of_ticks(one) < instant_of_ticks(other))


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_a_duration_survives_its_text(ticks: int) -> None:
    assert parse(print_value(ticks, TypeRef("Edm.Duration")), TypeRef("Edm.Duration")) == ticks


@given(st.binary())
def test_binary_survives_its_text(value: bytes) -> None:
    assert parse(print_value(value, TypeRef("Edm.Binary")), TypeRef("Edm.Binary")) == value


@given(st.floats(allow_nan=False))
def test_a_double_survives_its_text(value: float) -> None:
    assert parse(print_value(value, TypeRef("Edm.Double")), TypeRef("Edm.Double")) == value


@given(DECIMALS)
def test_a_decimal_survives_its_sortable_text(value: Decimal) -> None:
    assert decode_decimal(encode_decimal(value)) == value


@given(DECIMALS, DECIMALS)
def test_decimals_sort_as_their_texts(one: Decimal, other: Decimal) -> None:
    assert (one < other) == (encode_decimal(one) < encode_decimal(other))
    assert (one == other) == (encode_decimal(one) == encode_decimal(other))
