"""The examples of docs/clients.md are lines of the scripts that the tests of clients run."""

import re
from pathlib import Path

import pytest

from tests.clients.report import CLIENTS, DOCUMENT, HERE

_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)
_CODE = re.compile(r"```(?:[jt]s|python)\n(.*?)```", re.DOTALL)
SECTIONS = dict(_SECTION.findall(DOCUMENT.read_text("utf-8")))


def test_each_client_has_a_section() -> None:
    assert [*SECTIONS] == [*CLIENTS.values()]


@pytest.mark.parametrize("client", CLIENTS)
def test_examples_are_lines_that_run(client: str) -> None:
    scripts = [path for path in HERE.glob(f"{client}/*") if path.suffix in {".mjs", ".js", ".ts", ".py"}]
    text = _plain("".join(map(_text, sorted(scripts) or [HERE / f"test_{client}.py"])))
    lines = [line for code in _CODE.findall(SECTIONS[CLIENTS[client]]) for line in code.splitlines()]
    assert lines
    assert [line for line in lines if _plain(line) not in text] == []


def _text(path: Path) -> str:
    return path.read_text("utf-8")


def _plain(text: str) -> str:
    return " ".join(text.split())
