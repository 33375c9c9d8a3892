"""The examples of docs/delta.md against a fresh database, line by line."""

import re
from pathlib import Path

from tests.docs.test_readme import assert_shown
from tests.models import METADATA
from tests.serving import ROOT, served

DOCUMENT = (ROOT / "docs" / "delta.md").read_text("utf-8")
STEP = re.compile(r"```sh\n((?:link|curl).*?)```\n\n```json\n(.*?)```", re.DOTALL)


def test_the_examples_give_what_they_say(tmp_path: Path) -> None:
    steps = [(command, shown.strip()) for command, shown in STEP.findall(DOCUMENT)]
    assert len(steps) == 2
    with served(tmp_path / "x.db", "--data", str(METADATA / "data")) as (base_url, _):
        assert_shown(steps, base_url)
