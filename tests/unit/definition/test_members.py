from pathlib import Path

import pytest

from odata_service.edm.annotations import ALLOWED_VALUES, COMPUTED, IMMUTABLE, REVISIONS, Record
from odata_service.edm.model import Property
from odata_service.edm.types import Facets, TypeRef
from tests.unit.definition.definition_pages import loaded, resource, said

KEYED = "|id|String|Key.|"


def allowed(*values: str) -> tuple[Record, ...]:
    return tuple(Record({"Value": value}) for value in values)


def property_of(tmp_path: Path, row: str, shown: str = "") -> Property:
    schema = loaded(tmp_path, thing=resource("thing", f"{KEYED}\n{row}", shown=shown))
    return schema.properties("test.thing")["x"]


@pytest.mark.parametrize(
    ("cell", "shown", "expected"),
    [
        ("String collection", "", TypeRef("Edm.String", collection=True)),
        ("Collection(Int32)", "", TypeRef("Edm.Int32", collection=True)),
        ("`Double`", "", TypeRef("Edm.Double")),
        ("string, maximum size 20", "", TypeRef("Edm.String", facets=Facets(max_length=20))),
        ("JSON object", "", TypeRef("Edm.Untyped")),
        ("numeric", "", TypeRef("Edm.Decimal", facets=Facets(scale="variable"))),
        ("Stream", "", TypeRef("Edm.Stream")),
        ("TimeOfDay", '"x": "String (timestamp)"', TypeRef("Edm.TimeOfDay", facets=Facets(precision=7))),
        ("", '"x": 3', TypeRef("Edm.Int32")),
        ("", "", TypeRef("Edm.String")),
        ("[place](place.md)", '"x": {"@odata.type": "test.place"}', TypeRef("test.place")),
        ("[place](place.md)", "", TypeRef("test.place")),
        ("[place](place.md)", '"x": "String"', TypeRef("Edm.String")),
        ("place", "", TypeRef("Edm.String")),
        ("[place][] collection", '"x": [{"@odata.type": "other.place"}]', TypeRef("other.place", collection=True)),
        ("[a](a.md) or [b](b.md)", "", TypeRef("Edm.ComplexType")),
        ("[a](a.md) or [b](b.md)", '"x": {"@odata.type": "test.base"}', TypeRef("test.base")),
    ],
)
def test_a_type_cell_becomes_a_type(tmp_path: Path, cell: str, shown: str, expected: TypeRef) -> None:
    assert property_of(tmp_path, f"|x|{cell}||", shown).type == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ('"x": "String"', TypeRef("Edm.String")),
        ('"x": true', TypeRef("Edm.Boolean")),
        ('"x": 5000000000', TypeRef("Edm.Int64")),
        ('"x": 1.5', TypeRef("Edm.Double")),
        ('"x": ["String"]', TypeRef("Edm.String", collection=True)),
        ('"x": {"@odata.type": "#test.place"}', TypeRef("test.place")),
        ('"x": "Collection(test.place)"', TypeRef("test.place", collection=True)),
        ('"x": {"@odata.type": "#Collection(test.place)"}', TypeRef("test.place", collection=True)),
        ('"x": {"a": 1}', TypeRef("Edm.Untyped")),
    ],
)
def test_a_member_of_the_json_alone_becomes_a_property(tmp_path: Path, shown: str, expected: TypeRef) -> None:
    schema = loaded(tmp_path, thing=resource("thing", KEYED, shown=shown))
    assert schema.properties("test.thing")["x"].type == expected


@pytest.mark.parametrize(
    ("type_name", "description", "nullable", "default", "annotations"),
    [
        ("Int32", "Read-only.", True, None, {COMPUTED: True}),
        ("Int32", "Required.", False, None, {}),
        ("Int32", "Required. Read-only.", True, None, {COMPUTED: True}),
        ("String collection", "Required.", True, None, {}),
        ("String collection", "Not nullable. Read-only.", False, None, {COMPUTED: True}),
        ("Int32", "Immutable.", True, None, {IMMUTABLE: True}),
        ("Int32", "Default value is `3`.", True, 3, {}),
        ("Int32", "Default value is `many`.", True, None, {}),
        ("size", "Possible values are: `s`, `m`. Default value is `m`.", True, 1, {}),
        ("String", "Possible values are: `s`, `m`.", True, None, {ALLOWED_VALUES: allowed("s", "m")}),
        ("String", "Possible values are: `s`, `m`. The values can be combined.", True, None, {}),
        ("size", "Possible values are: `4x4`, `6x6`.", True, None, {ALLOWED_VALUES: allowed("4x4", "6x6")}),
    ],
)
def test_statements_become_facets_and_annotations(
    tmp_path: Path, type_name: str, description: str, nullable: bool, default: object, annotations: dict[str, object]
) -> None:
    known = property_of(tmp_path, f"|x|{type_name}|{description}|")
    stated = {part.term: part.value for part in known.annotations if not part.term.endswith(".Description")}
    assert (known.type.nullable, known.default, stated) == (nullable, default, annotations)


