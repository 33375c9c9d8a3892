"""Any text is a page: it is read, or its problems are said; nothing is raised."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from odata_service.definition import check
from odata_service.errors import Problem
from tests.laws import examples

LINES = st.sampled_from(
    [
        "---",
        "title: x",
        "# thing resource type",
        "# thing enum type",
        "Namespace: test",
        "Inherits from [base](thing.md).",
        "## Methods",
        "## Properties",
        "## Relationships",
        "## Members",
        "### state values",
        "## JSON representation",
        "## HTTP request",
        "## Request body",
        "|Property|Type|Description|",
        "|Method|Return type|Description|",
        "|Member|Value|",
        "|:---|:---|:---|",
        "|id|String|Key. Read-only.|",
        "|state|state|Possible values are: `on`, `off`. Default value is `on`.|",
        "|at|[thing](thing.md) collection|Supports `$filter` (`eq`).|",
        "|on|1|",
        "|[List](thing-list.md)|[thing](thing.md) collection||",
        '<!-- { "blockType": "resource", "keyProperty": "id", "@odata.type": "test.thing" } -->',
        '<!-- { "blockType": "resource", "baseType": "test.thing", "@odata.type": "test.other", }',
        "-->",
        "```json",
        "``` http",
        "```",
        '{ "id": "String (identifier)", "x": [ { "@odata.type": "test.place" } ] }',
        "GET /things/{id}/places(at='{at}')",
        "POST /things/{id}/stop",
        "<table><tr><td>a",
        "",
    ]
)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.lists(st.one_of(LINES, LINES, st.text(max_size=30)), max_size=30), min_size=1, max_size=3))
def test_nothing_that_a_page_holds_is_raised(pages: list[list[str]]) -> None:
    with TemporaryDirectory() as directory:
        for number, lines in enumerate(pages):
            text = "\n".join(lines)
            (Path(directory) / f"thing{number or ''}.md").write_bytes(text.encode("utf-8", "surrogatepass"))
        assert all(isinstance(problem, Problem) for problem in check(directory))
