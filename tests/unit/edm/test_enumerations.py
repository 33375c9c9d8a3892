import pytest

from odata_service.edm.model import EnumType, Member, TypeDefinition
from odata_service.edm.types import Facets, Kind, TypeRef, kind_of
from odata_service.edm.values import fit, parse, print_value

COLOUR = TypeRef("n.Colour", definition=EnumType("n.Colour", (Member("Red", 0), Member("Green", 1), Member("Blue", 5))))
ACCESS = TypeRef(
    "n.Access",
    definition=EnumType(
        "n.Access",
        (Member("None", 0), Member("Read", 1), Member("Write", 2), Member("Full", 3), Member("Share", 8)),
        is_flags=True,
    ),
)
MONEY = TypeRef(
    "n.Money",
    facets=Facets(scale=2),
    definition=TypeDefinition("n.Money", "Edm.Decimal", Facets(precision=5, scale=4)),
)


def test_a_value_of_an_enumeration_is_the_number_of_its_member() -> None:
    assert parse("Blue", COLOUR) == 5
    assert parse("5", COLOUR) == 5
    assert print_value(5, COLOUR) == "Blue"
    assert kind_of(COLOUR) is Kind.ENUMERATION


def test_a_value_of_flags_is_the_union_of_its_members() -> None:
    assert parse("Share, Read", ACCESS) == 9
    assert print_value(9, ACCESS) == "Read,Share"
    assert print_value(3, ACCESS) == "Full"
    assert print_value(0, ACCESS) == "None"


def test_a_number_that_no_members_make_up_is_printed_as_it_is() -> None:
    assert print_value(4, ACCESS) == "4"
    assert print_value(7, COLOUR) == "7"


@pytest.mark.parametrize(
    ("text", "type_ref", "message"),
    [
        ("red", COLOUR, "'red' is not a n.Colour. Write one of Red, Green, Blue."),
        ("2", COLOUR, "'2' is not a n.Colour. Write one of Red, Green, Blue."),
        ("Red,Blue", COLOUR, "'Red,Blue' is not a n.Colour. Write one member."),
        ("Read,Own", ACCESS, "'Read,Own' is not a n.Access. Write members of None, Read, Write, Full, Share."),
    ],
)
def test_a_text_that_names_no_member_is_refused(text: str, type_ref: TypeRef, message: str) -> None:
    with pytest.raises(ValueError) as raised:
        parse(text, type_ref)
    assert str(raised.value) == message


def test_a_type_definition_has_the_kind_of_its_type_and_the_facets_of_both() -> None:
    assert kind_of(MONEY) is Kind.DECIMAL
    assert MONEY.primitive == TypeRef("Edm.Decimal", facets=Facets(precision=5, scale=2))
    assert fit(parse("123.45", MONEY), MONEY) == parse("123.45", MONEY)
    with pytest.raises(ValueError, match="3 digits behind the point"):
        fit(parse("1.234", MONEY), MONEY)


def test_a_collection_has_no_kind_and_its_element_has() -> None:
    colours = TypeRef("n.Colour", collection=True, definition=COLOUR.definition)
    assert kind_of(colours) is None
    assert kind_of(colours.element) is Kind.ENUMERATION
