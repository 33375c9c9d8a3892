from pathlib import Path

import pytest

from odata_service.edm.model import EntityType
from tests.unit.definition.definition_pages import PROPERTIES, loaded, resource, said

BLOCK = '<!-- {{ "blockType": "resource", {} }} -->\n```json\n{}\n```\n'


def page(annotation: str, shown: str = "{}", *, head: str = "# thing resource type\n\nNamespace: test\n") -> str:
    block = BLOCK.format(annotation, shown)
    return f"{head}\n## Properties\n{PROPERTIES}|id|String|Key.|\n\n## JSON representation\n{block}"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        pytest.param(page('"@odata.type": "test.other"'), "test.other", id="annotation"),
        pytest.param(page('"@odata.type": "#test.other"'), "test.other", id="with a number sign"),
        pytest.param(page('"@type": "test.other"'), "test.other", id="older key"),
        pytest.param(page('"x": 1', '{"@odata.type": "#test.other"}'), "test.other", id="JSON alone"),
        pytest.param(page('"x": 1'), "test.thing", id="title"),
        pytest.param(
            page('"x": 1', head="# chart of accounts resource\n"), "microsoft.graph.chartOfAccounts", id="prose"
        ),
        pytest.param(
            page('"x": 1', head="## thing resource type\n\nNamespace: test\n"), "test.thing", id="lower title"
        ),
        pytest.param(page('"@odata.type": "far.other"'), "far.other", id="annotation against the namespace line"),
        pytest.param(
            page('"@odata.type": "test.other"', head="#thing\n\n# thing\n\n# [C#](#tab/csharp)\n"),
            "test.other",
            id="tabs",
        ),
    ],
)
def test_a_type_is_named_by_the_annotation_then_the_json_then_the_title(tmp_path: Path, text: str, name: str) -> None:
    assert list(loaded(tmp_path, thing=text).types) == [name]


@pytest.mark.parametrize(
    ("annotation", "expected"),
    [
        pytest.param('"openType": true', (True, False, False), id="open"),
        pytest.param('"openType": "true"', (True, False, False), id="open as a text"),
        pytest.param('"openType": false', (False, False, False), id="closed"),
        pytest.param('"abstract": true', (False, True, False), id="abstract"),
        pytest.param('"isAbstract": true', (False, True, False), id="abstract, otherwise spelled"),
        pytest.param('"isMediaEntity": true', (False, False, True), id="media entity"),
        pytest.param('"openType": true, "@data.type": "x", }', (True, False, False), id="no strict JSON"),
    ],
)
def test_the_annotation_says_what_kind_of_entity_type_it_is(
    tmp_path: Path, annotation: str, expected: tuple[bool, bool, bool]
) -> None:
    declared = loaded(tmp_path, thing=resource("thing", annotation=f'"keyProperty": "id", {annotation}')).types[
        "test.thing"
    ]
    assert isinstance(declared, EntityType)
    assert (declared.open, declared.abstract, declared.has_stream) == expected


def test_a_sentence_says_that_a_type_is_open(tmp_path: Path) -> None:
    intro = "This resource is an open type that allows additional properties beyond those documented here."
    declared = loaded(tmp_path, thing=resource("thing", intro=intro)).structured_type("test.thing")
    assert declared is not None
    assert declared.open


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        pytest.param("|id|The identifier of it all.|", ["id: String"], id="no type cell"),
        pytest.param("|id|String|a|b|c|", ["id: String"], id="too many cells"),
        pytest.param(
            "\n> [!NOTE]\n> Odd.\n\n|Property|Type|\n|--|--|\n|id|Int32|", ["id: Int32"], id="text in between"
        ),
        pytest.param("|id|[DateTimeOffset](timestamp.md)||", ["id: DateTimeOffset"], id="link to a primitive type"),
    ],
)
def test_odd_rows_are_read(tmp_path: Path, rows: str, expected: list[str]) -> None:
    schema = loaded(tmp_path, thing=resource("thing", rows, annotation='"keyProperty": "id"', shown='"id": "String"'))
    found = schema.properties("test.thing").values()
    assert [f"{known.name}: {known.type.name.removeprefix('Edm.')}" for known in found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            page('"@odata.type": "test.thing", }'),
            ["thing: warning: The annotation is not JSON; what can be made out of it is read."],
            id="annotation",
        ),
        pytest.param(
            page('"@odata.type": "test.thing"', '{"id": "String",}'),
            ["thing: info: Commas that JSON does not allow are passed over."],
            id="trailing comma",
        ),
        pytest.param(
            page('"@odata.type": "test.thing"', '{"id": "String" "id": 1}'),
            ["thing: warning: The JSON representation is not JSON; its members are read by pattern."],
            id="missing comma",
        ),
        pytest.param(
            page('"@odata.type": "test.thing"', '{"@odata.type": "#test.other"}'),
            ["thing: warning: The JSON shows '#test.other'; the annotation says 'test.thing', which counts."],
            id="two names",
        ),
        pytest.param(
            page('"@odata.type": "far.thing"'),
            ["thing: info: The page says namespace 'test', the annotation 'far', which counts."],
            id="two namespaces",
        ),
        pytest.param(
            page('"@odata.type": "test.thing"') + "\n## Properties\n",
            ["thing: warning: The section 'Properties' stands twice; both are read."],
            id="a section twice",
        ),
    ],
)
def test_what_is_odd_about_a_page_is_said(tmp_path: Path, text: str, expected: list[str]) -> None:
    assert said(tmp_path, thing=text) == expected


