"""Rows, tests, results and the page stand in step."""

from collections import Counter

from tests.conformance.report import DOCUMENT, document, results
from tests.conformance.requirements import exceptions, names_of_tests, reasons, requirements, row_of
from tests.reference import reference, reference_rows
from tests.servers import FAMILIES


def test_every_row_has_a_test_or_a_reason_and_never_both() -> None:
    covered = {row_of(name) for name in names_of_tests()}
    whole = [row.id for row in requirements() if row.whole is not None]
    unmet = [row for row, _ in reasons()]
    assert Counter([*covered, *whole, *unmet]) == Counter(row.id for row in requirements())


def test_every_test_has_a_row_and_a_name_of_its_own() -> None:
    names = names_of_tests()
    assert [name for name in names if row_of(name) is None] == []
    assert len(names) == len(set(names))


def test_what_a_database_cannot_keep_is_said_of_rows_with_tests() -> None:
    covered = {row_of(name) for name in names_of_tests()}
    assert [(row, family) for row, family in exceptions() if row not in covered or family not in FAMILIES] == []


def test_the_rows_are_all_that_the_standard_has() -> None:
    reference("spec/conformance.jsonl")
    theirs = {(row["id"], row["keyword"].partition(" ")[0].lower()) for row in reference_rows("spec/conformance.jsonl")}
    assert {(row.id, row.keyword) for row in requirements()} == theirs


def test_every_test_has_a_recorded_result_on_each_database() -> None:
    recorded = {name: tuple(sorted(found)) for name, found in results().items()}
    assert recorded == dict.fromkeys(names_of_tests(), tuple(sorted(FAMILIES))), "make conformance records them"
    assert [name for name, found in results().items() if "failed" in found.values()] == []


def test_the_page_is_in_step() -> None:
    assert DOCUMENT.read_text("utf-8") == document(), "make conformance writes it"
