"""Requirements, tests and the document stand in step."""

import tomllib
from pathlib import Path

from tests.conformance import test_minimal, test_minimal_401
from tests.conformance.report import DOCUMENT, document, requirements

HERE = Path(__file__).parent


def test_every_requirement_has_a_test_named_by_its_id() -> None:
    names = [*vars(test_minimal), *vars(test_minimal_401)]
    missing = [
        requirement["id"]
        for requirement in requirements()
        if not any(name.startswith(f"test_{requirement['id'].lower().replace('-', '_')}_") for name in names)
    ]
    assert missing == []


def test_no_requirement_stands_twice() -> None:
    ids = [row["id"] for row in tomllib.loads((HERE / "requirements.toml").read_text("utf-8"))["requirement"]]
    assert len(ids) == len(set(ids))


def test_the_document_is_in_step() -> None:
    assert DOCUMENT.read_text("utf-8") == document()