@pytest.mark.parametrize("row", ["|x|Int32|Deprecated. Use y.|", "|x (deprecated)|Int32|It was something.|"])
def test_what_is_deprecated_says_so_in_its_revisions(tmp_path: Path, row: str) -> None:
    known = property_of(tmp_path, row)
    assert [part.term for part in known.annotations if part.term == REVISIONS] == [REVISIONS]


def test_a_row_whose_type_is_an_entity_type_is_a_navigation_property_in_either_table(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        thing=resource(
            "thing", f"{KEYED}\n|maker|[user](user.md)||", relationships="|users|[user](user.md) collection||"
        ),
        user=resource("user", annotation='"keyProperty": "id"'),
    )
    assert [
        (known.name, known.target, known.collection) for known in schema.navigation_properties("test.thing").values()
    ] == [("maker", "test.user", False), ("users", "test.user", True)]


def test_rows_that_are_no_relationships_are_properties(tmp_path: Path) -> None:
    rows = "|size|Int32||\n|place|[place](place.md)||\n|None|||"
    pages = {"thing": resource("thing", KEYED, relationships=rows), "place": resource("place", "|x|Int32||", more="")}
    schema = loaded(tmp_path, **pages)
    assert list(schema.properties("test.thing")) == ["id", "size"]
    assert list(schema.navigation_properties("test.thing")) == ["place"]


def test_inherited_rows_are_declared_by_the_base_type_alone(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        base=resource("base", f"{KEYED}\n|name|String||", annotation='"keyProperty": "id"'),
        leaf=resource("leaf", "|id|String||\n|name|String|Inherited from [base](base.md).|\n|size|Int32||"),
    )
    leaf = schema.structured_type("test.leaf")
    assert leaf is not None
    assert (leaf.base, [known.name for known in leaf.properties]) == ("test.base", ["size"])


def test_inherited_rows_of_a_base_that_is_not_given_are_the_types_own(tmp_path: Path) -> None:
    pages = {
        "leaf": resource(
            "leaf", f"{KEYED}\n|name|String|Inherited from [base](base.md).|", annotation='"baseType": "test.base"'
        )
    }
    leaf = loaded(tmp_path, **pages).structured_type("test.leaf")
    assert leaf is not None
    assert (leaf.base, [known.name for known in leaf.properties]) == (None, ["id", "name"])
    assert said(tmp_path) == [
        "leaf: info: The base type 'test.base' is on no page that was given; its rows are read as the type's own."
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param("|@odata.type|String||\n|odata.type|String||", ["id"], id="control information"),
        pytest.param("|**bold**|String||\n|`ticked`|String||", ["id", "bold", "ticked"], id="marks"),
        pytest.param("|name (preview)|String||\n|a\\_b|String||", ["id", "name", "a_b"], id="remarks and escapes"),
        pytest.param("|None|||\n|N/A|||", ["id"], id="placeholders"),
        pytest.param("|[linked](x.md)|String||", ["id", "linked"], id="a link"),
        pytest.param("|net/price|String||", ["id"], id="no name"),
        pytest.param("|x|String||\n|x|String||", ["id", "x"], id="twice"),
    ],
)
def test_the_name_cell_names_a_property(tmp_path: Path, rows: str, expected: list[str]) -> None:
    schema = loaded(tmp_path, thing=resource("thing", f"{KEYED}\n{rows}"))
    assert list(schema.properties("test.thing")) == expected


def test_a_cycle_of_base_types_is_cut(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        a=resource("a", KEYED, annotation='"baseType": "test.b", "keyProperty": "id"'),
        b=resource("b", KEYED, annotation='"baseType": "test.a", "keyProperty": "id"'),
    )
    assert [known.name for known in schema.ancestry("test.a")] == ["test.a", "test.b"]
    assert said(tmp_path) == ["b: warning: 'test.a' would inherit from itself; 'test.b' is read without a base type."]
