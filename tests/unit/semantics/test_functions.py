"""The tables of functions against each other."""

from odata_service.semantics.evaluate import _FUNCTIONS
from odata_service.semantics.functions import FILTER_FUNCTIONS, NOT_YET, SIGNATURES
from odata_service.sql.families import SQLITE
from odata_service.url.members import CANONICAL_FUNCTIONS


def test_every_function_has_its_sql_and_its_evaluation() -> None:
    assert SQLITE.operations.functions.keys() == SIGNATURES.keys()
    assert _FUNCTIONS.keys() == SIGNATURES.keys() - {"now"}


def test_every_function_of_the_grammar_is_there_or_named_as_missing() -> None:
    assert set(FILTER_FUNCTIONS) | NOT_YET == CANONICAL_FUNCTIONS
