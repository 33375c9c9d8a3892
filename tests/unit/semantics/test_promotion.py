import pytest

from odata_service.edm.types import NULL, TypeRef
from odata_service.semantics.promotion import arithmetic, common, is_lossless


def named(name: str) -> TypeRef:
    return NULL if name == "null" else TypeRef(f"Edm.{name}")


@pytest.mark.parametrize(
    ("left", "right", "result"),
    [
        ("Int32", "Int64", "Int64"),
        ("Byte", "Int16", "Int16"),
        ("Int64", "Decimal", "Decimal"),
        ("Decimal", "Double", "Double"),
        ("String", "String", "String"),
        ("String", "Int32", None),
        ("Date", "DateTimeOffset", None),
        ("null", "Date", "Date"),
    ],
)
def test_the_type_in_which_two_are_compared(left: str, right: str, result: str | None) -> None:
    assert common(named(left), named(right)) == (None if result is None else named(result))


@pytest.mark.parametrize(
    ("operator", "left", "right", "result"),
    [
        ("add", "Byte", "Byte", "Int32"),
        ("add", "Int32", "Int64", "Int64"),
        ("div", "Int32", "Int32", "Int32"),
        ("divby", "Int32", "Int32", "Decimal"),
        ("divby", "Int32", "Double", "Double"),
        ("add", "DateTimeOffset", "Duration", "DateTimeOffset"),
        ("sub", "DateTimeOffset", "DateTimeOffset", "Duration"),
        ("sub", "Date", "Date", "Duration"),
        ("mul", "Duration", "Int32", "Duration"),
        ("mul", "Int32", "Duration", "Duration"),
        ("add", "String", "String", None),
        ("add", "Date", "Date", None),
        ("mod", "Duration", "Int32", None),
    ],
)
def test_the_type_of_arithmetic(operator: str, left: str, right: str, result: str | None) -> None:
    assert arithmetic(operator, named(left), named(right)) == (None if result is None else named(result))


@pytest.mark.parametrize(
    ("literal", "wanted", "fits"),
    [
        ("Int32", "Int64", True),
        ("Int64", "Int32", False),
        ("Int32", "Int16", False),
        ("Int32", "Double", True),
        ("Decimal", "Double", True),
        ("String", "Int32", False),
    ],
)
def test_a_literal_takes_the_other_type_where_nothing_is_lost(literal: str, wanted: str, fits: bool) -> None:
    assert is_lossless(named(literal), named(wanted)) is fits
