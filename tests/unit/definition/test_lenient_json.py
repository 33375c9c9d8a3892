import pytest

from odata_service.definition.lenient_json import Form, read_members


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param('{"a": 1}', ({"a": 1}, "json"), id="JSON"),
        pytest.param('{"a": "x//y", // no\n "b": [...]}', ({"a": "x//y", "b": []}, "json"), id="comment and ellipsis"),
        pytest.param('{"a": "x", "b": [1,],\n}', ({"a": "x", "b": [1]}, "repaired"), id="commas"),
        pytest.param('{"a": "x" "b": {"c": 1}, "d": 7}', ({"a": "x", "b": {}, "d": 7}, "pattern"), id="missing comma"),
        pytest.param('{"a": String, "b": [String]}', ({"a": "String", "b": []}, "pattern"), id="words without quotes"),
        pytest.param('{"a": true "b": null "c"', ({"a": True, "b": None}, "pattern"), id="truth values"),
        pytest.param('"Thing" {"a": "x"}', ({"a": "x"}, "pattern"), id="a name before the object"),
        pytest.param("[]", ({}, "pattern"), id="no object"),
        pytest.param("", ({}, "pattern"), id="nothing"),
        pytest.param("[" * 100_000, ({}, "pattern"), id="nested too deeply"),
    ],
)
def test_json_of_pages_is_read_leniently(text: str, expected: tuple[dict[str, object], Form]) -> None:
    assert read_members(text) == expected
