"""Members of JSON are found by their paths, in texts of any form."""

import pytest

from odata_service.doctor.places import line_around, offset_of

TEXT = """{"a": 1, "value": [
{"n": "a \\" b, {", "deep": {"n": [1, [2, 3], {"n": 4}]}},
{"n": "x", "v/w": 1, "@odata.type": "#x"}]}"""


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("a", '"a": 1'),
        ("value", '"value": ['),
        ("value/0/n", '"n": "a'),
        ("value/0/deep/n", '"n": [1'),
        ("value/0/deep/n/1", " [2, 3]"),
        ("value/0/deep/n/1/1", " 3]"),
        ("value/0/deep/n/2/n", '"n": 4'),
        ("value/1", '\n{"n": "x"'),
        ("value/1/n", '"n": "x"'),
        ("value/1/v/w", '"v/w": 1'),
        ("value/1/@odata.type", '"@odata.type"'),
    ],
)
def test_a_member_is_found_by_its_path(path: str, found: str) -> None:
    assert TEXT[offset_of(TEXT, path) :].startswith(found)


@pytest.mark.parametrize("text", [TEXT, "", "}]", '{"value": [{"n', "<a/>"])
def test_what_is_not_there_is_not_found(text: str) -> None:
    assert offset_of(text, "value/7/n") == -1


def test_a_long_line_is_shown_around_the_place() -> None:
    text = "\n" + "x" * 500 + "here" + "y" * 500
    line, shown = line_around(text, text.index("here"))
    assert (line, len(shown), "xhere" in shown) == (2, 160, True)
