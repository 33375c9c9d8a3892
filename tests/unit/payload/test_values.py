import math
from decimal import Decimal

import orjson
import pytest

from odata_service.edm.types import TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.payload.format import Format
from odata_service.payload.values import from_json, raw_value, writer_for


def written(value: object, name: str, *, ieee754: bool, exponents: bool = False) -> object:
    write = writer_for(TypeRef(name), Format("minimal", "4.0", ieee754, exponents=exponents))
    return value if write is None else write(value)


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("Edm.Boolean", 1, b"true"),
        ("Edm.Int64", 2**53 + 1, b"9007199254740993"),
        ("Edm.Decimal", Decimal("12.50"), b"12.50"),
        ("Edm.Double", math.inf, b'"INF"'),
        ("Edm.Double", math.nan, b'"NaN"'),
        ("Edm.DateTimeOffset", "2024-01-01T00:00:00", b'"2024-01-01T00:00:00Z"'),
        ("Edm.Duration", 36_000_000_000, b'"PT1H"'),
        ("Edm.Binary", b"\xff\xfe", b'"__4"'),
        ("Edm.String", "text", b'"text"'),
    ],
)
def test_values_as_json(name: str, value: object, text: bytes) -> None:
    assert orjson.dumps(written(value, name, ieee754=False)) == text


@pytest.mark.parametrize(
    ("name", "value", "text"), [("Edm.Int64", 5, b'"5"'), ("Edm.Decimal", Decimal("1.5"), b'"1.5"')]
)
def test_large_numbers_are_strings_where_the_client_asks(name: str, value: object, text: bytes) -> None:
    assert orjson.dumps(written(value, name, ieee754=True)) == text


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Edm.Int32", Decimal("1.0"), 1),
        ("Edm.Int64", "12", 12),
        ("Edm.Decimal", 3, Decimal(3)),
        ("Edm.Double", "NaN", math.nan),
        ("Edm.Double", 1, 1.0),
        ("Edm.Guid", "0F0F0F0F-0000-0000-0000-00000000000A", "0f0f0f0f-0000-0000-0000-00000000000a"),
        ("Edm.DateTimeOffset", "2024-01-01T00:00:00+01:00", "2023-12-31T23:00:00"),
    ],
)
def test_json_as_values(name: str, value: object, expected: PrimitiveValue) -> None:
    assert repr(from_json(value, TypeRef(name))) == repr(expected)


def test_whole_numbers_of_every_type_may_be_strings_where_that_is_said() -> None:
    assert from_json("-7", TypeRef("Edm.Int16"), quotes=True) == -7
    with pytest.raises(ValueError, match="'7x' is not"):
        from_json("7x", TypeRef("Edm.Int16"), quotes=True)
    with pytest.raises(ValueError, match="true or false, without quotes"):
        from_json("true", TypeRef("Edm.Boolean"), quotes=True)


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("Edm.Int32", "1", "without quotes"),
        ("Edm.Int32", True, "true is not an Edm.Int32"),
        ("Edm.Int32", Decimal("1.5"), "whole number"),
        ("Edm.Int32", 2**31, "out of the range"),
        ("Edm.Boolean", "true", "without quotes"),
        ("Edm.Boolean", 1, "true or false"),
        ("Edm.String", 5, "double quotes"),
        ("Edm.DateTimeOffset", 5, "2024-01-31T12:30:00Z"),
        ("Edm.Double", {"a": 1}, "An object"),
        ("Edm.Double", 10**400, "out of the range"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_to_write(name: str, value: object, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        from_json(value, TypeRef(name))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3.140000104904175, b"3.14"),
        (0.10000000149011612, b"0.1"),
        (16777216.0, b"16777216.0"),
        (3.4028234663852886e38, b"3.4028234663852886e+38"),
        (119142768.0, b"119142768.0"),
        (1.401298464324817e-45, b"1e-45"),
        (-0.3333333432674408, b"-0.33333334"),
        (math.inf, b'"INF"'),
    ],
)
def test_a_single_is_written_with_the_digits_that_32_bits_tell_apart(value: float, text: bytes) -> None:
    assert orjson.dumps(written(value, "Edm.Single", ieee754=False)) == text


def test_raw_values_have_a_media_type() -> None:
    assert raw_value(1, TypeRef("Edm.Boolean")) == (b"true", "text/plain;charset=utf-8")
    assert raw_value(3.140000104904175, TypeRef("Edm.Single")) == (b"3.14", "text/plain;charset=utf-8")
    assert raw_value(b"\x01", TypeRef("Edm.Binary")) == (b"\x01", "application/octet-stream")


def test_decimals_have_an_exponent_where_it_is_shorter_and_the_client_asks() -> None:
    shown = [written(Decimal(text), "Edm.Decimal", ieee754=False, exponents=True) for text in ("1E+30", "12.50")]
    assert orjson.dumps(shown) == b"[1E+30,12.50]"
    assert written(Decimal("1E-9"), "Edm.Decimal", ieee754=True, exponents=True) == "1E-9"
