"""Values of one type as values of another, or the reason why not."""

import math
from decimal import Decimal

import pytest

from odata_service.edm.model import EnumType, Member
from odata_service.edm.types import Facets, TypeRef
from odata_service.edm.values import PrimitiveValue
from odata_service.sql.migration.conversion import Conversion, conversion_between
from odata_service.sql.migration.record import describe, described
from tests.migrating import COLORS, items

SCHEMA = items()
COLOR = TypeRef("shop.Color", definition=COLORS)
PAINT = TypeRef("shop.Paint", definition=EnumType("shop.Paint", (Member("green", 7), Member("blue", 8))))


def edm(name: str, **facets: object) -> TypeRef:
    return TypeRef(f"Edm.{name}", facets=Facets(**facets))  # type: ignore[arg-type]  # tests know the facets


def between(source: TypeRef, target: TypeRef) -> Conversion:
    found = conversion_between(source, target, SCHEMA)
    assert found is not None
    return found


FITTING: list[tuple[TypeRef, TypeRef, PrimitiveValue, PrimitiveValue]] = [
    (edm("Int64"), edm("Byte"), 255, 255),
    (edm("Int64"), edm("Double"), 2**53, float(2**53)),
    (edm("Decimal"), edm("Double"), Decimal("0.1"), 0.1),
    (edm("Double"), edm("Decimal"), 0.1, Decimal("0.1")),
    (edm("Double"), edm("Single"), 0.5, 0.5),
    (edm("Double"), edm("Int32"), -3.0, -3),
    (edm("Decimal"), edm("Int32"), Decimal("3.00"), 3),
    (edm("String"), edm("DateTimeOffset"), "2024-02-29T12:00:00+02:00", "2024-02-29T10:00:00"),
    (edm("DateTimeOffset"), edm("String"), "2024-02-29T10:00:00", "2024-02-29T10:00:00Z"),
    (edm("Duration"), edm("String"), 36_000_000_000, "PT1H"),
    (edm("Binary"), edm("String"), b"\xff", "_w=="),
    (edm("Int32"), COLOR, 2, 2),
    (COLOR, edm("Int32"), 2, 2),
    (edm("String"), COLOR, "green", 2),
    (COLOR, edm("String"), 2, "green"),
    (COLOR, PAINT, 2, 7),
]


@pytest.mark.parametrize(("source", "target", "value", "expected"), FITTING, ids=lambda value: None)
def test_a_value_that_fits_becomes_one_of_the_new_type(
    source: TypeRef, target: TypeRef, value: PrimitiveValue, expected: PrimitiveValue
) -> None:
    assert between(source, target).convert(value) == expected


UNFIT: list[tuple[TypeRef, TypeRef, PrimitiveValue, str]] = [
    (edm("Int64"), edm("Byte"), 256, "256 is out of the range of Edm.Byte"),
    (edm("Int64"), edm("Double"), 2**53 + 1, "9007199254740993 is not exact as Edm.Double"),
    (edm("Double"), edm("Single"), 0.1, "0.1 is not exact as Edm.Single"),
    (edm("Double"), edm("Int32"), math.inf, "INF is not an Edm.Int32"),
    (edm("Decimal"), edm("Int32"), Decimal("3.5"), "3.5 is not a whole number"),
    (edm("Decimal"), edm("Decimal", scale=1), Decimal("3.25"), "3.25 has 2 digits behind the point"),
    (edm("Int32"), edm("Boolean"), 2, "2 is neither 0 nor 1"),
    (edm("DateTimeOffset"), edm("Date"), "2024-02-29T10:00:00", "'2024-02-29T10:00:00Z' is not midnight"),
    (edm("String"), COLOR, "blue", "'blue' is not a shop.Color"),
    (edm("Int32"), COLOR, 3, "'3' is not a shop.Color"),
    (COLOR, PAINT, 1, "'red' is not a shop.Paint"),
]


@pytest.mark.parametrize(("source", "target", "value", "said"), UNFIT, ids=lambda value: None)
def test_a_value_that_does_not_fit_is_told_why(
    source: TypeRef, target: TypeRef, value: PrimitiveValue, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        between(source, target).convert(value)


WIDER = [
    (edm("Int16"), edm("Int64")),
    (edm("Single"), edm("Double")),
    (edm("String", max_length=5), edm("String")),
    (edm("String", max_length=5), edm("String", max_length=6)),
    (edm("DateTimeOffset", precision=0), edm("DateTimeOffset", precision=7)),
    (edm("Date"), edm("DateTimeOffset")),
    (COLOR, TypeRef("shop.Hue", definition=EnumType("shop.Hue", (*COLORS.members, Member("blue", 3))))),
]


@pytest.mark.parametrize(("source", "target"), WIDER, ids=lambda value: None)
def test_a_wider_type_takes_every_value(source: TypeRef, target: TypeRef) -> None:
    assert not between(source, target).may_fail
    if source.name != "Edm.Date":
        assert between(target, source).may_fail


@pytest.mark.parametrize(
    ("source", "target"),
    [(edm("Binary"), edm("Int32")), (edm("Date"), edm("Guid")), (TypeRef("shop.Address"), edm("String"))],
    ids=lambda value: None,
)
def test_between_types_that_have_nothing_in_common_there_is_no_way(source: TypeRef, target: TypeRef) -> None:
    assert conversion_between(source, target, SCHEMA) is None


def test_a_flag_stays_what_its_members_are() -> None:
    flags = EnumType("shop.Flags", (Member("a", 1), Member("b", 2)), is_flags=True)
    more = EnumType("shop.More", (Member("b", 1), Member("a", 4)), is_flags=True)
    convert = between(TypeRef("shop.Flags", definition=flags), TypeRef("shop.More", definition=more)).convert
    assert (convert(3), convert(2)) == (5, 1)


@pytest.mark.parametrize(
    "type_ref",
    [edm("Decimal", precision=5, scale=2), COLOR, TypeRef("Edm.String", True), TypeRef("shop.Address")],
    ids=str,
)
def test_a_description_gives_the_type_again(type_ref: TypeRef) -> None:
    assert describe(described(describe(type_ref))) == describe(type_ref)
