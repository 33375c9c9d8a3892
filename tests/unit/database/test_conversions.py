"""Values of existing columns: every form read, written, and read again."""

from decimal import Decimal

import pytest

from odata_service.database import Form
from odata_service.database.conversions import CONVERSIONS
from odata_service.database.decimals import encode_decimal
from odata_service.database.functions import Stored

_BY_FORM = {known.form: known for known in CONVERSIONS}


@pytest.mark.parametrize(
    ("form", "kept", "canonical"),
    [
        (Form.TIMESTAMP, "2009-01-31 13:30:00", "2009-01-31T13:30:00"),
        (Form.ISO, "2009-01-31T13:30:00.5", "2009-01-31T13:30:00.5"),
        (Form.TIMESTAMPTZ, "2009-01-31T13:30:00Z", "2009-01-31T13:30:00"),
        (Form.EPOCH, 1233408600, "2009-01-31T13:30:00"),
        (Form.EPOCH, 1233408600.25, "2009-01-31T13:30:00.25"),
        (Form.EPOCH, -1, "1969-12-31T23:59:59"),
        (Form.EPOCH_MILLISECONDS, 1233408600500, "2009-01-31T13:30:00.5"),
        (Form.JULIAN_DAY, 2454863.0625, "2009-01-31T13:30:00"),
        (Form.DATE, "2009-01-31 00:00:00", "2009-01-31"),
        (Form.TIME, "13:30:00", "13:30:00"),
        (Form.BYTES, bytes(range(16)), "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        (Form.UPPER, "00010203-0405-0607-0809-0A0B0C0D0E0F", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        (Form.HEX, "000102030405060708090a0b0c0d0e0f", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
        (Form.WORDS, "true", 1),
        (Form.YES_NO, "N", 0),
        (Form.NUMBER, "12.5", encode_decimal(Decimal("12.5"))),
        (Form.ANYTHING, "text", "text"),
    ],
)
def test_a_form_is_read_and_written(form: Form, kept: Stored, canonical: Stored) -> None:
    assert kept is not None and canonical is not None
    assert _BY_FORM[form].read(kept) == canonical
    assert _BY_FORM[form].write(canonical) == kept


@pytest.mark.parametrize(
    ("form", "value"),
    [
        (Form.TIMESTAMP, "0000-00-00 00:00:00"),
        (Form.TIMESTAMP, ""),
        (Form.TIMESTAMP, 12),
        (Form.TIMESTAMP, "2009-01-31_13:30"),
        (Form.EPOCH, "soon"),
        (Form.EPOCH, 10**14),
        (Form.DATE, "31.1.2009"),
        (Form.TIME, "25:00"),
        (Form.NUMBER, "NaN"),
        (Form.NUMBER, b"1"),
        (Form.BYTES, b"short"),
        (Form.HEX, "xyz"),
        (Form.WORDS, "perhaps"),
    ],
)
def test_what_is_none_of_a_form_is_a_value_error(form: Form, value: Stored) -> None:
    assert value is not None
    with pytest.raises(ValueError):
        _BY_FORM[form].read(value)
