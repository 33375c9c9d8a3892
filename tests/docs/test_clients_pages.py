"""The examples of the pages for clients: docs/openapi.md and docs/doctor.md."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.test_batch import STEP
from tests.docs.test_readme import assert_shown
from tests.models import METADATA
from tests.serving import ROOT, served


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    database: Path = tmp_path_factory.mktemp("served") / "x.db"
    with served(database, "--data", str(METADATA / "data")) as (base_url, _):
        yield base_url


@pytest.mark.parametrize("page", ["openapi", "doctor"])
def test_the_examples_give_what_they_say(root: str, page: str) -> None:
    document = (ROOT / "docs" / f"{page}.md").read_text("utf-8")
    here = f"{sys.executable} -m odata_service "
    steps = [(command.replace("odata-service ", here), shown.strip()) for command, shown in STEP.findall(document)]
    assert len(steps) == 1
    assert_shown(steps, root)
