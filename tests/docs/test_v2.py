"""The examples of docs/v2.md against a fresh database, line by line."""

from pathlib import Path

from tests.docs.test_batch import STEP
from tests.docs.test_readme import assert_shown
from tests.models import METADATA
from tests.serving import ROOT, served

DOCUMENT = (ROOT / "docs" / "v2.md").read_text("utf-8")


def test_the_examples_give_what_they_say(tmp_path: Path) -> None:
    steps = [(command, shown.strip()) for command, shown in STEP.findall(DOCUMENT)]
    assert len(steps) == 5
    with served(tmp_path / "x.db", "--data", str(METADATA / "data")) as (base_url, _):
        assert_shown(steps, base_url)
