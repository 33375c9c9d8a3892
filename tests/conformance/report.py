"""Writes docs/conformance.md from the requirements and their tests: `python -m tests.conformance.report`."""

import tomllib
from pathlib import Path

from tests.conformance import test_minimal, test_minimal_401

HERE = Path(__file__).parent
DOCUMENT = HERE.parent.parent / "docs" / "conformance.md"

_HEAD = """# Conformance

The requirements of OData 4.0 and 4.01 for services of the level Minimal that are covered, each with its test in
`tests/conformance/`. Conditional requirements are tested by the feature, or by its not being offered. The ids are the
project's own; the sections are those of Protocol (P), URL Conventions (U) and JSON Format (JSON).

`make test` runs them all; a requirement without a test fails the suite.

| id | section | requirement | test |
|---|---|---|---|
"""


def requirements() -> list[dict[str, str]]:
    """The covered requirements."""
    rows: list[dict[str, str]] = tomllib.loads((HERE / "requirements.toml").read_text("utf-8"))["requirement"]
    return rows


def document() -> str:
    """The whole document."""
    lines = [
        f"| {row['id']} | {row['section']} | {row['text']} | `{_test_of(row['id'])}` |\n" for row in requirements()
    ]
    return _HEAD + "".join(lines) + "\n" + (HERE / "to_come.md").read_text("utf-8")


def _test_of(identifier: str) -> str:
    prefix = f"test_{identifier.lower().replace('-', '_')}_"
    return next((name for name in (*vars(test_minimal), *vars(test_minimal_401)) if name.startswith(prefix)), "missing")


if __name__ == "__main__":
    DOCUMENT.write_text(document(), "utf-8")
