"""Each broken definition is refused, or warned of, with the very words beside it."""

from pathlib import Path

import pytest

from tests.definitions.files import BROKEN, SOURCES, expectation, problems


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_a_broken_definition_has_the_problems_that_stand_beside_it(source: Path) -> None:
    assert problems(source) == expectation(source).read_text("utf-8"), "run `make golden` and read the difference"


def test_there_is_a_hundred_of_them_and_each_has_problems() -> None:
    assert len(SOURCES) >= 100
    assert [source.name for source in SOURCES if not expectation(source).read_text("utf-8")] == []


def test_every_expectation_has_its_source() -> None:
    assert {file.stem for file in BROKEN.glob("*.txt")} == {source.stem for source in SOURCES}
