import pytest

from odata_service.definition.api_page import KEY, is_api_page, read_api_page
from odata_service.definition.markdown import parse_page


def test_a_page_without_the_section_has_the_requests_of_its_examples() -> None:
    page = parse_page("---\ndoc_type: apiPageType\n---\n# Get\n### Request\n``` http\nGET /things/1\n```\n", "a.md")
    assert is_api_page(page)
    assert [request.segments for request in read_api_page(page).requests] == [("things", KEY)]


def test_what_describes_a_resource_is_no_api_page() -> None:
    block = '<!-- { "blockType": "resource", "@odata.type": "test.thing" } -->'
    page = parse_page(f"---\ndoc_type: apiPageType\n---\n# thing\n## HTTP request\n{block}\n", "a.md")
    assert not is_api_page(page)


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
