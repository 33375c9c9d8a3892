import pytest

from odata_service.edm.chosen import chosen_annotations

DISPLAY = "ui.display"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("*", (True, True, True)),
        ("-*", (False, False, False)),
        ("ui.*", (True, True, False)),
        ("*,-ui.*", (False, False, True)),
        ("ui.display", (True, True, False)),
        ("ui.display#short", (False, True, False)),
        ("-ui.display#short,ui.*", (True, False, False)),
        ("ui.display, -ui.*", (True, True, False)),
        ("core.*", (False, False, True)),
    ],
)
def test_the_item_that_says_most_decides(text: str, expected: tuple[bool, bool, bool]) -> None:
    chosen = chosen_annotations(text)
    assert chosen is not None
    found = chosen.includes(DISPLAY, None), chosen.includes(DISPLAY, "short"), chosen.includes("core.note", None)
    assert found == expected


@pytest.mark.parametrize("text", ["", "ui display", "*x", "ui.*.a", "--ui.*", ",", "a" + ",a" * 100, "ui.*\ncore"])
def test_what_is_no_list_of_patterns_chooses_nothing(text: str) -> None:
    assert chosen_annotations(text) is None
