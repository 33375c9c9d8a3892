from pathlib import Path

import pytest

from odata_service.edm.model import ComplexType, EntityType, KeyProperty
from tests.unit.definition.definition_pages import loaded, resource, said


@pytest.mark.parametrize(
    ("page", "key"),
    [
        pytest.param(resource("thing", annotation='"keyProperty": "id"'), ("id",), id="keyProperty"),
        pytest.param(resource("thing", "|a|String|Key. Not nullable.|\n|b|Int32|Key.|"), ("a", "b"), id="rows say key"),
        pytest.param(resource("thing", annotation='"keyProperty": "ID"'), ("id",), id="keyProperty in other case"),
        pytest.param(resource("thing", annotation='"keyProperty": "code"'), ("code",), id="key without a row"),
        pytest.param(resource("thing", methods="|[Get](x.md)|[thing](thing.md)||"), ("id",), id="methods"),
        pytest.param(resource("thing", relationships="|owner|[user](user.md)||"), ("id",), id="relationships"),
        pytest.param(resource("thing", shown='"id": "string (identifier)"'), ("id",), id="an identifier"),
        pytest.param(resource("thing", annotation='"baseType": "microsoft.graph.entity"'), ("id",), id="base entity"),
        pytest.param(
            resource("thing", "|name|String||", intro="Inherits from [entity](entity.md)."), ("id",), id="prose"
        ),
    ],
)
def test_a_page_describes_an_entity_type_with_a_key(tmp_path: Path, page: str, key: tuple[str, ...]) -> None:
    declared = loaded(tmp_path, thing=page).types["test.thing"]
    assert isinstance(declared, EntityType)
    assert declared.key == tuple(KeyProperty(part) for part in key)


def test_what_derives_from_entity_has_the_key_id_whatever_rows_say(tmp_path: Path) -> None:
    text = resource("thing", "|id|String||\n|kind|String|Key|", annotation='"baseType": "microsoft.graph.entity"')
    assert isinstance(thing := loaded(tmp_path, thing=text).types["test.thing"], EntityType)
    assert thing.key == (KeyProperty("id"),)


def test_without_an_id_the_only_member_that_the_json_calls_an_identifier_is_the_key(tmp_path: Path) -> None:
    methods, shown = "|[Get](x.md)|[thing](thing.md)||", '"code": "String (identifier)", "name": "String"'
    declared = loaded(tmp_path, thing=resource("thing", "|code|String||", methods=methods, shown=shown)).types
    assert isinstance(thing := declared["test.thing"], EntityType)
    assert thing.key == (KeyProperty("code"),)


def test_a_page_without_any_of_it_describes_a_complex_type(tmp_path: Path) -> None:
    schema = loaded(tmp_path, thing=resource("thing", "|name|String||"))
    assert isinstance(schema.types["test.thing"], ComplexType)


def test_a_key_alone_makes_no_entity_of_what_properties_have_as_their_type(tmp_path: Path) -> None:
    pages = {
        "thing": resource(
            "thing", "|id|String|Key.|\n|part|[part](part.md) collection||", annotation='"keyProperty": "id"'
        ),
        "part": resource("part", annotation='"keyProperty": "id"'),
    }
    assert isinstance(loaded(tmp_path, **pages).types["test.part"], ComplexType)
    assert said(tmp_path) == [
        "part: warning: 'test.part' has a key, but properties have it as their type: it is read as a complex type."
    ]


def test_what_relationships_lead_to_is_an_entity_type(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        thing=resource("thing", relationships="|part|[part](part.md)||"),
        part=resource("part", "|name|String||"),
    )
    assert schema.key("test.part") == (KeyProperty("id"),)


def test_derived_types_share_the_kind_and_the_key_of_their_base(tmp_path: Path) -> None:
    schema = loaded(
        tmp_path,
        base=resource("base", annotation='"keyProperty": "id", "abstract": true'),
        leaf=resource("leaf", "|name|String||", intro="Inherits from [base](base.md)."),
    )
    leaf = schema.types["test.leaf"]
    assert isinstance(leaf, EntityType)
    assert (leaf.base, leaf.key, schema.key("test.leaf")) == ("test.base", (), (KeyProperty("id"),))
