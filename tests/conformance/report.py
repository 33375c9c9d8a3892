"""Runs the tests of conformance and writes docs/conformance.md: `python -m tests.conformance.report`."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence

import pytest

from tests.conformance.requirements import HERE, Requirement, names_of_tests, reasons, requirements, row_of
from tests.servers import FAMILIES

DOCUMENT = HERE.parent.parent / "docs" / "conformance.md"
RESULTS = HERE / "results.json"
NOT_THERE = HERE / "not_there.md"

Results = Mapping[str, Mapping[str, str]]
"""What came of each test, by its name and the family of the database."""

_SHOWN = {"sqlite": "SQLite", "postgresql": "PostgreSQL", "mariadb": "MariaDB"}
_WORST_FIRST = ("failed", "no server", "not kept", "passed")

_HEAD = """# Conformance

Every requirement of OData 4.0 and 4.01 for services, with its tests in `tests/conformance/` and what came of them on
each database. The ids are the project's own; the sections are those of Protocol (P), URL Conventions (U), JSON Format
(JSON) and Data Aggregation (A). A row without a test is not covered, and says why. *Not kept*: the database has no
place for such a value, and the service says so.

`make conformance` runs the tests and writes this page. A test that fails fails the suite.
"""


def main() -> int:
    """Runs the tests, records what came of them, and writes the page; 1 where one failed."""
    recorder = _Recorder()
    pytest.main(["-q", "--ignore", f"{HERE}/test_requirements.py", str(HERE)], plugins=[recorder])
    RESULTS.write_text(json.dumps(recorder.results, indent=1, sort_keys=True) + "\n", "utf-8")
    DOCUMENT.write_text(document(), "utf-8")
    return int(any("failed" in found.values() for found in recorder.results.values()))


def results() -> Results:
    """What the last run recorded."""
    recorded: Results = json.loads(RESULTS.read_text("utf-8"))
    return recorded


def document() -> str:
    """The whole page, from the rows, their tests and what came of these, and what is not there at its end."""
    return "".join((_HEAD, "\n", *_summary(), *_tables(), NOT_THERE.read_text("utf-8")))


class _Recorder:
    """A plugin of pytest that keeps what came of each test on each database."""

    def __init__(self) -> None:
        self.results: dict[str, dict[str, str]] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        name, _, family = report.nodeid.rpartition("::")[2].rstrip("]").partition("[")
        if report.when == "call" or report.outcome != "passed":
            self.results.setdefault(name, {})[family] = _outcome(report)


def _outcome(report: pytest.TestReport) -> str:
    if report.outcome != "skipped":
        return report.outcome
    return "no server" if "server answers" in report.longreprtext else "not kept"


def _summary() -> Iterator[str]:
    """How many rows of each level are covered."""
    yield "| level | must | should | may |\n|---|---|---|---|\n"
    for level in _levels():
        cells = [_covered([row for row in _rows(level) if row.keyword == word]) for word in ("must", "should", "may")]
        yield f"| {level} | {' | '.join(cells)} |\n"


def _covered(rows: Sequence[Requirement]) -> str:
    met = sum(_is_met(row) for row in rows)
    return f"{met} of {len(rows)}" if rows else "–"


def _is_met(row: Requirement) -> bool:
    """Whether a row has tests, or its whole level's musts have."""
    if row.whole is None:
        return bool(_tests_of(row.id))
    return all(_is_met(part) for part in _rows(row.whole) if part.keyword == "must")


def _tables() -> Iterator[str]:
    why, found = dict(reasons()), results()
    for level in _levels():
        yield f"\n## {level}\n\n| id | | requirement | section | tests | {' | '.join(_SHOWN.values())} |\n"
        yield f"|---|---|---|---|---|{'---|' * len(_SHOWN)}\n"
        for row in _rows(level):
            cells = _whole(row, found) if row.whole else _own(row, why, found)
            yield f"| {row.id} | {row.keyword} | {row.text} | {row.section} | {' | '.join(cells)} |\n"


def _own(row: Requirement, why: Mapping[str, str], found: Results) -> list[str]:
    names = _tests_of(row.id)
    if not names:
        return [f"not covered: {why[row.id]}", *("–" for _ in FAMILIES)]
    shown = "<br>".join(f"`{name}`" for name in names)
    return [shown, *(_worst([found[name].get(family, "failed") for name in names]) for family in FAMILIES)]


def _whole(row: Requirement, found: Results) -> list[str]:
    """How many musts of a level are met, on each database."""
    assert row.whole is not None, "asked of rows for whole levels"
    musts = [part for part in _rows(row.whole) if part.keyword == "must" and part.whole is None]
    counts = [sum(_passes(part, family, found) for part in musts) for family in FAMILIES]
    return ["its rows", *(f"{count} of {len(musts)}" for count in counts)]


def _passes(row: Requirement, family: str, found: Results) -> bool:
    names = _tests_of(row.id)
    return bool(names) and all(found[name].get(family) == "passed" for name in names)


def _worst(outcomes: Sequence[str]) -> str:
    return min(outcomes, key=_WORST_FIRST.index)


def _levels() -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.level for row in requirements()))


def _rows(level: str) -> list[Requirement]:
    return [row for row in requirements() if row.level == level]


def _tests_of(identifier: str) -> list[str]:
    return [name for name in names_of_tests() if row_of(name) == identifier]


if __name__ == "__main__":
    sys.exit(main())
