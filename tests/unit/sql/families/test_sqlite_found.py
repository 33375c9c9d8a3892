"""Which values of SQLite columns are those of a type."""

import pytest

from odata_service.edm.types import TypeRef
from odata_service.sql.families.sqlite_found import fits_of


@pytest.mark.parametrize(
    ("type_name", "values"),
    [
        ("Edm.Boolean", [0, 1, None]),
        ("Edm.Byte", [0, 255, None]),
        ("Edm.Int64", [-(2**63), 2**63 - 1, None]),
        ("Edm.Double", [1, 0.5, float("inf"), None]),
        ("Edm.Decimal", [None, "o", "p50001"]),
        ("Edm.String", ["", None]),
        ("Edm.Guid", ["00000000-0000-4000-8000-00000000000a", None]),
        ("Edm.Binary", [b"", None]),
        ("Edm.Date", ["2024-02-29", None]),
        ("Edm.TimeOfDay", ["10:00:00.5", None]),
        ("Edm.DateTimeOffset", ["2024-02-29T10:00:00", None]),
        ("Edm.Duration", [-5, None]),
        ("Edm.Untyped", ["{}", None]),
        ("Edm.Int16", [None]),
        ("Edm.String", []),
    ],
)
def test_values_of_a_type_fit(type_name: str, values: list[object]) -> None:
    assert fits_of(TypeRef(type_name))(values)


@pytest.mark.parametrize(
    ("type_name", "value"),
    [
        ("Edm.Boolean", 7),
        ("Edm.Boolean", "true"),
        ("Edm.Byte", 256),
        ("Edm.SByte", -129),
        ("Edm.Int64", "5"),
        ("Edm.Int32", 1.5),
        ("Edm.Double", "1.5"),
        ("Edm.Decimal", "1.5"),
        ("Edm.Decimal", ""),
        ("Edm.String", b"text"),
        ("Edm.Guid", "00000000-0000-4000-8000-00000000000A"),
        ("Edm.Binary", "text"),
        ("Edm.Date", "2024-02-30"),
        ("Edm.Date", 20240229),
        ("Edm.TimeOfDay", "10:00"),
        ("Edm.DateTimeOffset", "2024-02-29 10:00:00"),
        ("Edm.Duration", "PT1S"),
        ("Edm.Untyped", b"{}"),
    ],
)
def test_values_of_other_types_do_not(type_name: str, value: object) -> None:
    assert not fits_of(TypeRef(type_name))([None, value])
