"""The section about existing databases in docs/definitions.md: its script, its commands, its output."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.databases.build import from_script
from tests.docs.test_readme import fits
from tests.serving import ROOT, served

SECTION = (ROOT / "docs" / "definitions.md").read_text("utf-8").partition("## An existing database\n")[2]
SECTION = SECTION.partition("\n## ")[0]
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", SECTION, re.DOTALL)


def run(command: str, directory: Path) -> str:
    """The output of a shell command in which `odata-service` is this package."""
    called = command.replace("odata-service ", f"{sys.executable} -m odata_service ")
    done = subprocess.run(
        ["bash", "-ec", called],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        cwd=directory,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    return done.stdout


def test_the_commands_give_what_the_section_shows(tmp_path: Path) -> None:
    (_, script), *blocks = BLOCKS
    database = from_script(script, tmp_path / "shop.db")
    shown = list(zip(blocks[::2], blocks[1::2], strict=True))
    assert len(shown) == 3
    with served(None, source=database) as (base_url, _):
        for (_, command), (_, output) in shown:
            here = command.replace("http://127.0.0.1:8080/", base_url).replace("curl ", "curl -sgS ")
            wanted = output.strip().replace("http://127.0.0.1:8080/", base_url).replace(",\n", ",")
            assert fits(wanted, run(here, tmp_path)), run(here, tmp_path)
