"""The rows of `requirements.toml`, what `not_covered.toml` says of them, and the tests that are named by their ids."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent
_WHOLE_LEVEL = "of:"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One row; `keyword` is must, should or may, `whole` the level whose musts it asks for."""

    id: str
    level: str
    keyword: str
    section: str
    text: str
    whole: str | None


@cache
def requirements() -> tuple[Requirement, ...]:
    """All rows, level by level."""
    levels = tomllib.loads((HERE / "requirements.toml").read_text("utf-8"))["level"]
    return tuple(_requirement(level["name"], *row) for level in levels for row in level["rows"])


def _requirement(level: str, identifier: str, keyword: str, section: str, text: str) -> Requirement:
    whole = text.removeprefix(_WHOLE_LEVEL) if text.startswith(_WHOLE_LEVEL) else None
    shown = f"Every must of the level {whole}" if whole else text
    return Requirement(identifier, level, keyword, section, shown, whole)


def reasons() -> list[tuple[str, str]]:
    """The rows without a test, each with its reason."""
    listed = tomllib.loads((HERE / "not_covered.toml").read_text("utf-8"))["reason"]
    return [(row, reason["text"]) for reason in listed for row in reason["rows"]]


@cache
def exceptions() -> dict[tuple[str, str], str]:
    """The reason why a database cannot meet a row, by the row's id and the family."""
    listed = tomllib.loads((HERE / "not_covered.toml").read_text("utf-8"))["database"]
    return {(entry["row"], family): reason for entry in listed for family, reason in entry.items() if family != "row"}


@cache
def names_of_tests() -> tuple[str, ...]:
    """The names of all tests of rows."""
    return tuple(name for module in _modules() for name in vars(module) if name.startswith("test_"))


def row_of(test: str) -> str | None:
    """The id of the row that a test is of."""
    return _rows_by_prefix().get("_".join(test.split("_")[1:3]))


def _modules() -> Iterator[ModuleType]:
    for path in sorted(HERE.glob("test_*.py")):
        if path.stem != "test_requirements":
            yield import_module(f"tests.conformance.{path.stem}")


@cache
def _rows_by_prefix() -> dict[str, str]:
    return {row.id.lower().replace("-", "_"): row.id for row in requirements()}
