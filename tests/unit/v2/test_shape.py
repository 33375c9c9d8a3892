import pytest

from odata_service.edm.types import TypeRef
from odata_service.v2.literals import v4_literal
from odata_service.v2.shape import Shape, Template, v2_shape_of


def test_literals_of_the_path_and_of_expressions_are_taken_out() -> None:
    query = "$filter=Name%20eq%20'x'%20and%20At%20gt%20datetime'2024-01-01T00:00'"
    found = v2_shape_of("Orders(Id=12L,Code='a''b')/Items", query)
    assert found == Shape(
        "Orders(Id='\x000',Code='\x001')/Items",
        "$filter=Name eq '\x002' and At gt '\x003'",
        ("12L", "'a''b'", "'x'", "datetime'2024-01-01T00:00'"),
    )


@pytest.mark.parametrize("literal", ["'a'", "''", "'a''b'", "5", "1234567890", "12L", "guid'a'"])
def test_a_key_alone_is_taken_out(literal: str) -> None:
    assert v2_shape_of(f"Orders({literal})", "") == Shape("Orders('\x000')", "", (literal,))
    assert v2_shape_of(f"Orders({literal})/Items", "") == Shape("Orders('\x000')/Items", "", (literal,))


@pytest.mark.parametrize(
    ("query", "text", "literals"),
    [
        pytest.param("$top=5&$skip=10", "$top='\x000'&$skip='\x001'", ("5", "10"), id="numbers-of-pages"),
        pytest.param("$skiptoken=a-b_c", "$skiptoken='\x000'", ("a-b_c",), id="a-token"),
        pytest.param("$top=x", "$top=x", (), id="what-is-no-number-stays"),
        pytest.param("$select=Name", "$select=Name", (), id="names-stay"),
    ],
)
def test_further_options_have_values_of_their_own(query: str, text: str, literals: tuple[str, ...]) -> None:
    assert v2_shape_of("Orders", query) == Shape("Orders", text, literals)


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("$filter=Name%20eq%20%00", id="null-characters"),
        pytest.param("$filter=Name%20eq%20%zz", id="broken-escapes"),
        pytest.param("$select=a%26b", id="what-would-be-read-otherwise"),
    ],
)
def test_other_urls_have_no_shape(query: str) -> None:
    assert v2_shape_of("Orders", query) is None


def test_a_placeholder_becomes_a_slot_that_knows_its_type() -> None:
    slot = v4_literal("'\x000'", TypeRef("Edm.Date"))
    template = Template(f"Orders(%00{slot[1:-1]}%00)", "'")
    written = template.written(("datetime'2024-03-04T00:00:00'",))
    assert (written, template.filled(written)) == (["2024-03-04"], "Orders(2024-03-04)")


def test_literals_are_encoded_where_they_stand() -> None:
    slot = v4_literal("'\x000'", TypeRef("Edm.String"))
    template = Template(f"Orders(%00{slot[1:-1]}%00)/Items", "'")
    assert template.filled(template.written(("'a/b ü'",))) == "Orders('a%2Fb%20%C3%BC')/Items"
