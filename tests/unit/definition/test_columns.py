from pathlib import Path

import pytest

from odata_service.definition.columns import columns_of
from odata_service.edm.annotations import ALLOWED_VALUES, COMPUTED, DESCRIPTION, Annotation
from odata_service.edm.model import EntityType, Property
from tests.unit.definition.definition_pages import loaded, said

TAIL = (
    '## JSON representation\n<!-- { "blockType": "resource", "keyProperty": "id", "@odata.type": "test.thing" } -->\n'
)


def page(properties: str, more: str = "", shown: str = '{ "id": "String" }') -> str:
    head = "# thing resource type\n\nNamespace: test\n\n## Properties\n"
    return f"{head}{properties}\n\n{more}\n{TAIL}```json\n{shown}\n```\n"


def table(header: str, *rows: str) -> str:
    return "\n".join([header, "|".join(["", *["---"] * (header.count("|") - 1), ""]), *rows])


def properties(tmp_path: Path, text: str) -> dict[str, Property]:
    declared = loaded(tmp_path, thing=text).types["test.thing"]
    assert isinstance(declared, EntityType)
    return {known.name: known for known in declared.properties}


def stated(known: Property) -> set[str]:
    return {annotation.term for annotation in known.annotations if isinstance(annotation, Annotation)}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        pytest.param("|Property|Type|Description|", "|size|Int32|How big it is, all in all.|", id="usual"),
        pytest.param("|Name|Description|Type|", "|size|How big it is, all in all.|Int32|", id="type behind"),
        pytest.param("|Type|Property|Notes|", "|Int32|size|How big it is, all in all.|", id="type in front"),
        pytest.param("|Field|Data type|Since|Details|", "|size|Int32|2019|How big it is, all in all.|", id="unknown"),
        pytest.param("|**Property**|**Type**|Meaning|", "|size|Int32|How big it is, all in all.|", id="no known word"),
    ],
)
def test_columns_are_told_by_their_headers(tmp_path: Path, header: str, row: str) -> None:
    found = properties(tmp_path, page(table(header, row)))["size"]
    assert found.type.name == "Edm.Int32"
    assert [known.value for known in found.annotations if known.term == DESCRIPTION] == ["How big it is, all in all."]


def test_a_header_of_other_words_has_the_usual_order() -> None:
    assert columns_of(("プロパティ", "型", "説明")) == (0, 1, 2, ())


def test_further_columns_say_what_descriptions_say(tmp_path: Path) -> None:
    rows = table(
        "|Property|Type|Required|Nullable|Access|Default|Max length|Possible values|Description|",
        "|id|String|Yes|No|Read-only|||||",
        "|zone|String|yes|Yes|Read/Write|`east`|12|`east`, `west`||",
        "|size|Int32|No|**No**|Read/Write|3|None|N/A|How big.|",
        "|note|String|No|Yes|R|None|-|||",
    )
    found = properties(tmp_path, page(rows))
    assert {name for name, known in found.items() if not known.type.nullable} == {"id", "zone", "size"}
    assert {name for name, known in found.items() if COMPUTED in stated(known)} == {"note"}
    assert found["zone"].type.facets.max_length == 12
    assert (found["zone"].default, found["size"].default) == ("east", 3)
    assert ALLOWED_VALUES in stated(found["zone"])
    assert DESCRIPTION not in stated(found["zone"])


def test_tables_below_further_headings_are_members_where_no_other_table_stands_above(tmp_path: Path) -> None:
    general = "### General\n" + table("|Property|Type|Description|", "|id|String|Key.|")
    limits = "### Limits\n" + table("|Name|Type|", "|size|Int32|")
    assert list(properties(tmp_path, page(f"{general}\n\n{limits}"))) == ["id", "size"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        pytest.param('{ "id": "String", "size": 1 }', ["id", "size"], id="the JSON has it"),
        pytest.param('{ "id": "String" }', ["id"], id="the JSON does not"),
    ],
)
def test_a_table_below_a_further_heading_is_a_part_where_the_json_shows_its_members(
    tmp_path: Path, shown: str, expected: list[str]
) -> None:
    text = table("|Property|Type|", "|id|String|") + "\n\n### Limits\n\n" + table("|Property|Type|", "|size|Int64|")
    found = properties(tmp_path, page(text, shown=shown))
    assert list(found) == expected
    assert [known.type.name for known in found.values()] == ["Edm.String", "Edm.Int64"][: len(expected)]


def test_tables_of_several_headers_in_a_section_are_all_read(tmp_path: Path) -> None:
    text = f"{table('|Property|Type|', '|id|String|')}\n\nAnd:\n\n{table('|Name|Type|', '|size|Int32|')}"
    assert list(properties(tmp_path, page(text))) == ["id", "size"]


def test_a_table_on_something_else_above_the_members_is_passed_over(tmp_path: Path) -> None:
    text = f"{table('|Permission|Scope|', '|all|x.y|')}\n\nThese are:\n\n{table('|Property|Type|', '|id|String|')}"
    assert list(properties(tmp_path, page(text))) == ["id"]
    assert said(tmp_path, thing=page(text)) == []


def test_bold_words_alone_in_a_row_are_a_heading_and_no_member(tmp_path: Path) -> None:
    rows = table(
        "|Property|Type|Description|", "|id|String||", "|**Limits**|", "|**size**|Int32||", "|**More of it**|||"
    )
    assert list(properties(tmp_path, page(rows))) == ["id", "size"]
    assert said(tmp_path, thing=page(rows)) == []


def test_a_page_of_relationships_alone_describes_an_entity_type(tmp_path: Path) -> None:
    head = "# folder resource type\n\nNamespace: test\n\n## Properties\nNone\n\n## Relationships\n"
    text = head + table("|Relationship|Type|Description|", "|sheets|[sheet](sheet.md) collection|All.|")
    folder = loaded(tmp_path, folder=text).types["test.folder"]
    assert isinstance(folder, EntityType)
    assert [known.name for known in folder.navigation_properties] == ["sheets"]
