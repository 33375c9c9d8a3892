"""The README's tour against a fresh database, line by line, and its library example."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from odata_service import create_app, load_schema
from tests.models import METADATA
from tests.serving import ROOT, served

README = (ROOT / "README.md").read_text("utf-8")
STEP = re.compile(r"```sh\n((?:link=\$\()?curl .*?)```\n(.*?)(?=```sh|\n## |\Z)", re.DOTALL)
SHOWN = re.compile(r"```(?:json|xml|text)\n(.*?)```", re.DOTALL)


TOUR, _, OF_A_DATABASE = README.partition("\n## A database that you have\n")
OF_A_DATABASE = OF_A_DATABASE.partition("\n## ")[0]


def steps_of(text: str) -> list[tuple[str, str]]:
    """Each call of curl with the output shown below it, or nothing."""
    steps = []
    for command, below in STEP.findall(text):
        shown = SHOWN.search(below)
        steps.append((command, shown[1].strip() if shown else ""))
    return steps


def fits(shown: str, output: str) -> bool:
    """Whether an output is what is shown, where `…` stands for anything."""
    pattern = ".*?".join(re.escape(part) for part in re.sub(r"\s+", " ", shown).split("…"))
    return re.search(pattern, re.sub(r"\s+", " ", output), re.DOTALL) is not None


def assert_shown(steps: list[tuple[str, str]], base_url: str) -> None:
    """That each command gives what is shown below it."""
    for command, shown in steps:
        here = command.replace("http://127.0.0.1:8080/", base_url).replace("curl ", "curl -sS ")
        done = subprocess.run(["bash", "-c", here], capture_output=True, text=True, timeout=20, check=True)
        wanted = shown.replace("http://127.0.0.1:8080/", base_url)
        assert fits(wanted, done.stdout), f"{command}\n{done.stdout}"


def test_the_tour_gives_what_it_says(tmp_path: Path) -> None:
    steps = steps_of(TOUR)
    assert len(steps) >= 8
    with served(tmp_path / "x.db", "--data", str(METADATA / "data")) as (base_url, _):
        assert_shown(steps, base_url)


def test_the_database_of_the_tour_is_served(tmp_path: Path) -> None:
    made = re.search(r"```sh\npython (-c .*?)```", OF_A_DATABASE, re.DOTALL)
    assert made is not None
    command = f"{sys.executable} {made[1]}"
    subprocess.run(["bash", "-c", command], timeout=20, check=True, cwd=tmp_path)
    with served(None, source=tmp_path / "shop.db") as (base_url, _):
        assert_shown(steps_of(OF_A_DATABASE), base_url)


def test_the_library_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    app = create_app(load_schema("metadata/"), database=f"sqlite:///{tmp_path / 'customers.db'}")
    assert app.test_client().get("/Customers/$count").data == b"0"
    code = re.search(r"```python\n(.*?)```", README, re.DOTALL)
    assert code is not None
    compile(code[1], "README.md", "exec")
