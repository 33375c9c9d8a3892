"""The table of docs/clients.md says what the tests of clients test."""

from importlib import import_module

import pytest

from tests.clients.report import CLIENTS, COLUMNS, DOCUMENT, features_of, results, table


def test_the_document_has_the_table_of_the_last_run() -> None:
    assert table(results()) in DOCUMENT.read_text("utf-8")


def test_each_feature_has_a_column() -> None:
    recorded = {feature for found in results().values() for feature in found}
    assert recorded <= {feature for parts in COLUMNS.values() for feature in parts}


@pytest.mark.parametrize("client", CLIENTS)
def test_the_last_run_recorded_what_is_tested_now(client: str) -> None:
    recorded = {
        f"{name.partition(' ')[2]}-{feature}"
        for name, found in results().items()
        for feature in found
        if name.partition(" ")[0] == client
    }
    assert recorded == features_of(import_module(f"tests.clients.test_{client}"))


def test_all_of_them_passed() -> None:
    assert {outcome for found in results().values() for outcome in found.values()} == {"passed"}
