import math
from decimal import Decimal

import pytest

from odata_service.edm.types import Facets, TypeRef
from odata_service.edm.values import PrimitiveValue, fit, parse, print_value


@pytest.mark.parametrize(
    ("name", "text", "value", "canonical"),
    [
        ("Edm.Boolean", "true", True, "true"),
        ("Edm.Boolean", "FALSE", False, "false"),
        ("Edm.Int32", "-12", -12, "-12"),
        ("Edm.Int64", "9223372036854775807", 2**63 - 1, "9223372036854775807"),
        ("Edm.Decimal", "12.50", Decimal("12.50"), "12.50"),
        ("Edm.Decimal", "1e3", Decimal("1e3"), "1000"),
        ("Edm.Double", "1.5e3", 1500.0, "1500.0"),
        ("Edm.Double", "-INF", -math.inf, "-INF"),
        ("Edm.String", "O'Brien", "O'Brien", "O'Brien"),
        (
            "Edm.Guid",
            "0F0F0F0F-0000-0000-0000-00000000000A",
            "0f0f0f0f-0000-0000-0000-00000000000a",
            "0f0f0f0f-0000-0000-0000-00000000000a",
        ),
        ("Edm.Binary", "AQID_w", b"\x01\x02\x03\xff", "AQID_w=="),
        ("Edm.Date", "2024-02-29", "2024-02-29", "2024-02-29"),
        ("Edm.TimeOfDay", "12:30", "12:30:00", "12:30:00"),
        ("Edm.TimeOfDay", "12:30:00.1000", "12:30:00.1", "12:30:00.1"),
        ("Edm.DateTimeOffset", "2024-01-31T12:00:00Z", "2024-01-31T12:00:00", "2024-01-31T12:00:00Z"),
        ("Edm.DateTimeOffset", "2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00", "2023-12-31T23:30:00Z"),
        (
            "Edm.DateTimeOffset",
            "2024-12-31T23:59:59.9999999-00:01",
            "2025-01-01T00:00:59.9999999",
            "2025-01-01T00:00:59.9999999Z",
        ),
        ("Edm.Duration", "P1DT2H3M4.5S", 937_845_000_000, "P1DT2H3M4.5S"),
        ("Edm.Duration", "-PT36H", -1_296_000_000_000, "-P1DT12H"),
        ("Edm.Duration", "PT0S", 0, "PT0S"),
    ],
)
def test_a_literal_is_read_and_written_in_its_canonical_form(
    name: str, text: str, value: PrimitiveValue, canonical: str
) -> None:
    assert parse(text, TypeRef(name)) == value
    assert print_value(value, TypeRef(name)) == canonical


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        ("Edm.Boolean", "1", "Write true or false"),
        ("Edm.Int32", "1_000", "Write digits"),
        ("Edm.Int32", "٣", "Write digits"),
        ("Edm.Int32", "2147483648", "out of the range of Edm.Int32: -2147483648 to 2147483647"),
        ("Edm.Byte", "-1", "out of the range of Edm.Byte"),
        ("Edm.Decimal", "NaN", "Write a number"),
        ("Edm.Double", "Infinity", "INF"),
        ("Edm.Single", "1e39", "out of the range of Edm.Single"),
        ("Edm.Guid", "12", "8-4-4-4-12"),
        ("Edm.Binary", "A", "base64url"),
        ("Edm.Date", "2023-02-29", "no calendar has this day"),
        ("Edm.Date", "0000-01-01", "no calendar has this day"),
        ("Edm.TimeOfDay", "24:00:00", "hh:mm:ss"),
        ("Edm.DateTimeOffset", "2024-01-31T12:00:00", "Z"),
        ("Edm.DateTimeOffset", "0001-01-01T00:00:00+00:01", "outside the years"),
        ("Edm.DateTimeOffset", "2024-01-31T12:00:00.12345678Z", "finer than 100 nanoseconds"),
        ("Edm.Duration", "P", "P1DT2H30M"),
        ("Edm.Stream", "x", "no literal"),
        ("Edm.Nothing", "x", "not a primitive type"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_with_what_to_write(name: str, text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint.replace("(", r"\(").replace("+", r"\+")):
        parse(text, TypeRef(name))


@pytest.mark.parametrize(
    ("type_ref", "value", "complaint"),
    [
        (TypeRef("Edm.String", facets=Facets(max_length=2)), "abc", "3 characters"),
        (TypeRef("Edm.Binary", facets=Facets(max_length=2)), b"abc", "3 bytes"),
        (TypeRef("Edm.Decimal", facets=Facets(precision=4, scale=1)), Decimal("1.25"), "2 digits behind the point"),
        (TypeRef("Edm.Decimal", facets=Facets(precision=4, scale=1)), Decimal("12345"), "more digits"),
        (TypeRef("Edm.DateTimeOffset", facets=Facets(precision=3)), "2024-01-01T00:00:00.1234", "4 digits"),
        (TypeRef("Edm.Duration", facets=Facets(precision=3)), 12_345, "7 digits"),
        (TypeRef("Edm.Int16"), 40_000, "out of the range"),
    ],
)
def test_facets_are_checked(type_ref: TypeRef, value: PrimitiveValue, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        fit(value, type_ref)


def test_a_floating_scale_counts_significant_digits_alone() -> None:
    type_ref = TypeRef("Edm.Decimal", facets=Facets(precision=3, scale="floating"))
    assert fit(Decimal("0.000125"), type_ref) == Decimal("0.000125")
    with pytest.raises(ValueError, match="more digits than the 3"):
        fit(Decimal("0.0001255"), type_ref)


def test_a_single_is_rounded_to_32_bits() -> None:
    assert fit(0.1, TypeRef("Edm.Single")) == 0.10000000149011612
