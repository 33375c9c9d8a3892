"""The examples of docs/definitions.md that are files and commands: each section is run in a directory of its own."""

import re
from pathlib import Path

import pytest

from tests.databases.build import from_script
from tests.docs.test_databases import BLOCKS, run
from tests.docs.test_readme import fits
from tests.serving import ROOT

DOCUMENT = (ROOT / "docs" / "definitions.md").read_text("utf-8")
FILE = re.compile(r"`([\w.-]+)`(?: does so for `shop.db`| refers to another one)?:\n\n```\w+\n(.*?)```", re.DOTALL)
_, SCRIPT = BLOCKS[0]
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
COMMAND = re.compile(r"```sh\n(.*?)```\n\n```\w+\n(.*?)```", re.DOTALL)


def section_of(title: str) -> str:
    """The text below a heading of the document up to the next one; headings inside of examples do not count."""
    bare = FENCED.sub(lambda match: " " * len(match[0]), DOCUMENT)
    start = bare.index(f"\n## {title}\n")
    end = bare.find("\n## ", start + 1)
    return DOCUMENT[start : end if end > 0 else None]


@pytest.mark.parametrize(
    "title", ["Pages", "CSDL documents", "A service of OData V2 or V3", "Several sources, and overlays"]
)
def test_the_commands_of_a_section_give_what_it_shows(title: str, tmp_path: Path) -> None:
    section = section_of(title)
    from_script(SCRIPT, tmp_path / "shop.db")
    for name, content in FILE.findall(section):
        (tmp_path / name).write_text(content, "utf-8")
    commands = COMMAND.findall(section)
    assert commands
    for command, shown in commands:
        output = run(command, tmp_path)
        assert fits(shown.strip(), output), output
