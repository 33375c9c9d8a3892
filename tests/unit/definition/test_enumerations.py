from pathlib import Path

import pytest

from odata_service.edm.model import ComplexType, EnumType
from tests.unit.definition.definition_pages import loaded, resource, said

TABLE = "|Member|Value|Description|\n|:---|:---|:---|\n"


def members(declared: object) -> tuple[dict[str, int], bool]:
    assert isinstance(declared, EnumType)
    return dict(declared.values), declared.is_flags


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        pytest.param(f"{TABLE}|low|0|Few.|\n|high|10||", ({"low": 0, "high": 10}, False), id="numbers"),
        pytest.param("|Member|\n|:---|\n|a|\n|b|", ({"a": 0, "b": 1}, False), id="names alone"),
        pytest.param("| Value\n|:---\n| a\n| b", ({"a": 0, "b": 1}, False), id="no closing pipes"),
        pytest.param("|Member|Description|\n|:--|:--|\n|a|x|\n|a|y|", ({"a": 0}, False), id="twice"),
        pytest.param(f"{TABLE}|a|-1||\n|b|?||", ({"a": 0, "b": 1}, False), id="a number is missing"),
        pytest.param(
            f"{TABLE}|none|0||\n|a|1||\n|b|2||\n|c|4||", ({"none": 0, "a": 1, "b": 2, "c": 4}, True), id="flags"
        ),
        pytest.param(f"{TABLE}|none|0||\n|a|1||\n|b|2||", ({"none": 0, "a": 1, "b": 2}, False), id="too few for flags"),
    ],
)
def test_a_page_of_an_enumeration_gives_its_members(
    tmp_path: Path, table: str, expected: tuple[dict[str, int], bool]
) -> None:
    schema = loaded(tmp_path, size=f"# size enum type\n\nNamespace: test\n\n## Members\n{table}\n")
    assert members(schema.types["test.size"]) == expected


def test_the_annotated_json_of_an_enumeration_is_no_type_of_its_own(tmp_path: Path) -> None:
    shown = (
        '## JSON representation\n<!-- { "blockType": "resource", "@odata.type": "test.size" } -->\n```json\n{}\n```\n'
    )
    schema = loaded(tmp_path, size=f"# size enum type\n\nNamespace: test\n\n## Members\n{TABLE}|s|0||\n\n{shown}")
    assert members(schema.types["test.size"]) == ({"s": 0}, False)


def test_values_headed_by_the_name_of_another_type_are_left_out(tmp_path: Path) -> None:
    more = "### place values\n|Member|\n|:---|\n|near|"
    pages = {"lamp": resource("lamp", "|id|String|Key.|", more=more), "place": resource("place", "|x|Int32||")}
    assert isinstance(loaded(tmp_path, **pages).types["test.place"], ComplexType)
    place = f"{tmp_path}/place.md:1"
    assert said(tmp_path) == [
        f"lamp: warning: The values of 'test.place' are left out: the type of that name at {place} counts."
    ]


def test_several_enumerations_stand_on_one_page_and_links_lead_to_their_headings(tmp_path: Path) -> None:
    values = "|Member|\n|:---|\n|on|\n|off|"
    schema = loaded(
        tmp_path,
        enums=f"Namespace: test\n\n### switch values\n{values}\n\n### color values\n|Value|\n|:--|\n|red|\n",
        lamp=resource("lamp", "|id|String|Key.|\n|state|[switch](enums.md#switch-values)||\n|shade|color||"),
    )
    assert members(schema.types["test.switch"]) == ({"on": 0, "off": 1}, False)
    assert {name: known.type.name for name, known in schema.properties("test.lamp").items()} == {
        "id": "Edm.String",
        "state": "test.switch",
        "shade": "test.color",
    }


def test_a_table_below_the_properties_has_the_values_of_a_type(tmp_path: Path) -> None:
    more = "### state values\n|Member|Description|\n|:--|:--|\n|on|It is on.|\n|off|It is off.|"
    schema = loaded(tmp_path, lamp=resource("lamp", "|id|String|Key.|\n|state|[state](#state-values)||", more=more))
    assert members(schema.types["test.state"]) == ({"on": 0, "off": 1}, False)


def test_values_in_a_description_are_members_of_a_type_that_no_page_defines(tmp_path: Path) -> None:
    row = "|importance|importance|How much. Possible values are: `low`, `normal`, `high`.|"
    schema = loaded(tmp_path, task=resource("task", f"|id|String|Key.|\n{row}"))
    assert members(schema.types["test.importance"]) == ({"low": 0, "normal": 1, "high": 2}, False)
