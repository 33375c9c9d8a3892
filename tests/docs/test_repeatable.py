"""The examples of docs/repeatable.md against a fresh database, and sent again."""

import re
from pathlib import Path

from tests.docs.test_readme import assert_shown
from tests.models import METADATA
from tests.serving import ROOT, served

DOCUMENT = (ROOT / "docs" / "repeatable.md").read_text("utf-8")
STEP = re.compile(r"```sh\n(.*?)```\n\n```(?:json|text)\n(.*?)```", re.DOTALL)


def test_the_example_gives_what_it_says(tmp_path: Path) -> None:
    steps = [(command, shown.strip()) for command, shown in STEP.findall(DOCUMENT)]
    assert len(steps) == 1
    with served(tmp_path / "x.db", "--data", str(METADATA / "data")) as (base_url, _):
        assert_shown(steps, base_url)
