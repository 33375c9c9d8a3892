import pytest

from odata_service.definition.markdown import Code, Comment, Heading, Page, Paragraph, Row, Table, parse_page
from odata_service.errors import Origin, Problem

HEADER = ("Property", "Type", "Description")


def only_table(*lines: str) -> tuple[Table, list[str]]:
    page = parse_page("\n".join(lines), "a.md")
    (table,) = page.blocks
    assert isinstance(table, Table)
    return table, [f"{problem.origin.line}: {problem.message}" for problem in page.problems]


def test_a_page_becomes_front_matter_and_blocks_with_their_lines() -> None:
    text = (
        '---\ntitle: "A"\nauthor:"b"\n---\n# A type\nOne\r\ntwo\n\n<!-- {"a":\n1} -->\n'
        "``` json\n{}\n```\n##B\n|Property|Type|\n|:---|:---|\n|a|String"
    )
    assert parse_page(text, "a.md") == Page(
        "a.md",
        {"title": "A", "author": "b"},
        (
            Heading(1, "A type", 5),
            Paragraph("One two", 6),
            Comment('{"a":\n1}', 9),
            Code("json", "{}", 12),
            Heading(2, "B", 14),
            Table(("Property", "Type"), (Row(("a", "String"), 17, 2),), 15),
        ),
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param("|a|String|text|", Row(("a", "String", "text"), 3, 3), id="plain"),
        pytest.param("a|String|text", Row(("a", "String", "text"), 3, 3), id="no outer pipes"),
        pytest.param(r"|a|String|x \| y|", Row(("a", "String", "x | y"), 3, 3), id="escaped pipe"),
        pytest.param("|a|String|x|y|", Row(("a", "String", "x|y"), 3, 4), id="too many cells"),
        pytest.param("|a|String|", Row(("a", "String", ""), 3, 2), id="too few cells"),
        pytest.param("|\u00a0a |\tString|text|  ", Row(("a", "String", "text"), 3, 3), id="odd blanks"),
    ],
)
def test_a_row_has_as_many_cells_as_its_header(line: str, expected: Row) -> None:
    assert only_table("|Property|Type|Description|", "|:--|:--|:--|", line) == (Table(HEADER, (expected,), 1), [])


def test_characters_without_width_are_dropped() -> None:
    table, problems = only_table("|Property|Type|", "|:--|:--|", "|a\u200bb|String|")
    assert table.rows == (Row(("ab", "String"), 3, 2),)
    assert problems == ["3: Characters without width are dropped."]


def test_a_header_without_a_separator_line_is_a_header() -> None:
    assert only_table("|Property|Type|Description|", "|a|String|x|") == (
        Table(HEADER, (Row(("a", "String", "x"), 2, 3),), 1),
        ["1: The table has no separator line; its first line is read as the header."],
    )


def test_a_blank_line_inside_a_table_is_passed_over() -> None:
    table, warnings = only_table("|Property|Type|", "|---|---|", "|a|String|", "", "|b|String|")
    assert table.rows == (Row(("a", "String"), 3, 2), Row(("b", "String"), 5, 2))
    assert warnings == ["4: A blank line inside the table is passed over."]


def test_an_html_table_is_read_as_rows() -> None:
    page = parse_page("<table>\n<tr><th>Property</th><th>Type</th></tr>\n<tr><td>a<td>String</tr>\n</table>", "a.md")
    assert page == Page(
        "a.md",
        {},
        (Table(("Property", "Type"), (Row(("a", "String"), 1, 2),), 1),),
        (
            Problem(
                "warning",
                "An HTML table is read as rows; write it with '|' like the other tables.",
                Origin("a.md", 1),
            ),
        ),
    )


def test_a_section_holds_its_sub_headings_and_its_table_only_what_stands_above_them() -> None:
    page = parse_page(
        "## properties\n> note\n\n|Name|Type|\n|--|--|\n|a|x|\n### More\n|Name|Type|\n|--|--|\n|b|x|\n## Z", "a"
    )
    assert len(page.section("Properties")) == 4
    assert page.table("Properties") == Table(("Name", "Type"), (Row(("a", "x"), 6, 2),), 4)


def test_comments_inside_a_table_are_no_rows_and_end_it_only_where_no_row_follows() -> None:
    table, warnings = only_table(
        "|Property|Type|",
        "|---|---|",
        "|a|String|",
        "<!--|b|String|-->",
        "<!--",
        "|c|String|",
        "-->",
        "|d<!-- sic -->|String|",
    )
    assert table.rows == (Row(("a", "String"), 3, 2), Row(("d", "String"), 8, 2))
    assert warnings == []
    page = parse_page('|Property|Type|\n|---|---|\n|a|String|\n<!-- { "a | b": 1 } -->\n``` json\n{}\n```', "a")
    assert [type(block) for block in page.blocks] == [Table, Comment, Code]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        pytest.param('## <a name="properties"></a>プロパティ', "properties", id="translated"),
        pytest.param('## <a name="json-representation"></a>JSON-Darstellung', "json representation", id="in ASCII"),
        pytest.param('# <a name="club-resource-type"></a>club リソースの種類', "club resource type", id="title"),
        pytest.param('### <a name="x"></a>Limits', "Limits", id="an anchor of its own"),
        pytest.param("### <a id='x' />Limits", "Limits", id="an empty element"),
        pytest.param(
            '## <span data-ttu-id="1-2">属性</span>'
            '<span class="sxs-lookup"><span data-stu-id="1-2">Properties</span></span>',
            "Properties",
            id="beside the English",
        ),
    ],
)
def test_a_heading_is_read_without_its_anchor_and_translated_ones_by_it(line: str, expected: str) -> None:
    page = parse_page(line, "a")
    assert [block.text for block in page.blocks if isinstance(block, Heading)] == [expected]


def test_front_matter_in_one_line_is_read_and_the_title_behind_it() -> None:
    page = parse_page('---title: "gem type"description: "Hard --- and clear."---# gem resource type\n\nText.', "a")
    assert page.front_matter == {"title": "gem type", "description": "Hard --- and clear."}
    assert page.blocks == (Heading(1, "gem resource type", 1), Paragraph("Text.", 3))


def test_cells_of_an_html_table_keep_links_and_code() -> None:
    cells = '<td><a class="x" href="y.md">y</a> collection</td><td>One.<br/>Is <code>a</code>.</td>'
    page = parse_page(f"<table>\n<tr><th>Type</th><th>Description</th></tr>\n<tr>{cells}</tr>\n</table>", "a")
    assert isinstance(table := page.blocks[0], Table)
    assert table.rows[0].cells == ("[y](y.md) collection", "One. Is `a`.")


@pytest.mark.parametrize(
    ("heading", "section"),
    [("Property", "Properties"), ("Navigation properties", "Relationships"), ("Tasks", "Methods")],
)
def test_a_section_has_several_names(heading: str, section: str) -> None:
    assert parse_page(f"## {heading}\n\nText.", "a").section(section) == (Paragraph("Text.", 3),)
