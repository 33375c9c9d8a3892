import pytest

from odata_service.definition.type_cell import TypeCell, read_type_cell


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("String", TypeCell("String", primitive="Edm.String")),
        ("`dateTimeOffset`", TypeCell("dateTimeOffset", primitive="Edm.DateTimeOffset")),
        ("Edm.Binary", TypeCell("Edm.Binary", primitive="Edm.Binary")),
        ("string, maximum size 20", TypeCell("string", primitive="Edm.String", max_length=20)),
        ("string (url)", TypeCell("string", primitive="Edm.String")),
        ("[itemBody](itembody.md)", TypeCell("itemBody", "itembody")),
        ("[x](../resources/x.md) collection", TypeCell("x", "x", collection=True)),
        ("[x](x.md", TypeCell("x", "x", oddity="the link is not closed")),
        ("(x)[y.md] collection", TypeCell("x", "y", collection=True)),
        ("string[]", TypeCell("string", collection=True, primitive="Edm.String")),
        ("byte[]", TypeCell("byte[]", primitive="Edm.Binary")),
        ("[x](y.md)[]", TypeCell("x", "y", collection=True)),
        ("Array of strings", TypeCell("strings", collection=True, primitive="Edm.String")),
        ("List of [x](y.md) objects", TypeCell("x", "y", collection=True)),
        ("Collection<Guid>", TypeCell("Guid", collection=True, primitive="Edm.Guid")),
        ("array", TypeCell("", collection=True)),
        ("Int32?", TypeCell("Int32", primitive="Edm.Int32")),
        ("nullable Int32", TypeCell("Int32", primitive="Edm.Int32")),
        ("[x](y.md) or null", TypeCell("x", "y")),
        ("enum", TypeCell("enum", primitive="Edm.String")),
        ("UUID", TypeCell("UUID", primitive="Edm.Guid")),
        ("Edm.ComplexType", TypeCell("Edm.ComplexType", primitive="Edm.Untyped")),
        ("Edm.Strange", TypeCell("", oddity="there is no type Edm.Strange")),
        ("Collection([x](y.md))", TypeCell("x", "y", collection=True)),
        ("[identitySet][]", TypeCell("identitySet")),
        ("Collection of String", TypeCell("String", collection=True, primitive="Edm.String")),
        ("String コレクション", TypeCell("String", collection=True, primitive="Edm.String")),
        ("[club](club.md) 集合", TypeCell("club", "club", collection=True)),
        ("Zeichenfolgensammlung", TypeCell("Zeichenfolgen", collection=True, primitive="Edm.String")),
        ("ブール値", TypeCell("ブール値", primitive="Edm.Boolean")),
        ("[DateTimeOffset](timestamp.md)", TypeCell("DateTimeOffset", primitive="Edm.DateTimeOffset")),
        ("**dlpActionType**", TypeCell("dlpActionType")),
        ("", TypeCell("")),
    ],
)
def test_a_type_cell_says_a_type(cell: str, expected: TypeCell) -> None:
    assert read_type_cell(cell) == expected
