"""The example of docs/openapi.md."""

from pathlib import Path

from tests.docs.test_batch import STEP
from tests.docs.test_readme import assert_shown
from tests.serving import ROOT, served

DOCUMENT = (ROOT / "docs" / "openapi.md").read_text("utf-8")


def test_the_example_gives_what_it_says(tmp_path: Path) -> None:
    steps = [(command, shown.strip()) for command, shown in STEP.findall(DOCUMENT)]
    assert len(steps) == 1
    with served(tmp_path / "x.db") as (base_url, _):
        assert_shown(steps, base_url)
