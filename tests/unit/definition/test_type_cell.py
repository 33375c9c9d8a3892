import pytest

from odata_service.definition.api_page import is_api_page, read_api_page
from odata_service.definition.lenient_json import read_members
from odata_service.definition.markdown import parse_page
from odata_service.definition.naming import entity_set_name
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
        ("[x](x.md", TypeCell("x", "x")),
        ("Collection([x](y.md))", TypeCell("x", "y", collection=True)),
        ("[identitySet][]", TypeCell("identitySet", collection=True)),
        ("Collection of String", TypeCell("String", collection=True, primitive="Edm.String")),
        ("[DateTimeOffset](timestamp.md)", TypeCell("DateTimeOffset", primitive="Edm.DateTimeOffset")),
        ("**dlpActionType**", TypeCell("dlpActionType")),
        ("", TypeCell("")),
    ],
)
def test_a_type_cell_says_a_type(cell: str, expected: TypeCell) -> None:
    assert read_type_cell(cell) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"a": 1}', ({"a": 1}, True), id="JSON"),
        pytest.param('{"a": "x//y", // no\n "b": [],\n}', ({"a": "x//y", "b": []}, True), id="comment and comma"),
        pytest.param('{"a": "x" "b": {"c": 1}, "d": 007}', ({"a": "x", "b": {}, "d": 0}, False), id="no comma"),
        pytest.param("[]", ({}, False), id="no object"),
        pytest.param("[" * 100_000, ({}, False), id="nested too deeply"),
    ],
)
def test_json_of_pages_is_read_leniently(text: str, expected: tuple[dict[str, object], bool]) -> None:
    assert read_members(text) == expected


@pytest.mark.parametrize(
    ("type_name", "segments", "labels", "expected"),
    [
        ("Customer", ["clients"], ["List Customers"], "clients"),
        ("customer", [], ["List Customers"], "Customers"),
        ("country", [], ["List"], "countries"),
    ],
)
def test_an_entity_set_is_named_by_requests_then_by_its_type(
    type_name: str, segments: list[str], labels: list[str], expected: str
) -> None:
    assert entity_set_name(type_name, segments, labels) == expected


@pytest.mark.parametrize(
    ("request_line", "expected"),
    [
        ("GET /Customers", "Customers"),
        ("GET https://graph.microsoft.com/v1.0/customers?$top=2", "customers"),
        ("PATCH /customers/{id}", "customers"),
        ("DELETE/me/todo/lists/{list-id}/tasks/<id>", "tasks"),
        ("POST /groups/{id}/owners/$ref", None),
        ("PATCH /users/{id}/settings", None),
    ],
)
def test_a_request_shows_the_last_collection_segment(request_line: str, expected: str | None) -> None:
    page = parse_page(f"# A\n## HTTP request\n``` http\n{request_line}\n```", "a.md")
    assert is_api_page(page)
    assert [request.collection for request in read_api_page(page).requests] == [expected]
