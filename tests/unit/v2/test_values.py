"""Values between V4's JSON, verbose JSON and XML."""

from decimal import Decimal

import pytest

from odata_service.edm.types import BINARY, DATE, DATE_TIME_OFFSET, DECIMAL, DOUBLE, INT32, INT64, TIME_OF_DAY, TypeRef
from odata_service.errors import PayloadError
from odata_service.v2.values import json_writer, reader, xml_writer


@pytest.mark.parametrize(
    ("type_ref", "value", "json", "xml"),
    [
        (DATE, "2024-01-15", "/Date(1705276800000)/", "2024-01-15T00:00:00"),
        (DATE, "0001-01-01", "/Date(-62135596800000)/", "0001-01-01T00:00:00"),
        (DATE_TIME_OFFSET, "2024-01-15T10:30:00.123456Z", "/Date(1705314600123+0000)/", "2024-01-15T10:30:00.123456Z"),
        (DATE_TIME_OFFSET, "1969-12-31T23:59:59.9995Z", "/Date(-1+0000)/", "1969-12-31T23:59:59.9995Z"),
        (TIME_OF_DAY, "09:05:00.25", "PT9H5M0.25S", "PT9H5M0.25S"),
        (BINARY, "-_8", "+/8=", "+/8="),
    ],
)  # fmt: skip
def test_a_value_is_written_in_both_formats(type_ref: TypeRef, value: str, json: str, xml: str) -> None:
    write = json_writer(type_ref)
    assert write is not None
    assert (write(value), xml_writer(type_ref)(value)) == (json, xml)


@pytest.mark.parametrize(
    ("type_ref", "value", "expected"),
    [
        (DATE_TIME_OFFSET, "/Date(1705314600123)/", "2024-01-15T10:30:00.123Z"),
        (DATE_TIME_OFFSET, "/Date(1705318200123+0060)/", "2024-01-15T10:30:00.123Z"),
        (DATE_TIME_OFFSET, "/Date(1705303800123-0180)/", "2024-01-15T10:30:00.123Z"),
        (DATE_TIME_OFFSET, "2024-01-15T10:30:00", "2024-01-15T10:30:00Z"),
        (DATE, "/Date(1705276800000)/", "2024-01-15"),
        (DATE, "2024-01-15T00:00:00", "2024-01-15"),
        (TIME_OF_DAY, "PT9H5M", "09:05:00"),
        (BINARY, "+/8=", "-_8"),
        (DECIMAL, "12.50", "12.50"),
        (DECIMAL, Decimal("1E+2"), "100"),
        (INT64, 2**53 + 1, "9007199254740993"),
        (INT32, "5", 5),
        (DOUBLE, "5.25E+00", 5.25),
        (DOUBLE, "INF", "INF"),
        (DOUBLE, Decimal("0.1"), Decimal("0.1")),
        (DOUBLE, "0.1D", Decimal("0.1")),
        (DATE, None, None),
        (INT32, " 5\n", 5),
        (INT64, "5L", "5"),
        (DOUBLE, "5.", Decimal("5.0")),
        (BINARY, "AAAA\nBBBB", "AAAABBBB"),
    ],
)
def test_a_value_of_a_body_becomes_one_of_v4(type_ref: TypeRef, value: object, expected: object) -> None:
    assert reader(type_ref)(value, "p") == expected


@pytest.mark.parametrize(
    ("type_ref", "value"),
    [
        (DATE_TIME_OFFSET, "soon"),
        (DATE_TIME_OFFSET, "/Date(0+9999)/"),
        (DATE_TIME_OFFSET, "/Date(\u0663)/"),
        (DATE_TIME_OFFSET, 5),
        (DATE, "2024-01-01T25:00:00"),
        (DATE, True),
        (INT32, "x"),
        (INT32, "1_000"),
        (INT32, "\u0663"),
        (TIME_OF_DAY, "P1D"),
        (DOUBLE, "x"),
        (DOUBLE, "1_0"),
        (BINARY, True),
        (BINARY, "===="),
        (BINARY, "A B*"),
    ],
)
def test_a_value_of_another_type_is_refused_at_its_path(type_ref: TypeRef, value: object) -> None:
    with pytest.raises(PayloadError) as refused:
        reader(type_ref)(value, "a/b")
    assert (refused.value.status, refused.value.target) == (400, "a/b")