def test_further_resource_blocks_are_types_of_their_own(tmp_path: Path) -> None:
    text = page('"@odata.type": "test.thing"') + BLOCK.format('"@odata.type": "test.second"', '{"size": 1}')
    schema = loaded(tmp_path, thing=text)
    assert list(schema.types) == ["test.thing", "test.second"]
    assert list(schema.properties("test.second")) == ["size"]


def test_a_reference_link_is_resolved_by_its_definition(tmp_path: Path) -> None:
    text = resource("thing", "|id|String|Key.|\n|at|[spot][]||") + "\n[spot]: place.md\n"
    schema = loaded(tmp_path, thing=text, place=resource("place", "|x|Int32||"))
    assert schema.properties("test.thing")["at"].type.name == "test.place"


@pytest.mark.parametrize(
    "cell", ["[place](PLACE.md)", "[Place](place.md)", "Place", "test.place", "[other](/graph/api/resources/place)"]
)
def test_a_link_finds_its_page_by_file_and_name_in_any_letter_case(tmp_path: Path, cell: str) -> None:
    schema = loaded(
        tmp_path, thing=resource("thing", f"|id|String|Key.|\n|at|{cell}||"), place=resource("place", "|x|Int32||")
    )
    assert schema.properties("test.thing")["at"].type.name == "test.place"


@pytest.mark.parametrize(
    ("head", "doc_type"), [("# Overview\n", "conceptualPageType"), ("# About things\n", "resourcePageType")]
)
def test_a_page_that_describes_nothing_is_passed_over(tmp_path: Path, head: str, doc_type: str) -> None:
    overview = f"---\ndoc_type: {doc_type}\n---\n{head}\nProse.\n"
    assert said(tmp_path, overview=overview, thing=resource("thing", annotation='"keyProperty": "id"')) == []


def test_a_template_s_placeholder_is_no_description(tmp_path: Path) -> None:
    text = resource("thing", "|id|String|Not yet documented|", annotation='"keyProperty": "id"')
    assert loaded(tmp_path, thing=text).properties("test.thing")["id"].annotations == ()


def test_methods_may_be_called_tasks(tmp_path: Path) -> None:
    text = resource("thing", annotation='"keyProperty": "id"', methods="|[Get thing](x.md)|[thing](thing.md)||")
    found = loaded(tmp_path, thing=text.replace("## Methods", "#### Tasks").replace("|Method|", "|Task|"))
    assert not found.container.entity_sets["things"].capabilities.insertable


def test_a_name_of_several_words_becomes_one_and_is_spelled_as_in_the_json(tmp_path: Path) -> None:
    text = resource(
        "thing",
        "|id|String||\n|Display name|String||",
        annotation='"keyProperty": "id"',
        relationships="|Legal holds|[hold](hold.md) collection||",
        shown='"displayname": "String"',
    )
    schema = loaded(tmp_path, thing=text)
    assert list(schema.properties("test.thing")) == ["id", "displayname"]
    assert list(schema.navigation_properties("test.thing")) == ["legalHolds"]
    assert "thing: info: 'Legal holds' is no name; it is read as 'legalHolds'." in said(tmp_path)
